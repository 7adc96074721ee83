//! Those who verify the same bytes: Hosho, bare dalek, and who else takes part.

use std::error::Error;
use std::sync::Arc;
use std::thread;

use ed25519_dalek::{Signature, Verifier as _};
use hosho::{PreparedKeys, VerificationPath};

use crate::sample::{Sample, Signed};
use crate::{peers, tokens};

/// How many certificates a single verifier is given in one turn: so many that fetching its tables
/// again, which the others have pushed out of the caches, weighs no more than it does in a stream.
const SINGLE: usize = 510;
/// How many certificates a bulk verifier is given in one turn.
pub(crate) const BULK: usize = 1020;
/// How many keys sign in the contests with many keys.
const MANY_KEYS: u8 = 64;

/// Someone who verifies the sample.
#[expect(missing_debug_implementations, reason = "holds a closure")]
pub struct Contender {
    /// The key in the JSON object.
    pub key: &'static str,
    /// What the table calls it.
    pub name: &'static str,
    /// How many certificates one turn verifies.
    pub certificates: usize,
    /// How its turns are timed.
    pub clock: Clock,
    turn: Box<dyn Fn() -> usize>,
}

/// How a turn is timed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Clock {
    /// The time that the thread had a processor: other programs do not count.
    Thread,
    /// The time on the wall, for those who use more threads than one.
    Wall,
}

impl Contender {
    /// Verifies all its certificates once.
    ///
    /// # Errors
    ///
    /// If one is refused: all are genuine.
    pub fn take_turn(&self) -> Result<(), Box<dyn Error>> {
        let accepted = (self.turn)();
        if accepted == self.certificates {
            Ok(())
        } else {
            Err(format!("{}: {accepted} of {} accepted", self.name, self.certificates).into())
        }
    }

    pub(crate) fn in_bulk(
        key: &'static str,
        name: &'static str,
        turn: impl Fn() -> usize + 'static,
    ) -> Self {
        Self { key, name, certificates: BULK, clock: Clock::Thread, turn: Box::new(turn) }
    }
}

/// Who takes part.
pub(crate) struct Contest {
    pub(crate) sample: &'static Sample,
    only: Option<String>,
    all: Vec<Contender>,
}

impl Contest {
    /// Lets a contender in, unless only another one is asked for.
    pub(crate) fn enter(&mut self, key: &str, make: impl FnOnce() -> Contender) {
        if self.wants(key) {
            self.all.push(make());
        }
    }

    pub(crate) fn wants(&self, key: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == key)
    }

    /// Lets someone in who verifies one certificate after the other.
    pub(crate) fn single(
        &mut self,
        key: &'static str,
        name: &'static str,
        verify: impl Fn(&Signed) -> bool + 'static,
    ) {
        let sample = self.sample;
        let turn =
            move || sample.signed.iter().take(SINGLE).filter(|signed| verify(signed)).count();
        self.enter(key, || Contender {
            key,
            name,
            certificates: SINGLE,
            clock: Clock::Thread,
            turn: Box::new(turn),
        });
    }

    /// Lets someone in who has a form of its own for the content, made before it is measured.
    pub(crate) fn whole<T: 'static>(
        &mut self,
        key: &'static str,
        name: &'static str,
        make: impl Fn(&Signed) -> T,
        verify: impl Fn(&T) -> bool + 'static,
    ) {
        let sample = self.sample;
        self.enter(key, || {
            let objects: Vec<T> = sample.signed.iter().take(SINGLE).map(make).collect();
            let turn = move || objects.iter().filter(|object| verify(object)).count();
            let turn = Box::new(turn);
            Contender { key, name, certificates: SINGLE, clock: Clock::Thread, turn }
        });
    }
}

/// Returns everyone, or `only` one; the first of all is the baseline, dalek's `verify_strict`.
pub fn contenders(only: Option<&str>) -> Vec<Contender> {
    let many = only.is_none_or(|only| only.ends_with("64_keys"));
    let mut contest =
        Contest { sample: sample_of(1), only: only.map(str::to_owned), all: Vec::new() };
    dalek(&mut contest);
    ours(&mut contest);
    if many {
        let one = contest.sample;
        contest.sample = sample_of(MANY_KEYS);
        ours_with_many_keys(&mut contest);
        contest.sample = one;
    }
    peers::batches(&mut contest);
    peers::signatures(&mut contest);
    tokens::whole(&mut contest);
    contest.all
}

