//! What a call of `issue` asks for, checked against the journal before anything is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hosho::{
    AuthKeyBinding, Certificate, Epoch, Fingerprint, GuaranteeKind, GuaranteeNumber, GuarantorId,
    ListNumber, Revision, Serial, StatusIndex, StatusReference, Text, UnixTime,
};
use hosho_cli::input::read_bounded;
use hosho_request::{Issuance, Request, RequestError};

use crate::failure::{Reason, Refusal};
use crate::journal::{Chain, Effect, Ledger, Reviewed};

/// A request as it was read.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Where it came from.
    pub(crate) file: PathBuf,
    pub(crate) request: Request,
    /// What is asked for, as one hash.
    pub(crate) digest: Fingerprint,
}

/// One request with what was found out about it.
#[derive(Debug)]
pub(crate) struct Item {
    /// Where it came from.
    pub(crate) file: PathBuf,
    pub(crate) request: Request,
    /// What is asked for, as one hash.
    pub(crate) digest: Fingerprint,
    pub(crate) standing: Standing,
    /// What the policy said, once it was asked.
    pub(crate) reviewed: Option<Reviewed>,
}

/// Whether a request still has to be answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// The journal holds the same revision, asked for in the same way.
    Issued,
    /// It is the next revision of its guarantee.
    New,
}

/// Reads every request, in order of number and revision.
pub(crate) fn read_requests(files: &[PathBuf]) -> Result<Vec<Asked>, Vec<Refusal>> {
    let mut requests = Vec::with_capacity(files.len());
    let mut refusals = Vec::new();
    for file in files {
        match read_request(file) {
            Ok(request) => requests.push(request),
            Err(reason) => refusals.push(Refusal::at(file, reason)),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    requests.sort_by(|Asked { request: a, .. }, Asked { request: b, .. }| {
        (&a.number, a.revision).cmp(&(&b.number, b.revision))
    });
    Ok(requests)
}

fn read_request(file: &Path) -> Result<Asked, Reason> {
    let bytes = read_bounded(file, Request::MAX_LEN).map_err(Reason::Input)?;
    Asked::parse(file, &bytes)
}

impl Asked {
    /// Reads a request; `file` is what messages call it.
    pub(crate) fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Reason> {
        let request = Request::parse(bytes).map_err(Reason::Request)?;
        let digest = digest(&request)?;
        Ok(Self { file: file.to_owned(), request, digest })
    }
}

/// Places every request among the revisions that there are; the same request twice counts once.
pub(crate) fn place(requests: Vec<Asked>, ledger: &Ledger) -> Result<Vec<Item>, Vec<Refusal>> {
    let mut items: Vec<Item> = Vec::with_capacity(requests.len());
    let mut refusals = Vec::new();
    let mut heads: BTreeMap<GuaranteeNumber<'static>, Head> = BTreeMap::new();
    for Asked { file, request, digest } in requests {
        if items
            .last()
            .is_some_and(|last| same_place(&last.request, &request) && last.digest == digest)
        {
            continue;
        }
        let chain = ledger.chains().get(&request.number);
        let head = heads.entry(request.number.clone()).or_insert_with(|| Head::of(chain));
        match head.place(&request, digest, chain) {
            Ok(standing) => items.push(Item { file, request, digest, standing, reviewed: None }),
            Err(reason) => refusals.push(Refusal::of(&request.number, request.revision, reason)),
        }
    }
    if refusals.is_empty() { Ok(items) } else { Err(refusals) }
}

/// The newest revision of a guarantee, counting those that this call will issue.
#[derive(Clone, Copy, Debug)]
struct Head {
    newest: Option<(Revision, Effect, GuaranteeKind)>,
}

impl Head {
    fn of(chain: Option<&Chain>) -> Self {
        let newest = chain.and_then(|chain| {
            chain.newest().map(|step| (step.revision, step.effect, chain.kind()))
        });
        Self { newest }
    }

    fn place(
        &mut self,
        request: &Request,
        digest: Fingerprint,
        chain: Option<&Chain>,
    ) -> Result<Standing, Reason> {
        if let Some(step) = chain.and_then(|chain| chain.step(request.revision)) {
            let same = step.request == digest;
            return if same { Ok(Standing::Issued) } else { Err(Reason::Conflict) };
        }
        let effect = effect(request);
        if effect == Effect::Rekeys {
            return Err(Reason::Rekey);
        }
        let expected = match self.newest {
            None => Some(Revision::FIRST),
            Some((newest, ..)) if newest == request.revision => return Err(Reason::Conflict),
            Some((newest, ..)) => newest.next(),
        };
        if expected != Some(request.revision) {
            return Err(Reason::NotNext { newest: self.newest.map(|(newest, ..)| newest) });
        }
        if let Some((_, before, kind)) = self.newest {
            if before.ends() {
                return Err(Reason::Ended);
            }
            if kind != request.kind {
                return Err(Reason::OtherKind);
            }
        }
        self.newest = Some((request.revision, effect, request.kind));
        Ok(Standing::New)
    }
}

/// Returns what a request does to its guarantee.
pub(crate) fn effect(request: &Request) -> Effect {
    Effect::of(request.change.as_ref())
}

fn same_place(a: &Request, b: &Request) -> bool {
    a.number == b.number && a.revision == b.revision
}

/// Returns one hash for everything that a request asks for, whatever its JSON looks like: that of
/// the certificate's payload with stand-ins for what the guarantor adds (docs/home.md).
pub(crate) fn digest(request: &Request) -> Result<Fingerprint, Reason> {
    let id = GuarantorId::parse("request").map_err(Reason::Claims)?;
    Ok(Fingerprint::of(&stand_in(request, id)?.to_canonical_cbor()))
}

/// Returns the certificate that a request asks for, with stand-ins for what else the guarantor
/// adds.
pub(crate) fn stand_in(
    request: &Request,
    guarantor_id: GuarantorId<'static>,
) -> Result<Certificate<'static>, Reason> {
    let amends = request.revision != Revision::FIRST;
    let issuance = Issuance {
        guarantor_id,
        name: Text::parse("request").map_err(Reason::Claims)?,
        representative: None,
        address: None,
        issued_at: UnixTime::from_seconds(0).map_err(Reason::Claims)?,
        binding: AuthKeyBinding { epoch: Epoch::FIRST, serial: Serial::FIRST, bind: [0; 32] },
        status: StatusReference {
            list: ListNumber::FIRST,
            index: StatusIndex::new(0).map_err(Reason::Claims)?,
        },
        previous: amends.then(|| Fingerprint::from_bytes([0; 32])),
        clauses: None,
    };
    let claims = request.clone().into_claims(issuance).map_err(Reason::Request)?;
    Certificate::new(claims).map_err(Reason::Claims)
}

impl From<RequestError> for Reason {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}
