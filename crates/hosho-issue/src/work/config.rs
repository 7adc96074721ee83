//! The worker's configuration: one TOML file (docs/services.md, section 7).

use std::path::{Path, PathBuf};
use std::time::Duration;

use hosho_cli::input::read_bounded;
use hosho_policy::Policy;
use hosho_publish::portal::WorkerName;
use serde::Deserialize;

use crate::failure::Failure;

/// A configuration is some lines.
const MAX_LEN: usize = 64 * 1024;

/// The worker's configuration.
#[derive(Clone, Debug)]
pub struct WorkConfig {
    /// The portal, if there is one.
    pub portal: Option<ServiceAddress>,
    /// The confirmation services.
    pub confirm: Vec<ServiceAddress>,
    /// The worker's name in the portal.
    pub worker: WorkerName,
    /// How many seconds lie between two rounds.
    pub poll_seconds: u16,
    /// After how many hours a snapshot is made anew.
    pub snapshot_hours: u16,
    /// How many seconds a request may take.
    pub timeout_seconds: u16,
    /// What the obligees ask for.
    pub policy: Policy,
}

/// Where a service is.
#[derive(Clone, Debug)]
pub struct ServiceAddress {
    /// `https://HOST[:PORT]`, or `http` to this machine itself.
    pub url: String,
    /// What it calls itself.
    pub audience: String,
    /// The certificates of the authorities that vouch for it; otherwise those of the web.
    pub ca_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    portal: Option<Service>,
    #[serde(default)]
    confirm: Vec<Service>,
    worker: WorkerName,
    #[serde(default = "five")]
    poll_seconds: u16,
    #[serde(default = "day")]
    snapshot_hours: u16,
    #[serde(default = "half_a_minute")]
    timeout_seconds: u16,
    ca_file: Option<PathBuf>,
    policy: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    url: String,
    audience: String,
    ca_file: Option<PathBuf>,
}

fn five() -> u16 {
    5
}

fn day() -> u16 {
    24
}

fn half_a_minute() -> u16 {
    30
}

impl WorkConfig {
    /// Reads a configuration; files that it names without a whole path count from its folder.
    ///
    /// # Errors
    /// [`Failure::Config`] says what is wrong and where.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let bytes = read_bounded(file, MAX_LEN).map_err(|e| Failure::input(file, e))?;
        let wrong = |problem: String| Failure::Config { problem, file: file.to_owned() };
        let text = String::from_utf8(bytes).map_err(|_| wrong("no UTF-8".to_owned()))?;
        let read: Settings = toml::from_str(&text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start));
            let line = line.map_or(1, |before| before.matches('\n').count().saturating_add(1));
            wrong(format!("line {line}: {}", error.message()))
        })?;
        let folder = file.parent().unwrap_or(Path::new("."));
        read.check().map_err(|problem| wrong(problem.to_owned()))?;
        read.into_config(folder)
    }

    /// Returns how long to wait between two rounds.
    pub(super) fn poll(&self) -> Duration {
        Duration::from_secs(self.poll_seconds.into())
    }

    /// Returns how long a request may take.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.into())
    }
}

impl Settings {
    fn check(&self) -> Result<(), &'static str> {
        let services = || self.portal.iter().chain(&self.confirm);
        let mut names: Vec<&str> = services().map(|service| service.audience.as_str()).collect();
        names.sort_unstable();
        let in_grammar =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'_');
        if names.is_empty() {
            return Err("names neither a portal nor a confirmation service");
        }
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err("two services have the same audience");
        }
        if !names.iter().all(|name| (1..=128).contains(&name.len()) && name.bytes().all(in_grammar))
        {
            return Err("an audience is 1 to 128 of A-Z a-z 0-9 - . : _");
        }
        if !(1..=3_600).contains(&self.poll_seconds) {
            return Err("poll_seconds is 1 to 3600");
        }
        if !(1..=168).contains(&self.snapshot_hours) {
            return Err("snapshot_hours is 1 to 168");
        }
        if !(1..=600).contains(&self.timeout_seconds) {
            return Err("timeout_seconds is 1 to 600");
        }
        Ok(())
    }

    fn into_config(self, folder: &Path) -> Result<WorkConfig, Failure> {
        let ca_file = self.ca_file;
        let address = |service: Service| ServiceAddress {
            url: service.url,
            audience: service.audience,
            ca_file: service.ca_file.or_else(|| ca_file.clone()).map(|file| folder.join(file)),
        };
        let policy = match self.policy {
            None => Policy::usual(),
            Some(file) => {
                let file = folder.join(file);
                let bytes =
                    read_bounded(&file, Policy::MAX_LEN).map_err(|e| Failure::input(&file, e))?;
                Policy::from_file(&bytes).map_err(|error| Failure::Policy { error, file })?
            }
        };
        Ok(WorkConfig {
            portal: self.portal.map(&address),
            confirm: self.confirm.into_iter().map(&address).collect(),
            worker: self.worker,
            poll_seconds: self.poll_seconds,
            snapshot_hours: self.snapshot_hours,
            timeout_seconds: self.timeout_seconds,
            policy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
portal = { url = "http://127.0.0.1:8080", audience = "portal.example" }
confirm = [{ url = "https://127.0.0.1:8081", audience = "confirm.example", ca_file = "ca.pem" }]
worker = "worker-1"
"#;

    fn read(text: &str) -> Result<WorkConfig, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("work.toml");
        std::fs::write(&file, text).unwrap();
        WorkConfig::read(&file).map_err(|failure| match failure {
            Failure::Config { problem, .. } => problem,
            other => other.code().to_owned(),
        })
    }

    #[test]
    fn reads_services_and_fills_in_what_is_usual() {
        let config = read(GOOD).unwrap();
        assert_eq!(config.portal.as_ref().map(|portal| portal.ca_file.clone()), Some(None));
        assert_eq!(config.confirm[0].audience, "confirm.example");
        assert!(config.confirm[0].ca_file.as_ref().unwrap().is_absolute());
        assert_eq!(
            (config.poll_seconds, config.snapshot_hours, config.timeout_seconds),
            (5, 24, 30)
        );
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, problem) in [
            (GOOD.replace("worker =", "wrker ="), "line 4: unknown field"),
            (GOOD.replace("worker-1", "a worker"), "line 4: no name"),
            (format!("{GOOD}poll_seconds = 0"), "poll_seconds is 1 to 3600"),
            (format!("{GOOD}poll_seconds = -1"), "line 5: invalid value"),
            (format!("{GOOD}snapshot_hours = 169"), "snapshot_hours is 1 to 168"),
            (format!("{GOOD}timeout_seconds = 0"), "timeout_seconds is 1 to 600"),
            ("worker = \"w\"".to_owned(), "names neither a portal nor"),
            (GOOD.replace("confirm.example", "portal.example"), "two services have the same"),
            (GOOD.replace("confirm.example", "a b"), "an audience is 1 to 128"),
            (format!("{GOOD}policy = \"none.toml\""), "E1-IO"),
            ("= 1".to_owned(), "line 1: "),
        ] {
            let found = read(&text).unwrap_err();
            assert!(found.starts_with(problem), "{found} for {text}");
        }
    }
}
