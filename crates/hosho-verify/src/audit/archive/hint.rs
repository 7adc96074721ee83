//! Whether something that holds no certificate as it stands was meant to: damage to its first
//! bytes must not make a whole year look like somebody's notes.

use std::path::Path;

use super::{Damage, packed};
use crate::source::{self, MAX_CARRIER_LEN};

/// What archives and evidence files are called.
const ARCHIVES: [&str; 4] = ["evidence", "gz", "tar", "tgz"];

/// What text with many armored blocks is called.
const TEXTS: [&str; 3] = ["asc", "pem", "txt"];

const GZIP: &[u8] = &[0x1F, 0x8B];

/// Tag 55799, with which an evidence file begins.
const SELF_DESCRIBED: &[u8] = &[0xD9, 0xD9, 0xF7];

/// What stands on the first and on the last line of armor.
const LABEL: &str = "HOSHO CERTIFICATE";

/// What something by this name and with this beginning would be if it were whole; nothing if it is
/// any other file. Of a long text, and of one that tells of certificates in 8 or 16 bits a
/// character, it is armor. The text of a document may tell of one, but it is not looked into.
pub(in crate::audit) fn of(name: &Path, head: &[u8]) -> Option<Damage> {
    if packed::is_packed(name, head) {
        return Some(Damage::PACKED);
    }
    let head = if source::refuse_container(head).is_err() { &[] } else { head };
    let is_one_of = |names: &[&str]| {
        name.extension()
            .is_some_and(|extension| names.iter().any(|name| extension.eq_ignore_ascii_case(name)))
    };
    let magic = head.starts_with(GZIP)
        || head.starts_with(SELF_DESCRIBED)
        || head.get(257..).is_some_and(|magic| magic.starts_with(b"ustar"));
    if magic || is_one_of(&ARCHIVES) {
        return Some(Damage::ARCHIVE);
    }
    let long_text = head.len() >= MAX_CARRIER_LEN && is_one_of(&TEXTS);
    (long_text || tells_of_certificates(head)).then_some(Damage::ARMOR)
}

fn tells_of_certificates(head: &[u8]) -> bool {
    let wide: Vec<u8> = LABEL.bytes().flat_map(|byte| [byte, 0]).collect();
    // In either order of bytes the zeros lie between the letters.
    let wide = wide.get(..wide.len().saturating_sub(1)).unwrap_or_default();
    let has = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    has(LABEL.as_bytes()) || has(wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str, head: &[u8]) -> Option<&'static str> {
        of(Path::new(name), head).map(|damage| damage.code)
    }

    #[test]
    fn names_of_archives_promise_one_whatever_is_in_them() {
        for name in ["a/year.tar", "year.TAR.GZ", "year.tgz", "x.tar#in/y.gz", "G01-1.evidence"] {
            assert_eq!(code(name, b"?"), Some("E1-ARCHIVE"), "{name}");
        }
        for name in ["tar", "readme.txt", "a.tar/list.csv", "key.pem"] {
            assert_eq!(code(name, b"text"), None, "{name}");
        }
    }

    #[test]
    fn the_magic_of_an_archive_promises_one_under_any_name() {
        let tar = [&[b'x'; 257][..], b"ustar\0"].concat();
        for head in [&b"\x1f\x8b"[..], b"\xd9\xd9\xf7\x82", &tar] {
            assert_eq!(code("year", head), Some("E1-ARCHIVE"), "{head:?}");
        }
    }

    #[test]
    fn an_archive_of_a_kind_that_is_not_read_has_a_code_of_its_own() {
        for (name, head) in
            [("year.zip", &b"text"[..]), ("year", b"PK\x03\x04\x14"), ("year.tar", b"\xFD7zXZ\0")]
        {
            assert_eq!(code(name, head), Some("E1-PACKED"), "{name}");
        }
        assert_eq!(code("minutes.docx", b"PK\x03\x04HOSHO CERTIFICATE"), None);
        assert_eq!(code("scan.pdf", b"%PDF-1.7 HOSHO CERTIFICATE"), None);
    }

    #[test]
    fn a_text_that_tells_of_certificates_promises_them() {
        let text = "Dear all,\n-----BEGIN HOSHO CERTIFICATE-----\n";
        let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
        for head in [text.as_bytes(), &little, &big, b"-----END HOSHO CERTIFICATE-----"] {
            assert_eq!(code("mail", head), Some("E1-ARMOR"));
        }
        let long = vec![b'A'; MAX_CARRIER_LEN];
        assert_eq!(code("year.txt", &long), Some("E1-ARMOR"));
        assert_eq!(code("year.txt", &long[1..]), None);
        assert_eq!(code("image.raw", &long), None);
    }
}
