//! Mails: to a mail server, or into a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{
    Address, AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
};
use serde::Deserialize;

use crate::random;
use crate::settings::{ConfigError, read_secret_file};

const PATIENCE: Duration = Duration::from_secs(20);

/// How mails leave; the table `[mail]` of a configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// A folder that mails are written to, one file each.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// `smtps://host` (TLS), or `smtp://host:port`: STARTTLS, which is required unless the server is
    /// on this machine.
    #[serde(default)]
    pub smtp: Option<String>,
    /// A file with a line for the name and one for the password at the mail server.
    #[serde(default)]
    pub credentials_file: Option<PathBuf>,
    /// The sender, `address` or `name <address>`.
    pub from: String,
}

/// A mail to one person.
#[derive(Clone, Copy, Debug)]
pub struct Mail<'a> {
    /// The address, or `name <address>`.
    pub to: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The text.
    pub body: &'a str,
}

/// Why a mail was not handed over. None of them holds an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MailError {
    /// The address is not one.
    Address,
    /// It may be accepted later.
    Later,
    /// The mail server refuses it for good.
    Refused,
}

impl std::fmt::Display for MailError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Address => "the address is not well formed",
            Self::Later => "the mail could not be handed over now",
            Self::Refused => "the mail server refused the mail",
        })
    }
}

impl std::error::Error for MailError {}

/// Hands mails over; copies share the connection's settings.
#[derive(Clone)]
pub struct Mailer {
    way: Way,
    from: Mailbox,
}

#[derive(Clone)]
enum Way {
    Folder(AsyncFileTransport<Tokio1Executor>),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mailer {
    /// Returns what the settings of the file `path` describe.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn new(settings: &MailSettings, path: &Path) -> Result<Self, ConfigError> {
        match (&settings.folder, &settings.smtp) {
            (Some(folder), None) => Self::folder(folder, &settings.from, path),
            (None, Some(url)) => {
                Self::smtp(url, settings.credentials_file.as_deref(), &settings.from, path)
            }
            _ => Err(ConfigError::new(
                path,
                "mail: folder 又は smtp のいずれか一つを指定してください",
                "mail: give folder or smtp, one of both",
            )),
        }
    }

    /// Returns a mailer that writes into a folder.
    ///
    /// # Errors
    /// [`ConfigError`] when the sender is no address, or the folder is missing.
    pub fn folder(folder: &Path, from: &str, path: &Path) -> Result<Self, ConfigError> {
        if !folder.is_dir() {
            return Err(ConfigError::new(
                folder,
                "フォルダーがありません。作成してください",
                "is no folder; make it",
            ));
        }
        Ok(Self { way: Way::Folder(AsyncFileTransport::new(folder)), from: sender(from, path)? })
    }

    /// Returns a mailer that speaks SMTP.
    ///
    /// # Errors
    /// [`ConfigError`] when the sender is no address, the server's is not understood, or the
    /// credentials cannot be read.
    pub fn smtp(
        url: &str,
        credentials: Option<&Path>,
        from: &str,
        path: &Path,
    ) -> Result<Self, ConfigError> {
        let server = parse_server(url).ok_or_else(|| {
            ConfigError::new(
                path,
                "mail: smtp は smtp://host:25 又は smtps://host の形で指定してください",
                "mail: smtp is written smtp://host:25 or smtps://host",
            )
        })?;
        let unusable = |_| {
            ConfigError::new(
                path,
                "mail: smtp のサーバー名では TLS を使えません",
                "mail: TLS cannot be used with the name of the smtp server",
            )
        };
        let tls = |server: &Server| TlsParameters::new(server.host.clone()).map_err(unusable);
        let (tls, port) = match server.scheme {
            Scheme::Plain => (Tls::None, 25),
            Scheme::StartTls => (Tls::Required(tls(&server)?), 25),
            Scheme::Tls => (Tls::Wrapper(tls(&server)?), 465),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some(file) = credentials {
            builder = builder.credentials(read_credentials(file)?);
        }
        Ok(Self { way: Way::Smtp(builder.build()), from: sender(from, path)? })
    }

    /// Hands a mail over, and returns once the mail server or the folder has it.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, mail: Mail<'_>) -> Result<(), MailError> {
        let message = self.compose(mail)?;
        match &self.way {
            Way::Folder(transport) => {
                transport.send(message).await.map(|_| ()).map_err(|_| MailError::Later)
            }
            Way::Smtp(transport) => {
                let sent = tokio::time::timeout(PATIENCE * 3, transport.send(message)).await;
                match sent {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) if error.is_permanent() => Err(MailError::Refused),
                    Ok(Err(_)) | Err(_) => Err(MailError::Later),
                }
            }
        }
    }

    fn compose(&self, mail: Mail<'_>) -> Result<Message, MailError> {
        let to: Mailbox = mail.to.parse().map_err(|_| MailError::Address)?;
        // Made here: the library would tell the name of this machine.
        let number = random::random::<16>().map_err(|_| MailError::Later)?;
        let id = format!("<{}@{}>", random::hex(&number), self.from.email.domain());
        // A subject is one line, whatever it was made of.
        let subject: String = mail.subject.chars().filter(|c| !c.is_control()).collect();
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .message_id(Some(id))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.to_owned())
            .map_err(|_| MailError::Address)
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.way {
            Way::Folder(_) => "Mailer(folder)",
            Way::Smtp(_) => "Mailer(smtp)",
        })
    }
}

