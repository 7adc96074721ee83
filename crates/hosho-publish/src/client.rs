//! Sending signed requests and reading the answers.

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hosho::{GuarantorId, UnixTime};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Method, Request};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use crate::address::Address;
use crate::header::{HEADER_NAME, Nonce, RequestHeader};
use crate::problem::Problem;
use crate::sign::Outgoing;
use crate::verify::Received;
use crate::wire::MAX_BODY;

/// A page of 500 events with answers of 5.5 KiB in base64 is below 3 MiB; 64 jobs with requests of
/// 64 KiB are below 5 MiB.
const MAX_ANSWER: u64 = 8 * 1024 * 1024;
/// A certificate of an authority is some KiB; a file may hold some.
const MAX_CA_FILE: usize = 256 * 1024;

/// Which service a client talks to.
#[derive(Clone, Debug)]
pub struct ClientOrder {
    /// Where it is: `https://HOST[:PORT]`, or `http` to this machine itself.
    pub url: String,
    /// What it calls itself, as its configuration says.
    pub audience: String,
    /// The certificates of the authorities that vouch for it, in PEM; otherwise the usual ones of
    /// the web.
    pub ca_file: Option<PathBuf>,
    /// How long a whole request may take.
    pub timeout: Duration,
}

/// A service, as its guarantor's worker talks to it.
///
/// It follows no redirect, uses no proxy, and sends each request once: the caller decides whether
/// and when to send it again.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    address: Address,
    audience: String,
}

impl Client {
    /// Prepares to talk to a service; nothing is sent.
    ///
    /// # Errors
    /// [`ClientError::Address`] or [`ClientError::CaFile`].
    pub fn new(order: &ClientOrder) -> Result<Self, ClientError> {
        let address = Address::parse(&order.url).ok_or(ClientError::Address)?;
        let roots = match &order.ca_file {
            None => RootCerts::WebPki,
            Some(file) => RootCerts::Specific(Arc::new(read_authorities(file)?)),
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("hosho-issue")
            .timeout_connect(Some(Duration::from_secs(10).min(order.timeout)))
            .timeout_global(Some(order.timeout))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Ok(Self { agent: config.new_agent(), address, audience: order.audience.clone() })
    }

    /// Returns what the service calls itself.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Sends a signed request with a JSON body and reads the JSON that is answered.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn post<A: DeserializeOwned>(
        &self,
        sender: &Sender<'_>,
        path: &str,
        body: &impl Serialize,
    ) -> Result<A, ClientError> {
        // It may hold an auth key.
        let body = serde_json::to_vec(body).map(Zeroizing::new);
        let body = body.map_err(|_| ClientError::TooLarge)?;
        self.send(sender, &Method::POST, path, Some("application/json"), &body)
    }

    /// Sends a signed request with a CBOR object and reads the JSON that is answered.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn post_object<A: DeserializeOwned>(
        &self,
        sender: &Sender<'_>,
        path: &str,
        object: &[u8],
    ) -> Result<A, ClientError> {
        self.send(sender, &Method::POST, path, Some("application/cbor"), object)
    }

    /// Sends a signed request without a body and reads the JSON that is answered.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn get<A: DeserializeOwned>(
        &self,
        sender: &Sender<'_>,
        path: &str,
    ) -> Result<A, ClientError> {
        self.send(sender, &Method::GET, path, None, b"")
    }

    fn send<A: DeserializeOwned>(
        &self,
        sender: &Sender<'_>,
        method: &Method,
        path: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<A, ClientError> {
        if body.len() > MAX_BODY {
            return Err(ClientError::TooLarge);
        }
        let header = self.sign(sender, method.as_str(), path, body)?;
        let mut request = Request::builder()
            .method(method.clone())
            .uri(self.address.at(path))
            .header(HEADER_NAME, header)
            .header("accept", "application/json, application/problem+json");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let malformed = |_| ClientError::Address;
        let response = if *method == Method::GET {
            self.agent.run(request.body(()).map_err(malformed)?)
        } else {
            self.agent.run(request.body(body).map_err(malformed)?)
        };
        read(response.map_err(|error| ClientError::Unreachable(Cause::of(&error)))?)
    }

    fn sign(
        &self,
        sender: &Sender<'_>,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<String, ClientError> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| ClientError::Signing)?;
        let request = Received { audience: &self.audience, method, path_and_query: path, body };
        let outgoing = Outgoing {
            guarantor_id: sender.guarantor_id,
            at: sender.now,
            nonce: Nonce::from_bytes(nonce),
            request,
        };
        let header = (sender.sign)(&outgoing).ok_or(ClientError::Signing)?;
        Ok(header.to_string())
    }
}

