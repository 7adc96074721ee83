//! The throw-away guarantor: what `hosho-issue init`, `issue`, `bundle` and `snapshot` do.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hosho::UnixTime;
use hosho_cli::lang::Lang;
use hosho_issue::{
    BundleOrder, Existing, InitOrder, IssueOrder, Patience, Review, SnapshotOrder, Watch, bundle,
    init, issue, snapshot,
};

use crate::samples::Samples;

/// The clock of the demonstration, so that it shows the same on every day.
pub(crate) const NOW: &str = "2026-11-22T03:00:00Z";
/// The date in Japan at that time.
pub(crate) const TODAY: &str = "2026-11-22";

/// Where the demonstration's files are.
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) certificates: PathBuf,
    pub(crate) trust: PathBuf,
    pub(crate) status: PathBuf,
}

impl Stage {
    pub(crate) fn signed(&self, number: &str, revision: u16) -> PathBuf {
        self.certificates.join(format!("{number}-r{revision}.hosho"))
    }

    pub(crate) fn sealed(&self, number: &str, revision: u16) -> PathBuf {
        self.certificates.join(format!("{number}-r{revision}.sealed.hosho"))
    }

    pub(crate) fn auth_key(&self, number: &str) -> PathBuf {
        self.certificates.join(format!("{number}.auth-key"))
    }

    /// Returns commands that a reader can type after the demonstration.
    pub(crate) fn suggestions(&self, lang: Lang) -> Vec<String> {
        let verify = format!("cargo run --release -q -p hosho-verify -- --lang {}", lang.code());
        let number = "31-07-3-0000230-0";
        vec![
            format!(
                "{verify} check {} --trust {} --status {} --number {number} --auth-key-file {} \
                 --now {NOW}",
                self.sealed(number, 1).display(),
                self.trust.display(),
                self.status.display(),
                self.auth_key(number).display(),
            ),
            format!(
                "{verify} audit {} --trust {} --status {} --on {TODAY}",
                self.certificates.display(),
                self.trust.display(),
                self.status.display(),
            ),
            format!("{verify} inspect {}", self.signed(number, 1).display()),
        ]
    }
}

pub(crate) fn issue_samples(
    folder: &Path,
    samples: &Samples,
    lang: Lang,
) -> Result<Stage, Box<dyn Error>> {
    let now = UnixTime::parse(NOW)?;
    let patience = Patience(Duration::from_secs(5));
    let home = folder.join("home");
    let stage = Stage {
        folder: folder.to_owned(),
        certificates: folder.join("certificates"),
        trust: folder.join("trust.hosho"),
        status: folder.join("status.hosho"),
    };
    let mut ignore = |_: &_| ControlFlow::Continue(());
    let mut watch = Watch::new(&mut ignore);
    let id = init(&InitOrder {
        representative: Some("取締役社長 三枝 修一郎".to_owned()),
        address: Some("〒000-0001 瑞穂県青嶺市本町一丁目1番1号(架空みらいビル4階)".to_owned()),
        ..InitOrder::new(home.clone(), "架空みらい建設業保証株式会社".to_owned(), now)
    })?;
    println!("{} {id}", lang.pick("保証会社の識別子:", "guarantor-id:"));
    issue(
        &IssueOrder {
            home: home.clone(),
            requests: samples.request_files.clone(),
            out: stage.certificates.clone(),
            now,
            patience,
            review: Review::usual(),
        },
        &mut watch,
    )?;
    let numbers: std::collections::BTreeSet<_> =
        samples.requests.iter().map(|request| request.number.as_str()).collect();
    println!(
        "{}: {} ({} {})",
        lang.pick("発行した証書", "certificates issued"),
        samples.requests.len(),
        lang.pick("保証契約", "guarantees:"),
        numbers.len(),
    );
    bundle(
        &BundleOrder {
            home: home.clone(),
            out: stage.trust.clone(),
            existing: Existing::Keep,
            now,
            patience,
        },
        &mut watch,
    )?;
    snapshot(
        &SnapshotOrder {
            home,
            out: stage.status.clone(),
            existing: Existing::Keep,
            valid_days: None,
            now,
            patience,
        },
        &mut watch,
    )?;
    println!("{} {NOW}", lang.pick("信頼情報と状況一覧:", "trust bundle and status snapshot of"));
    Ok(stage)
}
