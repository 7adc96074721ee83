//! Configuration files and the files they name (services.md section 7).

use std::fmt;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use hosho_cli::input;
use hosho_cli::lang::Lang as TerminalLang;
use hosho_cli::output::{self, Mode, OutputError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::cookie::Transport;

/// A configuration is a page of text.
const MOST_BYTES: usize = 64 * 1024;
/// A secret is a line.
const MOST_SECRET: usize = 4096;

/// What is wrong with a configuration; the program does not start.
#[derive(Debug)]
pub struct ConfigError {
    path: PathBuf,
    what: Fault,
}

#[derive(Debug)]
enum Fault {
    Exposed,
    Invalid(String),
    NotAKey,
    Unreadable(input::InputError),
    Unwritten(OutputError),
    Unwise(&'static str, &'static str),
}

impl ConfigError {
    /// Returns an error for something that a file says, in Japanese and English, with the next step.
    pub fn new(path: &Path, ja: &'static str, en: &'static str) -> Self {
        Self { path: path.to_owned(), what: Fault::Unwise(ja, en) }
    }

    /// Returns the code to report.
    pub const fn code(&self) -> &'static str {
        match &self.what {
            Fault::Unwritten(error) => error.code(),
            _ => "E10-CONFIG",
        }
    }

    /// Returns what is wrong and the next step, in the language of the terminal.
    pub fn message(&self, lang: TerminalLang) -> String {
        let path = self.path.display();
        match &self.what {
            Fault::Exposed => match lang {
                TerminalLang::Ja => {
                    format!("{path}: 他の利用者が読めるファイルです。chmod 600 で保護してください")
                }
                _ => format!("{path}: can be read by others; protect it with chmod 600"),
            },
            Fault::Invalid(error) => format!("{path}: {error}"),
            Fault::NotAKey => match lang {
                TerminalLang::Ja => {
                    format!("{path}: 鍵ではありません。64 桁の 16 進数 1 行にしてください")
                }
                _ => format!("{path}: holds no key; write one line of 64 hexadecimal digits"),
            },
            Fault::Unreadable(error) => format!("{path}: {}", error.message(lang)),
            Fault::Unwritten(error) => format!("{path}: {}", error.message(lang)),
            Fault::Unwise(ja, en) => format!("{path}: {}", lang.pick(ja, en)),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(TerminalLang::En))
    }
}

impl std::error::Error for ConfigError {}

/// Reads a configuration. `T` refuses unknown keys: `#[serde(deny_unknown_fields)]`.
///
/// # Errors
/// [`ConfigError`], with the line of what cannot be read.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let fault = |what| ConfigError { path: path.to_owned(), what };
    let bytes = input::read_bounded(path, MOST_BYTES).map_err(|e| fault(Fault::Unreadable(e)))?;
    let text = String::from_utf8(bytes).map_err(|e| fault(Fault::Invalid(e.to_string())))?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        fault(Fault::Invalid(format!("line {line}: {}", error.message())))
    })
}

/// Reads a file that holds a secret, without the line's end; others must not be able to read it.
///
/// # Errors
/// [`ConfigError`] when it cannot be read, or anybody but its owner can.
pub fn read_secret_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let fault = |what| ConfigError { path: path.to_owned(), what };
    let mut secret =
        input::read_secret(path, MOST_SECRET).map_err(|e| fault(Fault::Unreadable(e)))?;
    check_private(path)?;
    while secret.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        secret.pop();
    }
    Ok(secret)
}

/// Reads a key: one line of 64 hexadecimal digits in a file that nobody else can read.
///
/// # Errors
/// [`ConfigError`].
pub fn read_key_file(path: &Path) -> Result<Zeroizing<[u8; 32]>, ConfigError> {
    let not_a_key = || ConfigError { path: path.to_owned(), what: Fault::NotAKey };
    let digits = read_secret_file(path)?;
    let mut key = Zeroizing::new([0; 32]);
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != key.len() || !rest.is_empty() {
        return Err(not_a_key());
    }
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        let digit = |digit: &u8| char::from(*digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = match (digit(high), digit(low)) {
            (Some(high), Some(low)) => high << 4 | low,
            _ => return Err(not_a_key()),
        };
    }
    Ok(key)
}

/// Makes a new file with a random key that [`read_key_file`] reads, readable by its owner only.
///
/// # Errors
/// [`ConfigError`] when the file is there already or cannot be written.
pub fn make_key_file(path: &Path) -> Result<(), ConfigError> {
    let fault = |what| ConfigError { path: path.to_owned(), what };
    let mut key = Zeroizing::new([0_u8; 32]);
    getrandom::fill(key.as_mut()).map_err(|e| fault(Fault::Invalid(e.to_string())))?;
    let mut line = Zeroizing::new(String::with_capacity(65));
    for nibble in key.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        line.extend(char::from_digit(u32::from(nibble), 16));
    }
    line.push('\n');
    output::write_new(path, line.as_bytes(), Mode::Secret).map_err(|e| fault(Fault::Unwritten(e)))
}

/// Refuses a file that anybody but its owner may read.
///
/// # Errors
/// [`ConfigError`].
pub fn check_private(path: &Path) -> Result<(), ConfigError> {
    let fault = |what| ConfigError { path: path.to_owned(), what };
    let metadata = std::fs::metadata(path).map_err(|e| fault(Fault::Unreadable(e.into())))?;
    // The last six bits are the rights of everybody else.
    if metadata.permissions().mode().trailing_zeros() >= 6 {
        Ok(())
    } else {
        Err(fault(Fault::Exposed))
    }
}

