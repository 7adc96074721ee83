//! The objects without a fault from which vectors are made.

use hosho::{
    Change, ChangeKind, ChangeKinds, Claims, Fingerprint, GuaranteeKind, Lineage, LowPriceSurvey,
    Member, MultiYear, Revision, Share, ShortText, Text,
};

use super::Set;
use super::fault::sign_again;
use crate::hostile::Node;
use crate::world::{Guarantor, date, number, sample_claims, yen};

/// Returns the guarantor of most vectors.
pub(super) fn guarantor() -> Guarantor {
    Guarantor::new("g-mirai")
}

fn text(text: &'static str) -> Text<'static> {
    Text::parse(text).expect("a text")
}

/// Returns the claims of a second revision of an interim advance with every optional field.
pub(super) fn rich_claims(guarantor: &Guarantor) -> Claims<'static> {
    let mut claims = sample_claims(guarantor);
    claims.lineage = amendment(
        2,
        Fingerprint::of(b"the first revision"),
        &[ChangeKind::Increase, ChangeKind::Extension],
    );
    claims.kind = GuaranteeKind::Interim;
    claims.guarantor.representative = Some(text("代表取締役社長 架空 太郎"));
    claims.guarantor.address = Some(text("東京都架空区見本町一丁目1番1号"));
    claims.obligee.address = Some(text("瑞穂県青嶺市城下町二丁目3番4号"));
    claims.contractor.members =
        [("株式会社青嶺架空土建", "代表者", 6_000), ("合名会社𠮷野架空", "構成員", 4_000)]
            .map(|(name, role, share)| Member {
                name: text(name),
                role: ShortText::parse(role).expect("a short text"),
                share: Some(Share::new(share).expect("a share")),
            })
            .to_vec();
    claims.work.multi_year = Some(MultiYear {
        fiscal_year: ShortText::parse("令和7年度").expect("a short text"),
        planned: yen(80_000_000),
    });
    claims.work.low_price_survey = LowPriceSurvey::Made;
    claims.guarantee.first_advance = Some(number("31-07-1-0000099-1"));
    claims.guarantee.clauses = Some(Fingerprint::of(b"clauses"));
    claims
}

/// Returns the lineage of a later revision.
pub(super) fn amendment(
    revision: u16,
    previous: Fingerprint,
    kinds: &[ChangeKind],
) -> Lineage<'static> {
    Lineage::Amendment {
        revision: Revision::new(revision).expect("a revision"),
        previous,
        change: Change {
            kinds: ChangeKinds::new(kinds.iter().copied()).expect("kinds that go together"),
            reason: text("設計変更による増額"),
            contract_changed_on: Some(date("2025-07-01")),
            effective_from: Some(date("2025-07-02")),
        },
    }
}

/// Returns a first revision with few optional fields, as a tree.
pub(super) fn plain() -> Node {
    let guarantor = guarantor();
    Node::read_object(&guarantor.issue(sample_claims(&guarantor)))
}

/// Returns a second revision with every optional field, as a tree.
pub(super) fn rich() -> Node {
    let guarantor = guarantor();
    Node::read_object(&guarantor.issue(rich_claims(&guarantor)))
}

/// Adds certificates with one fault each, signed over the fault.
pub(super) struct Certificates {
    pub(super) set: Set,
    pub(super) plain: Node,
    pub(super) rich: Node,
    guarantor: Guarantor,
}

impl Certificates {
    pub(super) fn new(set: Set) -> Self {
        Self { set, plain: plain(), rich: rich(), guarantor: guarantor() }
    }

    fn signed(&self, base: &Node, edit: impl FnOnce(&mut Node)) -> Node {
        let mut node = base.clone();
        edit(&mut node);
        sign_again(&mut node, &self.guarantor.certificate_key);
        node
    }

    /// Adds a refusal of the rich certificate after `edit`, which puts the fault and the mark.
    pub(super) fn rich(
        &mut self,
        id: &str,
        rule: &str,
        comment: &str,
        code: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let node = self.signed(&self.rich, edit);
        self.set.refuse_node(id, rule, comment, code, &node);
    }

    /// The same with the plain certificate.
    pub(super) fn plain(
        &mut self,
        id: &str,
        rule: &str,
        comment: &str,
        code: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let node = self.signed(&self.plain, edit);
        self.set.refuse_node(id, rule, comment, code, &node);
    }

    /// Adds a refusal of the plain certificate without signing it anew.
    pub(super) fn unsigned(
        &mut self,
        id: &str,
        rule: &str,
        comment: &str,
        code: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let mut node = self.plain.clone();
        edit(&mut node);
        self.set.refuse_node(id, rule, comment, code, &node);
    }

    /// Adds the rich certificate after `edit`, which does no harm.
    pub(super) fn accept(
        &mut self,
        id: &str,
        rules: &str,
        comment: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let node = self.signed(&self.rich, edit);
        self.set.accept(id, rules, comment, &node.encode().0);
    }

    /// Adds the plain certificate after `edit`, which does no harm.
    pub(super) fn accept_plain(
        &mut self,
        id: &str,
        rules: &str,
        comment: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let node = self.signed(&self.plain, edit);
        self.set.accept(id, rules, comment, &node.encode().0);
    }
}
