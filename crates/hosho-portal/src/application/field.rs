//! The fields of an application: their names, which are the paths of a request, and their words.

use hosho_store::portal::AskedKind;
use hosho_web::Words;

/// A field of an application's form.
#[derive(Debug)]
pub(super) struct Field {
    /// The path in the request (docs/request.schema.json), and the name and id of its element.
    pub(super) name: &'static str,
    /// What is typed there.
    pub(super) entry: Entry,
    /// Where on the page it stands.
    pub(super) part: Part,
    /// Whether it has to be filled in.
    pub(super) need: Need,
    /// What it is called.
    pub(super) label: Words,
    /// What helps to fill it in; may be empty.
    pub(super) hint: Words,
}

/// What is typed in a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Entry {
    /// One of a few words.
    Category,
    /// A day.
    Day,
    /// A box to tick.
    Flag,
    /// The number of a guarantee.
    Number,
    /// A role, category or fiscal year.
    ShortText,
    /// A text.
    Text,
    /// An amount.
    Yen,
}

/// A part of the form, in the order of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// What changes, and why.
    Change,
    /// To whom the promise is made.
    Obligee,
    /// Whose performance is guaranteed.
    Contractor,
    /// The contract.
    Work,
    /// Works of several fiscal years.
    MultiYear,
    /// The promise.
    Guarantee,
}

/// Which kinds of guarantee have a field, and which need it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Need {
    /// All have and need it.
    Always,
    /// All have it.
    Sometimes,
    /// All have it; advance payments need it.
    ForAdvances,
    /// Advance payments have and need it.
    OfAdvances,
    /// Advance payments have it.
    SometimesOfAdvances,
    /// Interim advance payments have and need it.
    OfInterim,
}

impl Part {
    /// Every part, in the order of the page.
    pub(super) const ALL: [Self; 6] = [
        Self::Change,
        Self::Obligee,
        Self::Contractor,
        Self::Work,
        Self::MultiYear,
        Self::Guarantee,
    ];

    /// Returns the id of its element.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Obligee => "obligee",
            Self::Contractor => "contractor",
            Self::Work => "work",
            Self::MultiYear => "work.multi_year",
            Self::Guarantee => "guarantee",
        }
    }

    /// Returns its heading.
    pub(super) const fn words(self) -> Words {
        match self {
            Self::Change => words("変更の内容", "The change"),
            Self::Obligee => words("発注者(被保証者)", "Obligee"),
            Self::Contractor => words("請負者(保証契約者)", "Contractor"),
            Self::Work => words("工事(業務)と請負契約", "Works and contract"),
            Self::MultiYear => {
                words("債務負担行為(複数年度の契約)", "Works of several fiscal years")
            }
            Self::Guarantee => words("保証の内容", "Guarantee"),
        }
    }
}

impl Field {
    /// Returns the field of a name.
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// Tells whether applications of this kind have the field.
    #[must_use]
    pub(super) fn belongs_to(&self, kind: AskedKind) -> bool {
        match self.need {
            Need::Always | Need::Sometimes | Need::ForAdvances => true,
            Need::OfAdvances | Need::SometimesOfAdvances => is_advance(kind),
            Need::OfInterim => kind == AskedKind::Interim,
        }
    }

    /// Tells whether applications of this kind need the field.
    #[must_use]
    pub(super) fn is_needed(&self, kind: AskedKind) -> bool {
        match self.need {
            Need::Always => true,
            Need::Sometimes | Need::SometimesOfAdvances => false,
            Need::ForAdvances | Need::OfAdvances => is_advance(kind),
            Need::OfInterim => kind == AskedKind::Interim,
        }
    }

    /// Returns what the field is called in applications of this kind.
    pub(super) fn label(&self, kind: AskedKind) -> Words {
        match (self.name, kind) {
            (ADVANCE, AskedKind::Interim) => words("中間前払金額", "Interim advance"),
            (CONCLUDED_ON, AskedKind::Performance | AskedKind::Reservation) => {
                words("請負契約締結日(予定日)", "Contract concluded on (or planned for)")
            }
            _ => self.label,
        }
    }
}

