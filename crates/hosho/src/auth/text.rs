use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{AuthKey, alphabet, publish, reed_solomon};
use crate::number::is_hyphen;

const SYMBOLS: usize = 25;
const SECRET_SYMBOLS: usize = 20;
const GROUP: usize = 5;
const TEXT_LEN: usize = 29;
/// The most bytes of typed text that are looked at (spec R-KEY-5).
const MAX_TYPED_LEN: usize = 256;
const VERSION: u8 = 1;

/// Why a typed auth key is not one; it depends on public redundancy only.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthKeyError {
    /// `E2-CHECK`: a symbol is wrong, in the named group of five if only one is (spec R-KEY-3).
    Check {
        /// The group, 1 to 5, that holds a single wrong symbol.
        group: Option<u8>,
    },
    /// `E2-LENGTH`: there are not 25 symbols (spec R-KEY-1).
    Length,
    /// `E2-SYMBOL`: a character is not in the alphabet (spec R-KEY-2).
    Symbol,
    /// `E2-VERSION`: it is an auth key of a newer kind (spec R-KEY-4).
    Version,
}

impl AuthKeyError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Check { .. } => "E2-CHECK",
            Self::Length => "E2-LENGTH",
            Self::Symbol => "E2-SYMBOL",
            Self::Version => "E2-VERSION",
        }
    }

    /// Returns the group, 1 to 5, that holds the one wrong symbol, if it is one.
    pub const fn group(&self) -> Option<u8> {
        match self {
            Self::Check { group } => *group,
            _ => None,
        }
    }
}

impl fmt::Display for AuthKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check { group: Some(group) } => {
                write!(f, "the auth key has a typing error in group {group}")?;
            }
            Self::Check { group: None } => f.write_str("the auth key has typing errors")?,
            Self::Length => f.write_str("the auth key does not have 25 symbols")?,
            Self::Symbol => f.write_str("the auth key holds a character that no auth key has")?,
            Self::Version => f.write_str("the auth key is of a newer version")?,
        }
        write!(f, " ({})", self.code())
    }
}

impl core::error::Error for AuthKeyError {}

/// The text of an auth key, `1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD`, wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct AuthKeyText([u8; TEXT_LEN]);

impl AuthKeyText {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for AuthKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthKeyText(..)")
    }
}

impl AuthKey {
    /// Reads an auth key as it is printed or as a person types it (spec section 8.1).
    ///
    /// For the printed layout, five groups joined by `-`, time does not depend on the symbols of
    /// a key that is well formed. Other spellings leak what was typed differently, such as where
    /// a space stands.
    ///
    /// # Errors
    /// Typing errors, before any cryptography.
    pub fn parse(text: &str) -> Result<Self, AuthKeyError> {
        match printed(text.as_bytes()).map(|characters| Self::from_characters(&characters)) {
            // A hyphen or a wide character may stand between: folding decides.
            None | Some(Err(AuthKeyError::Symbol)) => Self::from_characters(&folded(text)?),
            Some(result) => result,
        }
    }

    fn from_characters(characters: &Zeroizing<[u8; SYMBOLS]>) -> Result<Self, AuthKeyError> {
        let mut word = Zeroizing::new([0_u8; SYMBOLS]);
        let mut seen = 0;
        for (symbol, character) in word.iter_mut().zip(characters.iter()) {
            *symbol = alphabet::symbol(*character);
            seen |= *symbol;
        }
        let syndromes = reed_solomon::syndromes(&word);
        let [s1, s2, s3, s4] = syndromes;
        let [version, secret @ .., _, _, _, _] = &*word;
        let well_formed =
            (seen & 0x80).ct_eq(&0) & (s1 | s2 | s3 | s4).ct_eq(&0) & version.ct_eq(&VERSION);
        if !publish(well_formed) {
            return Err(typing_error(seen, syndromes));
        }
        Ok(Self::from_secret(&pack(secret)))
    }

    /// Hands out the text, to be shown or written to a file.
    pub fn expose_text(&self) -> AuthKeyText {
        let mut word = Zeroizing::new([0_u8; SYMBOLS]);
        let [version, rest @ ..] = &mut *word;
        *version = VERSION;
        let mut buffer = 0_u32;
        let mut bits = 0;
        let mut symbols = rest.iter_mut();
        for byte in &self.secret {
            buffer = buffer << 8 | u32::from(*byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                let [.., low] = (buffer >> bits & 0x1f).to_be_bytes();
                if let Some(symbol) = symbols.next() {
                    *symbol = low;
                }
            }
        }
        let check = reed_solomon::checks(word.iter().take(1 + SECRET_SYMBOLS).copied());
        for (symbol, check) in word.iter_mut().skip(1 + SECRET_SYMBOLS).zip(check) {
            *symbol = check;
        }
        let mut text = AuthKeyText([b'-'; TEXT_LEN]);
        let places = text.0.chunks_mut(GROUP + 1).flat_map(|group| group.iter_mut().take(GROUP));
        for (place, symbol) in places.zip(word.iter()) {
            *place = alphabet::character(*symbol);
        }
        text
    }
}

/// Tells what is wrong with a text that is not an auth key, from its redundancy.
fn typing_error(seen: u8, syndromes: [u8; 4]) -> AuthKeyError {
    if seen & 0x80 != 0 {
        return AuthKeyError::Symbol;
    }
    if syndromes == [0; 4] {
        return AuthKeyError::Version;
    }
    let place = reed_solomon::single_error(syndromes);
    let group = place.and_then(|place| u8::try_from(place / GROUP + 1).ok());
    AuthKeyError::Check { group }
}

