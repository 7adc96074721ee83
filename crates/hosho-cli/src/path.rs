//! Showing the names of files, which anyone may have chosen.

use std::path::Path;

/// Returns a path as it may be shown: nothing in it can steer a terminal, begin a new line or turn
/// the direction of writing.
///
/// Controls, line and paragraph separators and bidirectional controls are shown as U+FFFD, and so
/// is what is not UTF-8. The result is for people; it does not lead back to the file.
///
/// ```
/// use std::path::Path;
///
/// use hosho_cli::path::shown;
///
/// assert_eq!(shown(Path::new("証書/G01.hosho")), "証書/G01.hosho");
/// assert_eq!(shown(Path::new("G01\u{1B}[2J.hosho")), "G01\u{FFFD}[2J.hosho");
/// ```
pub fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    path.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn leaves_names_that_people_use_as_they_are() {
        for name in ["a b/保証証書(写し).hosho", "神\u{FA19}", "ｱ-1", "-", "é"] {
            assert_eq!(shown(Path::new(name)), name);
        }
    }

    #[test]
    fn replaces_whatever_steers_a_terminal_or_turns_a_line() {
        let steering = [
            '\0', '\t', '\n', '\r', '\u{1B}', '\u{7F}', '\u{85}', '\u{9B}', '\u{061C}', '\u{200E}',
            '\u{200F}', '\u{2028}', '\u{2029}', '\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}',
        ];
        for c in steering {
            assert_eq!(shown(Path::new(&format!("a{c}b"))), "a\u{FFFD}b", "{c:?}");
        }
    }

    #[test]
    fn shows_a_name_that_is_not_utf_8() {
        assert_eq!(shown(Path::new(OsStr::from_bytes(b"a\xFFb"))), "a\u{FFFD}b");
    }
}
