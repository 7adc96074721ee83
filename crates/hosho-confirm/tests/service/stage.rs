//! A service with a guarantor that publishes the samples to it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use hosho::{EndedBy, Fingerprint, Locator, StatusEntry, StatusIndex, SupersededBy, UnixTime};
use hosho_confirm::{App, MailKey, Parts, Pin, Reader, router, site};
use hosho_publish::confirmation::{BUNDLE, SEALED, SNAPSHOTS, Sealed};
use hosho_publish::{
    Base64, HEADER_NAME, Nonce, Outgoing, Received, SealedRevision, Spelling, sign_request,
};
use hosho_store::{ConfirmStore, Database, Schema};
use hosho_testkit::{Guarantor, Sample, TestDatabase, samples, time};
use hosho_web::{Clock, Http, Metrics};
use serde_json::Value;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

/// The service's own name in signed requests.
pub(crate) const AUDIENCE: &str = "confirm.example";
/// A guarantee of one revision, in force on the day of the tests.
pub(crate) const PLAIN: &str = "31-07-1-0000123-9";
/// A guarantee of four revisions, the last from 2026-03-02.
pub(crate) const AMENDED: &str = "31-07-1-0000145-2";
/// Noon in Japan on 2026-03-10.
pub(crate) const NOW: &str = "2026-03-10T03:00:00Z";

/// The service with everything around it.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) clock: Clock,
    pub(crate) guarantor: Guarantor,
    pub(crate) samples: Vec<Sample>,
    pub(crate) metrics: Metrics,
    pub(crate) database: TestDatabase,
    _folder: tempfile::TempDir,
}

/// An answer of the service.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Runs a test on a service that holds every sample.
pub(crate) fn on_stage(test: impl AsyncFnOnce(Stage)) {
    block_on(async { test(Stage::with_samples().await).await });
}

/// Runs a test on a service that holds nothing.
pub(crate) fn on_empty_stage(test: impl AsyncFnOnce(Stage)) {
    block_on(async { test(Stage::new().await).await });
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test);
}

impl Stage {
    /// A service that holds every sample.
    pub(crate) async fn with_samples() -> Self {
        let stage = Self::new().await;
        stage.publish_all().await;
        stage
    }

    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let guarantor = Guarantor::new("g-mirai");
        let database = TestDatabase::new(folder.path(), "confirm.db");
        let opened = Database::open(database.url(), Schema::Confirm).await.unwrap();
        let (clock, metrics) = (Clock::fixed(time(NOW)), Metrics::new());
        let app = App::new(Parts {
            store: ConfirmStore::new(opened),
            pins: vec![
                Pin::parse(guarantor.bundle()).unwrap(),
                Pin::parse(Guarantor::new("g-other").bundle()).unwrap(),
            ],
            mail_key: MailKey::take(&Zeroizing::new([9; 32])),
            audience: AUDIENCE.to_owned(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            reader: Reader::new(PathBuf::from(env!("CARGO_BIN_EXE_hosho-confirm"))),
            high_water: None,
        });
        app.prepare().await.unwrap();
        let http = Http::on_loopback();
        let router = router(app.clone(), site("みほん"), &http, metrics.clone()).unwrap();
        let samples = samples(&guarantor);
        Self { app, router, clock, guarantor, samples, metrics, database, _folder: folder }
    }

