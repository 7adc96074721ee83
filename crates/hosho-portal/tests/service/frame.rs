//! A portal with a guarantor, a contractor, and people at the desk.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use hosho::{
    AuthKey, ChangeKind, Fingerprint, GuaranteeNumber, ListNumber, SealNonce, Serial,
    SignedCertificate, StatusIndex, StatusReference, Text, UnixTime, seal,
};
use hosho_portal::{Draft, Password, Portal, Whose, open, register_contractor};
use hosho_publish::{HEADER_NAME, Nonce, Outgoing, Received, sign_request};
use hosho_request::{Issuance, Request as Asked, certificate_json};
use hosho_store::OnRestored;
use hosho_store::portal::{
    ApplicationId, AskedKind, ContractorId, Delivery, NewAccount, NewApplication, NewContractor,
    Role, Task,
};
use hosho_testkit::{Guarantor, TestDatabase, sample_requests};
use hosho_web::{Clock, Mailer, Metrics};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use crate::browser::{Answer, Browser};

pub(crate) const AUDIENCE: &str = "portal.example";
/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) portal: Portal,
    pub(crate) mailer: Mailer,
    pub(crate) router: Router,
    pub(crate) clock: Clock,
    pub(crate) guarantor: Guarantor,
    pub(crate) contractor: ContractorId,
    nonces: AtomicU8,
}

