//! Why a step of keys, roots or trust bundles is not taken.

use hosho::{Fingerprint, KeyId, TrustError, UnixTime};

/// Why a step of keys, roots or trust bundles is not taken; nothing was changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Objection {
    /// The key is called compromised already, since an earlier time.
    CompromisedBefore {
        /// Since when.
        since: UnixTime,
    },
    /// Nobody was there to confirm, or whoever was there did not.
    Confirmation(Confirmation),
    /// A time that should lie behind us does not.
    InFuture,
    /// What should lie apart from the home would lie in it.
    InsideHome,
    /// No trust bundle waits for signatures.
    NoRequest,
    /// A request is no home that would keep the bundle, and no file was named for it.
    OutNeeded,
    /// The file is no trust bundle that can be used.
    NoBundle(TrustError),
    /// The file is not what it should be: a request, a signature or a public key.
    Paper,
    /// A paper that is handed out would lie in the home.
    PaperInHome,
    /// The bundle before is needed, and was not given.
    PreviousNeeded,
    /// The file holds the public part of a key, and the secret one is needed.
    PublicPart,
    /// The key is a root key: it is replaced, not called compromised.
    RootKey(KeyId),
    /// The roots of the home are gone already.
    RootsGone,
    /// A root key that should come in is in the set already.
    RootPresent(Fingerprint),
    /// The signature is for another request.
    SignedOther {
        /// The request that waits.
        request: Fingerprint,
    },
    /// The root key belongs neither to the new root set nor to the one before.
    StrangeRoot(KeyId),
    /// Too few root keys have signed (R-TRUST-7, R-TRUST-9).
    TooFew {
        /// Of the root set before: those that signed, and those that must.
        old: (u8, u8),
        /// Of the new root set.
        new: (u8, u8),
    },
    /// No key of this id is in the trust bundle.
    UnknownKey(KeyId),
    /// A root key that should go, or is named, is not in the set.
    UnknownRoot,
    /// The signature does not verify.
    WrongSignature(KeyId),
}

/// Why something was not confirmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Confirmation {
    /// The answer was not yes.
    Denied,
    /// There is no terminal to ask on.
    NoTerminal,
}

impl Objection {
    /// Returns the code (docs/home.md section 5).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CompromisedBefore { .. } => "E9-CONFLICT",
            Self::Confirmation(_) => "E9-CONFIRM",
            Self::InFuture => "E9-CLOCK",
            Self::NoRequest | Self::OutNeeded | Self::SignedOther { .. } => "E9-REQUEST",
            Self::NoBundle(error) => error.code(),
            Self::Paper | Self::PublicPart => "E9-PAPER",
            Self::PreviousNeeded => "E8-PREVIOUS",
            Self::UnknownKey(_) => "E5-KEY-UNKNOWN",
            Self::TooFew { .. } => "E8-THRESHOLD",
            Self::WrongSignature(_) => "E5-SIGNATURE",
            Self::InsideHome | Self::PaperInHome => "E9-INSIDE",
            Self::RootKey(_)
            | Self::RootsGone
            | Self::RootPresent(_)
            | Self::StrangeRoot(_)
            | Self::UnknownRoot => "E9-ROOTS",
        }
    }

    /// Returns the exit code: 2 when the command line lacks something, 3 while signatures are
    /// missing, otherwise 1.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Confirmation(Confirmation::NoTerminal)
            | Self::OutNeeded
            | Self::PreviousNeeded => 2,
            Self::NoBundle(_) | Self::TooFew { .. } => 3,
            _ => 1,
        }
    }
}