/// Tells whether advance payments are guaranteed.
const fn is_advance(kind: AskedKind) -> bool {
    matches!(kind, AskedKind::Advance | AskedKind::Interim)
}

const fn words(ja: &'static str, en: &'static str) -> Words {
    Words { ja, en }
}

pub(super) const ADDRESS: &str = "obligee.address";
pub(super) const ADVANCE: &str = "guarantee.advance_jpy";
pub(super) const AMOUNT: &str = "guarantee.amount_jpy";
pub(super) const CONCLUDED_ON: &str = "work.concluded_on";
pub(super) const EFFECTIVE_FROM: &str = "change.effective_from";
pub(super) const PERIOD_TO: &str = "guarantee.period.to";
pub(super) const PLANNED: &str = "work.multi_year.planned_jpy";
pub(super) const PRICE: &str = "work.price_jpy";
pub(super) const PRIOR: &str = "guarantee.prior_advance_guarantee_number";
pub(super) const REASON: &str = "change.reason";
pub(super) const TAX: &str = "work.price_tax_jpy";
pub(super) const TERM_TO: &str = "work.term.to";

/// The members of a joint venture, and the names of their fields after the row.
pub(super) const MEMBERS: &str = "contractor.jv_members";
pub(super) const MEMBER_NAME: &str = "name";
pub(super) const MEMBER_ROLE: &str = "role";
pub(super) const MEMBER_SHARE: &str = "share_percent";

/// The field of the page that the members stand before.
pub(super) const FIRST_AFTER_MEMBERS: &str = "work.contract_number";
/// What the members of a joint venture are called.
pub(super) const MEMBERS_LABEL: Words = words("共同企業体の構成員", "Members of the joint venture");

/// Returns the name of a member's field.
pub(super) fn member_field(row: usize, field: &str) -> String {
    format!("{MEMBERS}.{row}.{field}")
}

/// How days may be written.
const DAY: Words = words(
    "例: 2026-05-08、2026/5/8、令和8年5月8日、R8.5.8",
    "For example 2026-05-08, 2026/5/8 or R8.5.8",
);
/// How amounts may be written.
const YEN: Words =
    words("例: 132,000,000(全角・￥・円も可)", "For example 132,000,000; ￥ may stand before it");
const NONE: Words = words("", "");

macro_rules! fields {
    ($($part:ident $name:tt $entry:ident $need:ident [$ja:literal, $en:literal] $hint:expr;)+) => {
        &[$(Field {
            name: $name,
            entry: Entry::$entry,
            part: Part::$part,
            need: Need::$need,
            label: words($ja, $en),
            hint: $hint,
        },)+]
    };
}

