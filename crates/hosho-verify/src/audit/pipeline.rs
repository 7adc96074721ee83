//! The threads of an audit: one reads, many judge, one writes, in the order of the inputs.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::feed::{Feed, Unit};
use crate::run::Failure;

/// Units that are judged together: enough to verify their signatures in bulk, few enough that the
/// allocator keeps the list of their verdicts at hand.
const BATCH: usize = 124;

/// Bytes of members of archives that a batch may hold before another is begun: a batch of
/// certificates has less.
const BATCH_LEN: usize = 8 << 20;

/// What a batch came to, and the bytes of the inputs that it took.
#[derive(Debug)]
pub(super) struct Batch<T> {
    pub(super) found: Vec<T>,
    pub(super) bytes: u64,
}

/// How the inputs came to an end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct End {
    /// Whether a folder could not be read.
    pub(super) failed: bool,
    /// Whether it was stopped before the end.
    pub(super) stopped: bool,
}

/// What to run with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan<'s> {
    pub(super) jobs: usize,
    /// Units that were judged before.
    pub(super) skip: u64,
    pub(super) stop: &'s AtomicBool,
}

struct Work {
    place: u64,
    units: Vec<Unit>,
}

struct Done<T> {
    place: u64,
    batch: thread::Result<Batch<T>>,
}

/// Judges everything that `feed` gives, and hands the batches to `take` in order. No more than a
/// few batches for each job are held at any time.
pub(super) fn run<'p, T: Send>(
    feed: impl FnOnce() -> Feed<'p> + Send,
    judge: &(impl Fn(Vec<Unit>) -> Vec<T> + Sync),
    plan: Plan<'_>,
    take: impl FnMut(Batch<T>) -> Result<(), Failure>,
) -> Result<End, Failure> {
    let in_flight = plan.jobs.saturating_mul(2).saturating_add(2);
    let (work, to_do) = sync_channel(in_flight);
    let to_do = Mutex::new(to_do);
    let (done, results) = channel();
    let (permit, permits) = channel();
    for () in std::iter::repeat_n((), in_flight) {
        // The receiver is held here.
        let _ = permit.send(());
    }
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(feed(), plan, &work, &permits));
        for _ in 0..plan.jobs.max(1) {
            let (to_do, done) = (&to_do, done.clone());
            scope.spawn(move || work_off(to_do, judge, &done));
        }
        drop(done);
        // Dropped when it fails, so that the other threads see that nobody waits for them.
        let (results, permit) = (results, permit);
        write(&results, &permit, take)?;
        match reader.join() {
            Ok(end) => Ok(end),
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// Reads units into batches, one for each permit.
fn read(
    mut feed: Feed<'_>,
    plan: Plan<'_>,
    work: &SyncSender<Work>,
    permits: &Receiver<()>,
) -> End {
    let mut bytes_before = 0_u64;
    for _ in 0..plan.skip {
        match feed.next() {
            Some(unit) => bytes_before = bytes_before.saturating_add(unit.bytes),
            None => break,
        }
    }
    for place in 0.. {
        if plan.stop.load(Ordering::Relaxed) {
            return End { failed: feed.failed(), stopped: true };
        }
        let mut units = next_batch(&mut feed);
        let Some(first) = units.first_mut() else { break };
        first.bytes = first.bytes.saturating_add(bytes_before);
        bytes_before = 0;
        if permits.recv().is_err() || work.send(Work { place, units }).is_err() {
            break;
        }
    }
    End { failed: feed.failed(), stopped: false }
}

/// The units that come next: as many as are judged together, and fewer large ones.
fn next_batch(feed: &mut Feed<'_>) -> Vec<Unit> {
    let (mut units, mut held) = (Vec::new(), 0_usize);
    while units.len() < BATCH && held < BATCH_LEN {
        let Some(unit) = feed.next() else { break };
        held = held.saturating_add(unit.held());
        units.push(unit);
    }
    units
}

/// Judges batches until there are no more.
fn work_off<T>(
    to_do: &Mutex<Receiver<Work>>,
    judge: &(impl Fn(Vec<Unit>) -> Vec<T> + Sync),
    done: &Sender<Done<T>>,
) {
    loop {
        let next = to_do.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Work { place, units }) = next else { return };
        let bytes = units.iter().map(|unit| unit.bytes).sum();
        let batch = catch_unwind(AssertUnwindSafe(|| Batch { found: judge(units), bytes }));
        if done.send(Done { place, batch }).is_err() {
            return;
        }
    }
}