/// Where a service listens; part of a configuration by `#[serde(flatten)]`.
#[derive(Clone, Debug, Deserialize)]
pub struct Http {
    /// The address for visitors and workers.
    pub listen: SocketAddr,
    /// The address for operators: health and figures.
    #[serde(default = "metrics_address")]
    pub metrics: SocketAddr,
    /// Certificate and key, or nothing: then the address is on loopback or a proxy stands before.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Whether every request comes through a proxy that speaks TLS with visitors.
    #[serde(default)]
    pub behind_proxy: bool,
}

/// Files for TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain of certificates, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM, which others cannot read.
    pub key: PathBuf,
}

impl Http {
    /// Returns settings for plain HTTP on a free port of this machine, for tests and demonstrations.
    pub fn on_loopback() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen: any, metrics: any, tls: None, behind_proxy: false }
    }

    /// Returns how visitors reach the service.
    pub fn transport(&self) -> Transport {
        if self.tls.is_some() || self.behind_proxy { Transport::Tls } else { Transport::Loopback }
    }

    /// Refuses to speak plain HTTP to other machines. `path` is the file that said so.
    ///
    /// # Errors
    /// [`ConfigError`], also for a key of TLS that others can read.
    pub fn check(&self, path: &Path) -> Result<(), ConfigError> {
        if let Some(tls) = &self.tls {
            check_private(&tls.key)?;
        }
        if self.transport() == Transport::Loopback && !self.listen.ip().is_loopback() {
            return Err(ConfigError::new(
                path,
                "listen: TLS なしではループバック以外で待ち受けできません。tls に証明書と鍵を指定するか、\
                 TLS を終端するプロキシの後ろなら behind_proxy = true としてください",
                "listen: without TLS only a loopback address is accepted; give certificate and key \
                 under tls, or behind_proxy = true where a proxy speaks TLS",
            ));
        }
        Ok(())
    }
}

fn metrics_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9100))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        audience: String,
        #[serde(flatten)]
        http: Http,
    }

    fn read(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosho-confirm.toml");
        fs::write(&path, text).unwrap();
        load::<Config>(&path)
            .map_err(|error| error.to_string().replace(&format!("{}", folder.path().display()), ""))
    }

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn reads_the_settings_of_both_levels() {
        let config = read("audience = \"confirm.example\"\nlisten = \"127.0.0.1:8443\"\n").unwrap();
        assert_eq!(config.audience, "confirm.example");
        assert_eq!(config.http.listen.port(), 8443);
        assert_eq!(config.http.metrics.to_string(), "127.0.0.1:9100");
    }

    #[test]
    fn refuses_unknown_keys_beside_flattened_settings() {
        let error =
            read("audience = \"a\"\nlisten = \"127.0.0.1:1\"\nlisten_on = 1\n").unwrap_err();
        assert!(error.contains("unknown field `listen_on`"), "{error}");
        let error = read("audience = \"a\"\nlisten = \"127.0.0.1:1\"\n[tls]\ncertificate = \"c\"\nkey = \"k\"\nca = \"x\"\n").unwrap_err();
        assert!(error.contains("unknown field `ca`"), "{error}");
    }

    #[test]
    fn names_the_line_of_what_it_cannot_read() {
        let error = read("audience = \"a\"\nlisten = 127\n  = 3\n").unwrap_err();
        assert!(error.starts_with("/hosho-confirm.toml: line 3: "), "{error}");
    }

    #[test]
    fn plain_http_is_for_loopback_or_behind_a_proxy() {
        let path = Path::new("hosho-portal.toml");
        let mut http = Http::on_loopback();
        assert!(http.check(path).is_ok());
        http.listen = SocketAddr::from(([0, 0, 0, 0], 80));
        let message = http.check(path).unwrap_err().to_string();
        assert!(message.starts_with("hosho-portal.toml: listen: without TLS only a loopback"));
        http.behind_proxy = true;
        assert!(http.check(path).is_ok());
        assert_eq!(http.transport(), Transport::Tls);
    }

    #[test]
    fn reads_a_key_that_only_its_owner_can_read() {
        let digits = "0f".repeat(32);
        let (_folder, path) = file(&format!("{digits}\n"), 0o600);
        assert_eq!(*read_key_file(&path).unwrap(), [0x0f; 32]);
        let (_folder, path) = file(&digits, 0o640);
        let error = read_key_file(&path).unwrap_err();
        assert!(error.to_string().ends_with("can be read by others; protect it with chmod 600"));
    }

    #[test]
    fn a_key_that_was_made_is_read_and_never_made_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["first.key", "second.key"].map(|name| folder.path().join(name));
        make_key_file(&first).unwrap();
        make_key_file(&second).unwrap();
        let kept = read_key_file(&first).unwrap();
        assert_ne!(*kept, *read_key_file(&second).unwrap());
        assert_eq!(make_key_file(&first).unwrap_err().code(), "E1-EXISTS");
        assert_eq!(*kept, *read_key_file(&first).unwrap());
    }

    #[test]
    fn refuses_what_is_no_key_and_shows_none_of_it() {
        for text in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"0".repeat(63)] {
            let (_folder, path) = file(text, 0o600);
            let error = read_key_file(&path).unwrap_err().to_string();
            assert!(error.ends_with("holds no key; write one line of 64 hexadecimal digits"));
        }
    }
}