pub(crate) fn now() -> UnixTime {
    UnixTime::parse("2025-11-20T03:00:00Z").unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::pinning(&Guarantor::new("g-demo").bundle()).await
    }

    /// Makes a portal that pins this trust bundle.
    pub(crate) async fn pinning(bundle: &[u8]) -> Self {
        crate::secrets::keep_log();
        let folder = tempfile::tempdir().unwrap();
        let guarantor = Guarantor::new("g-demo");
        let database = TestDatabase::new(folder.path(), "portal.db");
        let config = write_config(folder.path(), bundle, database.url());
        let clock = Clock::fixed(now());
        let (portal, mailer) =
            open(&config, clock.clone(), OnRestored::Refuse).await.unwrap_or_else(|error| {
                panic!("{error:?}");
            });
        let router = portal.router(Metrics::new()).unwrap();
        let contractor = contractor(&portal, "株式会社青嶺架空土建").await;
        let nonces = AtomicU8::new(0);
        let world =
            Self { database, folder, portal, mailer, router, clock, guarantor, contractor, nonces };
        world.account("aomine", Whose::Contractor(contractor)).await;
        for (login, roles) in [
            ("clerk", &[Role::Clerk][..]),
            ("approver", &[Role::Approver]),
            ("director", &[Role::Director, Role::Approver]),
            ("admin", &[Role::Administrator]),
            ("everything", Role::ALL),
        ] {
            let roles: BTreeSet<Role> = roles.iter().copied().collect();
            world.account(login, Whose::Desk(roles)).await;
        }
        world
    }

    /// Makes an account; its first password is changed already.
    pub(crate) async fn account(&self, login: &str, whose: Whose) {
        let (contractor, roles) = match whose {
            Whose::Contractor(contractor) => (Some(contractor), BTreeSet::new()),
            Whose::Desk(roles) => (None, roles),
        };
        let (store, password, at) = (self.portal.store(), stored_password(), now());
        let name = format!("架空 {login}");
        let (by, name) = (None, name.as_str());
        let new = NewAccount { login, name, roles: &roles, contractor, password, by, at };
        let id = store.add_account(&new).await.unwrap();
        store.set_password(id, password, Some(id), at).await.unwrap();
    }

    pub(crate) async fn contractor(&self, name: &str) -> ContractorId {
        contractor(&self.portal, name).await
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.router)
    }

    /// Returns the browser of somebody who is logged in.
    pub(crate) async fn login(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        let fields = [("login", login), ("password", PASSWORD)];
        let answer = browser.post_from("/login", "/login", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }

    /// Enters an application made from a sample.
    pub(crate) async fn apply(&self, sample: &str) -> ApplicationId {
        self.enter(draft(&request_of(sample)), Task::New, None).await
    }

    pub(crate) async fn enter(
        &self,
        draft: Draft,
        task: Task,
        base: Option<(&GuaranteeNumber<'_>, hosho::Revision)>,
    ) -> ApplicationId {
        let request = draft.request(self.clock.today()).unwrap();
        let by = self.portal.store().account_by_login("aomine").await.unwrap().unwrap().id;
        let new = NewApplication {
            contractor: self.contractor,
            task,
            kind: match request.kind {
                hosho::GuaranteeKind::Advance => AskedKind::Advance,
                hosho::GuaranteeKind::Interim => AskedKind::Interim,
                hosho::GuaranteeKind::Performance => AskedKind::Performance,
            },
            base,
            request: &draft.to_json(),
            delivery: Delivery::Electronic,
            amount: request.guarantee.amount,
            by,
            at: self.clock.now(),
        };
        self.portal.store().apply(&new).await.unwrap()
    }

    /// Sends a step of the desk by the form of the application's page.
    pub(crate) async fn step(
        &self,
        browser: &mut Browser,
        id: ApplicationId,
        step: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let seen = self.portal.store().application(id).await.unwrap().unwrap().decisions.len();
        let seen = seen.to_string();
        let mut fields = vec![("seen", seen.as_str())];
        fields.extend_from_slice(more);
        let page = format!("/desk/applications/{id}");
        browser.post_from(&page, &format!("{page}/{step}"), &fields).await
    }

    /// Reviews, approves once and concludes.
    pub(crate) async fn conclude(&self, id: ApplicationId) {
        let mut clerk = self.login("clerk").await;
        let mut approver = self.login("approver").await;
        assert_eq!(self.step(&mut clerk, id, "review", &[]).await.status, 303);
        let answer = self.step(&mut approver, id, "approve", &ACKNOWLEDGED).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let concluded = self.step(&mut clerk, id, "conclude", &[("premium", "1")]).await;
        assert_eq!(concluded.status, 303, "{}", concluded.text());
    }

    /// Sends what the worker sends, signed by the guarantor.
    pub(crate) async fn work(&self, path: &str, body: &[u8]) -> (u16, Value) {
        let nonce = Nonce::from_bytes([self.nonces.fetch_add(1, Ordering::Relaxed); 16]);
        let header = self.header(path, body, nonce);
        self.send_work(path, body, &header).await
    }

    pub(crate) fn header(&self, path: &str, body: &[u8], nonce: Nonce) -> String {
        let request = Received { audience: AUDIENCE, method: "POST", path_and_query: path, body };
        let at = self.clock.now();
        let outgoing = Outgoing { guarantor_id: &self.guarantor.id, at, nonce, request };
        sign_request(&outgoing, &self.guarantor.publish_key).unwrap().to_string()
    }

    pub(crate) async fn send_work(&self, path: &str, body: &[u8], header: &str) -> (u16, Value) {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HEADER_NAME, header)
            .header("content-type", "application/json")
            .body(Body::from(body.to_vec()))
            .unwrap();
        let answer = Answer::of(self.router.clone().oneshot(request).await.unwrap()).await;
        let value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        (answer.status.as_u16(), value)
    }

    pub(crate) async fn claim(&self) -> Vec<Value> {
        let body = json!({ "worker": "worker-1", "most": 64 }).to_string();
        let (status, claimed) = self.work("/worker/v1/jobs/claim", body.as_bytes()).await;
        assert_eq!(status, 200, "{claimed}");
        claimed["jobs"].as_array().unwrap().clone()
    }

    /// Does a job as the worker's home would, and returns what it reports and the auth key.
    pub(crate) async fn do_job(&self, job: &Value) -> (Value, AuthKey) {
        let number = GuaranteeNumber::parse(job["number"].as_str().unwrap().to_owned()).unwrap();
        let stored = self.portal.store().guarantee(&number).await.unwrap();
        let before = stored.as_ref().map(|it| it.revisions.as_slice()).unwrap_or_default();
        let rekey = job["task"] == "rekey";
        let request = if rekey {
            rekeyed(&before.last().unwrap().signed, self, &job["request"]["reason"])
        } else {
            Asked::parse(job["request"].to_string().as_bytes()).unwrap()
        };
        let serial = if rekey { Serial::FIRST.next().unwrap() } else { Serial::FIRST };
        let index = u32::from(request.revision.number()) + 3;
        let issuance = Issuance {
            guarantor_id: self.guarantor.id.clone(),
            name: Text::parse("架空みらい建設業保証株式会社").unwrap(),
            representative: None,
            address: None,
            issued_at: self.clock.now(),
            binding: self.guarantor.binding(&number, serial),
            status: StatusReference {
                list: ListNumber::FIRST,
                index: StatusIndex::new(index).unwrap(),
            },
            previous: before.last().map(|stored| Fingerprint::of(&stored.signed)),
            clauses: None,
        };
        let signed = self.guarantor.issue(request.into_claims(issuance).unwrap());
        let auth_key = self.guarantor.auth_key(&number, serial);
        let mut all: Vec<Vec<u8>> = before.iter().map(|stored| stored.signed.clone()).collect();
        all.push(signed.clone());
        let sealed: Vec<Value> = all
            .iter()
            .zip(1_u16..)
            .map(|(signed, revision)| json!([revision, base64(&sealed(signed, &auth_key))]))
            .collect();
        let report = json!({
            "signed": base64(&signed),
            "sealed": sealed,
            "auth_key": auth_key.expose_text().as_str(),
            "findings": [],
        });
        (report, auth_key)
    }

    pub(crate) async fn report(&self, job: &Value, report: &Value) -> (u16, Value) {
        let path = format!("/worker/v1/jobs/{}/done", job["id"].as_str().unwrap());
        self.work(&path, report.to_string().as_bytes()).await
    }

    /// Applies, concludes and issues a guarantee made from a sample.
    pub(crate) async fn issue(&self, sample: &str) -> (GuaranteeNumber<'static>, AuthKey) {
        let id = self.apply(sample).await;
        self.conclude(id).await;
        let job = self.claim().await.pop().unwrap();
        let (report, auth_key) = self.do_job(&job).await;
        let (status, told) = self.report(&job, &report).await;
        assert_eq!(status, 200, "{told}");
        let number = job["number"].as_str().unwrap().to_owned();
        (GuaranteeNumber::parse(number).unwrap(), auth_key)
    }
}

