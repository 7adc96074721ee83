//! The PIN of a token: from a file that only its owner may read, and nowhere else.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cryptoki::types::AuthPin;
use hosho_cli::input::open_regular;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::error::TokenError;

/// Tokens take PINs of far fewer bytes.
const MAX_LEN: usize = 256;

/// Reads a PIN: the first line of a file for its owner only. Every buffer is wiped.
pub(crate) fn read_pin(path: &Path) -> Result<AuthPin, TokenError> {
    let unread = || TokenError::PinFile { path: path.to_owned() };
    let mut file = open_regular(path, OFlags::NOFOLLOW).map_err(|_| unread())?;
    let mode = file.metadata().map_err(|_| unread())?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(TokenError::PinFileExposed { path: path.to_owned() });
    }
    let mut bytes = Zeroizing::new([0_u8; MAX_LEN]);
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).map_err(|_| unread())? {
            0 => break,
            count => length += count,
        }
    }
    let text = bytes.get(..length).filter(|_| length < MAX_LEN);
    let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or_else(unread)?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    // Some editors end lines so. Sent along, it would use up one of the tries that a token allows.
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains(['\r', '\n']) {
        return Err(unread());
    }
    Ok(AuthPin::from(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("hosho-pin-{}-{name}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        folder
    }

    fn write(path: &Path, text: &[u8], mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn reads_a_pin_for_its_owner_only() {
        let folder = folder("owner");
        let path = folder.join("pin");
        for text in ["1234", "1234\n", "1234\r\n"] {
            write(&path, text.as_bytes(), 0o600);
            assert!(read_pin(&path).is_ok(), "{text:?}");
        }
        for mode in [0o640, 0o604, 0o644] {
            write(&path, b"1234", mode);
            let exposed = TokenError::PinFileExposed { path: path.clone() };
            assert_eq!(read_pin(&path).unwrap_err(), exposed, "{mode:o}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn refuses_a_file_that_holds_no_pin() {
        let folder = folder("form");
        let path = folder.join("pin");
        let unread = TokenError::PinFile { path: path.clone() };
        assert_eq!(read_pin(&path).unwrap_err(), unread);
        for text in
            [b"".as_slice(), b"\n", b"\r\n", b"12\n34\n", b"12\r34", b"\xff", &[b'1'; MAX_LEN]]
        {
            write(&path, text, 0o600);
            assert_eq!(read_pin(&path).unwrap_err(), unread, "{text:?}");
        }
        fs::remove_file(&path).unwrap();
        symlink("/dev/null", &path).unwrap();
        assert_eq!(read_pin(&path).unwrap_err(), unread);
        fs::remove_dir_all(folder).unwrap();
    }
}
