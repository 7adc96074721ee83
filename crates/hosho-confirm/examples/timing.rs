//! Measures whether the misses of the service can be told apart by their time.
//!
//! Each kind of miss is asked against a wrong key, in pairs of random order, over HTTP on loopback, and
//! the two times are compared by Welch's t-test: an absolute value of 4.5 or more counts as a leak. A
//! control that must leak, a certificate that opens, shows that the measurement would notice.
//!
//! ```text
//! cargo run --release -p hosho-confirm --example timing -- 10000
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a measurement that cannot be made ends"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use hosho::{AuthKey, Fingerprint, GuaranteeNumber, Locator, Revision, Serial};
use hosho_confirm::{App, MailKey, Parts, Pin, Reader, router, site};
use hosho_store::{ConfirmStore, Database, Publication, Schema, SealedOrder};
use hosho_testkit::{Guarantor, samples, time};
use hosho_web::{Clock, Http, Metrics, Server, metrics_router};
use zeroize::Zeroizing;

/// A value of Welch's t from which on two times count as different.
const LIMIT: f64 = 4.5;
/// What the control must reach.
const CONTROL: f64 = 20.0;
const NOW: &str = "2026-03-10T03:00:00Z";
const KNOWN: &str = "31-07-1-0000123-9";
const WITHDRAWN: &str = "31-07-3-0000177-5";
const UNKNOWN: &str = "99-99-9-9999999-9";

