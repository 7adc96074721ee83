//! The configuration (services.md section 7).

use std::path::{Path, PathBuf};

use hosho::SignedTrustBundle;
use hosho_cli::input;
use hosho_web::{
    ConfigError, Http, MailSettings, Mailer, load_config, read_key_file, read_secret_file,
};
use serde::Deserialize;

use crate::trust::Pin;
use crate::vault::MailKey;

/// The most characters of a service's name in signed requests.
const MOST_AUDIENCE: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(flatten)]
    http: Http,
    audience: String,
    #[serde(default)]
    operator: String,
    #[serde(default)]
    database: Option<String>,
    #[serde(default)]
    database_url_file: Option<PathBuf>,
    trust: Vec<PathBuf>,
    mail_key: PathBuf,
    #[serde(default)]
    high_water: Option<PathBuf>,
    mail: MailSettings,
}

/// What the program needs, read and checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    pub(crate) http: Http,
    pub(crate) audience: String,
    pub(crate) operator: String,
    pub(crate) database: String,
    pub(crate) pins: Vec<Pin>,
    pub(crate) mail_key: MailKey,
    pub(crate) high_water: Option<PathBuf>,
    pub(crate) mailer: Mailer,
}

impl Config {
    /// Reads the configuration and every file that it names.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let file: Settings = load_config(path)?;
        file.http.check(path)?;
        let audience_ok = |text: &str| {
            !text.is_empty()
                && text.len() <= MOST_AUDIENCE
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !audience_ok(&file.audience) {
            return Err(ConfigError::new(
                path,
                "audience: 英数字と記号(空白なし)で指定してください。例: \"confirm.example\"",
                "audience: letters, digits and signs without blanks, such as \"confirm.example\"",
            ));
        }
        Ok(Self {
            database: database(&file, path)?,
            pins: pins(&file.trust, path)?,
            mail_key: MailKey::take(&read_key_file(&file.mail_key)?),
            mailer: Mailer::new(&file.mail, path)?,
            path: path.to_owned(),
            http: file.http,
            audience: file.audience,
            operator: file.operator,
            high_water: file.high_water,
        })
    }
}

fn database(file: &Settings, path: &Path) -> Result<String, ConfigError> {
    match (&file.database, &file.database_url_file) {
        (Some(url), None) => Ok(url.clone()),
        (None, Some(secret)) => {
            let bytes = read_secret_file(secret)?;
            String::from_utf8(bytes.to_vec()).map_err(|_| {
                ConfigError::new(
                    secret,
                    "データベースの URL を 1 行で書いてください",
                    "write the URL of the database in one line",
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

/// Reads the pinned bundles, one a guarantor.
fn pins(files: &[PathBuf], path: &Path) -> Result<Vec<Pin>, ConfigError> {
    if files.is_empty() {
        return Err(ConfigError::new(
            path,
            "trust: 保証事業会社の信頼バンドルを、少なくとも一つ指定してください",
            "trust: name at least one guarantor's trust bundle",
        ));
    }
    let mut pins: Vec<Pin> = Vec::with_capacity(files.len());
    for file in files {
        let bytes = input::read_bounded(file, SignedTrustBundle::MAX_LEN);
        let pin = bytes.ok().and_then(|bytes| Pin::parse(bytes).ok()).ok_or_else(|| {
            ConfigError::new(
                file,
                "信頼バンドルとして読めません。保証事業会社から、証書とは別の経路で入手してください",
                "cannot be read as a trust bundle; get it from the guarantor, not with a certificate",
            )
        })?;
        if pins.iter().any(|other| other.guarantor_id() == pin.guarantor_id()) {
            return Err(ConfigError::new(
                file,
                "同じ保証事業会社の信頼バンドルが二つあります。一つにしてください",
                "is the second bundle of its guarantor; name one of them",
            ));
        }
        pins.push(pin);
    }
    Ok(pins)
}
