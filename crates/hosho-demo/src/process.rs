//! Starting, watching and ending the processes of the demonstration.

use std::ffi::OsStr;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Fault;
use crate::role::{GRACE, Role};
use crate::stop::Stop;

/// How long a service may take until it listens; a debug build on a busy machine is slow.
const START: Duration = Duration::from_mins(1);
/// How often a process is looked at.
const PAUSE: Duration = Duration::from_millis(50);
/// The most of a log that is shown when a service fails.
const TAIL: usize = 5;

/// A process that runs until the demonstration ends it.
#[derive(Debug)]
pub(crate) struct Process {
    role: Role,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts this program in a role; what it says goes to a new file.
    pub(crate) fn start<S: AsRef<OsStr>>(
        role: Role,
        arguments: &[S],
        log: &Path,
    ) -> Result<Self, Fault> {
        let file = File::create_new(log)?;
        let mut command = command(role, arguments)?;
        let child = command.stdout(file.try_clone()?).stderr(file).spawn()?;
        Ok(Self { role, child, log: log.to_owned() })
    }

    /// Waits until the service listens, and returns its address.
    pub(crate) fn address(&mut self, stop: &Stop) -> Result<SocketAddr, Fault> {
        let began = Instant::now();
        loop {
            let log = std::fs::read_to_string(&self.log)?;
            if let Some(address) = log.lines().find_map(listening) {
                return Ok(address);
            }
            self.check()?;
            if began.elapsed() > START {
                return Err(self.failed("does not listen", &log));
            }
            stop.pause(PAUSE)?;
        }
    }

    /// Fails when the process ended by itself.
    pub(crate) fn check(&mut self) -> Result<(), Fault> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                let log = std::fs::read_to_string(&self.log)?;
                Err(self.failed(&status.to_string(), &log))
            }
        }
    }

    fn failed(&self, what: &str, log: &str) -> Fault {
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default();
        format!("{}: {what}\n{}", self.role.program(), tail.join("\n")).into()
    }

    /// Closes the pipe, which tells the process to stop.
    fn let_go(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits until the process has ended; one that does not is killed.
    fn wait(&mut self, until: Instant) {
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > until {
                // It ended meanwhile, or is killed now.
                let _ended = self.child.kill();
                let _ended = self.child.wait();
                return;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end([self]);
    }
}

/// Ends processes together, and returns when all are gone.
pub(crate) fn end<'p>(processes: impl IntoIterator<Item = &'p mut Process>) {
    let mut processes: Vec<_> = processes.into_iter().collect();
    for process in &mut processes {
        process.let_go();
    }
    let until = Instant::now().checked_add(GRACE * 2);
    for process in &mut processes {
        process.wait(until.unwrap_or_else(Instant::now));
    }
}

/// Runs a command of a program to its end, and returns what it printed.
pub(crate) fn run<S: AsRef<OsStr>>(role: Role, arguments: &[S]) -> Result<String, Fault> {
    let mut command = command(role, arguments)?;
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pipe = child.stdin.take();
    let output = child.wait_with_output()?;
    drop(pipe);
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?.trim_end().to_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(told_by(role, output.status, &told))
}

fn told_by(role: Role, status: ExitStatus, told: &str) -> Fault {
    format!("{}: {status}: {}", role.program(), told.trim()).into()
}

fn command<S: AsRef<OsStr>>(role: Role, arguments: &[S]) -> Result<Command, Fault> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role.word()).args(arguments).stdin(Stdio::piped());
    // Ctrl-C is for the demonstration alone, which ends the others in order.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}

/// Reads the address from the line with which a service says that it listens.
fn listening(line: &str) -> Option<SocketAddr> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let says = entry.get("message").and_then(Value::as_str)?;
    let address = entry.get("address").and_then(Value::as_str)?;
    (says == "listening").then(|| address.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_line_that_says_it() {
        let line = r#"{"level":"INFO","message":"listening","address":"127.0.0.1:8080","metrics":"127.0.0.1:9"}"#;
        assert_eq!(listening(line), "127.0.0.1:8080".parse().ok());
        assert_eq!(listening(r#"{"message":"stopping","address":"127.0.0.1:1"}"#), None);
        assert_eq!(listening("not yet"), None);
    }
}
