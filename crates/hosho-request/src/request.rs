//! From JSON to domain types.

use hosho::{
    AuthKeyBinding, Certificate, Change, ChangeKind, ChangeKinds, Claims, Contractor, Date, Epoch,
    Fingerprint, GuaranteeKind, GuaranteeNumber, GuaranteeTerms, Guarantor, GuarantorId, Lineage,
    ListNumber, LowPriceSurvey, Member, MultiYear, Obligee, ParseError, ParseErrorKind, Period,
    Revision, Serial, Share, ShortText, StatusIndex, StatusReference, Text, UnixTime, Work, Yen,
};

use crate::error::{RequestError, RequestProblem};
use crate::json::{Fields, Node};

/// What a guarantor is asked to certify: one revision of one guarantee.
///
/// [`Request::parse`] has checked the fields and how they go together; the guarantor adds its
/// own part with [`Request::into_claims`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Which guarantee it is.
    pub kind: GuaranteeKind,
    /// The number that the guarantor gives it.
    pub number: GuaranteeNumber<'static>,
    /// The revision that is asked for.
    pub revision: Revision,
    /// The revision before, for every revision but the first.
    pub supersedes: Option<Revision>,
    /// The day that the certificate prints.
    pub issued_on: Date,
    /// The guarantor's branch.
    pub branch: Option<Text<'static>>,
    /// To whom the promise is made.
    pub obligee: Obligee<'static>,
    /// Whose performance is guaranteed.
    pub contractor: Contractor<'static>,
    /// The contract.
    pub work: Work<'static>,
    /// The promise. Its clauses are none: the guarantor adds their fingerprint.
    pub guarantee: GuaranteeTerms<'static>,
    /// What changes, for every revision but the first.
    pub change: Option<Change<'static>>,
}

/// What the guarantor adds to a request when it issues a certificate.
#[derive(Clone, Debug)]
pub struct Issuance {
    /// Which guarantor.
    pub guarantor_id: GuarantorId<'static>,
    /// Its name as certificates print it.
    pub name: Text<'static>,
    /// Its representative.
    pub representative: Option<Text<'static>>,
    /// Its address.
    pub address: Option<Text<'static>>,
    /// When the intent to sign was recorded.
    pub issued_at: UnixTime,
    /// Which auth key opens the certificate.
    pub binding: AuthKeyBinding,
    /// Where its status stands.
    pub status: StatusReference,
    /// The signed certificate of the revision before, for every revision but the first.
    pub previous: Option<Fingerprint>,
    /// The clauses in force.
    pub clauses: Option<Fingerprint>,
}

impl Request {
    /// The most bytes of a request: twenty members with names of full length need half of it.
    pub const MAX_LEN: usize = 64 * 1024;

    /// Reads a request: one JSON object with the fields of `docs/request.schema.json` and no
    /// others, each at most once.
    ///
    /// # Errors
    /// Names the path of the field and the code of the rule that it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(RequestError::new("", RequestProblem::TooLarge));
        }
        let request = read_request(Node::parse(bytes)?)?;
        request.check_together()?;
        Ok(request)
    }

    /// Returns the claims of the certificate that answers this request.
    ///
    /// # Errors
    /// `E6-LINEAGE` if the previous certificate is named for a first revision, or is not named
    /// for a later one.
    pub fn into_claims(self, issuance: Issuance) -> Result<Claims<'static>, RequestError> {
        let lineage = match (self.change, issuance.previous) {
            (None, None) => Lineage::Original,
            (Some(change), Some(previous)) => {
                Lineage::Amendment { revision: self.revision, previous, change }
            }
            _ => return Err(lineage_error()),
        };
        let mut guarantee = self.guarantee;
        guarantee.clauses = issuance.clauses;
        Ok(Claims {
            guarantor_id: issuance.guarantor_id,
            number: self.number,
            lineage,
            issued_at: issuance.issued_at,
            binding: issuance.binding,
            status: issuance.status,
            kind: self.kind,
            issued_on: self.issued_on,
            guarantor: Guarantor {
                name: issuance.name,
                branch: self.branch,
                representative: issuance.representative,
                address: issuance.address,
            },
            obligee: self.obligee,
            contractor: self.contractor,
            work: self.work,
            guarantee,
        })
    }
}