/// Every field but the members', in the order of the page.
pub(super) const FIELDS: &[Field] = fields! {
    Change "change.reason" Text Always ["変更の理由", "Reason"]
        words("例: 設計変更による請負代金額の増額", "For example: increase of the price after a change of design");
    Change "change.contract_changed_on" Day Sometimes ["変更契約日", "Contract changed on"] DAY;
    Change "change.effective_from" Day Sometimes ["効力発生日", "Effective from"]
        words("発行日から効力を持つときは空欄にします", "Leave it empty where the change governs from its day of issue");
    Obligee "obligee.name" Text Always ["発注者名", "Name"] NONE;
    Obligee "obligee.representative" Text Always ["職氏名", "Title and name of its officer"]
        words("例: 青嶺市長 水原 千鶴", "As the contract names the officer");
    Obligee "obligee.address" Text Sometimes ["所在地", "Address"] NONE;
    Contractor "contractor.name" Text Always ["商号又は名称", "Name"] NONE;
    Contractor "contractor.representative" Text Always ["代表者の職氏名", "Title and name of its representative"] NONE;
    Contractor "contractor.address" Text Always ["住所", "Address"] NONE;
    Work "work.contract_number" Text Always ["工事番号(契約番号)", "Contract number"] NONE;
    Work "work.category" Category Always ["区分", "Category"] NONE;
    Work "work.name" Text Always ["工事名(業務名)", "Works"]
        words("請負契約書のとおりに入力します", "As in the contract");
    Work "work.site" Text Always ["工事場所(履行場所)", "Site"] NONE;
    Work "work.concluded_on" Day ForAdvances ["請負契約締結日", "Contract concluded on"] DAY;
    Work "work.term.from" Day Always ["工期(自)", "Term of works, first day"] DAY;
    Work "work.term.to" Day Always ["工期(至)", "Term of works, last day"] DAY;
    Work "work.price_jpy" Yen Always ["請負代金額(税込)", "Contract price, with tax"] YEN;
    Work "work.price_tax_jpy" Yen Always ["うち消費税額", "Tax in it"] YEN;
    Work "work.low_price_survey" Flag Sometimes ["低入札価格調査を受けた契約です", "The contract followed a low-price survey"] NONE;
    MultiYear "work.multi_year.fiscal_year" ShortText SometimesOfAdvances ["年度", "Fiscal year"]
        words("例: 令和8年度", "As the contract names it, such as 令和8年度");
    MultiYear "work.multi_year.planned_jpy" Yen SometimesOfAdvances ["当該年度の出来高予定額", "Amount planned for that year"] YEN;
    Guarantee "guarantee.advance_jpy" Yen OfAdvances ["前払金額", "Advance"] YEN;
    Guarantee "guarantee.amount_jpy" Yen Always ["保証金額", "Guaranteed amount"] YEN;
    Guarantee "guarantee.period.from" Day Always ["保証期間(自)", "Period of guarantee, first day"] DAY;
    Guarantee "guarantee.period.to" Day Always ["保証期間(至)", "Period of guarantee, last day"] DAY;
    Guarantee "guarantee.prior_advance_guarantee_number" Number OfInterim ["当初前払金の保証契約番号", "Number of the first advance's guarantee"]
        words("例: 31-07-1-0000123-9", "For example 31-07-1-0000123-9");
};

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: AskedKind) -> Vec<&'static str> {
        let of_kind = FIELDS.iter().filter(|field| field.belongs_to(kind));
        of_kind.map(|field| field.name).collect()
    }

    #[test]
    fn each_kind_has_the_fields_that_the_format_gives_it() {
        assert_eq!(names(AskedKind::Interim).len(), FIELDS.len());
        assert!(!names(AskedKind::Advance).contains(&PRIOR));
        for name in [ADVANCE, PLANNED, PRIOR] {
            assert!(!names(AskedKind::Performance).contains(&name), "{name}");
        }
        assert_eq!(names(AskedKind::Performance), names(AskedKind::Reservation));
    }

    #[test]
    fn every_field_of_a_request_is_in_the_form() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../../docs/request.schema.json")).unwrap();
        let leaves = |object: &str| -> Vec<String> {
            let of = &schema["$defs"][object]["properties"];
            of.as_object().unwrap().keys().cloned().collect()
        };
        // What the guarantor gives, and what is read as a whole.
        let elsewhere =
            ["guarantee.terms", "change.supersedes", "change.kinds", "contractor.jv_members"];
        for object in ["obligee", "contractor", "work", "guarantee", "change"] {
            for leaf in leaves(object) {
                let path = format!("{object}.{leaf}");
                let below = format!("{path}.");
                let known = FIELDS.iter().any(|it| it.name == path || it.name.starts_with(&below));
                assert!(known || elsewhere.contains(&path.as_str()), "{path}");
            }
        }
        assert_eq!(leaves("member"), [MEMBER_NAME, MEMBER_ROLE, MEMBER_SHARE]);
    }

    #[test]
    fn names_are_given_once() {
        for field in FIELDS {
            assert_eq!(FIELDS.iter().filter(|it| it.name == field.name).count(), 1);
        }
    }
}
