//! `audit --state`: an interrupted run goes on, and its report is that of one that was not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hosho_cli::input::wrap_certificate;

use crate::world::{NOW, World};

/// Certificates in the archive, more than can be judged before a signal comes.
const MEMBERS: usize = 4_000;

/// A year in an archive, and the files to audit it with.
struct Year {
    world: World,
    archive: PathBuf,
    ledger: PathBuf,
}

/// How a run ended.
#[derive(Debug, Eq, PartialEq)]
struct Ended {
    code: Option<i32>,
    report: String,
    table: Option<String>,
}

impl Year {
    fn new(members: usize) -> Self {
        let world = World::new();
        let names = ["G01-1", "G04-1", "G04-2", "G04-3", "G04-4", "G05-1", "G06-1", "G08-1"];
        let block = |name: &&str| wrap_certificate(&world.signed(name));
        let blocks: Vec<String> = names.iter().map(block).collect();
        let text: String = blocks.iter().cycle().take(members).map(String::as_str).collect();
        let archive = world.write("year.txt", text.as_bytes());
        let ledger = world.write("ledger.csv", b"number,price\n31-07-1-0000123-9,1\n31-0,2\n");
        Self { world, archive, ledger }
    }

    fn command(&self, state: Option<&Path>, report: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hosho-verify"));
        command.arg("audit").arg(&self.archive);
        command.arg("--trust").arg(self.world.path("mirai.trust"));
        command.arg("--status").arg(self.world.path("mirai.status"));
        command.arg("--ledger").arg(&self.ledger);
        command.args(["--now", NOW, "--on", "2026-01-10"]).args(more);
        if let Some(state) = state {
            command.arg("--state").arg(state);
        }
        command.env_clear().env("LANG", "C.UTF-8").stdin(Stdio::null()).stderr(Stdio::piped());
        command.stdout(fs::File::create(report).unwrap());
        command
    }

    /// Runs to the end, with a table.
    fn finish(&self, state: Option<&Path>, more: &[&str]) -> Ended {
        let (report, table) = (self.world.path("report"), self.world.path("table.csv"));
        let _ = fs::remove_file(&table);
        let with_table = [more, &["--csv", table.to_str().unwrap()]].concat();
        let mut child = self.command(state, &report, &with_table).spawn().unwrap();
        let code = child.wait().unwrap().code();
        Ended { code, report: read(&report), table: fs::read_to_string(&table).ok() }
    }

