//! The files that pages need, inside the program: no other host is ever asked.

use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use crate::random;

const STYLE: &str = include_str!("../static/hosho.css");
const ICON: &str = include_str!("../static/hosho.svg");

/// The address of the style sheet changes with it, so no browser shows a page in an old one.
static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(STYLE);
    format!("/static/hosho.css?v={}", random::hex(digest.get(..6).unwrap_or_default()))
});

/// Returns the path of the style sheet, for `<link>`.
pub(crate) fn stylesheet() -> &'static str {
    &STYLE_PATH
}

/// Returns the routes of the files.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/static/hosho.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/static/hosho.svg", get(|| async { file("image/svg+xml", ICON) }))
        .route("/favicon.ico", get(|| async { file("image/svg+xml", ICON) }))
}

type File = ([(HeaderName, HeaderValue); 2], &'static str);

fn file(kind: &'static str, text: &'static str) -> File {
    let kept = HeaderValue::from_static("public, max-age=86400");
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, kept)], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the luminance of a colour of the style sheet (WCAG 2.2).
    fn luminance(name: &str) -> f64 {
        let start = STYLE.find(&format!("--{name}: #")).unwrap() + name.len() + 5;
        let channel = |at: usize| {
            let value = u8::from_str_radix(&STYLE[start + at..start + at + 2], 16).unwrap();
            let share = f64::from(value) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_text_stands_out_from_its_ground() {
        let grounds = [
            "paper",
            "ground",
            "accent-ground",
            "note-ground",
            "good-ground",
            "care-ground",
            "bad-ground",
        ];
        for ground in grounds {
            for text in ["ink", "ink-soft", "accent", "accent-deep"] {
                assert!(contrast(text, ground) >= 4.5, "{text} on {ground}");
            }
        }
        for tone in ["good", "care", "bad"] {
            assert!(contrast(tone, &format!("{tone}-ground")) >= 4.5, "{tone}");
            assert!(contrast(tone, "paper") >= 4.5, "{tone}");
        }
    }

    #[test]
    fn every_border_and_focus_that_means_something_can_be_seen() {
        for line in ["line-strong", "good-line", "bad-line", "focus", "accent"] {
            assert!(contrast(line, "paper") >= 3.0, "{line}");
        }
        assert!(contrast("line-strong", "ground") >= 3.0);
    }

    #[test]
    fn the_style_sheet_asks_nobody_else() {
        for word in ["@import", "url(", "http"] {
            assert!(!STYLE.contains(word), "{word}");
        }
        assert!(!ICON.contains("href"));
    }
}
