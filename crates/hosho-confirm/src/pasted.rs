//! Number and auth key out of a text that a person copied from somewhere: the notice, a mail, a
//! code that a telephone read.

use std::collections::BTreeSet;

use hosho::{AuthKey, AuthKeyError, GuaranteeNumber};
use zeroize::Zeroizing;

/// How the text of a notice's QR code begins (spec section 13).
const CODE: &str = "HSK1:";

/// The words after which a number stands.
const LABELS: [&str; 4] = ["保証契約番号", "保証番号", "Guarantee number", "guarantee number"];

/// What a person has to have to open a certificate.
#[derive(Debug)]
pub struct Credentials {
    /// The guarantee number.
    pub number: GuaranteeNumber<'static>,
    /// The auth key.
    pub auth_key: AuthKey,
}

/// Why no number and auth key could be had from a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PastedError {
    /// It has something of the form of an auth key that is none.
    Mistyped(AuthKeyError),
    /// It has no auth key.
    NoKey,
    /// It has no guarantee number that can be told from other numbers.
    NoNumber,
    /// It has several auth keys or several numbers.
    Several,
    /// It is too long.
    TooLong,
}

impl Credentials {
    /// The most bytes of a text that are looked at.
    pub const MAX_TEXT_LEN: usize = 32 * 1024;

    /// Finds the one number and the one auth key in a text.
    ///
    /// In the text of a notice's code any number is found; elsewhere not one without a digit, which is
    /// a word like others, nor one of the form of an auth key.
    ///
    /// # Errors
    /// What is missing, or there more than once.
    pub fn find(text: &str) -> Result<Self, PastedError> {
        if text.len() > Self::MAX_TEXT_LEN {
            return Err(PastedError::TooLong);
        }
        let text = Zeroizing::new(text.chars().map(narrow).collect::<String>());
        if let Some((_, code)) = text.split_once(CODE) {
            return Self::from_code(code);
        }
        let words = words(&text);
        let (auth_key, at) = key(&words)?;
        let number = number(&text, &words, &at)?;
        Ok(Self { number, auth_key })
    }

    /// Reads what follows `HSK1:` in the code of a notice.
    fn from_code(code: &str) -> Result<Self, PastedError> {
        let code = code.split_whitespace().next().unwrap_or_default();
        let (number, key) = code.split_once(':').ok_or(PastedError::NoKey)?;
        let number = GuaranteeNumber::parse(number.to_owned());
        let auth_key = AuthKey::parse(key).map_err(PastedError::Mistyped)?;
        Ok(Self { number: number.map_err(|_| PastedError::NoNumber)?, auth_key })
    }
}

/// Full-width forms, hyphen variants and blanks as their narrow ones; parsing folds once more.
fn narrow(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{30fc}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff70}' => '-',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).saturating_sub(0xfee0)).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

/// A run of letters, digits and hyphens.
#[derive(Clone, Copy, Debug)]
struct Word<'t> {
    text: &'t str,
    /// The byte at which it starts.
    at: usize,
    /// Whether only blanks lie between the word before and this one.
    adjacent: bool,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut words = Vec::new();
    let mut adjacent = false;
    let mut rest = text;
    let mut at = 0_usize;
    while let Some(start) = rest.find(inside) {
        let (gap, tail) = rest.split_at(start);
        adjacent = adjacent && !gap.is_empty() && gap.chars().all(char::is_whitespace);
        let length = tail.find(|c| !inside(c)).unwrap_or(tail.len());
        let (word, after) = tail.split_at(length);
        at = at.saturating_add(start);
        words.push(Word { text: word, at, adjacent });
        at = at.saturating_add(length);
        (rest, adjacent) = (after, true);
    }
    words
}

/// Whether a word is one group of an auth key.
fn is_group(word: &str) -> bool {
    word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a word has the form of an auth key, hyphens or none.
fn is_key(word: &str) -> bool {
    let groups = || word.split('-');
    (groups().count() == 5 && groups().all(is_group))
        || (word.len() == 25 && !word.contains('-') && AuthKey::parse(word).is_ok())
}

/// The one auth key, and the bytes at which words of it start.
fn key(words: &[Word<'_>]) -> Result<(AuthKey, BTreeSet<usize>), PastedError> {
    let mut texts: Vec<Zeroizing<String>> = Vec::new();
    let mut places = BTreeSet::new();
    for word in words.iter().filter(|word| is_key(word.text)) {
        texts.push(Zeroizing::new(word.text.replace('-', "").to_ascii_uppercase()));
        places.insert(word.at);
    }
    if texts.is_empty() {
        // Groups that blanks stand between, as some programs copy them out of a table.
        for groups in words.windows(5) {
            let joined = groups.iter().skip(1).all(|word| word.adjacent);
            if joined && groups.iter().all(|word| is_group(word.text)) {
                let text: String = groups.iter().map(|word| word.text).collect();
                texts.push(Zeroizing::new(text.to_ascii_uppercase()));
                places.extend(groups.iter().map(|word| word.at));
            }
        }
    }
    let text = texts.first().ok_or(PastedError::NoKey)?;
    if texts.iter().any(|other| other != text) {
        return Err(PastedError::Several);
    }
    Ok((AuthKey::parse(text).map_err(PastedError::Mistyped)?, places))
}

/// The one number: that after its label, or else the only word that looks like one.
fn number(
    text: &str,
    words: &[Word<'_>],
    key_at: &BTreeSet<usize>,
) -> Result<GuaranteeNumber<'static>, PastedError> {
    let others = || words.iter().filter(|word| !key_at.contains(&word.at));
    let ends = LABELS.iter().flat_map(|label| {
        text.match_indices(label).map(|(at, label)| at.saturating_add(label.len()))
    });
    let after = |end| {
        let word = others().find(|word| word.at >= end)?;
        let gap = text.get(end..word.at)?;
        let close = gap.chars().all(|c| c.is_whitespace() || c == ':');
        (close && word.text.bytes().any(|byte| byte.is_ascii_digit())).then_some(word.text)
    };
    let labelled: BTreeSet<&str> = ends.filter_map(after).collect();
    let found = if labelled.is_empty() {
        others().map(|word| word.text).filter(|word| looks_like_a_number(word)).collect()
    } else {
        labelled
    };
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(number), None) => GuaranteeNumber::fold(number).map_err(|_| PastedError::NoNumber),
        (None, _) => Err(PastedError::NoNumber),
        _ => Err(PastedError::Several),
    }
}

