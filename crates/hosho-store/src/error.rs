//! What can go wrong with a database.

use std::fmt;

/// Why the database did not do what it was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// A constraint refused: something else is there already, or a row that is referred to is not.
    Conflict,
    /// Others changed the same rows again and again, or held the database for too long.
    Contended,
    /// What is stored cannot have been written by this program.
    Damaged {
        /// The table, or what else is damaged.
        what: &'static str,
    },
    /// PostgreSQL is copied by its own programs.
    NeedsPgDump,
    /// The database was written by a newer program.
    Newer {
        /// The newest migration that this program has.
        known: i64,
        /// The newest migration that the database has.
        found: i64,
    },
    /// The database holds fewer facts than it held before: somebody restored a backup.
    Restored {
        /// The count in the file of the high-water mark.
        mark: u64,
        /// The count in the database.
        found: u64,
    },
    /// It cannot be reached, opened or written.
    Unavailable {
        /// The cause, for the log; it holds no values of rows.
        cause: String,
    },
}

impl StoreError {
    /// Returns the code of section 9 of `services.md`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict => "E10-CONFLICT",
            Self::Newer { .. } => "E10-NEWER",
            Self::Restored { .. } => "E10-RESTORED",
            Self::Contended
            | Self::Damaged { .. }
            | Self::NeedsPgDump
            | Self::Unavailable { .. } => "E10-DATABASE",
        }
    }

    /// Returns the error for something that went wrong outside of SQL.
    pub(crate) fn unavailable(cause: impl fmt::Display) -> Self {
        Self::Unavailable { cause: cause.to_string() }
    }

    /// Returns whether the same transaction may succeed when it is tried again.
    #[must_use]
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::Contended)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("something else is stored already"),
            Self::Contended => f.write_str("the database is busy; try again"),
            Self::Damaged { what } => {
                write!(f, "what is stored is damaged ({what}); restore a backup")
            }
            Self::NeedsPgDump => f.write_str("PostgreSQL is copied with pg_dump"),
            Self::Newer { known, found } => write!(
                f,
                "the database has migration {found} and this program knows {known}; run the newer program"
            ),
            Self::Restored { mark, found } => write!(
                f,
                "the database holds {found} facts and held {mark} before: a backup was restored; \
                 start with --accept-restored and publish everything again"
            ),
            Self::Unavailable { cause } => write!(f, "the database cannot be used: {cause}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => {
                if refusal.is_unique_violation() || refusal.is_foreign_key_violation() {
                    return Self::Conflict;
                }
                match refusal.code().as_deref() {
                    // PostgreSQL: serialization failure, deadlock, lock not available.
                    // SQLite: busy, locked, and busy with an old snapshot.
                    Some("40001" | "40P01" | "55P03" | "5" | "6" | "261" | "262" | "517") => {
                        Self::Contended
                    }
                    // SQLite: corrupt, not a database.
                    Some("11" | "26" | "267" | "779") => Self::Damaged { what: "file" },
                    _ => Self::unavailable(refusal.message()),
                }
            }
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::Decode(_)
            | sqlx::Error::RowNotFound => Self::Damaged { what: "row" },
            _ => Self::unavailable(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_codes_of_section_9() {
        assert_eq!(StoreError::Conflict.code(), "E10-CONFLICT");
        assert_eq!(StoreError::Newer { known: 1, found: 2 }.code(), "E10-NEWER");
        assert_eq!(StoreError::Restored { mark: 2, found: 1 }.code(), "E10-RESTORED");
        assert_eq!(StoreError::Damaged { what: "row" }.code(), "E10-DATABASE");
    }

    #[test]
    fn takes_a_row_that_cannot_be_read_for_damage() {
        let error = StoreError::from(sqlx::Error::ColumnNotFound("sealed".into()));
        assert!(matches!(error, StoreError::Damaged { what: "row" }));
    }
}
