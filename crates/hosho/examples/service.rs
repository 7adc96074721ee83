//! How a Rust service embeds the verifier: trust and status are read once and shared, each
//! request is one call, and the answer is a type.
//!
//! ```text
//! cargo run --release -p hosho --example service
//! ```
//!
//! Four threads stand for the service's workers. They answer the same questions as a clerk would
//! ask: the right key, a mistyped one, another guarantee's number, another obligee.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::thread;

use hosho::{
    AuthKey, Date, Expectation, Expected, GuaranteeNumber, SealedCertificate, SignedStatusSnapshot,
    SignedTrustBundle, StatusSnapshot, TrustBundle, UnixTime, Verifier, Yen,
};

/// What the service keeps in memory; replace the whole when a new snapshot arrives.
struct Confirmation {
    trust: TrustBundle,
    status: StatusSnapshot,
}

/// What a caller asks; nothing in it is believed.
struct Question {
    number: String,
    auth_key: String,
    obligee: String,
    file: Vec<u8>,
}

/// What a caller is told.
enum Answer {
    /// The certificate is genuine; the code tells whether it is in force.
    Genuine { standing: &'static str, amount: Yen },
    /// It is refused, or cannot be judged; the code says why.
    Refused { code: &'static str },
}

impl Confirmation {
    fn read() -> Result<Self, Box<dyn Error>> {
        let trust = SignedTrustBundle::parse(include_bytes!("data/trust.hosho"))?.pin()?;
        let status = SignedStatusSnapshot::parse(include_bytes!("data/status.hosho"))?;
        Ok(Self { status: status.verify(&trust)?, trust })
    }

    fn confirm(&self, question: &Question, now: UnixTime) -> Answer {
        self.check(question, now).unwrap_or_else(|code| Answer::Refused { code })
    }

    fn check(&self, question: &Question, now: UnixTime) -> Result<Answer, &'static str> {
        let number = GuaranteeNumber::fold(&question.number).map_err(|error| error.code())?;
        let key = AuthKey::parse(&question.auth_key).map_err(|error| error.code())?;
        let sealed = SealedCertificate::parse(&question.file).map_err(|error| error.code())?;
        let opened = key.open(&sealed).map_err(|error| error.code())?;
        let expectation = Expectation {
            number: Expected::Number(&number),
            obligee: Some(&question.obligee),
            auth_key: None,
        };
        let certificate = Verifier::new(&self.trust)
            .with_status(&self.status)
            .verify_opened(&opened, &expectation, Date::in_japan(now), now)
            .map_err(|error| error.code())?;
        Ok(Answer::Genuine {
            standing: certificate.verdict().standing().code(),
            amount: certificate.certificate().claims().guarantee.amount,
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let confirmation = Arc::new(Confirmation::read()?);
    let counts = Arc::new(Mutex::new(BTreeMap::<String, u32>::new()));
    // A service asks its clock; the example stays on the day of its snapshot.
    let now = UnixTime::parse("2026-01-10T03:00:00Z")?;
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (confirmation, counts) = (Arc::clone(&confirmation), Arc::clone(&counts));
            thread::spawn(move || {
                for question in questions() {
                    let answer = match confirmation.confirm(&question, now) {
                        Answer::Genuine { standing, amount } => format!("{standing}, {amount} yen"),
                        Answer::Refused { code } => code.to_owned(),
                    };
                    if let Ok(mut counts) = counts.lock() {
                        *counts.entry(answer).or_default() += 1;
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().map_err(|_| "a worker panicked")?;
    }
    let counts = counts.lock().map_err(|_| "a worker panicked")?;
    for (answer, count) in counts.iter() {
        println!("{count:>4} times: {answer}");
    }
    Ok(())
}

fn questions() -> impl Iterator<Item = Question> {
    let key = include_str!("data/31-07-1-0000123-9.auth-key");
    let mistyped = format!("{}{}", if key.ends_with('0') { '1' } else { '0' }, &key[1..]);
    let ask = |number: &str, auth_key: &str, obligee: &str| Question {
        number: number.to_owned(),
        auth_key: auth_key.to_owned(),
        obligee: obligee.to_owned(),
        file: include_bytes!("data/31-07-1-0000123-9-r1.sealed.hosho").to_vec(),
    };
    let kinds = [
        ask("31-07-1-0000123-9", key, "瑞穂県"),
        ask("３１－０７－１－００００１２３－９", &key.to_lowercase(), "瑞穂県"),
        ask("31-07-1-0000123-9", &mistyped, "瑞穂県"),
        ask("31-07-1-0000145-2", key, "瑞穂県"),
        ask("31-07-1-0000123-9", key, "青嶺市"),
    ];
    (0..50).flat_map(move |_| {
        let again: Vec<_> = kinds.iter().map(|q| ask(&q.number, &q.auth_key, &q.obligee)).collect();
        again
    })
}