fn main() -> ExitCode {
    let pairs = std::env::args().nth(1).map_or(10_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(serve(folder.path()));
    let guarantor = Guarantor::new("g-mirai");
    let wrong = question(KNOWN, &key(&guarantor, KNOWN, 9));
    let other = Guarantor::new("g-other");
    let cases = [
        ("unknown number", question(UNKNOWN, &key(&guarantor, KNOWN, 1))),
        ("withdrawn locator", question(WITHDRAWN, &key(&guarantor, WITHDRAWN, 1))),
        ("another guarantor's key", question(KNOWN, &key(&other, KNOWN, 1))),
    ];
    let mut client = Client::new(address);
    let mut leaks = 0;
    for (what, asked) in &cases {
        // The first answers fill caches.
        compare(&mut client, asked, &wrong, pairs / 20 + 10);
        let (all, most) = compare(&mut client, asked, &wrong, pairs);
        println!(
            "{what:<24} against a wrong key: {pairs} pairs, t = {all:+.2}, of the faster nine tenths {most:+.2}"
        );
        leaks += usize::from(all.abs() >= LIMIT || most.abs() >= LIMIT);
    }
    let opens = question(KNOWN, &key(&guarantor, KNOWN, 1));
    let (control, _) = compare(&mut client, &opens, &wrong, 300);
    println!(
        "{:<24} against a wrong key: 300 pairs, t = {control:+.2}, and must be above {CONTROL}",
        "what opens (control)"
    );
    if leaks > 0 || control < CONTROL {
        return ExitCode::FAILURE;
    }
    println!("no miss can be told from another: every |t| is below {LIMIT}");
    ExitCode::SUCCESS
}

/// Starts the service with every sample and returns its address.
async fn serve(folder: &Path) -> SocketAddr {
    let guarantor = Guarantor::new("g-mirai");
    let url = format!("sqlite://{}", folder.join("confirm.db").display());
    let store = ConfirmStore::new(Database::open(&url, Schema::Confirm).await.unwrap());
    let metrics = Metrics::new();
    let app = App::new(Parts {
        store: store.clone(),
        pins: vec![Pin::parse(guarantor.bundle()).unwrap()],
        mail_key: MailKey::take(&Zeroizing::new([9; 32])),
        audience: "confirm.example".to_owned(),
        clock: Clock::fixed(time(NOW)),
        metrics: metrics.clone(),
        reader: Reader::new(PathBuf::from("/nonexistent")),
        high_water: None,
    });
    app.prepare().await.unwrap();
    for sample in samples(&guarantor) {
        if sample.request.revision != Revision::FIRST {
            continue;
        }
        let locator = sample.auth_key.locator(&sample.request.number);
        publish(&store, &guarantor, &locator, &sample.sealed, &[]).await;
        if sample.request.number.as_str() == WITHDRAWN {
            let moved = Locator::from_bytes([7; 16]);
            publish(&store, &guarantor, &moved, &sample.sealed, &[locator]).await;
        }
    }
    // Each request names a source of its own, so that nobody waits for guessing.
    let http = Http { behind_proxy: true, ..Http::on_loopback() };
    let server = Server::bind(&http, Path::new("timing")).unwrap();
    let address = server.address();
    let routes = router(app, site(""), &http, metrics.clone()).unwrap();
    let operators = metrics_router(metrics, || async { Ok(()) });
    tokio::spawn(server.run(routes, operators, std::future::pending()));
    address
}

async fn publish(
    store: &ConfirmStore,
    guarantor: &Guarantor,
    locator: &Locator,
    sealed: &[u8],
    replaces: &[Locator],
) {
    let revisions = [(Revision::FIRST, sealed)];
    let guarantor = &guarantor.id;
    let order =
        SealedOrder { guarantor, locator, revisions: &revisions, replaces, mail: "changed" };
    let published = store.publish(&order, time(NOW)).await.unwrap();
    assert_eq!(published, Publication::New(1));
}

fn key(guarantor: &Guarantor, number: &'static str, serial: u32) -> AuthKey {
    let number = GuaranteeNumber::parse(number).unwrap();
    guarantor.auth_key(&number, Serial::new(serial).unwrap())
}

fn question(number: &str, key: &AuthKey) -> String {
    format!(r#"{{"number":"{number}","auth_key":"{}"}}"#, key.expose_text().as_str())
}

/// Welch's t of the times of two questions, of all and of the faster nine tenths.
fn compare(client: &mut Client, asked: &str, wrong: &str, pairs: usize) -> (f64, f64) {
    let mut times = [Vec::with_capacity(pairs), Vec::with_capacity(pairs)];
    for pair in 0..pairs {
        let questions = [asked, wrong];
        let first = client.coin(pair);
        for which in [first, 1 - first] {
            let begun = Instant::now();
            client.ask(questions[which]);
            times[which].push(begun.elapsed().as_nanos() as f64);
        }
    }
    let all = welch(&times[0], &times[1]);
    let mut pooled = times.concat();
    pooled.sort_by(f64::total_cmp);
    let cut = pooled[pooled.len() * 9 / 10];
    let [a, b] = times.map(|times| times.into_iter().filter(|it| *it <= cut).collect::<Vec<_>>());
    (all, welch(&a, &b))
}

fn welch(a: &[f64], b: &[f64]) -> f64 {
    let moments = |values: &[f64]| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean_a, error_a), (mean_b, error_b)) = (moments(a), moments(b));
    (mean_a - mean_b) / (error_a + error_b).sqrt()
}

/// One connection that is kept.
struct Client {
    stream: BufReader<TcpStream>,
    sent: u32,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), sent: 0 }
    }

    /// Which of two comes first, by a hash that both the pair and the position so far decide.
    fn coin(&self, pair: usize) -> usize {
        let seed = format!("hosho-confirm/timing/{pair}/{}", self.sent);
        usize::from(Fingerprint::of(seed.as_bytes()).as_bytes()[0] & 1)
    }

    fn ask(&mut self, question: &str) {
        self.sent += 1;
        let [_, a, b, c] = self.sent.to_be_bytes();
        let request = format!(
            "POST /api/v1/open HTTP/1.1\r\nhost: confirm.example\r\nx-forwarded-for: 10.{a}.{b}.{c}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{question}",
            question.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.stream.read_line(&mut line).unwrap(), 0, "the service hung up");
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            assert!(!line.contains(" 429 "), "a source waits");
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
    }
}
