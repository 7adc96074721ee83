//! Status snapshots at size: a million certificates over eight lists, drawn at random, signed, read
//! and looked up again. `status-size [CERTIFICATES]`; the exit code is 1 if an answer is wrong or a
//! snapshot is above its limit.
#![expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool of this repository only"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hosho::{
    Date, EndedBy, ListNumber, Revision, Sequence, SignedStatusSnapshot, SnapshotDraft,
    StatusEntry, StatusIndex, StatusSnapshot, SupersededBy, UnixTime,
};
use hosho_testkit::Guarantor;

/// How many places a list has (spec R-CERT-10).
const PLACES: u32 = 131_072;
const CERTIFICATES: u32 = 1_000_000;
/// What changes from one day to the next.
const CHANGES: usize = 1_000;

/// The lists, each with the state of every place that is taken.
type Lists = BTreeMap<ListNumber, BTreeMap<StatusIndex, StatusEntry>>;

fn main() -> ExitCode {
    let certificates = match env::args().nth(1).map(|count| count.parse()) {
        None => CERTIFICATES,
        Some(Ok(count)) => count,
        Some(Err(_)) => {
            println!("usage: status-size [CERTIFICATES]");
            return ExitCode::from(2);
        }
    };
    let started = Instant::now();
    let mut lists = drawn(certificates);
    println!("{certificates} places drawn from {} lists in {:.2?}", lists.len(), started.elapsed());
    let mut right = true;
    for day in 0..2 {
        let sequence = Sequence::new(day + 1).expect("a sequence");
        let now = UnixTime::from_seconds(1_795_000_000 + 86_400 * day).expect("an instant");
        right &= publish(&lists, sequence, now);
        change(&mut lists);
    }
    println!("peak memory {:.0} MiB", peak_mebibytes());
    if right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Draws a place for every certificate at random, list after list, and decides its state: nine of
/// ten guarantees stand as they were issued, the others were amended or ended.
fn drawn(certificates: u32) -> Lists {
    let mut random = Random(1);
    let mut lists = Lists::new();
    let mut left = certificates;
    let mut list = Some(ListNumber::FIRST);
    while let (1.., Some(number)) = (left, list) {
        let count = left.min(PLACES);
        let mut places: Vec<u32> = (0..PLACES).collect();
        for at in 0..count {
            let other = at + random.below(PLACES - at);
            places.swap(index(at), index(other));
        }
        let entry = |place: &u32| {
            let place = StatusIndex::new(*place).expect("an index");
            (place, state(random.below(100)))
        };
        lists.insert(number, places.iter().take(index(count)).map(entry).collect());
        (left, list) = (left - count, number.next());
    }
    lists
}

/// Signs a snapshot of each list, reads it as a verifier does and looks every certificate up.
fn publish(lists: &Lists, sequence: Sequence, now: UnixTime) -> bool {
    let guarantor = Guarantor::new("g-size");
    let trust = guarantor.trust();
    let (mut signing, mut verifying, mut looking) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut bytes, mut largest, mut right) = (0, 0, 0_usize);
    for (list, entries) in lists {
        let started = Instant::now();
        let signed = sign(&guarantor, *list, sequence, now, entries);
        signing += started.elapsed();
        let started = Instant::now();
        let snapshot = read(&signed, &trust);
        verifying += started.elapsed();
        let started = Instant::now();
        right += entries.iter().filter(|(place, entry)| snapshot.entry(**place) == **entry).count();
        looking += started.elapsed();
        (bytes, largest) = (bytes + signed.len(), largest.max(signed.len()));
    }
    let total: usize = lists.values().map(BTreeMap::len).sum();
    println!(
        "sequence {sequence}: {} snapshots, {bytes} bytes (largest {largest}); signed in {signing:.2?}, \
         verified in {verifying:.2?}; {right} of {total} entries as they should be, {:.0} ns each",
        lists.len(),
        looking.as_nanos() as f64 / total as f64,
    );
    right == total && largest <= SignedStatusSnapshot::MAX_LEN
}

fn sign(
    guarantor: &Guarantor,
    list: ListNumber,
    sequence: Sequence,
    now: UnixTime,
    entries: &BTreeMap<StatusIndex, StatusEntry>,
) -> Vec<u8> {
    guarantor.sign_snapshot(&SnapshotDraft {
        guarantor_id: guarantor.id.clone(),
        list,
        sequence,
        issued_at: now,
        next_update: UnixTime::from_seconds(now.seconds() + 7 * 86_400).expect("an instant"),
        last_index: StatusIndex::new(PLACES - 1).expect("an index"),
        entries: entries.clone(),
    })
}

fn read(bytes: &[u8], trust: &hosho::TrustBundle) -> StatusSnapshot {
    let snapshot = SignedStatusSnapshot::parse(bytes).expect("a snapshot in its form");
    snapshot.verify(trust).expect("a snapshot of the guarantor")
}

/// Amends some guarantees of every list, as a day does.
fn change(lists: &mut Lists) {
    let share = CHANGES.div_ceil(lists.len().max(1));
    for entries in lists.values_mut() {
        let good = entries.values_mut().filter(|entry| **entry == StatusEntry::InForce);
        good.take(share).for_each(|entry| *entry = state(95));
    }
}

fn state(percent: u32) -> StatusEntry {
    let day = |days| Date::from_days(days).expect("a day");
    let current = Revision::new(2).expect("a revision");
    let termination = |replaced_on| EndedBy::Termination { replaced_on };
    match percent {
        0..=89 => StatusEntry::InForce,
        90..=96 => {
            StatusEntry::Superseded { on: day(20_000), current, cause: SupersededBy::Amendment }
        }
        97 => {
            StatusEntry::Ended { on: day(20_100), current, cause: termination(Some(day(20_050))) }
        }
        98 => StatusEntry::Ended { on: day(20_100), current, cause: termination(None) },
        _ => StatusEntry::Ended { on: day(20_000), current, cause: EndedBy::Voidance },
    }
}

/// `SplitMix64`: the same places in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ mixed >> 31) % u64::from(bound)).expect("below a u32")
    }
}

fn index(place: u32) -> usize {
    usize::try_from(place).expect("a place")
}

/// The most memory that this process held at once, as the kernel has it.
fn peak_mebibytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1_024.0
}