impl Request {
    /// Checks how fields go together by the rules of a certificate.
    fn check_together(&self) -> Result<(), RequestError> {
        self.to_unsigned().map(|_| ())
    }

    /// Returns the certificate that would answer the request, for policy and people to look at:
    /// nobody signed it, and what the guarantor adds is a stand-in.
    ///
    /// # Errors
    /// None for a request that was read.
    pub fn to_unsigned(&self) -> Result<Certificate<'static>, RequestError> {
        let whole = |error| RequestError::value("", error);
        let stand_in = Issuance {
            guarantor_id: GuarantorId::parse("stand-in").map_err(whole)?,
            name: Text::parse("stand-in").map_err(whole)?,
            representative: None,
            address: None,
            issued_at: UnixTime::from_seconds(0).map_err(whole)?,
            binding: AuthKeyBinding { epoch: Epoch::FIRST, serial: Serial::FIRST, bind: [0; 32] },
            status: StatusReference {
                list: ListNumber::FIRST,
                index: StatusIndex::new(0).map_err(whole)?,
            },
            previous: (self.revision != Revision::FIRST).then(|| Fingerprint::from_bytes([0; 32])),
            clauses: None,
        };
        let claims = self.clone().into_claims(stand_in)?;
        Certificate::new(claims).map_err(|error| RequestError::value(self.place_of(error), error))
    }

    /// The field to correct when a rule about several fields is broken.
    fn place_of(&self, error: ParseError) -> &'static str {
        match error.code() {
            "E6-CHANGE" => "change.kinds",
            "E6-CONCLUDED-ON" => "work.concluded_on",
            "E6-KIND-FIELD" if self.lacks_advance() => "guarantee.advance_jpy",
            "E6-KIND-FIELD" if self.guarantee.first_advance.is_some() => {
                "guarantee.prior_advance_guarantee_number"
            }
            "E6-KIND-FIELD" if self.guarantee.advance.is_some() && self.is_performance() => {
                "guarantee.advance_jpy"
            }
            "E6-KIND-FIELD" => "work.multi_year",
            "E6-LINEAGE" => "change",
            "E6-MEMBERS" => "contractor.jv_members",
            "E6-TAX" => "work.price_tax_jpy",
            _ => "",
        }
    }

    fn is_performance(&self) -> bool {
        self.kind == GuaranteeKind::Performance
    }

    fn lacks_advance(&self) -> bool {
        !self.is_performance() && self.guarantee.advance.is_none()
    }
}

fn lineage_error() -> RequestError {
    RequestError::value("change", ParseErrorKind::Lineage.into())
}

fn read_request(node: Node) -> Result<Request, RequestError> {
    let mut fields = Fields::open(
        node,
        "",
        &[
            "kind",
            "number",
            "revision",
            "issued_on",
            "branch",
            "obligee",
            "contractor",
            "work",
            "guarantee",
            "change",
        ],
    )?;
    let kind = fields.required("kind", read_kind)?;
    let number = fields.required("number", read_number)?;
    let revision = fields.required("revision", read_revision)?;
    let issued_on = fields.required("issued_on", read_date)?;
    let branch = fields.optional("branch", read_text)?;
    let obligee = fields.required("obligee", read_obligee)?;
    let contractor = fields.required("contractor", read_contractor)?;
    let work = fields.required("work", read_work)?;
    let guarantee = fields.required("guarantee", read_guarantee)?;
    let change = fields.optional("change", |node, path| read_change(node, path, revision))?;
    if (revision == Revision::FIRST) == change.is_some() {
        return Err(lineage_error());
    }
    let (supersedes, change) =
        change.map_or((None, None), |(supersedes, change)| (Some(supersedes), Some(change)));
    Ok(Request {
        kind,
        number,
        revision,
        supersedes,
        issued_on,
        branch,
        obligee,
        contractor,
        work,
        guarantee,
        change,
    })
}

fn read_obligee(node: Node, path: &str) -> Result<Obligee<'static>, RequestError> {
    let mut fields = Fields::open(node, path, &["name", "representative", "address"])?;
    Ok(Obligee {
        name: fields.required("name", read_text)?,
        representative: fields.required("representative", read_text)?,
        address: fields.optional("address", read_text)?,
    })
}