/// Whether a word may be a guarantee number: of digits in at least three parts, and no date.
fn looks_like_a_number(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let filled = parts.iter().all(|part| !part.is_empty());
    let date = parts.len() == 3 && parts.first().is_some_and(|year| year.len() == 4);
    // 03-1234-5678 and its like: a telephone number begins with 0.
    let telephone = word.starts_with('0') && parts.len() == 3;
    filled && parts.len() >= 3 && digits >= 6 && !date && !telephone
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "31-07-1-0000123-9";
    const KEY: &str = "10JT6-4Z5E1-8H60F-XWX85-H6N6Y";

    fn found(text: &str) -> Result<(String, String), PastedError> {
        let found = Credentials::find(text)?;
        Ok((found.number.to_string(), found.auth_key.expose_text().as_str().to_owned()))
    }

    #[test]
    fn finds_both_in_what_people_copy() {
        let expected = Ok((NUMBER.to_owned(), KEY.to_owned()));
        for text in [
            &format!("HSK1:{NUMBER}:{KEY}"),
            &format!("code: HSK1:{NUMBER}:{KEY}\n"),
            &format!("保証契約番号　{NUMBER}\n認証キー　{KEY}\n"),
            &format!("{NUMBER},{KEY}"),
            &format!("{NUMBER}\t{}", KEY.replace('-', "")),
            &format!("発行日 2025-06-20 電話 03-1234-5678\n{NUMBER} {KEY}"),
            "保証契約番号:３１－０７－１－００００１２３－９ 認証キー:１０ＪＴ６－４Ｚ５Ｅ１－８Ｈ６０Ｆ－ＸＷＸ８５－Ｈ６Ｎ６Ｙ",
            &format!("認証キー\n10JT6 4Z5E1 8H60F XWX85 H6N6Y\n保証契約番号\n{NUMBER}"),
            &format!("{KEY}\n{KEY}\n{NUMBER}\n{NUMBER}\n{}", KEY.to_ascii_lowercase()),
            &format!("工事番号 2025-100-200-1\n保証契約番号 {NUMBER}\n{KEY}"),
            &format!("保証契約番号と認証キーをお渡しください\n{NUMBER} {KEY}"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!(found(""), Err(PastedError::NoKey));
        assert_eq!(found(NUMBER), Err(PastedError::NoKey));
        assert_eq!(found(KEY), Err(PastedError::NoNumber));
        assert_eq!(found(&format!("2025-06-20 {KEY}")), Err(PastedError::NoNumber));
        assert_eq!(found("HSK1:31-07"), Err(PastedError::NoKey));
        assert_eq!(found(&format!("HSK1:第1号:{KEY}")), Err(PastedError::NoNumber));
        assert_eq!(found(&"あ".repeat(20_000)), Err(PastedError::TooLong));
    }

    #[test]
    fn a_number_that_is_a_word_is_found_in_the_code_alone() {
        assert_eq!(found(&format!("HSK1:-z:{KEY}")), Ok(("-z".to_owned(), KEY.to_owned())));
        assert_eq!(found(&format!("保証契約番号 -z 認証キー {KEY}")), Err(PastedError::NoNumber));
    }

    #[test]
    fn of_two_it_takes_none() {
        let other = "1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD";
        assert_eq!(found(&format!("{NUMBER} {KEY} {other}")), Err(PastedError::Several));
        assert_eq!(found(&format!("{NUMBER} 31-07-1-0000145-2 {KEY}")), Err(PastedError::Several));
    }

    #[test]
    fn names_the_group_that_was_mistyped() {
        let mistyped = KEY.replace("8H60F", "8H60G");
        let expected = PastedError::Mistyped(AuthKeyError::Check { group: Some(3) });
        assert_eq!(found(&format!("{NUMBER} {mistyped}")), Err(expected));
    }
}