    /// Publishes every sample and a snapshot that tells their status.
    async fn publish_all(&self) {
        let numbers: Vec<String> = self.chains().into_keys().collect();
        for number in numbers {
            let answer = self.publish_sealed(&self.sealed(&number)).await;
            assert_eq!(answer.status, StatusCode::OK, "{number}: {}", answer.text());
        }
        let answer = self.post_signed(SNAPSHOTS, &self.snapshot(7)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }

    /// The samples by number, each from the first revision on.
    pub(crate) fn chains(&self) -> BTreeMap<String, Vec<&Sample>> {
        let mut chains: BTreeMap<String, Vec<&Sample>> = BTreeMap::new();
        for sample in &self.samples {
            chains.entry(sample.request.number.to_string()).or_default().push(sample);
        }
        chains
    }

    pub(crate) fn newest(&self, number: &str) -> &Sample {
        self.chains()[number].last().unwrap()
    }

    /// The auth key of a guarantee, as printed.
    pub(crate) fn key(&self, number: &str) -> String {
        self.newest(number).auth_key.expose_text().as_str().to_owned()
    }

    pub(crate) fn locator(&self, number: &str) -> Locator {
        let sample = self.newest(number);
        sample.auth_key.locator(&sample.request.number)
    }

    /// What a worker publishes of a guarantee.
    pub(crate) fn sealed(&self, number: &str) -> Sealed {
        let chains = self.chains();
        let chain = &chains[number];
        Sealed {
            locator: Spelling(self.locator(number)),
            revisions: chain
                .iter()
                .map(|sample| {
                    SealedRevision(Spelling(sample.request.revision), Base64(sample.sealed.clone()))
                })
                .collect(),
            replaces: Vec::new(),
        }
    }

    /// A snapshot of every sample, made on the day of the tests.
    pub(crate) fn snapshot(&self, sequence: u64) -> Vec<u8> {
        let mut entries = Vec::new();
        for chain in self.chains().values() {
            let newest = chain.last().unwrap();
            let change = newest.request.change.as_ref();
            let kinds = change.map(|change| &change.kinds);
            let has = |kind| kinds.is_some_and(|kinds| kinds.contains(kind));
            let from = |sample: &Sample| {
                let change = sample.request.change.as_ref();
                change.and_then(|it| it.effective_from).unwrap_or(sample.request.issued_on)
            };
            for (at, sample) in chain.iter().enumerate() {
                let current = newest.request.revision;
                let entry = if has(hosho::ChangeKind::Voidance) {
                    StatusEntry::Ended { on: from(newest), current, cause: EndedBy::Voidance }
                } else if has(hosho::ChangeKind::Termination) {
                    let cause = EndedBy::Termination { replaced_on: None };
                    StatusEntry::Ended { on: from(newest), current, cause }
                } else if at + 1 == chain.len() {
                    StatusEntry::InForce
                } else {
                    let on = chain[at + 1..].iter().map(|later| from(later)).min().unwrap();
                    StatusEntry::Superseded { on, current, cause: SupersededBy::Amendment }
                };
                entries.push((sample.status.index.number(), entry));
            }
        }
        let mut draft = self.guarantor.snapshot_draft(entries);
        draft.last_index = StatusIndex::new(255).unwrap();
        draft.sequence = hosho::Sequence::new(sequence).unwrap();
        draft.issued_at = time("2026-03-10T00:00:00Z");
        draft.next_update = time("2026-03-17T00:00:00Z");
        self.guarantor.sign_snapshot(&draft)
    }

    pub(crate) async fn publish_sealed(&self, sealed: &Sealed) -> Answer {
        self.post_signed(SEALED, &serde_json::to_vec(sealed).unwrap()).await
    }

    pub(crate) async fn publish_bundle(&self, bundle: &[u8]) -> Answer {
        let request = Request::post(BUNDLE).body(Body::from(bundle.to_vec())).unwrap();
        self.send(request).await
    }

    /// Sends a request that the guarantor's worker signed.
    pub(crate) async fn post_signed(&self, path: &str, body: &[u8]) -> Answer {
        let request = self.signed(Method::POST, path, body, &self.guarantor, nonce(path, body));
        self.send(request).await
    }

    pub(crate) async fn get_signed(&self, path: &str, nonce: [u8; 16]) -> Answer {
        self.send(self.signed(Method::GET, path, &[], &self.guarantor, nonce)).await
    }

    pub(crate) fn signed(
        &self,
        method: Method,
        path: &str,
        body: &[u8],
        guarantor: &Guarantor,
        nonce: [u8; 16],
    ) -> Request<Body> {
        let header = signature(&method, path, body, guarantor, nonce, self.clock.now());
        let request = Request::builder().method(method).uri(path).header(HEADER_NAME, header);
        request.body(Body::from(body.to_vec())).unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends an object to the API.
    pub(crate) async fn api(&self, path: &str, object: &Value) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(object.to_string()))
            .unwrap();
        self.send(request).await
    }
}

/// The header of a request that a guarantor's worker signed.
pub(crate) fn signature(
    method: &Method,
    path: &str,
    body: &[u8],
    guarantor: &Guarantor,
    nonce: [u8; 16],
    at: UnixTime,
) -> String {
    let outgoing = Outgoing {
        guarantor_id: &guarantor.id,
        at,
        nonce: Nonce::from_bytes(nonce),
        request: Received {
            audience: AUDIENCE,
            method: method.as_str(),
            path_and_query: path,
            body,
        },
    };
    sign_request(&outgoing, &guarantor.publish_key).unwrap().to_string()
}

/// A nonce that depends on what is sent, so that different requests have different ones.
fn nonce(path: &str, body: &[u8]) -> [u8; 16] {
    let digest = Fingerprint::of(&[path.as_bytes(), body].concat());
    digest.as_bytes()[..16].try_into().unwrap()
}
