//! The auth keys of sealed certificates, from a file that only its owner may read.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use hosho::{AuthKey, GuaranteeNumber, OpenedCertificate, SealedCertificate};
use hosho_cli::input::{self, InputError};
use hosho_cli::path::shown;

use crate::messages::fill;
use crate::run::{Context, Failure};
use crate::source;

/// The most bytes of a file of keys: a hundred thousand lines of a number and a key.
const MAX_FILE_LEN: usize = 16 << 20;

/// The permissions that others than the owner have.
const OF_OTHERS: u32 = 0o077;

/// Auth keys by the number of their guarantee. After a reissue one number has several.
#[derive(Debug)]
pub(super) struct Keys {
    of_numbers: BTreeMap<GuaranteeNumber<'static>, Vec<AuthKey>>,
}

/// What is wrong with a line, counted from 1.
#[derive(Debug, Eq, PartialEq)]
struct BadLine(usize);

impl Keys {
    /// Reads lines of `number,key`; a first line of titles is passed over.
    pub(super) fn load(path: &Path, context: Context) -> Result<Self, Failure> {
        let text = &context.text().audit;
        let refused =
            |message: String| Failure::usage("E1-KEYS", format!("{}: {message}", shown(path)));
        let metadata = std::fs::metadata(path)
            .map_err(|error| unread(path, &InputError::Io(error), context))?;
        if metadata.mode() & OF_OTHERS != 0 {
            return Err(refused(text.keys_open_to_others.to_owned()));
        }
        let bytes = input::read_secret(path, MAX_FILE_LEN)
            .map_err(|error| unread(path, &error, context))?;
        Self::parse(&bytes)
            .map_err(|BadLine(line)| refused(fill(text.keys_line, &[&line.to_string()])))
    }

    fn parse(bytes: &[u8]) -> Result<Self, BadLine> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut of_numbers: BTreeMap<GuaranteeNumber<'static>, Vec<AuthKey>> = BTreeMap::new();
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match read_line(line) {
                Some((number, key)) => of_numbers.entry(number).or_default().push(key),
                // A line of titles.
                None if at == 0 => {}
                None => return Err(BadLine(at.saturating_add(1))),
            }
        }
        Ok(Self { of_numbers })
    }

    /// Opens a sealed certificate and tells whose key did it. The keys of the number that the
    /// place names are tried first, then all others.
    pub(super) fn open(
        &self,
        sealed: &SealedCertificate<'_>,
        place: &str,
    ) -> Option<(&GuaranteeNumber<'static>, OpenedCertificate<'_>)> {
        let named = GuaranteeNumber::parse(number_in(place)).ok();
        let named = named.and_then(|number| self.of_numbers.get_key_value(&number.into_owned()));
        let all = named.into_iter().chain(&self.of_numbers);
        let mut tries = all.flat_map(|(number, keys)| keys.iter().map(move |key| (number, key)));
        tries.find_map(|(number, key)| Some((number, key.open(sealed).ok()?)))
    }
}

fn unread(path: &Path, error: &InputError, context: Context) -> Failure {
    let message = source::unread(error, context.lang);
    Failure::usage(error.code(), format!("{}: {message}", shown(path)))
}

fn read_line(line: &[u8]) -> Option<(GuaranteeNumber<'static>, AuthKey)> {
    let (number, key) = std::str::from_utf8(line).ok()?.split_once(',')?;
    let number = GuaranteeNumber::fold(bare(number)).ok()?;
    let key = AuthKey::parse(bare(key)).ok()?;
    Some((number, key))
}

/// A cell without the quotes that a spreadsheet may put around it.
fn bare(cell: &str) -> &str {
    cell.trim().trim_matches('"')
}

/// The number in a name such as `certificates/31-07-1-0000123-9-r2.sealed.hosho`.
fn number_in(place: &str) -> &str {
    let name = place.rsplit(['/', '#']).next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    match stem.rsplit_once("-r") {
        Some((number, revision)) if revision.bytes().all(|b| b.is_ascii_digit()) => number,
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = include_str!("../../tests/fixtures/mirai/G01-1.auth-key");

    #[test]
    fn reads_lines_of_a_number_and_a_key() {
        let key = KEY.trim();
        let text = format!("\u{feff}number,key\r\n\"31-1\",\"{key}\"\r\n\r\n３１－２, {key}\n");
        let keys = Keys::parse(text.as_bytes()).unwrap();
        let numbers: Vec<_> = keys.of_numbers.keys().map(GuaranteeNumber::as_str).collect();
        assert_eq!(numbers, ["31-1", "31-2"]);
    }

    #[test]
    fn names_the_line_that_is_none() {
        let key = KEY.trim();
        let wrong = |text: &str| Keys::parse(text.as_bytes()).map(drop);
        assert_eq!(wrong(&format!("31-1,{key}\n31-2\n")), Err(BadLine(2)));
        assert_eq!(wrong(&format!("number,key\n\n31-2,{key}X\n")), Err(BadLine(3)));
        assert_eq!(wrong(""), Ok(()));
    }

    #[test]
    fn finds_the_number_in_the_name_of_a_file() {
        assert_eq!(number_in("a/31-07-1-0000123-9-r2.sealed.hosho"), "31-07-1-0000123-9");
        assert_eq!(number_in("year.tar#x/31-rr.hosho"), "31-rr");
        assert_eq!(number_in(""), "");
    }
}
