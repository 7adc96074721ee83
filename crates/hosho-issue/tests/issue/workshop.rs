//! A home in a folder of its own, requests for it, and calls on it with a fixed clock.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hosho::UnixTime;
use hosho_issue::{
    AuditOrder, Census, Event, Failure, InitOrder, IssueOrder, Patience, Review, Watch, audit,
    init, issue,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The time at which everything happens, unless a test says otherwise.
pub(crate) const NOW: &str = "2026-11-22T03:04:05Z";

/// A program that another test is just starting holds our lock for a moment: it gets a copy of
/// every open file, until it becomes another program.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn time(text: &str) -> UnixTime {
    UnixTime::parse(text).unwrap()
}

/// The repository's sample requests.
pub(crate) fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/requests");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

/// A home in a folder of its own.
pub(crate) struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let workshop = Self { folder: tempfile::tempdir().unwrap() };
        init(&workshop.init_order()).unwrap();
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path("out")
    }

    pub(crate) fn init_order(&self) -> InitOrder {
        InitOrder {
            id: Some("g-demo".to_owned()),
            representative: Some("取締役社長 三枝 修一郎".to_owned()),
            ..InitOrder::new(self.home(), "架空みらい建設業保証株式会社".to_owned(), time(NOW))
        }
    }

    /// The program that issues requests, not started yet.
    pub(crate) fn program(&self, requests: &[PathBuf]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_hosho-issue"));
        program.args(["--lang", "en", "issue"]).arg(self.home()).arg("--request").args(requests);
        program.arg("--out").arg(self.out()).args(["--now", NOW]);
        program
    }

    /// Writes a request like the first sample, with another number and revision.
    pub(crate) fn request(&self, number: &str, revision: u16) -> PathBuf {
        self.request_with(number, revision, |_| {})
    }

    /// Writes such a request after `edit`, which also gives it a file of its own.
    pub(crate) fn request_with(
        &self,
        number: &str,
        revision: u16,
        edit: impl FnOnce(&mut Value),
    ) -> PathBuf {
        let mut request: Value = serde_json::from_slice(&fs::read(&samples()[0]).unwrap()).unwrap();
        request["number"] = json!(number);
        request["revision"] = json!(revision);
        if revision > 1 {
            request["change"] = json!({
                "supersedes": revision - 1, "kinds": ["correction"], "reason": "訂正",
            });
        }
        edit(&mut request);
        let count = fs::read_dir(self.folder.path()).unwrap().count();
        let file = self.path(&format!("request-{count}.json"));
        fs::write(&file, serde_json::to_vec(&request).unwrap()).unwrap();
        file
    }

    pub(crate) fn issue_order(&self, requests: &[PathBuf]) -> IssueOrder {
        IssueOrder {
            home: self.home(),
            requests: requests.to_vec(),
            out: self.out(),
            now: time(NOW),
            patience: Patience(PATIENCE),
            review: Review::usual(),
        }
    }

    /// Issues, and returns the events in words.
    pub(crate) fn issue(&self, requests: &[PathBuf]) -> Result<Vec<String>, Failure> {
        issue_and_tell(&self.issue_order(requests))
    }

    /// Issues until the event at this place, where it stops as a crash would.
    pub(crate) fn issue_until(&self, requests: &[PathBuf], place: usize) -> Result<(), Failure> {
        let mut count = 0;
        let mut tell = |_: &Event| {
            count += 1;
            if count > place { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        issue(&self.issue_order(requests), &mut Watch::new(&mut tell))
    }

    pub(crate) fn audit(&self) -> Result<Census, Failure> {
        let patience = Patience(PATIENCE);
        let order = AuditOrder { home: self.home(), now: time(NOW), patience };
        audit(&order, &mut Watch::new(&mut |_| ControlFlow::Continue(())))
    }

    /// Puts a copy of the home beside it.
    pub(crate) fn copy_home(&self, name: &str) -> PathBuf {
        let copy = self.path(name);
        copy_folder(&self.home(), &copy);
        copy
    }
}

/// Issues, and returns the events in words.
pub(crate) fn issue_and_tell(order: &IssueOrder) -> Result<Vec<String>, Failure> {
    let mut told = Vec::new();
    let mut tell = |event: &Event| {
        told.push(match event {
            Event::Delivered { number, revision, written } => {
                format!("delivered {number} r{revision} {written:?}")
            }
            Event::Found { number, revision, finding } => {
                let (rule, severity) = (finding.rule(), finding.severity());
                format!("found {number} r{revision} {rule} {severity} {}", finding.case())
            }
            other => format!("{other:?}"),
        });
        ControlFlow::Continue(())
    };
    issue(order, &mut Watch::new(&mut tell)).map(|()| told)
}

/// Returns every file below a folder with its bytes; a link with its target.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            files.insert(path, target.into_os_string().into_encoded_bytes());
        } else if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            // Keeps the mode, which the key files need.
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Returns the failure's codes: one for each refused request, or that of the failure.
pub(crate) fn codes<T: std::fmt::Debug>(result: Result<T, Failure>) -> Vec<&'static str> {
    match result {
        Ok(value) => panic!("not refused: {value:?}"),
        Err(Failure::Refused(refusals)) => refusals.iter().map(|r| r.reason.code()).collect(),
        Err(failure) => vec![failure.code()],
    }
}
