//! Why a URI is not read, and why a token makes no signature.

use std::fmt;
use std::path::PathBuf;

use hosho_cli::lang::Lang;

/// Why the URI of a signing key is not read. It holds nothing of the URI's values.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UriError {
    /// An attribute stands there twice.
    Duplicate(String),
    /// A percent sign is not followed by two hexadecimal digits, or what it spells is not text.
    Escape,
    /// The key that it names serves already: in the trust bundle, or for the other role.
    InUse,
    /// An attribute that is needed is missing.
    Missing(&'static str),
    /// An attribute has no value, or one that it cannot have.
    Value(String),
    /// The file that it names holds no key, or others than its owner may read it.
    NoKey,
    /// A key on a token is asked for.
    NoToken,
    /// The PIN itself stands in the URI.
    PinInUri,
    /// A path that should be whole is not, because there is no home yet that it could count from.
    Relative,
    /// It begins neither with `file:` nor with `pkcs11:`.
    Scheme,
    /// An attribute of RFC 7512 that is not supported, or none at all.
    Unsupported(String),
}

impl UriError {
    /// Returns the sentence for the user.
    pub fn message(&self, lang: Lang) -> String {
        let (ja, en) = match self {
            Self::Duplicate(name) => (
                format!("{name} が二つあります。一つにしてください"),
                format!("{name} stands there twice; give it once"),
            ),
            Self::Escape => (
                "% の後には 16 進 2 桁を書いてください".to_owned(),
                "a % needs two hexadecimal digits after it".to_owned(),
            ),
            Self::InUse => (
                "この鍵は既に使われています。役割ごとに、新しい鍵を指定してください".to_owned(),
                "this key serves already; name a new one, another for each role".to_owned(),
            ),
            Self::Missing(name) => (
                format!("{name} がありません。加えてください"),
                format!("{name} is missing; add it"),
            ),
            Self::Value(name) => (
                format!("{name} の値は使えません。値を直してください"),
                format!("{name} has no value that can be used; correct it"),
            ),
            Self::NoKey => (
                "そのファイルに、所有者だけが読める Ed25519 の秘密鍵(PKCS#8 PEM)がありません。\
                 パスとアクセス権(chmod 600)を確かめてください"
                    .to_owned(),
                "the file holds no Ed25519 secret key (PKCS#8 PEM) that only its owner may read; \
                 check the path, and that its mode is 0600"
                    .to_owned(),
            ),
            Self::NoToken => (
                "pkcs11: で始まるトークンの鍵を指定してください".to_owned(),
                "name a key on a token, beginning with pkcs11:".to_owned(),
            ),
            Self::PinInUri => (
                "PIN は URI に書けません。pin-source=file:/絶対パス で、所有者だけが読めるファイルを指定してください"
                    .to_owned(),
                "a PIN never stands in a URI; name a file that only you can read with \
                 pin-source=file:/ABSOLUTE/PATH"
                    .to_owned(),
            ),
            Self::Relative => (
                "ホームはまだありません。file: の後には / で始まる絶対パスを書いてください".to_owned(),
                "there is no home yet; give the whole path after file:, beginning with /".to_owned(),
            ),
            Self::Scheme => (
                "file: 又は pkcs11: で始めてください".to_owned(),
                "begin with file: or pkcs11:".to_owned(),
            ),
            Self::Unsupported(name) => (
                format!(
                    "{name} は使えません。token、serial、object、id、type、module-path、\
                     pin-source を使ってください"
                ),
                format!(
                    "{name} is not supported; use token, serial, object, id, type, module-path \
                     and pin-source"
                ),
            ),
        };
        lang.pick(ja.as_str(), en.as_str()).to_owned()
    }
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for UriError {}

/// Why a token's key cannot be used. It holds no secret.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenError {
    /// The token refused or failed.
    Device {
        /// What the module says: the function and the return value of PKCS#11.
        said: String,
    },
    /// Several keys answer to the URI.
    Ambiguous,
    /// The key on the token is no Ed25519 key that can be used.
    KeyForm,
    /// It signs the same bytes differently each time.
    Fickle,
    /// A key of this name is on the token already.
    KeyExists,
    /// No key on the token answers to the URI.
    KeyMissing,
    /// The module cannot be loaded.
    Module {
        /// The module.
        path: PathBuf,
    },
    /// It makes no signature.
    NoSignature,
    /// To make a key its name is needed: `object`.
    ObjectNeeded,
    /// The file with the PIN cannot be read, or does not hold one line.
    PinFile {
        /// The file.
        path: PathBuf,
    },
    /// The file with the PIN may be read by others than its owner.
    PinFileExposed {
        /// The file.
        path: PathBuf,
    },
    /// The token does not take the PIN. It may lock itself when this happens again.
    PinRefused {
        /// The file that holds the PIN.
        path: PathBuf,
    },
    /// The token has locked itself after too many wrong PINs.
    PinLocked,
    /// Its signatures do not verify with its public key.
    WrongSignature,
    /// Not exactly one token answers to the URI.
    Token {
        /// How many do.
        found: usize,
    },
}