/// Acknowledges whatever a policy may have found.
pub(crate) const ACKNOWLEDGED: [(&str, &str); 8] = [
    ("ack_R1", "1"),
    ("ack_R2", "1"),
    ("ack_R3", "1"),
    ("ack_R4", "1"),
    ("ack_R5", "1"),
    ("ack_R6", "1"),
    ("ack_R8", "1"),
    ("ack_R9", "1"),
];

/// One hash for everybody: each takes a tenth of a second.
fn stored_password() -> &'static str {
    static STORED: OnceLock<String> = OnceLock::new();
    STORED.get_or_init(|| {
        let password = Password::take(&mut PASSWORD.to_owned());
        password.to_stored("nobody").unwrap().as_row().to_owned()
    })
}

async fn contractor(portal: &Portal, name: &str) -> ContractorId {
    let new = NewContractor {
        name,
        representative: "代表取締役 相良 健吾",
        address: "瑞穂県青嶺市港北三丁目12番8号",
        mail: "taro@example.jp",
    };
    register_contractor(portal, &new).await.unwrap()
}

fn write_config(folder: &std::path::Path, bundle: &[u8], database: &str) -> std::path::PathBuf {
    let file = |name: &str| folder.join(name);
    std::fs::write(file("trust.hosho"), bundle).unwrap();
    hosho_portal::RevealKey::make(&file("reveal.key")).unwrap();
    std::fs::create_dir(file("mail")).unwrap();
    let shown = folder.display();
    let text = format!(
        "listen = \"127.0.0.1:0\"\naudience = \"{AUDIENCE}\"\n\
         database = \"{database}\"\nhigh_water = \"{shown}/high-water\"\n\
         guarantor = \"{shown}/trust.hosho\"\nowner = \"架空みらい建設業保証株式会社\"\n\
         reveal_key = \"{shown}/reveal.key\"\nnumber = {{ office = \"31\" }}\n\
         [terms]\nadvance = \"前払金保証約款\"\ninterim = \"前払金保証約款\"\n\
         performance = \"前払金保証約款及び契約保証特約\"\n\
         [mail]\nfolder = \"{shown}/mail\"\nfrom = \"portal@portal.example\"\n"
    );
    std::fs::write(file("hosho-portal.toml"), text).unwrap();
    file("hosho-portal.toml")
}

/// Returns the fields of a sample request.
pub(crate) fn request_of(sample: &str) -> Map<String, Value> {
    let all = sample_requests();
    let (_, bytes) = all.iter().find(|(name, _)| name == sample).unwrap();
    match serde_json::from_slice(bytes).unwrap() {
        Value::Object(fields) => fields,
        _ => panic!("a sample is an object"),
    }
}

/// Returns a draft whose amount is one yen above what one person may approve.
pub(crate) fn above_the_limit() -> Draft {
    let mut fields = request_of("G01-1");
    for (part, name, value) in [
        ("work", "price_jpy", 330_000_000_u64),
        ("work", "price_tax_jpy", 30_000_000),
        ("guarantee", "amount_jpy", 100_000_001),
        ("guarantee", "advance_jpy", 100_000_001),
    ] {
        fields[part][name] = json!(value);
    }
    draft(&fields)
}

pub(crate) fn draft(fields: &Map<String, Value>) -> Draft {
    Draft::new(fields.clone()).unwrap()
}

fn sealed(signed: &[u8], key: &AuthKey) -> Vec<u8> {
    let random = *Fingerprint::of(signed).as_bytes();
    let mut nonce = SealNonce { salt: [0; 16], iv: [0; 12] };
    nonce.salt.copy_from_slice(&random[..16]);
    nonce.iv.copy_from_slice(&random[16..28]);
    seal(&SignedCertificate::parse(signed).unwrap(), key, &nonce)
}

fn rekeyed(newest: &[u8], world: &World, reason: &Value) -> Asked {
    let trust = world.guarantor.trust();
    let verifier = hosho::Verifier::new(&trust);
    let anything =
        hosho::Expectation { number: hosho::Expected::Unspecified, obligee: None, auth_key: None };
    let signed = SignedCertificate::parse(newest).unwrap();
    let genuine =
        verifier.verify(signed, &anything, world.clock.today(), world.clock.now()).unwrap();
    let certificate = genuine.certificate();
    let mut fields = certificate_json(certificate);
    let before = certificate.revision().number();
    fields["revision"] = json!(before + 1);
    fields["issued_on"] = json!(world.clock.today().to_string());
    fields["change"] = json!({ "supersedes": before, "kinds": ["rekey"], "reason": reason });
    let request = Asked::parse(fields.to_string().as_bytes()).unwrap();
    assert!(request.change.as_ref().unwrap().kinds.contains(ChangeKind::Rekey));
    request
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    serde_json::to_value(hosho_publish::Base64(bytes.to_vec()))
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}
