//! Mails in a folder, and at a mail server on loopback.

use std::net::SocketAddr;
use std::path::Path;

use hosho_web::{Mail, MailError, Mailer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const FROM: &str = "保証確認サービス <confirm@confirm.example>";
const MAIL: Mail<'static> = Mail {
    to: "髙橋 花子 <hanako@kensetsu.example>",
    subject: "電子証書の登録のお知らせ\r\nBcc: evil@example.com",
    body: "登録内容をご確認ください。\n",
};
const CONFIG: &str = "hosho-confirm.toml";

/// A mail server that takes every mail, except those to `refused@`.
async fn mail_server() -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (send, receive) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take_mails(stream, send.clone()));
        }
    });
    (address, receive)
}

async fn take_mails(stream: TcpStream, taken: mpsc::UnboundedSender<String>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 sink\r\n").await.unwrap();
    let mut mail: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(text) = &mut mail {
            if line == "." {
                let _ = taken.send(mail.take().unwrap());
                writer.write_all(b"250 taken\r\n").await.unwrap();
            } else {
                text.push_str(&line);
                text.push('\n');
            }
            continue;
        }
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-sink\r\n250 8BITMIME\r\n",
            "DATA" => {
                mail = Some(String::new());
                "354 go on\r\n"
            }
            "RCPT" if line.contains("refused@") => "550 nobody here\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        writer.write_all(answer.as_bytes()).await.unwrap();
    }
}

fn check(mail: &str) {
    let of = |name: &str| mail.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    for name in ["From: ", "To: ", "Subject: "] {
        assert!(of(name).starts_with("=?utf-8?b?"), "{name}{}", of(name));
    }
    assert!(mail.is_ascii(), "{mail}");
    assert!(!mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");
    assert_eq!(of("Auto-Submitted: "), "auto-generated");
    assert!(of("Message-ID: ").ends_with("@confirm.example>"), "{mail}");
    assert!(mail.contains("<hanako@kensetsu.example>"), "{mail}");
}

#[tokio::test]
async fn a_mail_in_a_folder_has_its_names_in_rfc_2047() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(folder.path(), FROM, Path::new(CONFIG)).unwrap();
    mailer.send(MAIL).await.unwrap();
    let files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    check(&std::fs::read_to_string(&files[0]).unwrap());
}

#[tokio::test]
async fn a_mail_reaches_a_mail_server() {
    let (address, mut taken) = mail_server().await;
    let url = format!("smtp://{address}");
    let mailer = Mailer::smtp(&url, None, FROM, Path::new(CONFIG)).unwrap();
    mailer.send(MAIL).await.unwrap();
    check(&taken.recv().await.unwrap());
    let refused = Mail { to: "refused@kensetsu.example", ..MAIL };
    assert_eq!(mailer.send(refused).await, Err(MailError::Refused));
    let nobody = Mail { to: "nobody", ..MAIL };
    assert_eq!(mailer.send(nobody).await, Err(MailError::Address));
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_asked_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let mailer = Mailer::smtp(&url, None, FROM, Path::new(CONFIG)).unwrap();
    assert_eq!(mailer.send(MAIL).await, Err(MailError::Later));
}

#[test]
fn a_mail_server_elsewhere_needs_its_own_name_and_no_password_in_the_url() {
    let error = Mailer::smtp("smtp://a:b@mail.example", None, FROM, Path::new(CONFIG)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hosho-confirm.toml: mail: smtp is written smtp://host:25 or smtps://host"
    );
    assert!(Mailer::smtp("smtps://mail.example", None, FROM, Path::new(CONFIG)).is_ok());
}