    /// Begins a run and sends it the signal once its state has grown by so many bytes.
    fn interrupt(&self, state: &Path, grown: u64, signal: &str, more: &[&str]) -> Option<i32> {
        let report = self.world.path("cut-off");
        let table = self.world.path("cut-off.csv");
        let with_table = [more, &["--csv", table.to_str().unwrap()]].concat();
        let length = || fs::metadata(state).map_or(0, |metadata| metadata.len());
        let until = length() + grown;
        let mut child = self.command(Some(state), &report, &with_table).spawn().unwrap();
        // The number of a child that has been waited for may be somebody else's.
        if is_running_when(&mut child, || length() >= until) {
            let id = child.id().to_string();
            Command::new("kill").args([signal, &id]).status().unwrap();
        }
        let code = child.wait().unwrap().code();
        assert!(!table.exists() || code.is_some_and(|code| code < 3), "no half table");
        let _ = fs::remove_file(table);
        code
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Waits until it is so, and tells whether the child still runs.
fn is_running_when(child: &mut Child, is_so: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while child.try_wait().unwrap().is_none() {
        if is_so() {
            return true;
        }
        assert!(Instant::now() < deadline, "the state does not grow");
        thread::yield_now();
    }
    false
}

/// Numbers that look random and are the same in every run.
fn drawn(count: usize, below: u64) -> Vec<u64> {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let draw = |_| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    (0..count).map(draw).collect()
}

#[test]
fn a_killed_run_goes_on_and_says_what_an_uninterrupted_one_says() {
    let year = Year::new(MEMBERS);
    for more in [&["--json"][..], &["--jobs", "3"]] {
        let whole = year.finish(None, more);
        assert_eq!(whole.code, Some(1));
        assert_eq!(whole.table.as_deref().map(|table| table.lines().count()), Some(MEMBERS + 1));
        let state = year.world.path("state");
        let mut killed = 0;
        for grown in drawn(8, 1_000_000) {
            killed += usize::from(year.interrupt(&state, grown, "-KILL", more).is_none());
        }
        assert!(killed >= 2, "{killed} of 8 were killed");
        assert_eq!(year.finish(Some(&state), more), whole);
        // Once more: everything is in the state.
        assert_eq!(year.finish(Some(&state), more), whole);
        fs::remove_file(state).unwrap();
    }
}

#[test]
fn a_terminated_run_stops_cleanly_and_says_how_to_go_on() {
    let year = Year::new(MEMBERS);
    let whole = year.finish(None, &["--json"]);
    for signal in ["-TERM", "-INT"] {
        let state = year.world.path("state");
        assert_eq!(year.interrupt(&state, 100_000, signal, &["--json"]), Some(3));
        assert!(fs::read(&state).unwrap().ends_with(b"\n"));
        assert_eq!(year.finish(Some(&state), &["--json"]), whole);
        fs::remove_file(state).unwrap();
    }
}

#[test]
fn any_cut_of_the_state_leads_to_the_same_report() {
    let year = Year::new(300);
    let whole = year.finish(None, &[]);
    let state = year.world.path("state");
    assert_eq!(year.finish(Some(&state), &[]), whole);
    let bytes = fs::read(&state).unwrap();
    for cut in drawn(25, u64::try_from(bytes.len()).unwrap()) {
        let cut = usize::try_from(cut).unwrap();
        fs::write(&state, &bytes[..cut]).unwrap();
        assert_eq!(year.finish(Some(&state), &[]), whole, "{cut}");
        assert_eq!(fs::read(&state).unwrap(), bytes, "{cut}");
    }
}

#[test]
fn a_policy_finds_the_same_after_any_cut_of_the_state() {
    let year = Year::new(300);
    let policy = ["--json", "--policy", "usual"];
    let whole = year.finish(None, &policy);
    assert!(whole.report.contains("stands-after-decrease"), "{}", whole.report);
    let state = year.world.path("state");
    assert_eq!(year.finish(Some(&state), &policy), whole);
    let bytes = fs::read(&state).unwrap();
    for cut in drawn(8, u64::try_from(bytes.len()).unwrap()) {
        fs::write(&state, &bytes[..usize::try_from(cut).unwrap()]).unwrap();
        assert_eq!(year.finish(Some(&state), &policy), whole, "{cut}");
    }
}

#[test]
fn another_question_is_refused_and_the_state_left_alone() {
    let year = Year::new(20);
    let state = year.world.path("state");
    year.finish(Some(&state), &[]);
    let before = fs::read(&state).unwrap();
    let told = |more: &[&str]| {
        let report = year.world.path("other");
        let child = year.command(Some(&state), &report, more).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), read(&report).as_str()), (Some(2), ""));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told(&["--json"]).contains("E1-STATE: "));
    assert!(told(&["--json"]).contains("was begun with another --csv"));
    let table = year.world.path("other.csv");
    let csv = ["--csv", table.to_str().unwrap()];
    assert!(told(&[&csv[..], &["--json"]].concat()).contains("was begun with another --json"));
    let text = read(&year.archive);
    fs::write(&year.archive, format!("{text}\n")).unwrap();
    assert!(told(&csv).contains("was begun with another PATH"));
    assert_eq!(fs::read(&state).unwrap(), before);
}

#[test]
fn what_was_learnt_between_two_runs_does_not_part_one_report() {
    let year = Year::new(20);
    let (state, memory) = (year.world.path("state"), year.world.path("memory"));
    let remember = ["--remember", memory.to_str().unwrap()];
    let first = year.finish(Some(&state), &remember);
    assert_eq!(year.finish(Some(&state), &remember), first);
    let before = fs::read(&state).unwrap();
    // Another audit sees a later snapshot.
    let later = year.world.add("snapshots/later.status");
    let report = year.world.path("other");
    let other = ["--status", later.to_str().unwrap()];
    let mut other = year.command(None, &report, &[&remember[..], &other[..]].concat());
    assert_eq!(other.status().unwrap().code(), Some(1));
    let table = year.world.path("other.csv");
    let more = [&remember[..], &["--csv", table.to_str().unwrap()]].concat();
    let child = year.command(Some(&state), &report, &more).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), read(&report).as_str()), (Some(2), ""), "{told}");
    assert!(told.contains("was begun with another --remember"), "{told}");
    assert_eq!(fs::read(&state).unwrap(), before);
}
