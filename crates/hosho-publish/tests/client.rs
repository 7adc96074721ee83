//! Talking to a service: over TLS, within time and bounds, and to nobody else.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use hosho_publish::{
    Cause, Client, ClientError, ClientOrder, Outgoing, Problem, Received, RequestHeader, Sender,
    sign_request, verify_request,
};
use hosho_testkit::{Guarantor, time};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

const AUDIENCE: &str = "confirm.example";

fn client(url: &str, ca_file: Option<&Path>) -> Client {
    let timeout = Duration::from_secs(20);
    client_within(url, ca_file, timeout)
}

fn client_within(url: &str, ca_file: Option<&Path>, timeout: Duration) -> Client {
    let (url, audience) = (url.to_owned(), AUDIENCE.to_owned());
    let ca_file = ca_file.map(Path::to_owned);
    Client::new(&ClientOrder { url, audience, ca_file, timeout }).expect("a client")
}

fn post(client: &Client) -> Result<Value, ClientError> {
    let guarantor = Guarantor::new("g-mirai");
    let sign = |request: &Outgoing<'_>| sign_request(request, &guarantor.publish_key).ok();
    let now = time("2026-11-22T03:04:05Z");
    let sender = Sender { guarantor_id: &guarantor.id, sign: &sign, now };
    client.post(&sender, "/publish/v1/proofs", &json!({"proofs": []}))
}

/// A request: its lines, and its body.
type Arrived = (Vec<String>, Vec<u8>);

fn read_request(stream: impl Read) -> Arrived {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _rest = reader.read_exact(&mut body);
    (lines, body)
}

/// Answers one request with these bytes, and hands on what was asked.
fn answer_with(response: Vec<u8>) -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (tell, told) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let request = read_request(&stream);
        let _read = tell.send(request);
        // Who has read enough may hang up.
        let _written = stream.write_all(&response);
    });
    (url, told)
}

fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

