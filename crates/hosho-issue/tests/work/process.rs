//! The program itself: signals, exit codes, one worker at a time.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;

use hosho_issue::work;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::guarantor::Guarantor;
use crate::workshop::codes;

pub(crate) fn command(guarantor: &Guarantor) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hosho-issue"));
    command
        .args(["--lang", "en", "work"])
        .arg(guarantor.workshop.home())
        .arg("--config")
        .arg(guarantor.write_config())
        .args(["--now", &guarantor.now.to_string()]);
    command
}

fn lines(child: &mut Child) -> impl Iterator<Item = Value> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

#[test]
fn it_works_until_it_is_told_to_stop() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    let mut child = command(&guarantor).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = lines(&mut child);
    assert!(told.by_ref().any(|line| line["event"] == "done"));
    // It goes on: what comes later is done as well.
    guarantor.conclude("2", "B-1", 1);
    assert!(told.by_ref().any(|line| line["event"] == "done"));
    let id = Pid::from_child(&child);
    kill_process(id, Signal::TERM).unwrap();
    assert!(told.any(|line| line["event"] == "stopped"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(guarantor.town.portal().done.len(), 2);
}

#[test]
fn once_ends_with_0_or_with_3_when_a_service_is_away() {
    let guarantor = Guarantor::new();
    let run = || {
        let output = command(&guarantor).arg("--once").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(run(), (Some(0), String::new()));
    guarantor.town.confirm().common.failing = Some(500);
    let (code, message) = run();
    assert_eq!(code, Some(3));
    assert!(message.contains("E9-SERVICE") && message.contains("confirm.example"), "{message}");
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let guarantor = Guarantor::new();
    let file = guarantor.workshop.path("other.toml");
    for (text, expected) in [
        ("worker = \"w\"\nportl = 1\n", "line 2"),
        (
            "worker = \"w\"\nportal = { url = \"http://portal.example\", audience = \"p\" }\n",
            "the address must be https",
        ),
        (
            "worker = \"w\"\nca_file = \"none.pem\"\n\
             portal = { url = \"https://portal.example\", audience = \"p\" }\n",
            "the file with the authorities",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_hosho-issue"))
            .args(["--lang", "en", "work"])
            .arg(guarantor.workshop.home())
            .arg("--config")
            .arg(&file)
            .arg("--once")
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("E9-CONFIG") && message.contains(expected), "{message}");
    }
    assert!(guarantor.town.portal().common.requests.is_empty());
}

#[test]
fn one_worker_works_at_a_time() {
    let guarantor = Guarantor::new();
    let mut child = command(&guarantor).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = lines(&mut child);
    assert!(told.any(|line| line["event"] == "started"));
    let mut order = guarantor.order();
    order.patience = hosho_issue::Patience(std::time::Duration::ZERO);
    let worked = work(&order, &AtomicBool::new(false), &mut |_| {});
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(codes(worked), ["E9-BUSY"]);
}
