//! Asks the clock whether it tells secrets apart (Reparaz, Balasch, Verbauwhede: "Dude, is my code
//! constant time?", DATE 2017): each case runs with one fixed secret or with a random one, whichever
//! a coin says, and Welch's t-test compares the times. Both secrets are made in the same way.
//!
//! `hosho-dudect SAMPLES SEED` prints a line a case; the script `run` beside the manifest judges them.

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::OnceLock;

use dudect_bencher::ctbench::{BenchFn, BenchMetadata, BenchName, BenchOpts, run_benches_console};
use dudect_bencher::rand::{Rng as _, RngExt as _};
use dudect_bencher::{BenchRng, Class, CtRunner};
use hosho::{
    AuthKey, AuthMasterKey, Epoch, GuaranteeNumber, GuarantorId, SealNonce, SealedCertificate,
    Serial, SignedCertificate, seal,
};

const SIGNED: &[u8] = include_bytes!("../../../hosho/examples/data/31-07-1-0000123-9-r1.hosho");
const CASES: [(&str, BenchFn); 5] = [
    ("compare", compare),
    ("control", control),
    ("decode", decode),
    ("derive", derive),
    ("open", open),
];
/// The master key of the example.
const FIXED: [u8; 32] = [3; 32];

static SAMPLES: OnceLock<u32> = OnceLock::new();

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usage: hosho-dudect SAMPLES SEED: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("an argument is missing");
    let samples = next()?.parse()?;
    let seed: u64 = next()?.parse()?;
    SAMPLES.get_or_init(|| samples);
    let case = |(name, benchfn)| BenchMetadata { name: BenchName(name), seed: Some(seed), benchfn };
    run_benches_console(BenchOpts::default(), CASES.into_iter().map(case).collect())?;
    Ok(())
}

/// Times `act` on what `make` makes of a fixed master key or of a random one.
fn time<S, T>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    make: impl Fn(AuthMasterKey) -> S,
    act: impl Fn(&S) -> T,
) {
    for _ in 0..SAMPLES.get().copied().unwrap_or_default() {
        let mut secret = [0; 32];
        rng.fill_bytes(&mut secret);
        let random: bool = rng.random();
        let kept = if random { 0xff } else { 0 };
        for (byte, fixed) in secret.iter_mut().zip(FIXED) {
            *byte = (*byte & kept) | (fixed & !kept);
        }
        let subject = make(AuthMasterKey::take(&mut secret));
        let class = if random { Class::Right } else { Class::Left };
        runner.run_one(class, || act(&subject));
    }
}

fn id() -> GuarantorId<'static> {
    GuarantorId::parse("kakuu-mirai").expect("the example's guarantor-id")
}

fn number() -> GuaranteeNumber<'static> {
    GuaranteeNumber::parse("31-07-1-0000123-9").expect("the example's number")
}

fn auth_key(master: &AuthMasterKey) -> AuthKey {
    master.derive(&id(), Epoch::FIRST, &number(), Serial::FIRST)
}

fn fixed_key() -> AuthKey {
    auth_key(&AuthMasterKey::take(&mut { FIXED }))
}

fn derive(runner: &mut CtRunner, rng: &mut BenchRng) {
    let (id, number) = (id(), number());
    let act = |master: &AuthMasterKey| {
        let key = master.derive(&id, Epoch::FIRST, &number, Serial::FIRST);
        black_box(key.bind(&id, &number, Epoch::FIRST, Serial::FIRST));
        black_box(key.locator(&number));
        key.expose_text()
    };
    // Used once before: what the processor guessed about the coin must not reach into the time.
    let used = |master| {
        black_box(act(&master));
        master
    };
    time(runner, rng, used, act);
}

fn decode(runner: &mut CtRunner, rng: &mut BenchRng) {
    let text = |master| auth_key(&master).expose_text();
    time(runner, rng, text, |text| AuthKey::parse(text.as_str()).is_ok());
}

/// The fixed key is the same, which a comparison that stops at the first difference shows.
fn compare(runner: &mut CtRunner, rng: &mut BenchRng) {
    let fixed = fixed_key();
    time(runner, rng, |master| auth_key(&master), |key| key.matches(&fixed));
}

/// Opens what was sealed for the key, up to a tag that is wrong. A key that does not fit is refused
/// before, which may be seen.
fn open(runner: &mut CtRunner, rng: &mut BenchRng) {
    let signed = SignedCertificate::parse(SIGNED).expect("the example");
    let sealed = |master| {
        let key = auth_key(&master);
        let mut bytes = seal(&signed, &key, &SealNonce { salt: [4; 16], iv: [5; 12] });
        *bytes.last_mut().expect("a tag") ^= 1;
        (key, bytes)
    };
    time(runner, rng, sealed, |(key, bytes)| {
        key.open(&SealedCertificate::parse(bytes).expect("sealed")).is_ok()
    });
}

/// Compares as nobody should: the clock must tell.
fn control(runner: &mut CtRunner, rng: &mut BenchRng) {
    let fixed = fixed_key().expose_text();
    let text = |master| auth_key(&master).expose_text();
    let same = |text: &hosho::AuthKeyText| {
        let pairs = text.as_str().bytes().zip(fixed.as_str().bytes());
        black_box(pairs).all(|(one, other)| black_box(one) == black_box(other))
    };
    time(runner, rng, text, same);
}
