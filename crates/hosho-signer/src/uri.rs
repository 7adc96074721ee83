//! Where a signing key is: `file:` or `pkcs11:` (RFC 7512).

use std::path::{Path, PathBuf};

use crate::error::UriError;

/// Where a signing key is. It holds no secret.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignerUri {
    /// A PKCS#8 PEM file; a path that is not absolute counts from the guarantor's home.
    File(PathBuf),
    /// A key on a PKCS#11 token.
    Pkcs11(Pkcs11Uri),
}

/// A key on a PKCS#11 token, named as RFC 7512 does, and the module and PIN that lead to it.
///
/// Invariant: token or serial, and object or id, are there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pkcs11Uri {
    text: String,
    token: Option<String>,
    serial: Option<String>,
    object: Option<String>,
    id: Option<Vec<u8>>,
    module: PathBuf,
    pin: PathBuf,
}

impl SignerUri {
    /// The most bytes of a URI: paths and labels of full length are shorter.
    pub const MAX_LEN: usize = 2_048;

    /// Reads a URI.
    ///
    /// # Errors
    /// Which part of it is not as it should be. A PIN in it is refused.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let is_plain = text.len() <= Self::MAX_LEN && text.bytes().all(|b| b.is_ascii_graphic());
        if let Some(path) = text.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || text.len() > Self::MAX_LEN {
                return Err(UriError::Value("file".to_owned()));
            }
            return Ok(Self::File(PathBuf::from(decode_text(path)?)));
        }
        match text.strip_prefix("pkcs11:") {
            Some(rest) if is_plain => Pkcs11Uri::parse(text, rest).map(Self::Pkcs11),
            Some(_) => Err(UriError::Escape),
            None => Err(UriError::Scheme),
        }
    }

    /// Returns the URI as it was read.
    pub fn to_text(&self) -> String {
        match self {
            Self::File(path) => format!("file:{}", path.display()),
            Self::Pkcs11(uri) => uri.text.clone(),
        }
    }
}

impl Pkcs11Uri {
    fn parse(text: &str, rest: &str) -> Result<Self, UriError> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut parts = Parts::default();
        for part in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = split(part)?;
            parts.take_path(name, value)?;
        }
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = split(part)?;
            parts.take_query(name, value)?;
        }
        let Parts { token, serial, object, id, module, pin, .. } = parts;
        if token.is_none() && serial.is_none() {
            return Err(UriError::Missing("token"));
        }
        if object.is_none() && id.is_none() {
            return Err(UriError::Missing("object"));
        }
        Ok(Self {
            text: text.to_owned(),
            token,
            serial,
            object,
            id,
            module: module.ok_or(UriError::Missing("module-path"))?,
            pin: pin.ok_or(UriError::Missing("pin-source"))?,
        })
    }

    /// Returns the label of the token, if one is given.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Returns the serial number of the token, if one is given.
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    /// Returns the label of the key, if one is given.
    pub fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }

    /// Returns the id of the key, if one is given.
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }

    /// Returns the file of the module that speaks to the token.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// Returns the file that holds the PIN.
    pub fn pin(&self) -> &Path {
        &self.pin
    }
}

#[derive(Default)]
struct Parts {
    token: Option<String>,
    serial: Option<String>,
    object: Option<String>,
    id: Option<Vec<u8>>,
    kind: Option<String>,
    module: Option<PathBuf>,
    pin: Option<PathBuf>,
}

impl Parts {
    fn take_path(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match name {
            "token" => put(&mut self.token, name, decode_text(value)?),
            "serial" => put(&mut self.serial, name, decode_text(value)?),
            "object" => put(&mut self.object, name, decode_text(value)?),
            "id" => put(&mut self.id, name, decode(value)?),
            "type" if value == "private" => put(&mut self.kind, name, value.to_owned()),
            "type" => Err(UriError::Value(name.to_owned())),
            "pin-value" => Err(UriError::PinInUri),
            other => Err(UriError::Unsupported(other.to_owned())),
        }
    }

    fn take_query(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match name {
            "module-path" => put(&mut self.module, name, absolute(name, &decode_text(value)?)?),
            "pin-source" => {
                let source = decode_text(value)?;
                let path = source.strip_prefix("file:").unwrap_or(&source);
                let path = path.strip_prefix("//").unwrap_or(path);
                put(&mut self.pin, name, absolute(name, path)?)
            }
            "pin-value" => Err(UriError::PinInUri),
            other => Err(UriError::Unsupported(other.to_owned())),
        }
    }
}

fn split(part: &str) -> Result<(&str, &str), UriError> {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    if value.is_empty() && name != "pin-value" {
        return Err(UriError::Value(name.to_owned()));
    }
    Ok((name, value))
}

