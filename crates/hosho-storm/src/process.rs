//! The real programs as processes.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How many ports services are given.
const PORTS: u32 = 4_000;

/// Returns a program that stands beside this one.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::current_exe().unwrap().with_file_name(name);
    assert!(path.exists(), "{} is missing: cargo build -p {name}", path.display());
    path
}

/// Runs a program to its end.
pub fn run<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> String {
    let output = Command::new(program(name)).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {}: {told}", output.status);
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A service that runs until it is killed; dropping it kills it.
#[derive(Debug)]
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Service {
    /// Starts a service and returns once it listens.
    pub fn start(name: &str, config: &Path) -> Self {
        let mut command = Command::new(program(name));
        command.arg("serve").arg(config);
        Self::of(command)
    }

    /// Starts what behaves like a service.
    ///
    /// # Panics
    /// When it ends before it listens.
    pub fn of(command: Command) -> Self {
        match Self::try_of(command) {
            Ok(service) => service,
            Err(log) => panic!("it ended before it listened: {log}"),
        }
    }

    /// Starts what behaves like a service, or returns what it said before it ended.
    ///
    /// # Errors
    /// The log.
    pub fn try_of(mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let (address, metrics) = loop {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap() == 0 {
                child.wait().unwrap();
                return Err(log.lock().unwrap().clone());
            }
            log.lock().unwrap().push_str(&line);
            let event: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
            if event["message"] == "listening" {
                let of = |name: &str| event[name].as_str().unwrap().parse().unwrap();
                break (of("address"), of("metrics"));
            }
        };
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = lines.read(&mut bytes) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        Ok(Self { child, address, metrics, log })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }

    /// Returns how much of its memory is in use, in KiB.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have been killed already.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// A process that says nothing of interest; dropping it kills it.
#[derive(Debug)]
pub struct Helper(pub Child);

impl Drop for Helper {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// Returns an address that nobody listens on now. It stays free for a service that is started again:
/// the port is below those that the system gives to clients.
pub fn free_address() -> SocketAddr {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(61);
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        assert!(tried < PORTS, "no port is free");
        let port = 28_000 + (first.wrapping_add(tried) % PORTS) as u16;
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener.local_addr().unwrap();
        }
    }
}