/// Returns whether `text` is an address that mails can be sent to.
pub fn is_mail_address(text: &str) -> bool {
    text.len() <= 254 && text.parse::<Address>().is_ok()
}

/// Tells other programs not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Scheme {
    Plain,
    StartTls,
    Tls,
}

#[derive(Debug, Eq, PartialEq)]
struct Server {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
}

fn parse_server(url: &str) -> Option<Server> {
    let (scheme, place) = url.split_once("://")?;
    let uri: axum::http::uri::Authority = place.trim_end_matches('/').parse().ok()?;
    if uri.as_str().contains('@') {
        return None;
    }
    let host = uri.host().trim_matches(['[', ']']).to_owned();
    let here =
        host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let scheme = match scheme {
        "smtp" if here => Scheme::Plain,
        "smtp" => Scheme::StartTls,
        "smtps" => Scheme::Tls,
        _ => return None,
    };
    Some(Server { scheme, host, port: uri.port_u16() })
}

fn sender(from: &str, path: &Path) -> Result<Mailbox, ConfigError> {
    from.parse().map_err(|_| {
        ConfigError::new(
            path,
            "mail: from はメールアドレス(又は「名前 <アドレス>」)で指定してください",
            "mail: from is an address, or name <address>",
        )
    })
}

fn read_credentials(file: &Path) -> Result<Credentials, ConfigError> {
    let secret = read_secret_file(file)?;
    let wrong = || {
        ConfigError::new(
            file,
            "1 行目にユーザー名、2 行目にパスワードを書いてください",
            "write the name in the first line and the password in the second",
        )
    };
    let text = str::from_utf8(&secret).map_err(|_| wrong())?;
    let (name, password) = text.split_once('\n').ok_or_else(wrong)?;
    let [name, password] = [name, password].map(|line| line.trim_end_matches('\r').to_owned());
    Ok(Credentials::new(name, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(scheme: Scheme, host: &str, port: Option<u16>) -> Server {
        Server { scheme, host: host.to_owned(), port }
    }

    #[test]
    fn speaks_tls_with_every_other_machine() {
        let of = parse_server;
        assert_eq!(
            of("smtp://127.0.0.1:2525"),
            Some(server(Scheme::Plain, "127.0.0.1", Some(2525)))
        );
        assert_eq!(of("smtp://[::1]"), Some(server(Scheme::Plain, "::1", None)));
        assert_eq!(
            of("smtp://mail.example/"),
            Some(server(Scheme::StartTls, "mail.example", None))
        );
        assert_eq!(of("smtps://mail.example"), Some(server(Scheme::Tls, "mail.example", None)));
    }

    #[test]
    fn takes_no_password_from_a_configuration() {
        assert_eq!(parse_server("smtp://name:secret@mail.example"), None);
        assert_eq!(parse_server("http://mail.example"), None);
        assert_eq!(parse_server("mail.example"), None);
    }

    #[test]
    fn tells_addresses_from_other_text() {
        assert!(is_mail_address("taro.yamada@kensetsu.example.jp"));
        for text in ["", "taro", "taro@", "a@b\r\nBcc: c@d", "Taro <taro@example.jp>"] {
            assert!(!is_mail_address(text), "{text}");
        }
    }
}