fn put<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), UriError> {
    if place.replace(value).is_some() {
        return Err(UriError::Duplicate(name.to_owned()));
    }
    Ok(())
}

// A module or a PIN that depends on where a command is run could be somebody else's.
fn absolute(name: &str, path: &str) -> Result<PathBuf, UriError> {
    let path = PathBuf::from(path);
    if path.is_absolute() { Ok(path) } else { Err(UriError::Value(name.to_owned())) }
}

fn decode_text(text: &str) -> Result<String, UriError> {
    String::from_utf8(decode(text)?).map_err(|_| UriError::Escape)
}

fn decode(text: &str) -> Result<Vec<u8>, UriError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let value = high.zip(low).and_then(|(h, l)| u8::try_from(h << 4 | l).ok());
                value.ok_or(UriError::Escape)?
            }
            other => other,
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "pkcs11:token=The%20Token;serial=00aF;object=certificate;id=%01%ff;\
                         type=private?module-path=/usr/lib/softhsm/libsofthsm2.so&\
                         pin-source=file:/etc/hosho/pin";

    fn pkcs11(text: &str) -> Pkcs11Uri {
        match SignerUri::parse(text) {
            Ok(SignerUri::Pkcs11(uri)) => uri,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_the_parts_of_a_pkcs11_uri() {
        let uri = pkcs11(WHOLE);
        assert_eq!(uri.token(), Some("The Token"));
        assert_eq!(uri.serial(), Some("00aF"));
        assert_eq!(uri.object(), Some("certificate"));
        assert_eq!(uri.id(), Some([1, 255].as_slice()));
        assert_eq!(uri.module(), Path::new("/usr/lib/softhsm/libsofthsm2.so"));
        assert_eq!(uri.pin(), Path::new("/etc/hosho/pin"));
        assert_eq!(SignerUri::Pkcs11(uri).to_text(), WHOLE);
    }

    #[test]
    fn reads_the_other_spellings_of_a_pin_source() {
        for source in ["/etc/pin", "file:/etc/pin", "file:///etc/pin", "%2Fetc%2Fpin"] {
            let text = format!("pkcs11:token=t;object=o?module-path=/m&pin-source={source}");
            assert_eq!(pkcs11(&text).pin(), Path::new("/etc/pin"), "{source}");
        }
    }

    #[test]
    fn reads_files_inside_and_outside_the_home() {
        for (text, path) in [
            ("file:keys/certificate-1.pem", "keys/certificate-1.pem"),
            ("file:/media/usb/key.pem", "/media/usb/key.pem"),
            ("file:///media/a%20b.pem", "/media/a b.pem"),
        ] {
            assert_eq!(SignerUri::parse(text), Ok(SignerUri::File(path.into())), "{text}");
        }
    }

    #[test]
    fn refuses_a_pin_in_the_uri() {
        for text in [
            "pkcs11:token=t;object=o?module-path=/m&pin-value=1234",
            "pkcs11:token=t;object=o;pin-value=1234?module-path=/m&pin-source=/p",
            "pkcs11:token=t;object=o?pin-value=",
        ] {
            let refused = SignerUri::parse(text);
            assert_eq!(refused, Err(UriError::PinInUri), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_missing_doubled_unknown_or_not_well_formed() {
        let value = |name: &str| UriError::Value(name.to_owned());
        for (text, error) in [
            ("", UriError::Scheme),
            ("/keys/a.pem", UriError::Scheme),
            ("PKCS11:token=t", UriError::Scheme),
            ("file:", value("file")),
            ("pkcs11:", UriError::Missing("token")),
            ("pkcs11:token=t?module-path=/m&pin-source=/p", UriError::Missing("object")),
            ("pkcs11:token=t;object=o?pin-source=/p", UriError::Missing("module-path")),
            ("pkcs11:token=t;object=o?module-path=/m", UriError::Missing("pin-source")),
            ("pkcs11:token=t;token=u", UriError::Duplicate("token".to_owned())),
            ("pkcs11:slot-id=3", UriError::Unsupported("slot-id".to_owned())),
            ("pkcs11:token=t?module-name=m", UriError::Unsupported("module-name".to_owned())),
            ("pkcs11:token=", value("token")),
            ("pkcs11:token=t;object=o;type=public", value("type")),
            ("pkcs11:token=t;object=o?module-path=m.so", value("module-path")),
            ("pkcs11:token=t;object=o?module-path=/m&pin-source=file:pin", value("pin-source")),
            ("pkcs11:token=%4", UriError::Escape),
            ("pkcs11:token=%zz", UriError::Escape),
            ("pkcs11:token=%ff", UriError::Escape),
            ("pkcs11:token=a b", UriError::Escape),
        ] {
            assert_eq!(SignerUri::parse(text), Err(error), "{text}");
        }
    }
}
