//! The font: from text to glyphs, and which characters it lacks.

use std::ops::Range;

use krilla::text::Font;
use skrifa::charmap::{Charmap, MapVariant};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, GlyphId, MetadataProvider};

use crate::error::DocumentError;

/// What stands in the place of a character that the font lacks (下駄).
pub(crate) const GETA: char = '〓';

/// One glyph of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) id: u32,
    /// How far the next one stands, in widths of an em.
    pub(crate) advance: f32,
    /// Which bytes of the text it shows.
    pub(crate) range: Range<usize>,
    /// The character that it shows.
    pub(crate) shows: char,
}

/// A character that cannot be shown as it is.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Lack {
    /// The font has no glyph for it.
    Character(char),
    /// The font has the character, but not this variant of it.
    Variant(char, char),
}

/// The font of all papers.
pub(crate) struct Face {
    font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
}

impl Face {
    pub(crate) fn new() -> Result<Self, DocumentError> {
        let font = Font::new(hosho_font::SANS.into(), 0).ok_or(DocumentError::Font)?;
        let tables = FontRef::new(hosho_font::SANS).map_err(|_| DocumentError::Font)?;
        let units = font.units_per_em();
        let metrics = tables.glyph_metrics(Size::unscaled(), LocationRef::default());
        Ok(Self { font, charmap: tables.charmap(), metrics, units })
    }

    pub(crate) fn font(&self) -> &Font {
        &self.font
    }

    /// Returns the glyphs of a text in order, and what could not be shown.
    pub(crate) fn shape(&self, text: &str) -> (Vec<Glyph>, Vec<Lack>) {
        let (mut glyphs, mut lacks) = (Vec::new(), Vec::new());
        let mut characters = text.char_indices().peekable();
        while let Some((start, shows)) = characters.next() {
            let selector = characters.next_if(|(_, next)| is_selector(*next));
            let mut end = start + shows.len_utf8();
            let mut id = self.charmap.map(shows);
            if let Some((at, selector)) = selector {
                end = at + selector.len_utf8();
                match self.charmap.map_variant(shows, selector) {
                    Some(MapVariant::Variant(variant)) => id = Some(variant),
                    None if id.is_some() => lacks.push(Lack::Variant(shows, selector)),
                    Some(MapVariant::UseDefault) | None => {}
                }
            }
            let id = id.filter(|id| *id != GlyphId::NOTDEF).unwrap_or_else(|| {
                lacks.push(Lack::Character(shows));
                self.charmap.map(GETA).unwrap_or_default()
            });
            let advance = self.metrics.advance_width(id).unwrap_or(self.units) / self.units;
            glyphs.push(Glyph { id: id.to_u32(), advance, range: start..end, shows });
        }
        (glyphs, lacks)
    }
}

impl Lack {
    /// Returns the code points, `U+2A6D6`.
    pub(crate) fn code_points(&self) -> String {
        let code = |c: char| format!("U+{:04X}", u32::from(c));
        match self {
            Self::Character(c) => code(*c),
            Self::Variant(c, selector) => format!("{} {}", code(*c), code(*selector)),
        }
    }
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(text: &str) -> Vec<Lack> {
        Face::new().unwrap().shape(text).1
    }

    #[test]
    fn names_with_rare_kanji_are_shown() {
        assert_eq!(lacks("髙橋 山﨑 𠮷野家 濵田 葛\u{e0100}飾 葛\u{e0101}飾"), []);
    }

    #[test]
    fn a_variant_is_another_glyph_of_the_same_bytes() {
        let face = Face::new().unwrap();
        let (plain, _) = face.shape("葛");
        let (variant, _) = face.shape("葛\u{e0100}");
        assert_ne!(plain[0].id, variant[0].id);
        assert_eq!(variant[0].range, 0..7);
    }

    #[test]
    fn a_character_that_the_font_lacks_is_named_and_takes_a_geta() {
        let face = Face::new().unwrap();
        let (glyphs, lacks) = face.shape("甲\u{2a6d6}乙");
        assert_eq!(lacks, [Lack::Character('\u{2a6d6}')]);
        assert_eq!(lacks[0].code_points(), "U+2A6D6");
        assert_eq!(glyphs[1].id, face.shape("〓").0[0].id);
        assert_eq!(glyphs[1].range, 3..7);
    }

    #[test]
    fn a_variant_that_the_font_lacks_takes_the_character_itself() {
        let face = Face::new().unwrap();
        let (glyphs, lacks) = face.shape("甲\u{e01ef}");
        assert_eq!(lacks, [Lack::Variant('甲', '\u{e01ef}')]);
        assert_eq!(lacks[0].code_points(), "U+7532 U+E01EF");
        assert_eq!(glyphs[0].id, face.shape("甲").0[0].id);
    }
}
