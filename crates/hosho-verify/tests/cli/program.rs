//! Running the program and reading what it says.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::world::{NOW, World, number};

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Exit code, verdict and code of `check --json`.
    pub(crate) fn verdict(&self) -> (i32, String, Option<String>) {
        let json = self.json();
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        (self.code, text("verdict").unwrap(), text("code"))
    }
}

/// Runs the program in a plain environment with `input` on standard input.
pub(crate) fn run_with(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // A program that needs no more input may close it early.
    let _ = child.stdin.take().unwrap().write_all(input);
    finished(child.wait_with_output().unwrap())
}

/// Runs the program where no process may map more than so many KiB.
pub(crate) fn run_within(memory: u32, arguments: &[&str]) -> Run {
    let script = format!("ulimit -v {memory}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_hosho-verify")]).args(arguments);
    finished(shell.env_clear().env("LANG", "C.UTF-8").stdin(Stdio::null()).output().unwrap())
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    finished(command(arguments).stdin(Stdio::null()).output().unwrap())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hosho-verify"));
    command
        .args(arguments)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn finished(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A `check` under construction: trust, status, number and clock of the sample world.
pub(crate) struct Check<'w> {
    arguments: Vec<String>,
    world: &'w World,
}

impl<'w> Check<'w> {
    /// Asks about `file` with the number of the sample `name`.
    pub(crate) fn of(world: &'w World, name: &str, file: &Path) -> Self {
        let arguments = ["check", file.to_str().unwrap(), "--number", &number(name), "--now", NOW]
            .map(str::to_owned)
            .to_vec();
        Self { arguments, world }
    }

    /// As an obligee would: with bundle and snapshot.
    pub(crate) fn usual(world: &'w World, name: &str) -> Self {
        Self::of(world, name, &world.path(&format!("{name}.hosho"))).trust().status()
    }

    pub(crate) fn trust(self) -> Self {
        self.file("--trust", "mirai.trust")
    }

    pub(crate) fn status(self) -> Self {
        self.file("--status", "mirai.status")
    }

    pub(crate) fn file(self, option: &str, name: &str) -> Self {
        let path = self.world.path(name);
        self.with(option, path.to_str().unwrap())
    }

    pub(crate) fn with(mut self, option: &str, value: &str) -> Self {
        if let Some(at) = self.arguments.iter().position(|known| known == option)
            && !["--related", "--status", "--trust"].contains(&option)
        {
            self.arguments.drain(at..at + 2);
        }
        self.arguments.extend([option.to_owned(), value.to_owned()]);
        self
    }

    pub(crate) fn on(self, day: &str) -> Self {
        self.with("--on", day)
    }

    pub(crate) fn json(self) -> Run {
        self.with_json().run()
    }

    pub(crate) fn with_json(mut self) -> Self {
        self.arguments.push("--json".to_owned());
        self
    }

    pub(crate) fn run(self) -> Run {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        run(&arguments)
    }

    pub(crate) fn run_within(self, memory: u32) -> Run {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        run_within(memory, &arguments)
    }

    pub(crate) fn run_with(self, input: &[u8]) -> Run {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        run_with(&arguments, input)
    }
}
