use std::sync::{Mutex, OnceLock, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use hosho_web::{
    Checked, CheckedUpload, FormToken, Hardening, Http, Metrics, Site, TOKEN_FIELD, Words, harden,
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

/// What an input has where the token of the form belongs.
const PLACE: &str = "TOKEN";
/// The secret that the browser holds: 32 bytes of zero.
const COOKIE: &str = "form=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const URLENCODED: (&str, &str) = ("/typed", "application/x-www-form-urlencoded");
const MULTIPART: (&str, &str) = ("/uploaded", "multipart/form-data; boundary=b");
/// The most fields and files of one form.
const MOST: usize = 512;
/// The most bytes of a form without files.
const LARGEST: usize = 64 * 1024;

/// A site whose only pages say what a form held.
pub(crate) struct Forms {
    runtime: Runtime,
    router: Router,
    token: String,
}

impl Forms {
    /// Sets the site up, once.
    pub(crate) fn get() -> &'static Mutex<Self> {
        static FORMS: OnceLock<Mutex<Forms>> = OnceLock::new();
        FORMS.get_or_init(|| Mutex::new(Self::new()))
    }

    fn new() -> Self {
        let routes = Router::new()
            .route("/", get(async |token: FormToken| token.as_str().to_owned()))
            .route(URLENCODED.0, post(typed))
            .route(MULTIPART.0, post(uploaded));
        let name = Words { ja: "", en: "" };
        let site = Site { name, owner: String::new(), links: Vec::new() };
        let hardening = Hardening::new(site, &Http::on_loopback(), Metrics::new());
        let router = harden(routes, hardening.expect("random bytes"));
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let mut forms = Self { runtime, router, token: String::new() };
        let (status, token) = forms.send(Request::get("/"), Vec::new());
        assert_eq!((status, token.len()), (StatusCode::OK, 43));
        forms.token = token;
        forms
    }

    fn send(&self, request: axum::http::request::Builder, body: Vec<u8>) -> (StatusCode, String) {
        let request = request.header("cookie", COOKIE).body(Body::from(body)).expect("a request");
        let response =
            self.runtime.block_on(self.router.clone().oneshot(request)).expect("answers");
        let status = response.status();
        let body = self.runtime.block_on(to_bytes(response.into_body(), usize::MAX));
        (status, String::from_utf8(body.expect("a body").to_vec()).expect("UTF-8"))
    }

    fn post(&self, (path, kind): (&str, &str), body: Vec<u8>) -> (StatusCode, String) {
        self.send(Request::post(path).header("content-type", kind), body)
    }
}

/// Sends a form, urlencoded or in parts as its first byte says. What is taken has the token once and no
/// U+0000, and says the same when it is sent once more.
pub(crate) fn send(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let kind = if kind % 2 == 0 { URLENCODED } else { MULTIPART };
    let forms = Forms::get().lock().unwrap_or_else(PoisonError::into_inner);
    let (status, said) = forms.post(kind, with_token(body, &forms.token));
    assert!(status == StatusCode::OK || status.is_client_error(), "{status}: {said}");
    if status != StatusCode::OK {
        return;
    }
    let fields = said.split('&').count();
    let own = format!("{TOKEN_FIELD}={}", forms.token);
    assert_eq!(said.split('&').filter(|pair| *pair == own).count(), 1, "{said}");
    assert!(fields <= MOST && !said.contains("%00"), "{said}");
    if said.len() <= LARGEST {
        let again = forms.post(URLENCODED, said.clone().into_bytes());
        assert_eq!(again, (StatusCode::OK, said));
    }
}

fn with_token(body: &[u8], token: &str) -> Vec<u8> {
    let mut sent = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [first, tail @ ..] = rest {
        rest = if let Some(tail) = rest.strip_prefix(PLACE.as_bytes()) {
            sent.extend_from_slice(token.as_bytes());
            tail
        } else {
            sent.push(*first);
            tail
        };
    }
    sent
}

async fn typed(Checked(fields): Checked<Vec<(String, String)>>) -> String {
    spelled(&fields)
}

async fn uploaded(upload: CheckedUpload) -> String {
    assert!(upload.fields.len() + upload.files.len() <= MOST);
    spelled(&upload.fields)
}

/// Writes fields in the one form that leaves nothing but letters, digits and `_-` as they are.
fn spelled(fields: &[(String, String)]) -> String {
    let spell = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", spell(name), spell(value)));
    pairs.collect::<Vec<_>>().join("&")
}