/// Hands over the batches in their order, giving a permit for each.
fn write<T>(
    results: &Receiver<Done<T>>,
    permit: &Sender<()>,
    mut take: impl FnMut(Batch<T>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut early = BTreeMap::new();
    let mut next = 0_u64;
    for Done { place, batch } in results {
        early.insert(place, batch);
        while let Some(batch) = early.remove(&next) {
            match batch {
                Ok(batch) => take(batch)?,
                Err(panic) => resume_unwind(panic),
            }
            next = next.saturating_add(1);
            // A reader that has come to the end needs no more.
            let _ = permit.send(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use hosho_cli::lang::Lang;

    use super::super::feed::Item;
    use super::super::record::{Entry, Found, Record};
    use super::super::walk::{Complaints, Walk};
    use super::*;
    use crate::run::Context;

    /// A folder with `count` files named by their numbers.
    fn folder(count: usize) -> (tempfile::TempDir, [PathBuf; 1]) {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..count {
            fs::write(folder.path().join(format!("{at:06}")), b"x").unwrap();
        }
        let paths = [folder.path().to_owned()];
        (folder, paths)
    }

    fn feed(paths: &[PathBuf]) -> Feed<'_> {
        Feed::new(Walk::new(paths, Complaints::Silent, Context::of(Lang::En)))
    }

    fn named(units: Vec<Unit>) -> Vec<Entry> {
        let entry = |unit: Unit| {
            let Item::File(file) = unit.item else { panic!("a file") };
            let line = Some(file.path.file_name().unwrap().to_str().unwrap().to_owned());
            let record = Record {
                line,
                row: None,
                found: Found::Skipped,
                place: None,
                findings: vec![],
                hits: vec![],
            };
            Entry { records: vec![record] }
        };
        units.into_iter().map(entry).collect()
    }

    fn names(plan: Plan<'_>, paths: &[PathBuf]) -> (Vec<String>, u64, End) {
        let (mut names, mut bytes) = (Vec::new(), 0);
        let take = |batch: Batch<Entry>| {
            let records = batch.found.into_iter().flat_map(|entry| entry.records);
            names.extend(records.map(|record| record.line.unwrap()));
            bytes += batch.bytes;
            Ok(())
        };
        let end = run(|| feed(paths), &named, plan, take).unwrap();
        (names, bytes, end)
    }

    #[test]
    fn batches_come_in_order_whatever_the_number_of_jobs() {
        let (_folder, paths) = folder(2_000);
        let stop = AtomicBool::new(false);
        let expected: Vec<String> = (0..2_000).map(|at| format!("{at:06}")).collect();
        for jobs in [1, 2, 9] {
            let found = names(Plan { jobs, skip: 0, stop: &stop }, &paths);
            assert_eq!(found, (expected.clone(), 2_000, End::default()));
        }
        let (rest, bytes, _) = names(Plan { jobs: 3, skip: 777, stop: &stop }, &paths);
        assert_eq!((rest.as_slice(), bytes), (&expected[777..], 2_000));
    }

    #[test]
    fn a_stop_ends_with_whole_batches() {
        let (_folder, paths) = folder(3_000);
        let stop = AtomicBool::new(false);
        let mut taken = 0;
        let take = |batch: Batch<Entry>| {
            taken += batch.found.len();
            stop.store(true, Ordering::Relaxed);
            Ok(())
        };
        let end = run(|| feed(&paths), &named, Plan { jobs: 1, skip: 0, stop: &stop }, take);
        assert_eq!(end.unwrap(), End { failed: false, stopped: true });
        assert!(taken > 0 && taken < 3_000 && taken % BATCH == 0, "{taken}");
    }

    #[test]
    fn a_failure_to_write_ends_every_thread() {
        let (_folder, paths) = folder(3_000);
        let stop = AtomicBool::new(false);
        let full = || Failure::Output(std::io::ErrorKind::StorageFull.into());
        let end =
            run(|| feed(&paths), &named, Plan { jobs: 4, skip: 0, stop: &stop }, |_| Err(full()));
        assert!(
            matches!(end, Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::StorageFull)
        );
    }

    #[test]
    #[should_panic(expected = "a judge that fails")]
    fn a_panic_of_a_judge_is_not_lost() {
        let (_folder, paths) = folder(600);
        let stop = AtomicBool::new(false);
        let judge = |_: Vec<Unit>| -> Vec<()> { panic!("a judge that fails") };
        let _ = run(|| feed(&paths), &judge, Plan { jobs: 2, skip: 0, stop: &stop }, |_| Ok(()));
    }
}
