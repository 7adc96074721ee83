//! QR codes: what is written in them, and which modules are dark.
//!
//! Both texts are our own (docs/spec.md section 13): `HSC1:` and a certificate in base45, or `HSK1:`,
//! a number, a colon and an auth key. Neither holds an address: the channel by which a certificate is
//! checked must not come from the paper.

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, Mode, Version};
use hosho::{AuthKey, GuaranteeNumber};
use zeroize::Zeroizing;

/// How the text of a certificate's QR code begins.
pub(crate) const CERTIFICATE: &str = "HSC1:";
/// How the text of a notice's QR code begins.
pub(crate) const NOTICE: &str = "HSK1:";

/// The most characters of version 25 with error correction M; a denser code is hard to read from
/// paper.
const MAX_CERTIFICATE_TEXT: usize = 1_451;

/// A QR code as its modules.
#[derive(Clone, Debug)]
pub(crate) struct Qr {
    side: u16,
    dark: Vec<bool>,
}

impl Qr {
    /// Returns the code of a certificate, if it is small enough for paper.
    pub(crate) fn of_certificate(bytes: &[u8]) -> Option<Self> {
        let text = certificate_text(bytes);
        if text.len() > MAX_CERTIFICATE_TEXT {
            return None;
        }
        let mut builder = QRBuilder::new(text);
        builder.mode(Mode::Alphanumeric).ecl(ECL::M);
        Self::build(&builder)
    }

    /// Returns the code of a notice.
    pub(crate) fn of_notice(number: &GuaranteeNumber<'_>, key: &AuthKey) -> Option<Self> {
        let text = notice_text(number, key);
        let mut builder = QRBuilder::new(text.as_bytes());
        // The longest number fits into version 8; a fixed one keeps the modules of one size.
        builder.ecl(ECL::Q).version(Version::V10);
        Self::build(&builder)
    }

    fn build(builder: &QRBuilder) -> Option<Self> {
        let code = builder.build().ok()?;
        let modules = code.size.checked_mul(code.size)?;
        let dark = code.data.get(..modules)?.iter().map(|module| module.value()).collect();
        Some(Self { side: u16::try_from(code.size).ok()?, dark })
    }

    /// Returns how many modules a side has.
    pub(crate) fn side(&self) -> u16 {
        self.side
    }

    /// Returns the dark runs: row, first column, length.
    pub(crate) fn runs(&self) -> Vec<(u16, u16, u16)> {
        let mut runs = Vec::new();
        for (row, modules) in (0_u16..).zip(self.dark.chunks_exact(usize::from(self.side))) {
            let mut column = 0_u16;
            for run in modules.chunk_by(|a, b| a == b) {
                let length = u16::try_from(run.len()).unwrap_or(u16::MAX);
                if run.first() == Some(&true) {
                    runs.push((row, column, length));
                }
                column = column.saturating_add(length);
            }
        }
        runs
    }
}

fn certificate_text(bytes: &[u8]) -> String {
    format!("{CERTIFICATE}{}", base45::encode(bytes))
}

fn notice_text(number: &GuaranteeNumber<'_>, key: &AuthKey) -> Zeroizing<String> {
    Zeroizing::new(format!("{NOTICE}{number}:{}", key.expose_text().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_964_bytes_is_the_largest_that_fits() {
        assert_eq!(Qr::of_certificate(&[0; 964]).map(|qr| qr.side()), Some(117));
        assert!(Qr::of_certificate(&[0; 965]).is_none());
    }

    #[test]
    fn the_longest_number_fits_beside_the_key() {
        let key = AuthKey::parse("10JT6-4Z5E1-8H60F-XWX85-H6N6Y").unwrap();
        let number = GuaranteeNumber::parse("a".repeat(64)).unwrap();
        assert_eq!(Qr::of_notice(&number, &key).map(|qr| qr.side()), Some(57));
    }

    #[test]
    fn the_notice_holds_number_and_key_and_no_address() {
        let key = AuthKey::parse("10JT6-4Z5E1-8H60F-XWX85-H6N6Y").unwrap();
        let number = GuaranteeNumber::parse("31-07-1-0000123-9").unwrap();
        assert_eq!(
            notice_text(&number, &key).as_str(),
            "HSK1:31-07-1-0000123-9:10JT6-4Z5E1-8H60F-XWX85-H6N6Y"
        );
    }

    #[test]
    fn runs_cover_the_finder_in_the_corner() {
        let qr = Qr::of_certificate(b"hosho").unwrap();
        let runs = qr.runs();
        assert_eq!(runs.first(), Some(&(0, 0, 7)));
        assert!(runs.contains(&(1, 0, 1)) && runs.contains(&(1, 6, 1)));
    }
}
