//! Random bytes of the system, and their spelling.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::problem::Problem;

/// Fills an array with random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Problem::internal(format_args!("no random bytes: {error}")))?;
    Ok(bytes)
}

/// Returns bytes in base64url without padding.
pub(crate) fn spell(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads exactly `N` bytes in base64url without padding.
pub(crate) fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Nothing longer than its spelling is decoded at all.
    if text.len() != (N * 4).div_ceil(3) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Returns bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_spelled_and_nothing_of_another_length() {
        let text = spell(&[0xfb; 32]);
        assert_eq!(read::<32>(&text), Some([0xfb; 32]));
        assert_eq!(read::<16>(&text), None);
        assert_eq!(read::<32>(&text.replace('-', "+")), None);
    }

    #[test]
    fn two_random_arrays_differ() {
        assert_ne!(random::<32>().unwrap(), random::<32>().unwrap());
    }
}