fn read_contractor(node: Node, path: &str) -> Result<Contractor<'static>, RequestError> {
    let known = ["name", "representative", "address", "jv_members"];
    let mut fields = Fields::open(node, path, &known)?;
    Ok(Contractor {
        name: fields.required("name", read_text)?,
        representative: fields.required("representative", read_text)?,
        address: fields.required("address", read_text)?,
        members: fields.optional("jv_members", read_members)?.unwrap_or_default(),
    })
}

fn read_members(node: Node, path: &str) -> Result<Vec<Member<'static>>, RequestError> {
    let items = node.into_array(path)?;
    if items.is_empty() {
        return Err(RequestError::value(path, ParseErrorKind::Members.into()));
    }
    let read = |(index, item)| read_member(item, &format!("{path}[{index}]"));
    items.into_iter().enumerate().map(read).collect()
}

fn read_member(node: Node, path: &str) -> Result<Member<'static>, RequestError> {
    let mut fields = Fields::open(node, path, &["name", "role", "share_percent"])?;
    Ok(Member {
        name: fields.required("name", read_text)?,
        role: fields.required("role", read_short_text)?,
        share: fields.optional("share_percent", |node, path| read_share(&node, path))?,
    })
}

fn read_work(node: Node, path: &str) -> Result<Work<'static>, RequestError> {
    let known = [
        "contract_number",
        "category",
        "name",
        "site",
        "concluded_on",
        "term",
        "price_jpy",
        "price_tax_jpy",
        "multi_year",
        "low_price_survey",
    ];
    let mut fields = Fields::open(node, path, &known)?;
    Ok(Work {
        contract_number: fields.required("contract_number", read_text)?,
        category: fields.required("category", read_short_text)?,
        name: fields.required("name", read_text)?,
        site: fields.required("site", read_text)?,
        concluded_on: fields.optional("concluded_on", read_date)?,
        term: fields.required("term", read_period)?,
        price: fields.required("price_jpy", read_yen)?,
        tax: fields.required("price_tax_jpy", read_yen)?,
        multi_year: fields.optional("multi_year", read_multi_year)?,
        low_price_survey: match fields.optional("low_price_survey", Node::into_boolean)? {
            Some(true) => LowPriceSurvey::Made,
            Some(false) | None => LowPriceSurvey::NotMade,
        },
    })
}

fn read_multi_year(node: Node, path: &str) -> Result<MultiYear<'static>, RequestError> {
    let mut fields = Fields::open(node, path, &["fiscal_year", "planned_jpy"])?;
    Ok(MultiYear {
        fiscal_year: fields.required("fiscal_year", read_short_text)?,
        planned: fields.required("planned_jpy", read_yen)?,
    })
}

fn read_guarantee(node: Node, path: &str) -> Result<GuaranteeTerms<'static>, RequestError> {
    let known = ["amount_jpy", "period", "advance_jpy", "prior_advance_guarantee_number", "terms"];
    let mut fields = Fields::open(node, path, &known)?;
    Ok(GuaranteeTerms {
        amount: fields.required("amount_jpy", read_yen)?,
        period: fields.required("period", read_period)?,
        advance: fields.optional("advance_jpy", read_yen)?,
        first_advance: fields.optional("prior_advance_guarantee_number", read_number)?,
        terms: fields.required("terms", read_text)?,
        clauses: None,
    })
}

fn read_change(
    node: Node,
    path: &str,
    revision: Revision,
) -> Result<(Revision, Change<'static>), RequestError> {
    let known = ["supersedes", "kinds", "reason", "contract_changed_on", "effective_from"];
    let mut fields = Fields::open(node, path, &known)?;
    let supersedes = fields.required("supersedes", |node, path| {
        let earlier = read_revision(node, path)?;
        if earlier.next() == Some(revision) {
            Ok(earlier)
        } else {
            Err(RequestError::new(path, RequestProblem::WrongPredecessor))
        }
    })?;
    let change = Change {
        kinds: fields.required("kinds", read_change_kinds)?,
        reason: fields.required("reason", read_text)?,
        contract_changed_on: fields.optional("contract_changed_on", read_date)?,
        effective_from: fields.optional("effective_from", read_date)?,
    };
    Ok((supersedes, change))
}

