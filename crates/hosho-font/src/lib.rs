//! The Japanese font that Hosho's papers are set in: Noto Sans JP Regular, unmodified.
//!
//! It is a crate of its own so that whoever needs no paper carries no font. The file and its
//! licence, the SIL Open Font License 1.1, stand in `font/`; `README.md` tells where they come from.
//!
//! ```
//! assert!(hosho_font::SANS.starts_with(b"OTTO"));
//! ```

/// Noto Sans JP Regular, an OpenType font with PostScript outlines.
pub static SANS: &[u8] = include_bytes!("../font/NotoSansJP-Regular.otf");

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_font_is_the_file_that_the_readme_names() {
        let hash: Vec<String> =
            Sha256::digest(SANS).iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = hash.concat();
        assert_eq!(hash, "dff723ba59d57d136764a04b9b2d03205544f7cd785a711442d6d2d085ac5073");
        assert!(include_str!("../README.md").contains(&hash));
    }
}
