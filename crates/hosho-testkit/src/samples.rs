use std::collections::BTreeMap;
use std::path::PathBuf;

use hosho::{
    AuthKey, ChangeKind, Fingerprint, ListNumber, Revision, Serial, StatusIndex, StatusReference,
    Text, UnixTime,
};
use hosho_request::{Issuance, Request};

use crate::world::{Guarantor, seal_with};

/// A certificate that answers one request of `samples/requests`, signed and sealed.
#[derive(Debug)]
pub struct Sample {
    /// The name of the request without its extension, such as `G04-2`.
    pub name: String,
    /// The request.
    pub request: Request,
    /// The signed certificate.
    pub signed: Vec<u8>,
    /// The sealed certificate.
    pub sealed: Vec<u8>,
    /// The auth key that opens it.
    pub auth_key: AuthKey,
    /// Where its status stands.
    pub status: StatusReference,
}

/// Returns the name and the bytes of every sample request, in the order of their names.
pub fn sample_requests() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples/requests");
    let mut requests: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(path).expect("a readable sample"))
        })
        .collect();
    requests.sort();
    requests
}

/// Issues every sample request in order: later revisions name the ones before, and a rekey takes
/// the next auth key.
pub fn samples(guarantor: &Guarantor) -> Vec<Sample> {
    let mut chains: BTreeMap<String, (Fingerprint, Serial)> = BTreeMap::new();
    let mut samples = Vec::new();
    for ((name, bytes), at) in sample_requests().into_iter().zip(0_u32..) {
        let request = Request::parse(&bytes).expect("a sample request");
        let chain = chains.get(request.number.as_str()).copied();
        let sample = issue(guarantor, name, request, 3 + 7 * at, chain);
        let serial = sample.1;
        let sample = sample.0;
        let fingerprint = Fingerprint::of(&sample.signed);
        chains.insert(sample.request.number.as_str().to_owned(), (fingerprint, serial));
        samples.push(sample);
    }
    samples
}

fn issue(
    guarantor: &Guarantor,
    name: String,
    request: Request,
    index: u32,
    chain: Option<(Fingerprint, Serial)>,
) -> (Sample, Serial) {
    let rekeyed =
        request.change.as_ref().is_some_and(|change| change.kinds.contains(ChangeKind::Rekey));
    let serial = match chain {
        Some((_, serial)) if rekeyed => serial.next().expect("a next serial"),
        Some((_, serial)) => serial,
        None => Serial::FIRST,
    };
    assert_eq!(chain.is_none(), request.revision == Revision::FIRST, "samples come in order");
    // Noon in Japan on the day that the certificate prints.
    let noon = u64::from(request.issued_on.days()) * 86_400 + 3 * 3_600;
    let status = StatusReference {
        list: ListNumber::FIRST,
        index: StatusIndex::new(index).expect("an index"),
    };
    let issuance = Issuance {
        guarantor_id: guarantor.id.clone(),
        name: Text::parse("架空みらい建設業保証株式会社").expect("a text"),
        representative: Some(Text::parse("代表取締役社長 架空 太郎").expect("a text")),
        address: Some(Text::parse("東京都架空区見本町一丁目1番1号").expect("a text")),
        issued_at: UnixTime::from_seconds(noon).expect("an instant"),
        binding: guarantor.binding(&request.number, serial),
        status,
        previous: chain.map(|(previous, _)| previous),
        clauses: None,
    };
    let claims = request.clone().into_claims(issuance).expect("claims");
    let signed = guarantor.issue(claims);
    let auth_key = guarantor.auth_key(&request.number, serial);
    let sealed = seal_with(&signed, &auth_key);
    (Sample { name, request, signed, sealed, auth_key, status }, serial)
}
