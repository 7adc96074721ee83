//! What a certificate says: the fields of spec section 6, each of a type that holds only what the
//! rules allow.

use alloc::vec::Vec;

use crate::counter::{Epoch, ListNumber, Revision, Serial, Share, StatusIndex, Yen};
use crate::date::{Date, Period, UnixTime};
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::Fingerprint;
use crate::number::{GuaranteeNumber, GuarantorId};
use crate::text::{ShortText, Text};

mod change;

pub use change::{Change, ChangeKind, ChangeKinds};

/// The claims of one revision of a guarantee, before their dependencies are checked.
///
/// Every field is required, so that a forgotten one does not compile.
/// [`Certificate::new`](crate::Certificate::new) checks how they go together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claims<'a> {
    /// The guarantor inside every signed object.
    pub guarantor_id: GuarantorId<'a>,
    /// The number of the guarantee (保証契約番号), as printed.
    pub number: GuaranteeNumber<'a>,
    /// Which revision it is, and what it amends.
    pub lineage: Lineage<'a>,
    /// The signer's clock when the intent to sign was recorded.
    pub issued_at: UnixTime,
    /// Which auth key opens the sealed certificate.
    pub binding: AuthKeyBinding,
    /// Where the status of this revision is found.
    pub status: StatusReference,
    /// What is guaranteed.
    pub kind: GuaranteeKind,
    /// The date that the certificate prints (発行日).
    pub issued_on: Date,
    /// Who promises to pay (保証事業会社).
    pub guarantor: Guarantor<'a>,
    /// To whom the promise is made (発注者, 被保証者).
    pub obligee: Obligee<'a>,
    /// Whose performance is guaranteed (請負者, 保証契約者).
    pub contractor: Contractor<'a>,
    /// The works that were contracted.
    pub work: Work<'a>,
    /// What the guarantor promises.
    pub guarantee: GuaranteeTerms<'a>,
}

/// What is guaranteed (spec R-CERT-3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GuaranteeKind {
    /// The advance payment (前払金保証).
    Advance,
    /// The interim advance payment (中間前払金保証).
    Interim,
    /// The performance of the contract (契約保証).
    Performance,
}

impl GuaranteeKind {
    pub(crate) const fn to_code(self) -> u8 {
        match self {
            Self::Advance => 1,
            Self::Interim => 2,
            Self::Performance => 3,
        }
    }

    pub(crate) fn from_code(code: u64) -> Result<Self, ParseError> {
        match code {
            1 => Ok(Self::Advance),
            2 => Ok(Self::Interim),
            3 => Ok(Self::Performance),
            _ => Err(Kind::Kind.into()),
        }
    }
}

/// Which revision a certificate is, and what it amends (spec R-CERT-2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lineage<'a> {
    /// Revision 1.
    Original,
    /// A later revision, which holds the full state after a change.
    Amendment {
        /// Its number, above 1.
        revision: Revision,
        /// The fingerprint of the signed certificate that it supersedes.
        previous: Fingerprint,
        /// What was changed, and why.
        change: Change<'a>,
    },
}

/// Which auth key opens the sealed certificate (spec section 6.4).
///
/// It is public: `bind` shows that a key fits, and does not help to find one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthKeyBinding {
    /// Which auth master key the auth key was derived from.
    pub epoch: Epoch,
    /// Which of the guarantee's auth keys it is.
    pub serial: Serial,
    /// The value that only this auth key produces (spec section 8.4).
    pub bind: [u8; 32],
}

/// Where the status of a revision is found (spec R-CERT-10).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StatusReference {
    /// The status list of the guarantor.
    pub list: ListNumber,
    /// The place in that list.
    pub index: StatusIndex,
}

/// Who promises to pay (保証事業会社).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Guarantor<'a> {
    /// The company's name.
    pub name: Text<'a>,
    /// The branch that issued the certificate (支店).
    pub branch: Option<Text<'a>>,
    /// Who signs for the company (代表者).
    pub representative: Option<Text<'a>>,
    /// Its address (所在地).
    pub address: Option<Text<'a>>,
}

/// To whom the promise is made (発注者, 被保証者).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Obligee<'a> {
    /// The name of the body that orders the works.
    pub name: Text<'a>,
    /// Title and name of the officer (職氏名).
    pub representative: Text<'a>,
    /// Its address.
    pub address: Option<Text<'a>>,
}

/// Whose performance is guaranteed (請負者, 保証契約者).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contractor<'a> {
    /// The name of the company or of the joint venture.
    pub name: Text<'a>,
    /// Title and name of its representative.
    pub representative: Text<'a>,
    /// Its address.
    pub address: Text<'a>,
    /// The members of a joint venture (共同企業体), at most 20; empty for a single company.
    pub members: Vec<Member<'a>>,
}

