use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quoted_printable::ParseMode;

/// Returns a mail of one part as its reader sees it: the head with its encoded words (RFC 2047)
/// decoded, and the body without its transfer encoding.
///
/// Text that is searched for in the mail itself is not found where either is encoded.
pub fn read_mail(mail: &[u8]) -> String {
    let mail = str::from_utf8(mail).expect("a mail in UTF-8");
    let (head, body) = mail.split_once("\r\n\r\n").expect("a head and a body");
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    assert!(!head.to_lowercase().contains("multipart/"), "a mail of one part");
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-transfer-encoding").then(|| value.trim().to_lowercase())
    });
    let body = match line.as_deref().unwrap_or("7bit") {
        "7bit" | "8bit" => body.as_bytes().to_vec(),
        "base64" => from_base64(&body.split_whitespace().collect::<String>()),
        "quoted-printable" => from_quoted(body),
        other => panic!("a transfer encoding {other}"),
    };
    let body = String::from_utf8(body).expect("a body in UTF-8");
    format!("{}\r\n\r\n{body}", decode_words(&head))
}

/// Decodes every `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; blanks between two of them are nothing.
fn decode_words(head: &str) -> String {
    let (mut decoded, mut rest) = (String::new(), head);
    let mut after_word = false;
    while let Some((before, word)) = rest.split_once("=?") {
        if !(after_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        let (word, behind) = split_word(word);
        decoded.push_str(&word);
        (rest, after_word) = (behind, true);
    }
    decoded + rest
}

fn split_word(word: &str) -> (String, &str) {
    let mut parts = word.splitn(3, '?');
    let mut part = || parts.next().expect("an encoded word");
    let (charset, encoding, rest) = (part(), part(), part());
    assert!(charset.eq_ignore_ascii_case("utf-8"), "a word in {charset}");
    let (text, behind) = rest.split_once("?=").expect("the end of a word");
    let bytes = if encoding.eq_ignore_ascii_case("b") {
        from_base64(text)
    } else {
        from_quoted(&text.replace('_', " "))
    };
    (String::from_utf8(bytes).expect("a word in UTF-8"), behind)
}

fn from_base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).expect("base64")
}

fn from_quoted(text: &str) -> Vec<u8> {
    quoted_printable::decode(text, ParseMode::Strict).expect("quoted-printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_encoded_words_and_bodies() {
        let mail = "Subject: =?utf-8?b?6Zu75a2Q?=\r\n =?utf-8?b?6Ki85pu4?= 1\r\n\
                    Content-Transfer-Encoding: base64\r\n\r\n6KqN6Ki844Kt\r\n44O8\r\n";
        assert!(!mail.contains("認証キー"));
        let read = read_mail(mail.as_bytes());
        assert!(
            read.starts_with("Subject: 電子証書 1\r\n") && read.ends_with("認証キー"),
            "{read}"
        );
        let mail = "Subject: =?UTF-8?Q?=E8=AA=8D_a?=\r\n\
                    content-transfer-encoding: quoted-printable\r\n\r\n=E8=A8=\r\n=BC\r\n";
        assert_eq!(read_mail(mail.as_bytes()).split("\r\n").next(), Some("Subject: 認 a"));
        assert!(read_mail(mail.as_bytes()).ends_with("\r\n\r\n証\r\n"));
        assert_eq!(read_mail(b"To: a@b\r\n\r\nplain"), "To: a@b\r\n\r\nplain");
    }
}
