use hosho::{
    Certificate, ChangeKind, Date, Fingerprint, GuaranteeKind, GuaranteeNumber, GuarantorId,
    Revision, Yen, fold_name,
};

use crate::past::kinds;

/// What rules need to know of a certificate other than the one that they look at.
///
/// It is small and holds no text, so that those of a year fit into memory.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Relative {
    pub(crate) guarantee: Identity,
    pub(crate) revision: Revision,
    pub(crate) contract: Identity,
    pub(crate) kind: GuaranteeKind,
    pub(crate) issued_on: Date,
    pub(crate) price: Yen,
    pub(crate) advance: Option<Yen>,
    pub(crate) change: Change,
}

/// Whether a revision says that it is a decrease.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Change {
    Decrease,
    Other,
}

/// A guarantee or a contract, told apart by a hash of its names.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Identity([u8; 16]);

impl Relative {
    /// Returns what others need to know of this certificate.
    pub fn of(certificate: &Certificate<'_>) -> Self {
        let claims = certificate.claims();
        let decreases = kinds(certificate).is_some_and(|it| it.contains(ChangeKind::Decrease));
        Self {
            guarantee: Identity::of_guarantee(&claims.guarantor_id, &claims.number),
            revision: certificate.revision(),
            contract: Identity::of_contract(certificate),
            kind: claims.kind,
            issued_on: claims.issued_on,
            price: claims.work.price,
            advance: claims.guarantee.advance,
            change: if decreases { Change::Decrease } else { Change::Other },
        }
    }
}

impl Identity {
    pub(crate) fn of_guarantee(id: &GuarantorId<'_>, number: &GuaranteeNumber<'_>) -> Self {
        Self::hashed(b"hosho-policy/v1/guarantee", [id.as_str(), number.as_str()])
    }

    /// The same contract is the same obligee and contract number, whatever their spelling.
    fn of_contract(certificate: &Certificate<'_>) -> Self {
        let claims = certificate.claims();
        let obligee = fold_name(claims.obligee.name.as_str());
        let number = fold_name(claims.work.contract_number.as_str());
        Self::hashed(b"hosho-policy/v1/contract", [&obligee, &number])
    }

    fn hashed(label: &[u8], names: [&str; 2]) -> Self {
        let mut bytes = label.to_vec();
        for name in names {
            bytes.extend(u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend(name.as_bytes());
        }
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(Fingerprint::of(&bytes).as_bytes()) {
            *to = *from;
        }
        Self(half)
    }
}

/// Certificates that may tell something about others, in an order in which they are found.
///
/// Any may be given: earlier revisions of the same guarantee and certificates about the same
/// contract are looked at, the certificate that is judged and all others are passed over.
#[derive(Clone, Debug, Default)]
pub struct Related {
    /// By guarantee and revision, each once.
    all: Vec<Relative>,
    /// Places in `all`: by contract, the advances of each before its performance guarantees, and
    /// by day of issue.
    by_contract: Vec<usize>,
}

/// What a guarantee is about, as far as certificates of one contract are compared.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum About {
    Advance,
    Performance,
}

impl About {
    const fn of(kind: GuaranteeKind) -> Self {
        match kind {
            GuaranteeKind::Advance | GuaranteeKind::Interim => Self::Advance,
            GuaranteeKind::Performance => Self::Performance,
        }
    }
}

impl Related {
    /// Puts certificates in order. Of two for one revision one is kept, whatever their order.
    pub fn of(mut all: Vec<Relative>) -> Self {
        all.sort_unstable();
        all.dedup_by_key(|it| (it.guarantee, it.revision));
        let mut by_contract: Vec<usize> = (0..all.len()).collect();
        by_contract.sort_unstable_by_key(|place| {
            let by_day = |it: &Relative| {
                (it.contract, About::of(it.kind), it.issued_on, it.revision, it.guarantee)
            };
            all.get(*place).map(by_day)
        });
        Self { all, by_contract }
    }

    /// Returns the revisions of a guarantee, in their order.
    fn guarantee(&self, guarantee: Identity) -> &[Relative] {
        let begin = self.all.partition_point(|it| it.guarantee < guarantee);
        let end = self.all.partition_point(|it| it.guarantee <= guarantee);
        self.all.get(begin..end).unwrap_or_default()
    }

    /// Returns the revisions of the same guarantee before this one, in their order.
    pub(crate) fn earlier(&self, than: &Relative) -> &[Relative] {
        let revisions = self.guarantee(than.guarantee);
        let end = revisions.partition_point(|it| it.revision < than.revision);
        revisions.get(..end).unwrap_or_default()
    }

    /// Returns the revision after this one, or the next that is known.
    pub(crate) fn successor(&self, of: &Relative) -> Option<&Relative> {
        let revisions = self.guarantee(of.guarantee);
        revisions.get(revisions.partition_point(|it| it.revision <= of.revision)..)?.first()
    }

    /// Returns the revision of an advance that was the newest on the day; if none was issued by
    /// then, the first that is known.
    pub(crate) fn advance_on(&self, guarantee: Identity, day: Date) -> Option<&Relative> {
        let advance = |it: &&Relative| it.kind == GuaranteeKind::Advance;
        let revisions = || self.guarantee(guarantee).iter().filter(advance);
        revisions().rfind(|it| it.issued_on <= day).or_else(|| revisions().next())
    }

    /// Returns the newest performance guarantee of the same contract, of those issued before the
    /// day if there is one.
    pub(crate) fn performance(&self, of: &Relative, before: Option<Date>) -> Option<&Relative> {
        self.newest(of, About::Performance, before)
    }

    /// Returns the newest advance of the same contract.
    pub(crate) fn newest_advance(&self, of: &Relative) -> Option<&Relative> {
        self.newest(of, About::Advance, None)
    }

    fn newest(&self, of: &Relative, about: About, before: Option<Date>) -> Option<&Relative> {
        let is_before = |it: &Relative| {
            let place = (it.contract, About::of(it.kind));
            let asked = (of.contract, about);
            place < asked || (place == asked && before.is_none_or(|day| it.issued_on < day))
        };
        let relative = |place: &usize| self.all.get(*place);
        let end = self.by_contract.partition_point(|it| relative(it).is_some_and(is_before));
        let newest = relative(self.by_contract.get(end.checked_sub(1)?)?)?;
        (newest.contract == of.contract && About::of(newest.kind) == about).then_some(newest)
    }
}