/// Packs 20 symbols of five bits, most significant bit first.
fn pack(symbols: &[u8; SECRET_SYMBOLS]) -> Zeroizing<[u8; 13]> {
    let mut secret = Zeroizing::new([0_u8; 13]);
    let mut bytes = secret.iter_mut();
    let (mut buffer, mut bits) = (0_u32, 0);
    for symbol in symbols.iter().chain(&[0]) {
        buffer = buffer << 5 | u32::from(*symbol);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            let [.., low] = (buffer >> bits).to_be_bytes();
            if let Some(byte) = bytes.next() {
                *byte = low;
            }
        }
    }
    secret
}

/// Takes the symbols out of the printed layout, which alone is looked at.
fn printed(text: &[u8]) -> Option<Zeroizing<[u8; SYMBOLS]>> {
    let text: &[u8; TEXT_LEN] = text.try_into().ok()?;
    let hyphens = text.iter().skip(GROUP).step_by(GROUP + 1);
    if hyphens.clone().count() != 4 || !hyphens.clone().all(|c| *c == b'-') {
        return None;
    }
    let mut characters = Zeroizing::new([0_u8; SYMBOLS]);
    let groups = text.chunks(GROUP + 1).flat_map(|group| group.iter().take(GROUP));
    for (character, found) in characters.iter_mut().zip(groups) {
        *character = *found;
    }
    Some(characters)
}

/// Folds what a person typed to 25 ASCII characters (spec R-KEY-5).
fn folded(text: &str) -> Result<Zeroizing<[u8; SYMBOLS]>, AuthKeyError> {
    if text.len() > MAX_TYPED_LEN {
        return Err(AuthKeyError::Length);
    }
    let mut characters = Zeroizing::new([0_u8; SYMBOLS]);
    let mut places = characters.iter_mut();
    for c in text.chars().filter(|c| !is_hyphen(*c) && !c.is_whitespace()) {
        let narrow = match c {
            '\u{ff01}'..='\u{ff5e}' => u32::from(c) - 0xfee0,
            _ => u32::from(c),
        };
        let Some(place) = places.next() else { return Err(AuthKeyError::Length) };
        // A byte outside ASCII is in no alphabet; the number of symbols is judged first.
        *place = u8::try_from(narrow).unwrap_or(u8::MAX);
    }
    match places.next() {
        Some(_) => Err(AuthKeyError::Length),
        None => Ok(characters),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD";

    fn text_of(typed: &str) -> AuthKeyText {
        AuthKey::parse(typed).expect("a key").expose_text()
    }

    #[test]
    fn writes_what_it_reads() {
        assert_eq!(text_of(PRINTED).as_str(), PRINTED);
    }

    #[test]
    fn reads_what_people_type() {
        for typed in [
            "1sxas-aajcv-8gee1-s4m3k-cj1dd",
            "1SXASAAJCV8GEE1S4M3KCJ1DD",
            " 1SXAS AAJCV 8GEE1 S4M3K CJ1DD\n",
            "１ＳＸＡＳ－ＡＡＪＣＶ－８ｇｅｅ１－Ｓ４Ｍ３Ｋ－ＣＪ１ＤＤ",
            "ISXASーAAJCVー8GEEiーS4M3KーCJlDD",
        ] {
            assert_eq!(text_of(typed).as_str(), PRINTED, "{typed}");
        }
    }

    #[test]
    fn names_the_group_of_a_single_wrong_symbol() {
        let refusal = |typed: &str| AuthKey::parse(typed).expect_err("mistyped");
        let one = AuthKeyError::Check { group: Some(3) };
        assert_eq!(refusal("1SXAS-AAJCV-8GEF1-S4M3K-CJ1DD"), one);
        let two = AuthKeyError::Check { group: None };
        assert_eq!(refusal("1SXAS-AAJCV-8GFF1-S4M3K-CJ1DD"), two);
        assert_eq!(refusal("1SXAS-AAJCV-8GEE1-S4M3K-CJ1D"), AuthKeyError::Length);
        assert_eq!(refusal("1SXAS-AAJCV-8GEE1-S4M3K-CJ1DDD"), AuthKeyError::Length);
        assert_eq!(refusal("1SXAS-AAJCV-8GEE1-S4M3K-CJ1DU"), AuthKeyError::Symbol);
        assert_eq!(refusal("1SXAS-AAJCV-8GEE1-S4M3K-CJ1D神"), AuthKeyError::Symbol);
        assert_eq!(refusal("神SXAS-AAJCV-8GEE1-S4M3K-CJ1D"), AuthKeyError::Length);
        assert_eq!(refusal("éSXAS-AAJCV-8GEE1-S4M3K-CJ1DD"), AuthKeyError::Symbol);
        assert_eq!(refusal(""), AuthKeyError::Length);
        assert_eq!(refusal(&"1".repeat(300)), AuthKeyError::Length);
    }

    #[test]
    fn refuses_a_newer_version() {
        let mut word = [0_u8; SYMBOLS];
        word[0] = 2;
        let check = reed_solomon::checks(word[..21].iter().copied());
        word[21..].copy_from_slice(&check);
        let text = word.map(|symbol| char::from(alphabet::character(symbol)));
        let text: alloc::string::String = text.iter().collect();
        assert_eq!(AuthKey::parse(&text).expect_err("newer"), AuthKeyError::Version);
    }

    #[test]
    fn debug_shows_nothing() {
        let key = AuthKey::parse(PRINTED).expect("a key");
        assert_eq!(alloc::format!("{key:?}"), "AuthKey(..)");
        assert_eq!(alloc::format!("{:?}", key.expose_text()), "AuthKeyText(..)");
    }
}
