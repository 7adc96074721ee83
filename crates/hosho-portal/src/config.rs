//! The configuration of the portal (docs/services.md section 7).

use std::path::{Path, PathBuf};

use hosho::{GuaranteeKind, SignedTrustBundle, TrustBundle, Yen};
use hosho_cli::input::read_bounded;
use hosho_web::{ConfigError, Http, MailSettings, Mailer, load_config, read_secret_file};
use serde::Deserialize;

use crate::number::NumberSeries;
use crate::policies::Policies;
use crate::vault::RevealKey;

/// The file, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the service listens.
    #[serde(flatten)]
    pub http: Http,
    /// The name of the service that the worker signs for.
    pub audience: String,
    /// `sqlite:///path` or `postgres://…`; or else `database_url_file`.
    #[serde(default)]
    pub database: Option<String>,
    /// A file that holds the URL, for one with a password.
    #[serde(default)]
    pub database_url_file: Option<PathBuf>,
    /// The file of the high-water mark, which backups do not reach.
    #[serde(default)]
    pub high_water: Option<PathBuf>,
    /// The guarantor's trust bundle, the pin.
    pub guarantor: PathBuf,
    /// The name of the guarantor, as pages show it.
    #[serde(default)]
    pub owner: String,
    /// The branch that certificates name.
    #[serde(default)]
    pub branch: Option<String>,
    /// The file of the key under which auth keys are kept.
    pub reveal_key: PathBuf,
    /// How guarantees are numbered.
    pub number: Numbering,
    /// The guaranteed amount in yen above which two people approve.
    #[serde(default = "second_approval_above")]
    pub second_approval_above: u64,
    /// A folder of policies: `NAME.toml` for the obligee of that name, `default.toml` for others.
    #[serde(default)]
    pub policy: Option<PathBuf>,
    /// The terms that certificates name, by kind.
    pub terms: Terms,
    /// How mails leave.
    pub mail: MailSettings,
}

/// How guarantees are numbered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbering {
    /// The office, the first part of a number.
    pub office: String,
    /// The first serial of each series, where numbers were given before this portal.
    #[serde(default = "first")]
    pub first: u64,
}

/// The terms (約款) that certificates name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Of the guarantee of an advance.
    pub advance: String,
    /// Of the guarantee of an interim advance.
    pub interim: String,
    /// Of the guarantee of performance.
    pub performance: String,
}

impl Terms {
    /// Returns the terms of a kind of guarantee.
    pub fn of(&self, kind: GuaranteeKind) -> &str {
        match kind {
            GuaranteeKind::Advance => &self.advance,
            GuaranteeKind::Interim => &self.interim,
            GuaranteeKind::Performance => &self.performance,
        }
    }
}

/// What a configuration names, read and checked.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The URL of the database.
    pub database_url: String,
    /// The guarantor's bundle, pinned.
    pub pin: TrustBundle,
    /// The key under which auth keys are kept.
    pub reveal_key: RevealKey,
    /// The guaranteed amount above which two people approve.
    pub second_above: Yen,
    /// The policies of obligees.
    pub policies: Policies,
    /// What sends mails.
    pub mailer: Mailer,
}

impl Loaded {
    /// Reads a configuration and everything that it names, except the database.
    ///
    /// # Errors
    /// [`ConfigError`] with what is wrong and the next step.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let config: Config = load_config(path)?;
        config.http.check(path)?;
        let second_above = Yen::new(config.second_approval_above).map_err(|_| {
            ConfigError::new(
                path,
                "second_approval_above は 9999999999999 円以下にしてください",
                "second_approval_above: write at most 9999999999999 yen",
            )
        })?;
        check_numbering(&config.number, path)?;
        let policies = match &config.policy {
            None => Policies::usual(),
            Some(folder) => Policies::read(folder)?,
        };
        Ok(Self {
            database_url: database_url(&config, path)?,
            pin: read_pin(&config.guarantor)?,
            reveal_key: RevealKey::read(&config.reveal_key)?,
            mailer: Mailer::new(&config.mail, path)?,
            second_above,
            policies,
            config,
        })
    }
}

fn check_numbering(number: &Numbering, path: &Path) -> Result<(), ConfigError> {
    let day = hosho::Date::from_ymd(2026, 4, 1).unwrap_or(hosho::Date::MAX);
    let series = NumberSeries::new(&number.office, GuaranteeKind::Advance, day);
    match series.and_then(|series| series.number(number.first)) {
        Ok(_) => Ok(()),
        Err(_) => Err(ConfigError::new(
            path,
            "number: office は半角数字・大文字1〜4字、first は1〜9999999で指定してください",
            "number: office has 1 to 4 digits or capital letters, first is 1 to 9999999",
        )),
    }
}

fn database_url(config: &Config, path: &Path) -> Result<String, ConfigError> {
    match (&config.database, &config.database_url_file) {
        (Some(url), None) => Ok(url.clone()),
        (None, Some(file)) => {
            let bytes = read_secret_file(file)?;
            String::from_utf8(bytes.to_vec()).map_err(|_| {
                ConfigError::new(
                    file,
                    "URL を UTF-8 で1行書いてください",
                    "write the URL in one line of UTF-8",
                )
            })
        }
        _ => Err(ConfigError::new(
            path,
            "database 又は database_url_file のいずれか一つを指定してください",
            "give database or database_url_file, one of both",
        )),
    }
}

fn read_pin(path: &Path) -> Result<TrustBundle, ConfigError> {
    let refused = || {
        ConfigError::new(
            path,
            "信頼バンドルとして読めません。hosho-issue bundle HOME --out FILE で作ったファイルを指定してください",
            "is no trust bundle; name a file that hosho-issue bundle HOME --out FILE wrote",
        )
    };
    let bytes = read_bounded(path, SignedTrustBundle::MAX_LEN).map_err(|_| refused())?;
    let bundle = SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin);
    bundle.map_err(|_| refused())
}

const fn second_approval_above() -> u64 {
    100_000_000
}

const fn first() -> u64 {
    1
}
