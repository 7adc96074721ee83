//! From parsed arguments to an exit code.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use hosho::UnixTime;
use hosho_cli::clock;
use hosho_cli::input::read_bounded;
use hosho_cli::lang::Lang;
use hosho_cli::path::shown;
use hosho_cli::secret::no_core_dumps;
use hosho_policy::Policy;
use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::{Action, Arguments, command};
use crate::event::{Event, Notice, Watch};
use crate::failure::Failure;
use crate::home::Patience;
use crate::{
    AuditOrder, Census, Existing, InitOrder, IssueOrder, PaperOrder, Review, SnapshotOrder,
    Unacknowledged, audit, copy, init, issue, notice, snapshot,
};

mod keys;
mod rekey;
mod row;
mod work;

use row::Rows;

/// From how many requests on a terminal shows how far it is.
const LONG: usize = 20;

/// Does what the arguments say; results go to standard output, everything else to standard error.
pub fn run(arguments: Arguments, lang: Lang) -> ExitCode {
    let stage = Stage { lang, patience: Patience(Duration::from_secs(arguments.wait)) };
    let done = match no_core_dumps() {
        Ok(()) => stage.act(arguments.command),
        Err(error) => Err(Failure::io(Path::new("RLIMIT_CORE"), error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for line in failure.lines(lang) {
                complain(&line);
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

struct Stage {
    lang: Lang,
    patience: Patience,
}

impl Stage {
    fn act(&self, action: Action) -> Result<(), Failure> {
        match action {
            Action::Init { .. } => make_home(action, self.lang),
            Action::Issue { home, request, out, policy, require_ack, ack, json, now } => {
                let (now, patience) = (time(now)?, self.patience);
                let review = Review {
                    policy: policy.as_deref().map_or_else(|| Ok(Policy::usual()), read_policy)?,
                    acknowledged: ack.into_iter().collect(),
                    unacknowledged: unacknowledged(require_ack),
                };
                let order = IssueOrder { home, requests: request, out, now, patience, review };
                self.issue(&order, Rows::of(json))
            }
            Action::Bundle { .. } | Action::RotateKey { .. } | Action::Compromised { .. } => {
                self.change_keys(action)
            }
            Action::HighWater { .. } => self.keep_mark(action),
            Action::Rekey { .. } | Action::RotateMaster { .. } | Action::TokenKey { .. } => {
                self.change_auth_keys(action)
            }
            Action::Work { .. } => self.work(action),
            Action::Root { command } => self.hold_ceremony(command),
            Action::Snapshot { home, out, force, valid_days, json, now } => {
                let (existing, patience) = (existing(force), self.patience);
                let now = time(now)?;
                let order = SnapshotOrder { home, out, existing, valid_days, now, patience };
                for written in self.watched(|watch| snapshot(&order, watch))? {
                    Rows::of(json).snapshot(&written);
                }
                Ok(())
            }
            Action::Notice { .. } | Action::Copy { .. } => self.write_paper(action),
            Action::Journal { home, json } => {
                let order = AuditOrder { home, now: time(None)?, patience: self.patience };
                let census = self.watched(|watch| audit(&order, watch))?;
                Rows::of(json).census(&census, self.lang);
                Ok(())
            }
            Action::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut command(self.lang), "hosho-issue", &mut script);
                print_bytes(&script);
                Ok(())
            }
            Action::Man { command } => self.manual(command.as_deref()),
        }
    }

    fn write_paper(&self, action: Action) -> Result<(), Failure> {
        let (lang, patience) = (self.lang, self.patience);
        let out = match action {
            Action::Notice { home, number, out } => {
                let order = PaperOrder { home, number, revision: None, out, lang, patience };
                self.watched(|watch| notice(&order, watch))?;
                order.out
            }
            Action::Copy { home, number, revision, out } => {
                let order = PaperOrder { home, number, revision, out, lang, patience };
                self.watched(|watch| copy(&order, watch))?;
                order.out
            }
            _ => return Ok(()),
        };
        print(&shown(&out));
        Ok(())
    }

    fn issue(&self, order: &IssueOrder, rows: Rows) -> Result<(), Failure> {
        let total = order.requests.len();
        let bar = if total < LONG { ProgressBar::hidden() } else { progress(total) };
        let lang = self.lang;
        let mut tell = |event: &Event| {
            match event {
                Event::Stored { .. } => bar.inc(1),
                Event::Delivered { number, revision, written } => {
                    bar.suspend(|| rows.issued(number, *revision, *written, lang));
                }
                Event::Found { number, revision, finding } => {
                    let line = match lang {
                        Lang::Ja => finding.to_japanese_line(),
                        _ => finding.to_string(),
                    };
                    bar.suspend(|| complain(&format!("{number} r{revision}: {line}")));
                }
                Event::Noticed(notice) => bar.suspend(|| complain(&notice.message(lang))),
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let issued = issue(order, &mut Watch::new(&mut tell));
        bar.finish_and_clear();
        issued
    }

    fn manual(&self, name: Option<&str>) -> Result<(), Failure> {
        let mut program = command(self.lang);
        // Gives every command its full name and the options that all have.
        program.build();
        let page = name.and_then(|name| program.find_subcommand(name)).unwrap_or(&program);
        let mut text = Vec::new();
        clap_mangen::Man::new(page.clone())
            .render(&mut text)
            .map_err(|e| Failure::io(Path::new("man"), e))?;
        print_bytes(&text);
        Ok(())
    }

    fn watched<T>(
        &self,
        work: impl FnOnce(&mut Watch<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut tell = |event: &Event| {
            if let Event::Noticed(notice) = event {
                complain(&notice.message(self.lang));
            }
            ControlFlow::Continue(())
        };
        work(&mut Watch::new(&mut tell))
    }
}

fn make_home(action: Action, lang: Lang) -> Result<(), Failure> {
    let Action::Init {
        home,
        guarantor,
        id,
        representative,
        address,
        terms,
        certificate_key,
        status_key,
        key_days,
        bundle_days,
        snapshot_days,
        now,
    } = action
    else {
        return Ok(());
    };
    let now = time(now)?;
    let id = init(&InitOrder {
        home: home.clone(),
        guarantor,
        id,
        representative,
        address,
        terms,
        certificate_key,
        status_key,
        key_days,
        bundle_days,
        snapshot_days,
        now,
    })?;
    print(&format!("{}\t{id}", shown(&home)));
    complain(&Notice::NoMarkApart.message(lang));
    Ok(())
}

fn time(fixed: Option<UnixTime>) -> Result<UnixTime, Failure> {
    fixed.or_else(clock::now).ok_or(Failure::ClockUnreadable)
}

fn existing(force: bool) -> Existing {
    if force { Existing::Replace } else { Existing::Keep }
}

/// Reads the policy of a file; the word `usual` stands for the usual one.
fn read_policy(file: &Path) -> Result<Policy, Failure> {
    if file.as_os_str() == "usual" {
        return Ok(Policy::usual());
    }
    let bytes = read_bounded(file, Policy::MAX_LEN).map_err(|e| Failure::input(file, e))?;
    let refused = |error| Failure::Policy { error, file: file.to_owned() };
    Policy::from_file(&bytes).map_err(refused)
}

fn unacknowledged(required: bool) -> Unacknowledged {
    if required { Unacknowledged::Refuse } else { Unacknowledged::Record }
}

fn progress(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn counts(census: &Census, lang: Lang) -> String {
    let numbers = [
        ("記録", "records", census.records.to_string()),
        ("末尾のハッシュ", "head", census.head.to_string()),
        ("保証", "guarantees", census.guarantees.to_string()),
        ("証書", "certificates", census.certificates.to_string()),
        ("未完了", "unfinished", census.unfinished.to_string()),
        ("終了した保証", "ended", census.ended.to_string()),
        ("信頼バンドル", "bundles", census.bundles.to_string()),
    ];
    let mut lines: Vec<String> =
        numbers.iter().map(|(ja, en, value)| format!("{}\t{value}", lang.pick(ja, en))).collect();
    if let Some(sequence) = census.unsigned_bundle {
        let word = lang.pick("署名待ちの信頼バンドル", "unsigned bundle");
        lines.push(format!("{word}\t{sequence}"));
    }
    let later = [
        (
            "認証マスター鍵のエポック",
            "epoch",
            usize::try_from(census.epoch).unwrap_or(usize::MAX),
            2,
        ),
        ("前のエポックの保証", "of older epochs", census.outdated, 1),
        ("引き渡していない認証キー", "auth keys not handed out", census.owed, 1),
    ];
    for (ja, en, count, _) in later.iter().filter(|(_, _, count, from)| count >= from) {
        lines.push(format!("{}\t{count}", lang.pick(ja, en)));
    }
    for (list, sequence) in &census.snapshots {
        lines.push(format!("{} {list}\t{sequence}", lang.pick("状態一覧", "snapshots of list")));
    }
    lines.join("\n")
}

// A reader that has gone away, as in `hosho-issue ... | head`, is no failure of the work done.
fn print_bytes(bytes: &[u8]) {
    let _closed = std::io::stdout().lock().write_all(bytes);
}

fn print(line: &str) {
    print_bytes(format!("{line}\n").as_bytes());
}

fn complain(line: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "hosho-issue: {line}");
}
