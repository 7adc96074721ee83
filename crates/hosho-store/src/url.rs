//! Where a database is: `sqlite:///path` or `postgres://…`.

use std::path::PathBuf;

use crate::error::StoreError;

/// A database's place.
#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A server; the text may hold a password and is never shown.
    Postgres(String),
}

impl Place {
    /// Reads a URL. Options of SQLite are the program's, not the URL's.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some(path) if !path.is_empty() && !path.contains(['?', '#']) && path != ":memory:" => {
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err(StoreError::unavailable(
                "expected sqlite:///path/of/file or postgres://user@host/database",
            )),
        }
    }

    /// Returns the URL that the driver reads.
    pub(crate) fn to_url(&self) -> String {
        match self {
            Self::Postgres(url) => url.clone(),
            Self::Sqlite(path) => {
                format!("sqlite://{}?mode=rw", escape(path.as_os_str().as_encoded_bytes()))
            }
        }
    }
}

fn escape(path: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_file_and_escapes_what_a_url_may_not_hold() {
        let place = Place::parse("sqlite:///var/lib/保証 #1.db".replace('#', "").as_str()).unwrap();
        assert!(place == Place::Sqlite(PathBuf::from("/var/lib/保証 1.db")));
        assert_eq!(place.to_url(), "sqlite:///var/lib/%E4%BF%9D%E8%A8%BC%201.db?mode=rw");
    }

    #[test]
    fn refuses_options_memory_and_other_databases() {
        for url in ["sqlite:///a?mode=memory", "sqlite::memory:", "sqlite://", "mysql://h/d", "/a"]
        {
            let Err(StoreError::Unavailable { cause }) = Place::parse(url) else {
                panic!("{url} was accepted");
            };
            assert_eq!(cause, "expected sqlite:///path/of/file or postgres://user@host/database");
        }
    }
}