/// Who sends a request, and when.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// The guarantor.
    pub guarantor_id: &'a GuarantorId<'static>,
    /// Signs with its key of role publish; nothing if it cannot.
    pub sign: &'a dyn Fn(&Outgoing<'_>) -> Option<RequestHeader>,
    /// The clock.
    pub now: UnixTime,
}

impl fmt::Debug for Sender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({}, {})", self.guarantor_id, self.now)
    }
}

fn read<A: DeserializeOwned>(response: ureq::http::Response<Body>) -> Result<A, ClientError> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    let body = response.into_body().into_with_config().limit(MAX_ANSWER).read_to_vec();
    let body = body.map_err(|error| ClientError::Unreachable(Cause::of(&error)))?;
    if status == 200 {
        return serde_json::from_slice(&body).map_err(|_| ClientError::NotUnderstood);
    }
    // What is no problem document, such as a proxy's page, is told by its status alone.
    let problem = serde_json::from_slice(&body).unwrap_or_default();
    Err(ClientError::Refused { status, retry_after, problem })
}

fn read_authorities(file: &PathBuf) -> Result<Vec<Certificate<'static>>, ClientError> {
    use std::io::Read as _;
    let mut pem = Vec::new();
    let limit = u64::try_from(MAX_CA_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let read = std::fs::File::open(file).and_then(|file| file.take(limit).read_to_end(&mut pem));
    if read.is_err() || pem.len() > MAX_CA_FILE {
        return Err(ClientError::CaFile);
    }
    let mut authorities = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => authorities.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(ClientError::CaFile),
        }
    }
    if authorities.is_empty() { Err(ClientError::CaFile) } else { Ok(authorities) }
}

/// Why a service could not be reached, in one word for the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// No connection, or it broke.
    Connection,
    /// The answer is larger than any answer should be.
    TooLarge,
    /// It took too long.
    Timeout,
    /// The other side could not prove who it is.
    Tls,
}

impl Cause {
    fn of(error: &ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::Timeout,
            ureq::Error::Tls(_) | ureq::Error::Pem(_) | ureq::Error::Rustls(_) => Self::Tls,
            // How TLS tells through a stream that it does not go on.
            ureq::Error::Io(error) if error.kind() == ErrorKind::InvalidData => Self::Tls,
            ureq::Error::BodyExceedsLimit(_) => Self::TooLarge,
            _ => Self::Connection,
        }
    }
}

/// Why a request had no answer that could be used.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is neither `https` nor this machine itself, or has more than host and port.
    Address,
    /// The file with the authorities cannot be read, or holds no certificate.
    CaFile,
    /// The answer is not what the request asks for.
    NotUnderstood,
    /// The service refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// After how many seconds to try again, if it said so.
        retry_after: Option<u64>,
        /// What it says.
        problem: Problem,
    },
    /// The request could not be signed.
    Signing,
    /// The body is larger than a service takes.
    TooLarge,
    /// The service could not be reached, or did not answer.
    Unreachable(Cause),
}

impl ClientError {
    /// Returns whether the same request may do what it should, later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::NotUnderstood | Self::Unreachable(_) => true,
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..=599),
            _ => false,
        }
    }

    /// Returns the code that the service gave, if it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { problem, .. } if !problem.code.is_empty() => Some(&problem.code),
            _ => None,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("the address must be https, or http to this machine"),
            Self::CaFile => f.write_str("the file with the authorities cannot be used"),
            Self::NotUnderstood => f.write_str("the answer is not understood"),
            Self::Refused { status, problem, .. } => {
                write!(f, "refused with status {status}")?;
                // A service's own words are shown as far as they are codes.
                let is_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
                if !problem.code.is_empty()
                    && problem.code.len() <= 32
                    && problem.code.chars().all(is_code)
                {
                    write!(f, " {}", problem.code)?;
                }
                Ok(())
            }
            Self::Signing => f.write_str("the request could not be signed"),
            Self::TooLarge => f.write_str("the request is too large"),
            Self::Unreachable(Cause::Connection) => f.write_str("no connection"),
            Self::Unreachable(Cause::Timeout) => f.write_str("no answer in time"),
            Self::Unreachable(Cause::Tls) => f.write_str("the service could not prove who it is"),
            Self::Unreachable(Cause::TooLarge) => f.write_str("the answer is too large"),
        }
    }
}

impl std::error::Error for ClientError {}
