//! Every certificate that answers a sample request, and where each stands.

use std::collections::BTreeMap;

use hosho::{
    Certificate, ChangeKind, Date, EndedBy, Fingerprint, ListNumber, PreparedCertificate, Revision,
    Sequence, Serial, Signer as _, SnapshotDraft, StatusEntry, StatusIndex, StatusReference,
    SupersededBy, Text,
};
use hosho_request::{Issuance, Request};
use hosho_testkit::{Guarantor, sample_requests, time};

/// One certificate that was issued.
pub(crate) struct Issued {
    /// The name of the request without its extension, such as `G04-2`.
    pub(crate) name: String,
    pub(crate) certificate: Certificate<'static>,
    pub(crate) signed: Vec<u8>,
    pub(crate) index: u32,
}

/// A guarantor and what it issued, in the order of the samples' names.
pub(crate) struct Ledger {
    pub(crate) guarantor: Guarantor,
    pub(crate) all: Vec<Issued>,
}

impl Ledger {
    /// Issues every sample request; a later revision names the one before.
    pub(crate) fn of_samples(guarantor: Guarantor) -> Self {
        let mut last: BTreeMap<String, Fingerprint> = BTreeMap::new();
        let mut all = Vec::new();
        for ((name, bytes), position) in sample_requests().into_iter().zip(0_u32..) {
            let request = Request::parse(&bytes).expect("a sample request");
            let number = request.number.to_string();
            let previous = (request.revision != Revision::FIRST).then(|| last[&number]);
            let one = issue(&guarantor, &name, request, previous, position * 13 + 3);
            last.insert(number, Fingerprint::of(&one.signed));
            all.push(one);
        }
        Self { guarantor, all }
    }

    pub(crate) fn issued(&self, name: &str) -> &Issued {
        self.all.iter().find(|one| one.name == name).expect("a sample")
    }

    /// Returns what the first snapshot says, to be changed or signed.
    pub(crate) fn snapshot_draft(&self) -> SnapshotDraft<'static> {
        let entries = self.all.iter().map(|one| (one.index, status(one, &self.all)));
        SnapshotDraft {
            sequence: Sequence::FIRST,
            issued_at: time("2026-11-22T03:04:05Z"),
            next_update: time("2026-11-30T00:00:00Z"),
            last_index: StatusIndex::new(4_095).expect("an index"),
            ..self.guarantor.snapshot_draft(entries)
        }
    }
}

/// Reads the sample request of this name.
pub(crate) fn request(name: &str) -> Request {
    let requests = sample_requests();
    let (_, bytes) = requests.iter().find(|(known, _)| known == name).expect("a sample");
    Request::parse(bytes).expect("a sample request")
}

/// Signs the certificate that answers a request.
pub(crate) fn issue(
    guarantor: &Guarantor,
    name: &str,
    request: Request,
    previous: Option<Fingerprint>,
    index: u32,
) -> Issued {
    let issuance = Issuance {
        guarantor_id: guarantor.id.clone(),
        name: Text::parse("架空みらい建設業保証株式会社").expect("a text"),
        representative: Some(Text::parse("取締役社長 三枝 修一郎").expect("a text")),
        address: None,
        issued_at: time("2025-06-01T00:00:00Z"),
        binding: guarantor.binding(&request.number, Serial::FIRST),
        status: StatusReference {
            list: ListNumber::FIRST,
            index: StatusIndex::new(index).expect("an index"),
        },
        previous,
        clauses: None,
    };
    let claims = request.into_claims(issuance).expect("claims");
    let certificate = Certificate::new(claims).expect("claims that go together");
    let key = &guarantor.certificate_key;
    let signed = PreparedCertificate::new(&certificate, key.public_key().key_id())
        .and_then(|prepared| prepared.sign(key))
        .expect("a signed certificate");
    Issued { name: name.to_owned(), certificate, signed, index }
}

/// Returns the status of one certificate among all of its guarantor.
fn status(one: &Issued, all: &[Issued]) -> StatusEntry {
    let of_guarantee: Vec<&Certificate<'_>> = all
        .iter()
        .map(|issued| &issued.certificate)
        .filter(|other| other.claims().number == one.certificate.claims().number)
        .collect();
    let current = of_guarantee.iter().map(|other| other.revision()).max().expect("itself");
    let replaced = |before: Option<Date>| {
        of_guarantee
            .iter()
            .filter(|other| other.revision() > one.certificate.revision())
            .filter(|other| other.ending().is_none())
            .map(|other| other.governs_from())
            .filter(|day| before.is_none_or(|end| *day < end))
            .min()
    };
    if let Some(ending) = of_guarantee.iter().find(|other| other.ending().is_some()) {
        let on = ending.governs_from();
        let cause = match ending.ending() {
            Some(ChangeKind::Voidance) => EndedBy::Voidance,
            _ => EndedBy::Termination { replaced_on: replaced(Some(on)) },
        };
        return StatusEntry::Ended { on, current, cause };
    }
    match replaced(None) {
        Some(on) => StatusEntry::Superseded { on, current, cause: SupersededBy::Amendment },
        None => StatusEntry::InForce,
    }
}
