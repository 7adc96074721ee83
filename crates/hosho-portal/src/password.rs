//! Passwords: argon2id, with the same work for IDs that nobody has.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use hosho_web::Problem;
use tokio::sync::Semaphore;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::login::blocking;

/// How many passwords are hashed at a time; each takes 19 MiB.
const AT_A_TIME: usize = 8;

/// A password that somebody typed; wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct Password(String);

/// A password hash as the database keeps it (a PHC string).
#[derive(Clone)]
pub struct StoredPassword(String);

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PasswordError {
    /// It holds the ID, or is one character over and over.
    Guessable,
    /// The system gives no random bytes, or no memory.
    Hash,
    /// It has more than 128 characters.
    Long,
    /// It has fewer than 12 characters.
    Short,
}

/// What a hash of an ID that nobody has is compared with: it fits no password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Password {
    /// The fewest characters of a new password (NIST SP 800-63B asks for 8, and for 15 alone).
    pub const MIN_CHARS: usize = 12;
    /// The most characters of a password: more would only be work for the service.
    pub const MAX_CHARS: usize = 128;

    /// Takes over what was typed.
    pub fn take(typed: &mut String) -> Self {
        let password = Self(typed.clone());
        typed.zeroize();
        password
    }

    /// Tells whether both are the same, as for a password typed twice.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Returns the hash of a new password for the account with this ID.
    ///
    /// # Errors
    /// Why the password is not taken. This takes about a tenth of a second and 19 MiB.
    pub fn to_stored(&self, login: &str) -> Result<StoredPassword, PasswordError> {
        let count = self.0.chars().count();
        if count < Self::MIN_CHARS {
            return Err(PasswordError::Short);
        }
        if count > Self::MAX_CHARS {
            return Err(PasswordError::Long);
        }
        let mut characters = self.0.chars();
        let first = characters.next();
        if characters.all(|c| Some(c) == first) || self.0.to_lowercase().contains(login) {
            return Err(PasswordError::Guessable);
        }
        let hash = hasher()?.hash_password(self.0.as_bytes());
        hash.map(|hash| StoredPassword(hash.to_string())).map_err(|_| PasswordError::Hash)
    }

    /// Tells whether this is the password of `stored`; with nothing stored the work is the same
    /// and the answer is no.
    #[must_use]
    pub fn fits(&self, stored: Option<&StoredPassword>) -> bool {
        let text = stored.map_or(NOBODY, |stored| stored.0.as_str());
        let Ok(hash) = PasswordHash::new(text) else { return false };
        // Longer ones were never taken; a hash of their beginning keeps the work the same.
        let looked_at = self.0.get(..self.0.len().min(4 * Self::MAX_CHARS)).unwrap_or_default();
        let fits = Argon2::default().verify_password(looked_at.as_bytes(), &hash).is_ok();
        fits && stored.is_some()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl StoredPassword {
    /// Takes what the database keeps.
    pub fn from_row(text: String) -> Self {
        Self(text)
    }

    /// Returns what the database keeps.
    pub fn as_row(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredPassword(..)")
    }
}

impl PasswordError {
    /// Returns what to do, in Japanese and in English.
    pub const fn advice(self) -> (&'static str, &'static str) {
        match self {
            Self::Guessable => (
                "IDを含むもの、同じ文字だけのものは使えません",
                "a password must not hold the ID or be one character over and over",
            ),
            Self::Hash => ("処理できませんでした。もう一度お試しください", "try again"),
            Self::Long => ("128文字以内にしてください", "use at most 128 characters"),
            Self::Short => ("12文字以上にしてください", "use at least 12 characters"),
        }
    }
}

/// Places for hashing: however many people log in at once, the memory for it is bounded. Copies
/// share them.
#[derive(Clone, Debug)]
pub(crate) struct Hashers(Arc<Semaphore>);

impl Hashers {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }

    /// Runs what hashes a password, when there is a place for it.
    ///
    /// # Errors
    /// An internal problem when `work` panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = Arc::clone(&self.0).acquire_owned().await.map_err(Problem::internal)?;
        blocking(move || {
            // Kept until it is done, even when nobody waits for the answer any more.
            let _place = place;
            work()
        })
        .await
    }
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|_| PasswordError::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::take(&mut text.to_owned())
    }

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let stored = password("correct horse battery").to_stored("aomine").unwrap();
        assert!(stored.as_row().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(password("correct horse battery").fits(Some(&stored)));
        assert!(!password("correct horse batterx").fits(Some(&stored)));
        assert!(!password("correct horse battery").fits(None));
    }

    #[test]
    fn the_same_password_has_another_hash_each_time() {
        let one = password("correct horse battery").to_stored("aomine").unwrap();
        let two = password("correct horse battery").to_stored("aomine").unwrap();
        assert_ne!(one.as_row(), two.as_row());
    }

    #[test]
    fn the_hash_for_nobody_is_well_formed_and_costs_as_much() {
        let hash = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(hash.params.to_string(), "m=19456,t=2,p=1");
        assert_eq!(hash.hash.unwrap().len(), 32);
    }

    #[test]
    fn refuses_passwords_that_are_short_long_or_guessable() {
        for (text, error) in [
            ("eleven chars"[..11].to_owned(), PasswordError::Short),
            ("あ".repeat(11), PasswordError::Short),
            ("ab".repeat(65), PasswordError::Long),
            ("a".repeat(20), PasswordError::Guessable),
            ("my-AOMINE-2026".to_owned(), PasswordError::Guessable),
        ] {
            assert_eq!(password(&text).to_stored("aomine").map(|_| ()), Err(error), "{text}");
        }
        assert!(password("あいうえおかきくけこさし").to_stored("aomine").is_ok());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", password("correct horse battery")), "Password(..)");
    }

    #[tokio::test]
    async fn so_many_are_hashed_at_a_time_though_visitors_go_away() {
        let hashers = Hashers::new();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let (begun, mut beginning) = tokio::sync::mpsc::unbounded_channel();
        let started: Vec<_> = (0..=AT_A_TIME)
            .map(|_| {
                let (hashers, begun, wait) = (hashers.clone(), begun.clone(), Arc::clone(&wait));
                tokio::spawn(async move {
                    let work = move || {
                        begun.send(()).unwrap();
                        wait.lock().unwrap().recv().unwrap();
                    };
                    hashers.run(work).await.unwrap();
                })
            })
            .collect();
        for _ in 0..AT_A_TIME {
            beginning.recv().await.unwrap();
        }
        for visitor in &started[..AT_A_TIME] {
            visitor.abort();
        }
        tokio::task::yield_now().await;
        assert!(beginning.try_recv().is_err(), "one too many");
        go.send(()).unwrap();
        beginning.recv().await.unwrap();
        for _ in 0..AT_A_TIME {
            go.send(()).unwrap();
        }
    }
}
