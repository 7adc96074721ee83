//! Sessions that only the visitor's cookie opens.
//!
//! The cookie holds 32 random bytes. The row in the database is named by a key derived from them and
//! encrypted (ChaCha20-Poly1305) under another, so a thief of the database has no session and reads
//! none. A session ends after a time without requests, and after a longer one in any case.

use std::future::Future;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use hosho::UnixTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::context::Context;
use crate::cookie::{SetCookie, Transport};
use crate::form::unhardened;
use crate::problem::Problem;
use crate::random;

pub(crate) const COOKIE: &str = "session";
/// A session's end is moved at most this often, so that reading pages seldom writes.
const STEP: u64 = 60;
const NONCE: usize = 12;

/// Where sessions are stored: the rows of a database, which the service brings.
pub trait SessionRows: Clone + Send + Sync + 'static {
    /// Stores a session in the place of the one of that mark, or as a new one.
    fn save(
        &self,
        mark: [u8; 32],
        sealed: Vec<u8>,
        expires_at: UnixTime,
    ) -> impl Future<Output = Result<(), Problem>> + Send;

    /// Returns the bytes and the end of the session of that mark, unless it ended.
    fn load(
        &self,
        mark: [u8; 32],
        now: UnixTime,
    ) -> impl Future<Output = Result<Option<(Vec<u8>, UnixTime)>, Problem>> + Send;

    /// Removes the session of that mark, if there is one.
    fn delete(&self, mark: [u8; 32]) -> impl Future<Output = Result<(), Problem>> + Send;
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Without a request.
    pub idle: Duration,
    /// In any case.
    pub most: Duration,
}

/// What the visitor's cookie holds.
pub struct SessionKey(Zeroizing<[u8; 32]>);

impl SessionKey {
    fn of(context: &Context) -> Option<Self> {
        let value = context.session()?;
        random::read::<32>(value).map(|bytes| Self(Zeroizing::new(bytes)))
    }

    fn derive(&self, what: &[u8]) -> Result<Zeroizing<[u8; 32]>, Problem> {
        let mut derived = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::from_prk(self.0.as_slice())
            .map_err(Problem::internal)?
            .expand_multi_info(&[b"hosho/v1/session/", what], derived.as_mut_slice())
            .map_err(Problem::internal)?;
        Ok(derived)
    }

    fn mark(&self) -> Result<[u8; 32], Problem> {
        Ok(*self.derive(b"mark")?)
    }

    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Problem> {
        let nonce = random::random::<NONCE>()?;
        let key = self.derive(b"key")?;
        let sealed = ChaCha20Poly1305::new(&Key::from(*key))
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &self.mark()? })
            .map_err(|_| Problem::internal("a session could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let damaged = || Problem::internal("a stored session is damaged");
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let key = self.derive(b"key")?;
        ChaCha20Poly1305::new(&Key::from(*key))
            .decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: &self.mark()? })
            .map(Zeroizing::new)
            .map_err(|_| damaged())
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

#[derive(Deserialize, Serialize)]
struct Stored<T> {
    begun: u64,
    content: T,
}

/// A session as a handler sees it.
#[derive(Debug)]
pub struct Session<T> {
    /// What the service keeps in it.
    pub content: T,
    key: SessionKey,
    begun: u64,
}

/// The sessions of a service.
#[derive(Clone, Debug)]
pub struct Sessions<R> {
    rows: R,
    clock: Clock,
    lifetime: Lifetime,
}

/// A visitor as sessions see him; an extractor.
#[derive(Clone)]
pub struct Visitor(Context);

impl Visitor {
    fn transport(&self) -> Transport {
        self.0.transport()
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Context>().cloned().map(Self).ok_or_else(unhardened)
    }
}

impl<R: SessionRows> Sessions<R> {
    /// Returns the sessions that are stored in `rows`.
    pub fn new(rows: R, clock: Clock, lifetime: Lifetime) -> Self {
        Self { rows, clock, lifetime }
    }

    /// Begins a session, ends the one that the visitor had, and returns the cookie to be set.
    ///
    /// The key is new in any case: whoever planted the old one has nothing.
    ///
    /// # Errors
    /// The problem of the rows.
    pub async fn begin<T: Serialize>(
        &self,
        visitor: &Visitor,
        content: &T,
    ) -> Result<SetCookie, Problem> {
        if let Some(old) = SessionKey::of(&visitor.0) {
            self.rows.delete(old.mark()?).await?;
        }
        let key = SessionKey(Zeroizing::new(random::random::<32>()?));
        self.store(&key, self.clock.now().seconds(), content).await?;
        let value = Zeroizing::new(random::spell(key.0.as_slice()));
        Ok(SetCookie::new(visitor.transport(), COOKIE, &value, None))
    }

    /// Returns the visitor's session, if there is one that has not ended, and moves its end.
    ///
    /// # Errors
    /// The problem of the rows, or an internal one for a row that was changed.
    pub async fn load<T: DeserializeOwned + Serialize>(
        &self,
        visitor: &Visitor,
    ) -> Result<Option<Session<T>>, Problem> {
        let Some(key) = SessionKey::of(&visitor.0) else { return Ok(None) };
        let now = self.clock.now();
        let Some((sealed, expires_at)) = self.rows.load(key.mark()?, now).await? else {
            return Ok(None);
        };
        let plain = key.open(&sealed)?;
        let Stored { begun, content } = serde_json::from_slice(&plain)
            .map_err(|_| Problem::internal("a session is of another kind"))?;
        if now >= expires_at || now.seconds() >= begun.saturating_add(self.lifetime.most.as_secs())
        {
            self.rows.delete(key.mark()?).await?;
            return Ok(None);
        }
        let end = self.end(begun);
        if end.seconds() >= expires_at.seconds().saturating_add(STEP) {
            self.store(&key, begun, &content).await?;
        }
        Ok(Some(Session { content, key, begun }))
    }

    /// Stores a session whose content changed.
    ///
    /// # Errors
    /// The problem of the rows.
    pub async fn save<T: Serialize>(&self, session: &Session<T>) -> Result<(), Problem> {
        self.store(&session.key, session.begun, &session.content).await
    }

    /// Ends the visitor's session, if there is one, and returns the cookie that takes its away.
    ///
    /// # Errors
    /// The problem of the rows.
    pub async fn leave(&self, visitor: &Visitor) -> Result<SetCookie, Problem> {
        if let Some(key) = SessionKey::of(&visitor.0) {
            self.rows.delete(key.mark()?).await?;
        }
        Ok(SetCookie::remove(visitor.transport(), COOKIE))
    }

    async fn store<T: Serialize>(
        &self,
        key: &SessionKey,
        begun: u64,
        content: &T,
    ) -> Result<(), Problem> {
        let plain = Zeroizing::new(
            serde_json::to_vec(&Stored { begun, content }).map_err(Problem::internal)?,
        );
        self.rows.save(key.mark()?, key.seal(&plain)?, self.end(begun)).await
    }

    fn end(&self, begun: u64) -> UnixTime {
        let idle = self.clock.now().seconds().saturating_add(self.lifetime.idle.as_secs());
        let most = begun.saturating_add(self.lifetime.most.as_secs());
        UnixTime::from_seconds(idle.min(most)).unwrap_or(UnixTime::MAX)
    }
}
