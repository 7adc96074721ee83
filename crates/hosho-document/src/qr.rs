//! QR codes: what is written in them, and how they are drawn.
//!
//! Both texts are our own (docs/spec.md section 13): `HSC1:` and a certificate in base45, or `HSK1:`,
//! a number, a colon and an auth key. Neither holds an address: the channel by which a certificate is
//! checked must not come from the paper.

use std::sync::Arc;

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, Mode, Version};
use hosho::{AuthKey, GuaranteeNumber};
use krilla::image::{BitsPerComponent, CustomImage, ImageColorspace};
use zeroize::Zeroizing;

/// How the text of a certificate's QR code begins.
pub(crate) const CERTIFICATE: &str = "HSC1:";
/// How the text of a notice's QR code begins.
pub(crate) const NOTICE: &str = "HSK1:";

/// How many pixels a module has on a side: whole ones, so that the modules stay even wherever a page
/// is shown coarser or finer.
const MODULE: usize = 8;
/// How many modules around a code stay white.
const QUIET: usize = 4;
/// The shades of a pixel.
const DARK: u8 = 0;
const LIGHT: u8 = u8::MAX;

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

    /// Returns the code with its quiet zone as a picture.
    ///
    /// A picture, not shapes: whoever reads a scanned page then reads the page of the file itself.
    pub(crate) fn picture(&self) -> Picture {
        let side = (usize::from(self.side) + 2 * QUIET) * MODULE;
        let edge = QUIET * MODULE;
        let mut luma = vec![LIGHT; edge * side];
        for modules in self.dark.chunks_exact(usize::from(self.side)) {
            let mut row = vec![LIGHT; edge];
            for dark in modules {
                row.extend([if *dark { DARK } else { LIGHT }; MODULE]);
            }
            row.resize(side, LIGHT);
            for _ in 0..MODULE {
                luma.extend_from_slice(&row);
            }
        }
        luma.resize(side * side, LIGHT);
        Picture { side: u32::try_from(side).unwrap_or_default(), luma: luma.into() }
    }
}

/// A square picture in shades of grey.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Picture {
    side: u32,
    luma: Arc<[u8]>,
}

impl CustomImage for Picture {
    fn color_channel(&self) -> &[u8] {
        &self.luma
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        (self.side, self.side)
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Luma
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
        assert_eq!(Qr::of_certificate(&[0; 964]).map(|qr| qr.side), Some(117));
        assert!(Qr::of_certificate(&[0; 965]).is_none());
    }

    #[test]
    fn the_longest_number_fits_beside_the_key() {
        let key = AuthKey::parse("10JT6-4Z5E1-8H60F-XWX85-H6N6Y").unwrap();
        let number = GuaranteeNumber::parse("a".repeat(64)).unwrap();
        assert_eq!(Qr::of_notice(&number, &key).map(|qr| qr.side), Some(57));
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
    fn the_picture_has_a_quiet_zone_and_whole_pixels_a_module() {
        let qr = Qr::of_certificate(b"hosho").unwrap();
        let picture = qr.picture();
        let side = (usize::from(qr.side) + 8) * MODULE;
        assert_eq!(
            (picture.size().0, picture.luma.len()),
            (u32::try_from(side).unwrap(), side * side)
        );
        let modules: Vec<Vec<bool>> = picture
            .luma
            .chunks_exact(side)
            .step_by(MODULE)
            .map(|row| row.iter().step_by(MODULE).map(|shade| *shade == DARK).collect())
            .collect();
        // Its upper left finder.
        let expected = [[false; 4].as_slice(), &[true; 7], &[false]].concat();
        assert_eq!(modules[4][..12], expected);
        assert!(modules[..4].iter().flatten().all(|dark| !dark));
        let dark: Vec<usize> =
            (0..modules.len()).filter(|row| modules[*row].contains(&true)).collect();
        assert_eq!((dark.first(), dark.last()), (Some(&4), Some(&(3 + usize::from(qr.side)))));
    }
}
