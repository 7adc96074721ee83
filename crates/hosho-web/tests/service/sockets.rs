//! Over real sockets: slow visitors, TLS, and stopping.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get as on_get, post as on_post};
use hosho_web::{Http, Metrics, RawBody, ServeError, Server, Tls, metrics_router, serve};
use rustix::process::{Signal, getpid, kill_process};
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::visitor::hardened;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ServeError>>,
}

fn start(http: &Http) -> Running {
    let routes = Router::new()
        .route("/", on_get(async || "hello"))
        .route(
            "/slow",
            on_get(async || {
                tokio::time::sleep(Duration::from_secs(2)).await;
                "finished"
            }),
        )
        .route("/bytes", on_post(async |body: RawBody| body.0.len().to_string()));
    let server = Server::bind(http, Path::new("test.toml")).unwrap();
    let address = server.address();
    let (stop, stopped) = oneshot::channel();
    let operators = metrics_router(Metrics::new(), async || Ok(()));
    let ended = tokio::spawn(server.run(hardened(routes, http), operators, async {
        let _ = stopped.await;
    }));
    Running { address, stop, ended }
}

/// Speaks with the service in a thread of its own, as visitors do.
async fn visit<T: Send + 'static>(
    address: SocketAddr,
    work: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> T {
    tokio::task::spawn_blocking(move || {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        work(stream)
    })
    .await
    .unwrap()
}

fn read_all(mut stream: impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut in the middle ends what can be read.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

const HELLO: &[u8] = b"GET / HTTP/1.1\r\nhost: confirm.example\r\nconnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_drips_is_cut_off_after_ten_seconds_while_others_are_served() {
    let running = start(&Http::on_loopback());
    let dripping = tokio::spawn(visit(running.address, |mut stream| {
        let started = Instant::now();
        for byte in b"GET / HTTP/1.1\r\nx-slow: ".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() || started.elapsed() > Duration::from_secs(30) {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        started.elapsed()
    }));
    let answer = visit(running.address, |mut stream| {
        stream.write_all(HELLO).unwrap();
        read_all(stream)
    })
    .await;
    assert!(answer.ends_with("hello"), "{answer}");
    let cut = dripping.await.unwrap();
    assert!(cut > Duration::from_secs(9) && cut < Duration::from_secs(14), "{cut:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_drips_is_told_so_after_ten_seconds() {
    let running = start(&Http::on_loopback());
    let (took, answer) = visit(running.address, |mut stream| {
        let started = Instant::now();
        let head = "POST /bytes HTTP/1.1\r\nhost: confirm.example\r\ncontent-length: 60000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let mut answer = Vec::new();
        while started.elapsed() < Duration::from_secs(30) {
            let mut part = [0; 4096];
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(count) => answer.extend_from_slice(&part[..count]),
                Err(_) if stream.write_all(b"x").is_ok() => {}
                Err(_) => break,
            }
        }
        (started.elapsed(), String::from_utf8(answer).unwrap())
    })
    .await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("E10-TIMEOUT"), "{answer}");
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(14), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing_is_closed() {
    let running = start(&Http::on_loopback());
    let took = visit(running.address, |stream| {
        let started = Instant::now();
        read_all(stream);
        started.elapsed()
    })
    .await;
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(14), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_too_large_is_refused() {
    let running = start(&Http::on_loopback());
    let large = format!("x-large: {}\r\n", "x".repeat(200_000));
    let many = "x-many: 1\r\n".repeat(80);
    for fields in [large, many] {
        let answer = visit(running.address, move |mut stream| {
            let request = format!("GET / HTTP/1.1\r\nhost: confirm.example\r\n{fields}\r\n");
            // The service may close before all of it is written.
            let _ = stream.write_all(request.as_bytes());
            read_all(stream)
        })
        .await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_finishes_what_runs_and_accepts_nothing_more() {
    let running = start(&Http::on_loopback());
    let address = running.address;
    let (begun, has_begun) = oneshot::channel();
    let slow = tokio::spawn(visit(address, |mut stream| {
        stream.write_all(b"GET /slow HTTP/1.1\r\nhost: confirm.example\r\n\r\n").unwrap();
        begun.send(()).unwrap();
        read_all(stream)
    }));
    has_begun.await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    running.stop.send(()).unwrap();
    let answer = slow.await.unwrap();
    assert!(answer.ends_with("finished"), "{answer}");
    let ended = tokio::time::timeout(Duration::from_secs(5), running.ended).await;
    ended.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_told_to_terminate_stops_in_good_order() {
    // Below the ports that the system gives to clients: who knocks too early must not reach himself.
    let mut ports = (32_000..32_768).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    let listen = ports.find(|it| std::net::TcpListener::bind(it).is_ok()).unwrap();
    let http = Http { listen, ..Http::on_loopback() };
    let router = hardened(Router::new().route("/", on_get(async || "hello")), &http);
    let operators = metrics_router(Metrics::new(), async || Ok(()));
    let ended =
        tokio::spawn(async move { serve(&http, Path::new("test.toml"), router, operators).await });
    while TcpStream::connect(listen).is_err() {
        tokio::task::yield_now().await;
    }
    let answer = visit(listen, |mut stream| {
        stream.write_all(HELLO).unwrap();
        read_all(stream)
    })
    .await;
    // Who answers has taken the signals over: they do not end this process.
    assert!(answer.ends_with("hello"), "{answer}");
    kill_process(getpid(), Signal::TERM).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    ended.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(listen).is_err());
}

fn tls_settings(folder: &Path) -> (Http, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["confirm.example".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let http = Http { tls: Some(Tls { certificate, key }), ..Http::on_loopback() };
    (http, made.cert.der().clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_tls_is_served_and_one_without_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (http, certificate) = tls_settings(folder.path());
    let running = start(&http);
    let answer = visit(running.address, move |stream| {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("confirm.example").unwrap();
        let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = rustls::StreamOwned::new(client, stream);
        stream.write_all(HELLO).unwrap();
        read_all(stream)
    })
    .await;
    assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
    let plain = visit(running.address, |mut stream| {
        stream.write_all(HELLO).unwrap();
        read_all(stream)
    })
    .await;
    assert!(!plain.contains("hello"), "{plain}");
}

#[tokio::test]
async fn a_key_that_others_can_read_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (http, _) = tls_settings(folder.path());
    let key = &http.tls.as_ref().unwrap().key;
    fs::set_permissions(key, Permissions::from_mode(0o644)).unwrap();
    let error = Server::bind(&http, Path::new("test.toml")).unwrap_err();
    let expected = format!("{}: can be read by others; protect it with chmod 600", key.display());
    assert_eq!(error.to_string(), expected);
}
