//! Text armor: a certificate as text (spec section 13).

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::seal::SealedCertificate;

const BEGIN: &str = "-----BEGIN HOSHO CERTIFICATE-----\n";
const END: &str = "-----END HOSHO CERTIFICATE-----\n";
const COLUMNS: usize = 64;
/// The most bytes that a largest sealed certificate takes: base64, line ends, the two marks.
const MAX_LEN: usize = SealedCertificate::MAX_LEN * 2;

/// Returns `object` as text (spec R-ARMOR-1).
pub fn encode_armor(object: &[u8]) -> String {
    let base64 = STANDARD.encode(object);
    let mut text = String::with_capacity(base64.len() + base64.len() / COLUMNS + 80);
    text.push_str(BEGIN);
    for (column, character) in base64.chars().enumerate() {
        if column > 0 && column.is_multiple_of(COLUMNS) {
            text.push('\n');
        }
        text.push(character);
    }
    text.push('\n');
    text.push_str(END);
    text
}

/// Reads the one text form of an object; what it is, its bytes say.
///
/// # Errors
/// `E1-ARMOR` with the offset of the first wrong character.
pub fn decode_armor(text: &str) -> Result<Vec<u8>, ParseError> {
    if text.len() > MAX_LEN {
        return Err(Kind::Armor.into());
    }
    let Some(body) = text.strip_prefix(BEGIN) else { return Err(Kind::Armor.into()) };
    let Some(body) = body.strip_suffix(END) else {
        return Err(ParseError::at(Kind::Armor, text.len()));
    };
    let base64: String = body.chars().filter(|c| *c != '\n').collect();
    let object = STANDARD.decode(base64).map_err(|_| ParseError::at(Kind::Armor, BEGIN.len()))?;
    let only = encode_armor(&object);
    if only != text {
        let same = only.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        return Err(ParseError::at(Kind::Armor, same));
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for length in [0, 1, 47, 48, 49, 96, 700, 4_256] {
            let object: Vec<u8> = (0..=255).cycle().take(length).collect();
            let text = encode_armor(&object);
            assert!(text.lines().all(|line| line.len() <= COLUMNS));
            assert_eq!(decode_armor(&text), Ok(object));
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        let text = encode_armor(&[7; 100]);
        for other in [
            text.replace('\n', "\r\n"),
            text.replace("-----END", "\n-----END"),
            alloc::format!("{text}\n"),
            alloc::format!(" {text}"),
            text.replacen("Bwc", "Bw c", 1),
            text.replace('=', ""),
            String::new(),
        ] {
            let error = decode_armor(&other).expect_err("another spelling");
            assert_eq!(error.kind(), Kind::Armor, "{other}");
        }
    }
}
