//! The language that a program speaks to its user.

use std::ffi::OsString;
use std::fmt;

/// A language that messages are written in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Lang {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// Reads a language from its code, `ja` or `en`.
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::En),
            "ja" => Some(Self::Ja),
            _ => None,
        }
    }

    /// Returns the language of the locale that `LC_ALL`, `LC_MESSAGES` or `LANG` names.
    pub fn from_locale() -> Self {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// Returns the language that the command line asks for with `--lang`, else that of the locale.
    ///
    /// Help is printed while arguments are still being read, so its language has to be found
    /// before. A code that is not known is left to the parser of arguments to refuse.
    pub fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let code = match argument.to_str() {
                Some("--") => break,
                Some("--lang") => arguments.next().and_then(|code| code.into_string().ok()),
                Some(text) => text.strip_prefix("--lang=").map(str::to_owned),
                None => None,
            };
            if let Some(lang) = code.as_deref().and_then(Self::parse) {
                return lang;
            }
        }
        Self::from_locale()
    }

    /// Returns the text for this language.
    pub const fn pick<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }

    /// Returns the code of the language.
    pub const fn code(self) -> &'static str {
        self.pick("ja", "en")
    }

    // POSIX: the first of the three that is set and not empty decides.
    fn from_variables(read: impl Fn(&str) -> Option<OsString>) -> Self {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(read)
            .find(|value| !value.is_empty())
            .filter(|value| value.as_encoded_bytes().starts_with(b"ja"))
            .map_or(Self::En, |_| Self::Ja)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Lang {
        Lang::from_variables(|name| {
            let (_, value) = pairs.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(value))
        })
    }

    #[test]
    fn speaks_japanese_in_a_japanese_locale() {
        assert_eq!(of(&[("LANG", "ja_JP.UTF-8")]), Lang::Ja);
        assert_eq!(of(&[("LC_MESSAGES", "ja"), ("LANG", "C")]), Lang::Ja);
    }

    #[test]
    fn speaks_english_everywhere_else() {
        assert_eq!(of(&[]), Lang::En);
        assert_eq!(of(&[("LANG", "de_CH.UTF-8")]), Lang::En);
    }

    #[test]
    fn lets_lc_all_overrule_and_passes_over_empty_variables() {
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "ja_JP.UTF-8")]), Lang::En);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "ja_JP.UTF-8")]), Lang::Ja);
    }

    #[test]
    fn finds_the_option_wherever_it_stands_before_the_end_of_options() {
        let of = |line: &str| Lang::from_arguments(line.split(' ').map(OsString::from));
        assert_eq!(of("hosho --lang ja check"), Lang::Ja);
        assert_eq!(of("hosho check --lang=ja"), Lang::Ja);
        assert_eq!(of("hosho check -- --lang=ja"), Lang::from_locale());
    }
}