fn sample_of(keys: u8) -> &'static Sample {
    let count = u32::try_from(BULK).expect("few certificates");
    Box::leak(Box::new(Sample::new(keys, count)))
}

fn dalek(contest: &mut Contest) {
    let key = contest.sample.key;
    contest.single("dalek_verify_strict", "dalek verify_strict, signature only", move |signed| {
        let signature = Signature::from_bytes(&signed.signature);
        key.verify_strict(&signed.message, &signature).is_ok()
    });
    contest.single("dalek_verify", "dalek verify, signature only", move |signed| {
        let signature = Signature::from_bytes(&signed.signature);
        key.verify(&signed.message, &signature).is_ok()
    });
}

fn ours(contest: &mut Contest) {
    let none = Arc::new(PreparedKeys::with_room(0));
    single(contest, "first", "Hosho, key seen for the first time", &none);
    let portable = tables(VerificationPath::PORTABLE);
    single(contest, "portable", "Hosho, prepared, portable", &portable);
    bulk(contest, "bulk_portable", "Hosho, bulk, portable", &portable);
    if let Some(avx2) = VerificationPath::avx2().map(tables) {
        single(contest, "avx2", "Hosho, prepared, AVX2", &avx2);
        bulk(contest, "bulk_avx2", "Hosho, bulk, AVX2", &avx2);
        let name = "Hosho, bulk, AVX2, two cores, wall clock";
        bulk_two_cores(contest, "bulk_two_cores_avx2", name, &avx2);
    }
    if let Some(ifma) = VerificationPath::ifma().map(tables) {
        single(contest, "ifma", "Hosho, prepared, AVX-512 IFMA", &ifma);
        bulk(contest, "bulk_ifma", "Hosho, bulk, AVX-512 IFMA", &ifma);
    }
    let name = "Hosho, bulk, fastest path, two cores, wall clock";
    bulk_two_cores(contest, "bulk_two_cores", name, &tables(VerificationPath::fastest()));
}

fn ours_with_many_keys(contest: &mut Contest) {
    let portable = tables(VerificationPath::PORTABLE);
    single(contest, "portable_64_keys", "Hosho, prepared, portable, 64 keys", &portable);
    bulk(contest, "bulk_portable_64_keys", "Hosho, bulk, portable, 64 keys", &portable);
    if let Some(avx2) = VerificationPath::avx2().map(tables) {
        single(contest, "avx2_64_keys", "Hosho, prepared, AVX2, 64 keys", &avx2);
        bulk(contest, "bulk_avx2_64_keys", "Hosho, bulk, AVX2, 64 keys", &avx2);
    }
    if let Some(ifma) = VerificationPath::ifma().map(tables) {
        single(contest, "ifma_64_keys", "Hosho, prepared, AVX-512 IFMA, 64 keys", &ifma);
        bulk(contest, "bulk_ifma_64_keys", "Hosho, bulk, AVX-512 IFMA, 64 keys", &ifma);
    }
}

/// Returns a set that makes a key's table when the key is first used.
fn tables(path: VerificationPath) -> Arc<PreparedKeys> {
    Arc::new(PreparedKeys::new().after(1).on_path(path))
}

fn single(
    contest: &mut Contest,
    key: &'static str,
    name: &'static str,
    prepared: &Arc<PreparedKeys>,
) {
    let sample = contest.sample;
    let verifier = sample.verifier().sharing(Arc::clone(prepared));
    contest.single(key, name, move |signed| sample.verify(&verifier, signed));
}

fn bulk(
    contest: &mut Contest,
    key: &'static str,
    name: &'static str,
    prepared: &Arc<PreparedKeys>,
) {
    let sample = contest.sample;
    let verifier = sample.verifier().sharing(Arc::clone(prepared));
    contest.enter(key, || {
        Contender::in_bulk(key, name, move || sample.verify_many(&verifier, &sample.signed))
    });
}

fn bulk_two_cores(
    contest: &mut Contest,
    key: &'static str,
    name: &'static str,
    prepared: &Arc<PreparedKeys>,
) {
    let sample = contest.sample;
    let verifier = sample.verifier().sharing(Arc::clone(prepared));
    contest.enter(key, || {
        let turn = move || {
            let (mine, other) = sample.signed.split_at(BULK / 2);
            thread::scope(|scope| {
                let other = scope.spawn(|| sample.verify_many(&verifier, other));
                sample.verify_many(&verifier, mine) + other.join().unwrap_or(0)
            })
        };
        Contender { clock: Clock::Wall, ..Contender::in_bulk(key, name, turn) }
    });
}
