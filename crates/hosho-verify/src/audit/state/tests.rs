use std::fs;

use hosho_cli::lang::Lang;

use super::super::record::{Found, Record};
use super::*;

const CONTEXT: Context = Context::of(Lang::En);

fn options() -> Options {
    Options {
        now: Some(1_790_000_000),
        on: Some("2026-09-21".to_owned()),
        values: BTreeMap::from([("--trust".to_owned(), "ab".to_owned())]),
    }
}

fn entry(line: &str) -> Entry {
    let record = Record {
        place: None,
        line: Some(line.to_owned()),
        row: None,
        found: Found::Sealed,
        findings: Vec::new(),
        hits: Vec::new(),
    };
    Entry { records: vec![record] }
}

/// A file with the three entries `1`, `2`, `3`.
fn written() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let mut state = State::begin(&path, &options(), CONTEXT).unwrap();
    state.add(&[entry("1"), entry("2")]).unwrap();
    state.add(&[entry("3")]).unwrap();
    (folder, path)
}

fn resumed(path: &Path) -> (State, Vec<Entry>) {
    let begun = Begun::open(path, CONTEXT).unwrap().unwrap();
    let mut entries = Vec::new();
    let take = |entry| {
        entries.push(entry);
        Ok(())
    };
    let (state, count) = begun.resume(&options(), CONTEXT, take).unwrap();
    assert_eq!(count, u64::try_from(entries.len()).unwrap());
    (state, entries)
}

fn refused(result: Result<impl Sized, Failure>) -> String {
    match result.map(drop) {
        Err(Failure::Usage { code: Some(code), message }) => format!("{code}: {message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lines_come_back_in_order_and_more_can_be_added() {
    let (_folder, path) = written();
    let (mut state, entries) = resumed(&path);
    assert_eq!(entries, ["1", "2", "3"].map(entry));
    state.add(&[entry("4")]).unwrap();
    drop(state);
    assert_eq!(resumed(&path).1, ["1", "2", "3", "4"].map(entry));
}

#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = written();
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn every_cut_leaves_the_whole_lines_before_it() {
    let (_folder, path) = written();
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    for cut in ends[0] + 1..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut state, entries) = resumed(&path);
        let lines = ends[1..].iter().filter(|end| **end < cut).count();
        assert_eq!(entries.len(), lines, "{cut}");
        state.add(&[entry("next")]).unwrap();
        drop(state);
        assert_eq!(resumed(&path).1.len(), lines + 1, "{cut}");
    }
}

#[test]
fn a_cut_within_the_first_line_begins_anew() {
    let (_folder, path) = written();
    let whole = fs::read(&path).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for cut in 0..first {
        fs::write(&path, &whole[..cut]).unwrap();
        assert!(Begun::open(&path, CONTEXT).unwrap().is_none(), "{cut}");
        assert!(!path.exists());
    }
}

#[test]
fn nothing_after_a_changed_byte_is_believed() {
    let (_folder, path) = written();
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    for at in ends[0] + 1..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        let believed = ends[1..].iter().filter(|end| **end < at).count();
        assert_eq!(resumed(&path).1.len(), believed, "{at}");
    }
}

#[test]
fn lines_that_change_places_are_not_believed() {
    let (_folder, path) = written();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&path, [lines[0], lines[2], lines[1], lines[3], ""].join("\n")).unwrap();
    assert_eq!(resumed(&path).1, []);
}

#[test]
fn another_option_is_refused_by_name() {
    let (_folder, path) = written();
    let try_with = |options: &Options| {
        let begun = Begun::open(&path, CONTEXT).unwrap().unwrap();
        refused(begun.resume(options, CONTEXT, |_| Ok(())))
    };
    let before = fs::read(&path).unwrap();
    let mut other = options();
    other.values.insert("--trust".to_owned(), "cd".to_owned());
    assert!(try_with(&other).contains("--trust"), "{}", try_with(&other));
    let mut more = options();
    more.values.insert("--csv".to_owned(), String::new());
    assert!(try_with(&more).contains("--csv"));
    let later = Options { now: Some(1), ..options() };
    assert!(try_with(&later).contains("--now"));
    let day = Options { on: Some("2026-09-22".to_owned()), ..options() };
    assert!(try_with(&day).starts_with("E1-STATE: "));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn the_moment_of_the_beginning_stays() {
    let (_folder, path) = written();
    let begun = Begun::open(&path, CONTEXT).unwrap().unwrap();
    assert_eq!(begun.moment.on.to_string(), "2026-09-21");
    let silent = Options { now: None, on: None, ..options() };
    assert!(begun.resume(&silent, CONTEXT, |_| Ok(())).is_ok());
}

#[test]
fn somebody_elses_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    for text in ["my notes", "hosho-audit-state-1 x\n", "hosho\n"] {
        fs::write(&path, text).unwrap();
        assert!(refused(Begun::open(&path, CONTEXT)).starts_with("E1-STATE: "), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn two_runs_do_not_share_a_file() {
    let (_folder, path) = written();
    let _first = Begun::open(&path, CONTEXT).unwrap().unwrap();
    assert!(refused(Begun::open(&path, CONTEXT)).starts_with("E1-STATE: "));
}