impl Contractor<'_> {
    /// The most members of a joint venture (spec R-CERT-7).
    pub const MAX_MEMBERS: usize = 20;
}

/// A member of a joint venture (構成員).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member<'a> {
    /// The company's name.
    pub name: Text<'a>,
    /// Its role, such as 代表者 or 構成員.
    pub role: ShortText<'a>,
    /// Its share, where the agreement fixes one.
    pub share: Option<Share>,
}

/// The works that were contracted (請負契約).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Work<'a> {
    /// The obligee's number of the contract (工事番号).
    pub contract_number: Text<'a>,
    /// What is contracted, such as `construction` or `services`.
    pub category: ShortText<'a>,
    /// The name of the works (工事名, 業務名).
    pub name: Text<'a>,
    /// Where they are carried out (工事場所).
    pub site: Text<'a>,
    /// When the contract was concluded, or is planned to be (請負契約締結日).
    pub concluded_on: Option<Date>,
    /// The term of works (工期).
    pub term: Period,
    /// The contract price, tax included (請負代金額).
    pub price: Yen,
    /// The consumption tax in it.
    pub tax: Yen,
    /// The fiscal year covered, where the works span several (債務負担行為).
    pub multi_year: Option<MultiYear<'a>>,
    /// Whether the bid was surveyed for its low price (低入札価格調査).
    pub low_price_survey: LowPriceSurvey,
}

/// The fiscal year that a guarantee of multi-year works covers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MultiYear<'a> {
    /// The fiscal year, as printed (年度).
    pub fiscal_year: ShortText<'a>,
    /// The amount of work planned for it (出来高予定額).
    pub planned: Yen,
}

/// Whether the bid was surveyed for its low price (低入札価格調査).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LowPriceSurvey {
    /// It was surveyed.
    Made,
    /// It was not.
    NotMade,
}

/// What the guarantor promises.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GuaranteeTerms<'a> {
    /// The guaranteed amount (保証金額), the ceiling of a payout.
    pub amount: Yen,
    /// The period of guarantee (保証期間); its last day is the expiry (保証期限).
    pub period: Period,
    /// The advance or interim advance that is guaranteed.
    pub advance: Option<Yen>,
    /// The guarantee of the first advance, for an interim advance.
    pub first_advance: Option<GuaranteeNumber<'a>>,
    /// The terms and riders, by name (約款, 特約).
    pub terms: Text<'a>,
    /// The fingerprint of the clauses in force.
    pub clauses: Option<Fingerprint>,
}

macro_rules! owned {
    ($($name:ident { $($move:ident),* ; $($own:ident),* ; $($maybe:ident),* })*) => {$(
        impl $name<'_> {
            /// Returns the same, owned.
            pub fn into_owned(self) -> $name<'static> {
                $name {
                    $($move: self.$move,)*
                    $($own: self.$own.into_owned(),)*
                    $($maybe: self.$maybe.map(|value| value.into_owned()),)*
                }
            }
        }
    )*};
}

owned! {
    Claims {
        issued_at, binding, status, kind, issued_on;
        guarantor_id, number, lineage, guarantor, obligee, contractor, work, guarantee;
    }
    Guarantor { ; name; branch, representative, address }
    Obligee { ; name, representative; address }
    Member { share; name, role; }
    Work {
        concluded_on, term, price, tax, low_price_survey;
        contract_number, category, name, site;
        multi_year
    }
    MultiYear { planned; fiscal_year; }
    GuaranteeTerms { amount, period, advance, clauses; terms; first_advance }
}

impl Contractor<'_> {
    /// Returns the same, owned.
    pub fn into_owned(self) -> Contractor<'static> {
        Contractor {
            name: self.name.into_owned(),
            representative: self.representative.into_owned(),
            address: self.address.into_owned(),
            members: self.members.into_iter().map(Member::into_owned).collect(),
        }
    }
}

impl Lineage<'_> {
    /// Returns the number of the revision.
    pub const fn revision(&self) -> Revision {
        match self {
            Self::Original => Revision::FIRST,
            Self::Amendment { revision, .. } => *revision,
        }
    }

    /// Returns the same, owned.
    pub fn into_owned(self) -> Lineage<'static> {
        match self {
            Self::Original => Lineage::Original,
            Self::Amendment { revision, previous, change } => {
                Lineage::Amendment { revision, previous, change: change.into_owned() }
            }
        }
    }
}
