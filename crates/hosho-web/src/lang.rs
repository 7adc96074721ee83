//! The language of pages and messages.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;

use crate::context::Context;

/// A language that pages are written in; Japanese unless a visitor asks for English.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Lang {
    /// English.
    En,
    /// Japanese.
    #[default]
    Ja,
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Words {
    /// In Japanese.
    pub ja: &'static str,
    /// In English.
    pub en: &'static str,
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

    /// Returns the text for this language.
    pub const fn pick<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }

    /// Returns the text for this language.
    pub const fn of(self, words: &Words) -> &'static str {
        self.pick(words.ja, words.en)
    }

    /// Returns the code of the language.
    pub const fn code(self) -> &'static str {
        self.pick("ja", "en")
    }

    /// Returns the other language.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Ja,
            Self::Ja => Self::En,
        }
    }

    /// Returns whether this is Japanese.
    #[must_use]
    pub const fn is_japanese(self) -> bool {
        matches!(self, Self::Ja)
    }
}

impl From<Lang> for hosho_cli::lang::Lang {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::Ja => Self::Ja,
        }
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Context>().map_or_else(Self::default, Context::lang))
    }
}

/// Returns the language that `?lang=` asks for.
pub(crate) fn asked_for(uri: &Uri) -> Option<Lang> {
    let codes = uri.query()?.split('&').filter_map(|pair| pair.strip_prefix("lang="));
    codes.filter_map(Lang::parse).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_language_of_a_query_and_passes_over_others() {
        let of = |text: &str| asked_for(&Uri::try_from(text).unwrap());
        assert_eq!(of("/?lang=en"), Some(Lang::En));
        assert_eq!(of("/certificate?on=2026-11-22&lang=ja"), Some(Lang::Ja));
        assert_eq!(of("/?lang=de"), None);
        assert_eq!(of("/?language=en"), None);
    }
}