impl TokenError {
    /// Returns the sentence for the user.
    pub fn message(&self, lang: Lang) -> String {
        let (ja, en): (String, String) = match self {
            Self::Device { said } => (
                format!("トークンの操作に失敗しました({said})。トークンの状態を確かめてください"),
                format!("the token failed ({said}); see to the token"),
            ),
            Self::Module { path } => (
                format!(
                    "PKCS#11 モジュール {} を読み込めません。module-path を確かめてください",
                    path.display()
                ),
                format!(
                    "the PKCS#11 module {} cannot be loaded; check module-path",
                    path.display()
                ),
            ),
            Self::PinFile { path } => (
                format!(
                    "PIN のファイル {} から PIN を読み取れません。PIN だけを一行で書いた、所有者だけが\
                     読めるファイルを pin-source で指定してください",
                    path.display()
                ),
                format!(
                    "no PIN can be read from {}; name with pin-source a file that holds one line, \
                     the PIN, and that only you may read",
                    path.display()
                ),
            ),
            Self::PinFileExposed { path } => (
                format!(
                    "PIN のファイル {} を所有者以外も読めます。`chmod 600` してください",
                    path.display()
                ),
                format!(
                    "others than its owner may read the file with the PIN, {}; run `chmod 600` \
                     on it",
                    path.display()
                ),
            ),
            Self::Token { found: 0 } => (
                "URI に当てはまるトークンがありません。接続と token、serial を確かめてください"
                    .into(),
                "no token answers to the URI; connect it, and check token and serial".into(),
            ),
            Self::Token { found } => (
                format!(
                    "URI に当てはまるトークンが {found} 個あります。serial で一つにしてください"
                ),
                format!("{found} tokens answer to the URI; name one by its serial"),
            ),
            other => {
                let (ja, en) = other.plain();
                (ja.to_owned(), en.to_owned())
            }
        };
        lang.pick(ja.as_str(), en.as_str()).to_owned()
    }

    const fn plain(&self) -> (&'static str, &'static str) {
        match self {
            Self::Ambiguous => (
                "URI に当てはまる鍵が複数あります。id で一つにしてください",
                "several keys answer to the URI; name one by its id",
            ),
            Self::Fickle => (
                "同じ内容に毎回異なる署名をする鍵です。中断した発行を再開できないため使えません",
                "this key signs the same bytes differently each time, so that an issue that was \
                 stopped could not be finished; use another token",
            ),
            Self::KeyExists => (
                "この名前の鍵は既にトークンにあります。別の名前を指定してください",
                "a key of this name is on the token already; give another name",
            ),
            Self::KeyForm => (
                "トークンの鍵は使える Ed25519 の鍵ではありません",
                "the key on the token is no Ed25519 key that can be used",
            ),
            Self::KeyMissing => (
                "URI に当てはまる鍵がトークンにありません。`hosho-issue token-key` で作れます",
                "no key on the token answers to the URI; `hosho-issue token-key` makes one",
            ),
            Self::ObjectNeeded => {
                ("鍵の名前を object=… で指定してください", "name the new key with object=…")
            }
            Self::NoSignature => (
                "トークンが署名を作りません。鍵で署名できるか確かめてください",
                "the token makes no signature; see whether the key may sign",
            ),
            Self::WrongSignature => (
                "トークンの署名が公開鍵で検証できません。鍵の組を確かめてください",
                "the token's signature does not verify with its public key; check the pair of keys",
            ),
            Self::PinLocked => (
                "PIN の誤りが続いたため、トークンがロックされています。管理者に解除を依頼してください",
                "the token locked itself after too many wrong PINs; have its officer unlock it",
            ),
            _ => (
                "トークンが PIN を受け付けません。pin-source のファイルを確かめてください",
                "the token does not take the PIN; check the file of pin-source",
            ),
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for TokenError {}
