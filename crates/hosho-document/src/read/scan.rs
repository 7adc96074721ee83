//! Pictures in a PDF: a page that was scanned.

use lopdf::{Dictionary, Document, Object, Stream};

use super::image::{self, Picture, grey};

/// The most bytes of a picture in a PDF: a page at 400 dpi in colour.
const MAX_PICTURE: usize = 48_000_000;
/// Pictures of less than this are no QR code of a certificate.
const MIN_SIDE: usize = 60;

/// A stream of a PDF that is a picture, large enough for a page.
pub(super) struct Scan<'d> {
    raster: Raster<'d>,
    stream: &'d Stream,
    width: usize,
    height: usize,
}

impl<'d> Scan<'d> {
    pub(super) fn of(document: &'d Document, stream: &'d Stream) -> Option<Self> {
        let raster = Raster { document, dictionary: &stream.dict };
        if raster.name(b"Subtype") != Some(b"Image") {
            return None;
        }
        let (width, height) = (raster.side(b"Width")?, raster.side(b"Height")?);
        let is_page = width >= MIN_SIDE && height >= MIN_SIDE;
        is_page.then_some(Self { raster, stream, width, height })
    }

    /// Returns the picture; nothing if it is of a kind that is not read: fax (CCITT, JBIG2), JPEG
    /// 2000, or too large.
    pub(super) fn picture(&self) -> Option<Picture> {
        match self.stream.filters().unwrap_or_default().as_slice() {
            [b"DCTDecode"] => image::jpeg(&self.stream.content).ok(),
            [packed @ .., b"DCTDecode"] => image::jpeg(&unpacked(self.stream, packed)?).ok(),
            _ => self.raster.picture(self.stream, self.width, self.height),
        }
    }
}

/// Takes off the filters around a JPEG.
fn unpacked(stream: &Stream, filters: &[&[u8]]) -> Option<Vec<u8>> {
    let names = filters.iter().map(|name| Object::Name(name.to_vec())).collect();
    let mut dictionary = Dictionary::new();
    dictionary.set("Filter", Object::Array(names));
    let inner = Stream::new(dictionary, stream.content.clone());
    inner.get_plain_content_with_limit(MAX_PICTURE).ok()
}

/// What a PDF tells about the samples of a picture.
struct Raster<'d> {
    document: &'d Document,
    dictionary: &'d Dictionary,
}

impl Raster<'_> {
    fn get(&self, name: &[u8]) -> Option<&Object> {
        self.dictionary.get_deref(name, self.document).ok()
    }

    fn name(&self, name: &[u8]) -> Option<&[u8]> {
        self.get(name)?.as_name().ok()
    }

    fn side(&self, name: &[u8]) -> Option<usize> {
        usize::try_from(self.get(name)?.as_i64().ok()?).ok()
    }

    /// Returns the picture of samples that are not a JPEG.
    fn picture(&self, stream: &Stream, width: usize, height: usize) -> Option<Picture> {
        let area = width.checked_mul(height)?;
        let bits = match self.get(b"ImageMask").and_then(|mask| mask.as_bool().ok()) {
            Some(true) => 1,
            _ => u8::try_from(self.get(b"BitsPerComponent")?.as_i64().ok()?).ok()?,
        };
        let samples = stream.get_plain_content_with_limit(MAX_PICTURE).ok()?;
        let palette = self.palette();
        let luma = match (bits, &palette) {
            (8, None) if samples.len() == area => samples,
            (8, None) if samples.len() == area.checked_mul(3)? => {
                samples.chunks_exact(3).map(grey).collect()
            }
            (8, None) if samples.len() == area.checked_mul(4)? => {
                samples.chunks_exact(4).map(ink).collect()
            }
            (1 | 2 | 4 | 8, _) => self.few_shades(&samples, width, bits, palette.as_deref())?,
            _ => return None,
        };
        Picture::of(u32::try_from(width).ok()?, u32::try_from(height).ok()?, luma).ok()
    }

    /// Takes apart samples of less than a byte, or places in a palette.
    fn few_shades(
        &self,
        samples: &[u8],
        width: usize,
        bits: u8,
        palette: Option<&[u8]>,
    ) -> Option<Vec<u8>> {
        let most = u8::MAX.checked_shr(u32::from(8_u8.checked_sub(bits)?))?;
        let shade = |sample: u8| match palette {
            Some(palette) => palette.get(usize::from(sample)).copied().unwrap_or_default(),
            None => sample.saturating_mul(u8::MAX / most),
        };
        let shades: Vec<u8> = (0..=most).map(shade).collect();
        let inverted = palette.is_none() && self.is_inverted();
        let row_length = width.checked_mul(usize::from(bits))?.div_ceil(8);
        let mut luma = Vec::with_capacity(samples.len().checked_mul(usize::from(8 / bits))?);
        for row in samples.chunks_exact(row_length) {
            let parts = row.iter().flat_map(|byte| {
                (0..8 / bits).rev().map(move |place| byte >> (place * bits) & most)
            });
            let shown = parts.take(width).map(|sample| {
                let shade = shades.get(usize::from(sample)).copied().unwrap_or_default();
                if inverted { u8::MAX - shade } else { shade }
            });
            luma.extend(shown);
        }
        Some(luma)
    }

    /// Whether the least sample is white.
    fn is_inverted(&self) -> bool {
        let first =
            self.get(b"Decode").and_then(|decode| decode.as_array().ok()?.first()?.as_float().ok());
        first.is_some_and(|first| first > 0.5)
    }

    /// Returns the shades of a palette.
    fn palette(&self) -> Option<Vec<u8>> {
        let space = self.get(b"ColorSpace")?.as_array().ok()?;
        let [kind, _, last, colours] = space.as_slice() else { return None };
        if kind.as_name().ok()? != b"Indexed" {
            return None;
        }
        let count = usize::try_from(last.as_i64().ok()?).ok()?.checked_add(1)?;
        let (_, colours) = self.document.dereference(colours).ok()?;
        let colours = match colours {
            Object::String(bytes, _) => bytes.clone(),
            Object::Stream(stream) => stream.get_plain_content_with_limit(1_024).ok()?,
            _ => return None,
        };
        match colours.len().checked_div(count)? {
            1 => Some(colours),
            3 => Some(colours.chunks_exact(3).map(grey).collect()),
            4 => Some(colours.chunks_exact(4).map(ink).collect()),
            _ => None,
        }
    }
}

/// Returns the shade of a pixel of cyan, magenta, yellow and black.
fn ink(pixel: &[u8]) -> u8 {
    let (black, colours) = pixel.split_last().unwrap_or((&0, &[]));
    let light: Vec<u8> = colours.iter().map(|ink| u8::MAX - ink).collect();
    let shade = u32::from(grey(&light)) * u32::from(u8::MAX - black) / u32::from(u8::MAX);
    u8::try_from(shade).unwrap_or(u8::MAX)
}