#[test]
fn what_is_sent_is_what_the_service_verifies() {
    let (url, told) = answer_with(response("200 OK", "", r#"{"stored":0}"#));
    assert_eq!(post(&client(&url, None)), Ok(json!({"stored": 0})));
    let (lines, body) = told.recv().expect("a request");
    assert_eq!(lines.first().map(String::as_str), Some("POST /publish/v1/proofs HTTP/1.1"));
    let header = lines.iter().find_map(|line| line.strip_prefix("hosho-signature: "));
    let header = RequestHeader::parse(header.expect("a header")).expect("its form");
    let received = Received {
        audience: AUDIENCE,
        method: "POST",
        path_and_query: "/publish/v1/proofs",
        body: &body,
    };
    let trust = Guarantor::new("g-mirai").trust();
    let verified = verify_request(&header, &received, &trust, time("2026-11-22T03:04:05Z"));
    assert!(verified.is_ok());
}

#[test]
fn a_refusal_is_handed_on_with_its_code() {
    let (url, _told) =
        answer_with(response("409 Conflict", "", r#"{"code":"E10-GAP","sequence":3,"title":"x"}"#));
    let refused = post(&client(&url, None)).expect_err("refused");
    let problem = Problem { code: "E10-GAP".to_owned(), detail: None, sequence: Some(3) };
    assert_eq!(refused, ClientError::Refused { status: 409, retry_after: None, problem });
    assert_eq!(refused.code(), Some("E10-GAP"));
    assert!(!refused.is_temporary());
    assert_eq!(refused.to_string(), "refused with status 409 E10-GAP");
    let (url, _told) = answer_with(response("503 No", "retry-after: 7\r\n", "<html>"));
    let refused = post(&client(&url, None)).expect_err("refused");
    let problem = Problem::default();
    assert_eq!(refused, ClientError::Refused { status: 503, retry_after: Some(7), problem });
    assert!(refused.is_temporary());
    // What a service says is shown as far as it is a code.
    let (url, _told) = answer_with(response("400 No", "", r#"{"code":"E1\u001b[31m"}"#));
    let refused = post(&client(&url, None)).expect_err("refused");
    assert_eq!(refused.to_string(), "refused with status 400");
}

#[test]
fn an_answer_that_is_no_json_is_not_understood() {
    let (url, _told) = answer_with(response("200 OK", "", "hello"));
    assert_eq!(post(&client(&url, None)), Err(ClientError::NotUnderstood));
}

#[test]
fn no_redirect_is_followed() {
    let (elsewhere, asked) = answer_with(response("200 OK", "", "{}"));
    for status in ["301 M", "302 F", "303 S", "307 T", "308 P"] {
        let location = format!("location: {elsewhere}/publish/v1/proofs\r\n");
        let (url, _told) = answer_with(response(status, &location, ""));
        let refused = post(&client(&url, None)).expect_err("refused");
        assert!(matches!(refused, ClientError::Refused { status: 300..=399, .. }), "{refused:?}");
    }
    assert!(asked.try_recv().is_err());
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let mut endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    endless.resize(9 * 1024 * 1024, b' ');
    let (url, _told) = answer_with(endless);
    let refused = post(&client(&url, None));
    assert_eq!(refused, Err(ClientError::Unreachable(Cause::TooLarge)));
}

#[test]
fn a_service_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let client = client_within(&url, None, Duration::from_millis(200));
    let refused = post(&client).expect_err("given up");
    assert_eq!(refused, ClientError::Unreachable(Cause::Timeout));
    assert!(refused.is_temporary());
    drop(listener);
    let refused = post(&client).expect_err("nobody there");
    assert_eq!(refused, ClientError::Unreachable(Cause::Connection));
}

/// Answers one request over TLS as `name`; returns its address and certificate.
fn answer_over_tls(name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)
        })
        .map(Arc::new)
        .expect("a configuration");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        let serve = |stream: TcpStream| -> std::io::Result<()> {
            let connection = ServerConnection::new(Arc::clone(&config))
                .map_err(|error| std::io::Error::other(error.to_string()))?;
            let mut stream = StreamOwned::new(connection, stream);
            let _request = read_request(&mut stream);
            stream.write_all(&response("200 OK", "", r#"{"over":"tls"}"#))?;
            stream.conn.send_close_notify();
            stream.flush()
        };
        for stream in listener.incoming() {
            // A client that does not trust us hangs up.
            let _served = serve(stream.expect("a connection"));
        }
    });
    (format!("https://localhost:{port}"), made.cert.pem())
}

#[test]
fn a_service_proves_who_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, certificate) = answer_over_tls("localhost");
    let ours = folder.path().join("ours.pem");
    fs::write(&ours, certificate).expect("a file");
    assert_eq!(post(&client(&url, Some(&ours))), Ok(json!({"over": "tls"})));
    // The web's authorities know nothing of it, another's certificate is not its own, and a
    // certificate for another name is for another name.
    let (elsewhere, theirs) = answer_over_tls("elsewhere.example");
    let other = folder.path().join("other.pem");
    fs::write(&other, theirs).expect("a file");
    let untrusted = Err(ClientError::Unreachable(Cause::Tls));
    assert_eq!(post(&client(&url, None)), untrusted);
    assert_eq!(post(&client(&url, Some(&other))), untrusted);
    assert_eq!(post(&client(&elsewhere, Some(&other))), untrusted);
}

#[test]
fn refuses_addresses_and_authorities_that_serve_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "no certificate").expect("a file");
    let order = |url: &str, ca_file: Option<&Path>| ClientOrder {
        url: url.to_owned(),
        audience: AUDIENCE.to_owned(),
        ca_file: ca_file.map(Path::to_owned),
        timeout: Duration::from_secs(1),
    };
    let refused = |order| Client::new(&order).map(|_| ());
    let url = "https://confirm.example";
    assert_eq!(refused(order("http://confirm.example", None)), Err(ClientError::Address));
    assert_eq!(refused(order(url, Some(&empty))), Err(ClientError::CaFile));
    assert_eq!(refused(order(url, Some(&folder.path().join("none")))), Err(ClientError::CaFile));
    assert_eq!(refused(order(url, None)), Ok(()));
}