fn read_change_kinds(node: Node, path: &str) -> Result<ChangeKinds, RequestError> {
    let items = node.into_array(path)?.into_iter().enumerate();
    let read = |(index, item)| read_change_kind(item, &format!("{path}[{index}]"));
    let kinds: Vec<ChangeKind> = items.map(read).collect::<Result<_, _>>()?;
    ChangeKinds::new(kinds).map_err(|error| RequestError::value(path, error))
}

fn read_change_kind(node: Node, path: &str) -> Result<ChangeKind, RequestError> {
    match node.into_text(path)?.as_str() {
        "increase" => Ok(ChangeKind::Increase),
        "decrease" => Ok(ChangeKind::Decrease),
        "extension" => Ok(ChangeKind::Extension),
        "shortening" => Ok(ChangeKind::Shortening),
        "correction" => Ok(ChangeKind::Correction),
        "novation" => Ok(ChangeKind::Novation),
        "termination" => Ok(ChangeKind::Termination),
        "voidance" => Ok(ChangeKind::Voidance),
        "rekey" => Ok(ChangeKind::Rekey),
        _ => Err(RequestError::new(path, RequestProblem::UnknownWord)),
    }
}

fn read_kind(node: Node, path: &str) -> Result<GuaranteeKind, RequestError> {
    match node.into_text(path)?.as_str() {
        "advance" => Ok(GuaranteeKind::Advance),
        "interim" => Ok(GuaranteeKind::Interim),
        "performance" => Ok(GuaranteeKind::Performance),
        _ => Err(RequestError::new(path, RequestProblem::UnknownWord)),
    }
}

fn read_date(node: Node, path: &str) -> Result<Date, RequestError> {
    let text = node.into_text(path)?;
    Date::parse(&text).map_err(|error| RequestError::value(path, error))
}

fn read_number(node: Node, path: &str) -> Result<GuaranteeNumber<'static>, RequestError> {
    let text = node.into_text(path)?;
    GuaranteeNumber::parse(text).map_err(|error| RequestError::value(path, error))
}

fn read_period(node: Node, path: &str) -> Result<Period, RequestError> {
    let mut fields = Fields::open(node, path, &["from", "to"])?;
    let from = fields.required("from", read_date)?;
    let to = fields.required("to", read_date)?;
    Period::new(from, to).map_err(|error| RequestError::value(path, error))
}

fn read_revision(node: Node, path: &str) -> Result<Revision, RequestError> {
    let number = node.into_integer(path)?;
    // A number that does not fit is as far out of range as 0 is.
    Revision::new(u16::try_from(number).unwrap_or(0))
        .map_err(|error| RequestError::value(path, error))
}

/// Reads a percentage with at most two decimals as hundredths of a percent.
fn read_share(node: &Node, path: &str) -> Result<Share, RequestError> {
    let hundredths = match node {
        Node::Integer(percent) => percent.checked_mul(100),
        Node::OtherNumber(decimal) => hundredths(decimal),
        _ => None,
    };
    let Some(hundredths) = hundredths else {
        return Err(node.mismatch(path, RequestProblem::NotPercentage));
    };
    Share::new(u16::try_from(hundredths).unwrap_or(0))
        .map_err(|error| RequestError::value(path, error))
}

/// Turns `33.3` into 3330; anything but digits, a point and one or two digits is none.
fn hundredths(decimal: &str) -> Option<u64> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let scale = if fraction.len() == 1 { 10 } else { 1 };
    let fraction = fraction.parse::<u64>().ok()?.checked_mul(scale)?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(fraction)
}

fn read_short_text(node: Node, path: &str) -> Result<ShortText<'static>, RequestError> {
    let text = node.into_text(path)?;
    ShortText::parse(text).map_err(|error| RequestError::value(path, error))
}

fn read_text(node: Node, path: &str) -> Result<Text<'static>, RequestError> {
    let text = node.into_text(path)?;
    Text::parse(text).map_err(|error| RequestError::value(path, error))
}

fn read_yen(node: Node, path: &str) -> Result<Yen, RequestError> {
    let amount = node.into_integer(path)?;
    Yen::new(amount).map_err(|error| RequestError::value(path, error))
}
