//! From pages to PDF/A-3a with PDF/UA-1 tags.
//!
//! The same input gives the same bytes: the only time in the file is the one it is given.

use std::num::NonZeroU16;

use hosho::UnixTime;
use hosho_cli::lang::Lang;
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use crate::error::DocumentError;
use crate::face::Face;
use crate::qr::Qr;
use crate::sheet::{Child, Colour, Draw, Item, Line, PAGE, Role, Sheet, Style, Weight};

/// What a document says about itself.
pub(crate) struct About {
    pub(crate) title: String,
    pub(crate) lang: Lang,
    pub(crate) at: UnixTime,
    pub(crate) attachment: Option<Attachment>,
}

/// A file inside the document.
pub(crate) struct Attachment {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) description: String,
    pub(crate) bytes: Vec<u8>,
}

/// Writes the pages as PDF.
pub(crate) fn pdf(face: &Face, sheet: &Sheet<'_>, about: About) -> Result<Vec<u8>, DocumentError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| DocumentError::Pdf)?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..Default::default() });
    let mut marks = Vec::new();
    for items in sheet.pages() {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(DocumentError::Pdf)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let painted = items.iter().map(|item| paint(&mut surface, face, item));
        marks.push(painted.collect::<Result<Vec<_>, _>>()?);
        surface.finish();
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(about.lang.code().to_owned()));
    if let Some(root) = sheet.nodes.first() {
        for child in &root.children {
            hang(&mut |node| tree.push(node), *child, sheet, &marks);
        }
    }
    document.set_tag_tree(tree);
    let mut outline = Outline::new();
    for entry in &sheet.outline {
        let place = XyzDestination::new(entry.page, Point::from_xy(0.0, entry.top));
        outline.push_child(OutlineNode::new(entry.text.clone(), place));
    }
    document.set_outline(outline);
    let at = date_time(about.at);
    document.set_metadata(
        Metadata::new()
            .title(about.title)
            .language(about.lang.code().to_owned())
            .creator("Hosho".to_owned())
            .creation_date(at),
    );
    if let Some(file) = about.attachment {
        document.embed_file(embedded(file, at)?).ok_or(DocumentError::Pdf)?;
    }
    document.finish().map_err(|_| DocumentError::Pdf)
}

fn embedded(file: Attachment, at: DateTime) -> Result<EmbeddedFile, DocumentError> {
    Ok(EmbeddedFile {
        path: file.name,
        mime_type: Some(MimeType::new(file.media_type).ok_or(DocumentError::Pdf)?),
        description: Some(file.description),
        association_kind: AssociationKind::Data,
        data: file.bytes.into(),
        modification_date: Some(at),
        compress: Some(false),
        location: None,
    })
}

fn date_time(at: UnixTime) -> DateTime {
    // The year, month and day of an instant in Japan, and the clock there.
    let (year, month, day) = hosho::Date::in_japan(at).year_month_day();
    let seconds = at.seconds() + 9 * 3_600;
    let part = |number: u64| u8::try_from(number).unwrap_or_default();
    DateTime::new(year)
        .month(month)
        .day(day)
        .hour(part(seconds / 3_600 % 24))
        .minute(part(seconds / 60 % 60))
        .second(part(seconds % 60))
        .utc_offset_hour(9)
        .utc_offset_minute(0)
}

fn paint(
    surface: &mut Surface<'_>,
    face: &Face,
    item: &Item,
) -> Result<Option<Identifier>, DocumentError> {
    let tag = match (&item.draw, item.node) {
        (_, None) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
        (Draw::Text { .. }, Some(_)) => ContentTag::Span(SpanTag::empty()),
        _ => ContentTag::Other,
    };
    let mark = surface.start_tagged(tag);
    match &item.draw {
        Draw::Text { left, baseline, line, style } => {
            text(surface, face, Point::from_xy(*left, *baseline), line, *style);
        }
        Draw::Frame { left, top, width, height, stroke, colour } => {
            surface.set_fill(None);
            surface.set_stroke(Some(pen(*colour, *stroke)));
            rectangle(surface, Rect::from_xywh(*left, *top, *width, *height));
        }
        Draw::Plane { left, top, width, height, colour } => {
            surface.set_stroke(None);
            surface.set_fill(Some(brush(*colour)));
            rectangle(surface, Rect::from_xywh(*left, *top, *width, *height));
        }
        Draw::Qr { left, top, side, qr } => {
            picture(surface, *left, *top, *side, qr)?;
        }
    }
    surface.end_tagged();
    Ok(item.node.map(|_| mark))
}

fn text(surface: &mut Surface<'_>, face: &Face, start: Point, line: &Line, style: Style) {
    surface.set_fill(Some(brush(style.colour)));
    surface.set_stroke(match style.weight {
        Weight::Regular => None,
        Weight::Strong => Some(pen(style.colour, style.size * 0.028)),
    });
    let glyphs: Vec<KrillaGlyph> = line
        .glyphs
        .iter()
        .map(|glyph| {
            let id = GlyphId::new(glyph.id);
            KrillaGlyph::new(id, glyph.advance, 0.0, 0.0, 0.0, glyph.range.clone(), None)
        })
        .collect();
    surface.draw_glyphs(start, &glyphs, face.font().clone(), &line.text, style.size, false);
}

fn picture(
    surface: &mut Surface<'_>,
    left: f32,
    top: f32,
    side: f32,
    qr: &Qr,
) -> Result<(), DocumentError> {
    let square = Size::from_wh(side, side).ok_or(DocumentError::Pdf)?;
    let image = Image::from_custom(qr.picture(), false).map_err(|_| DocumentError::Pdf)?;
    surface.push_transform(&Transform::from_translate(left, top));
    surface.draw_image(image, square);
    surface.pop();
    Ok(())
}

fn rectangle(surface: &mut Surface<'_>, rectangle: Option<Rect>) {
    let mut path = PathBuilder::new();
    if let Some(rectangle) = rectangle {
        path.push_rect(rectangle);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn colour(colour: Colour) -> rgb::Color {
    match colour {
        Colour::Accent => rgb::Color::new(24, 62, 116),
        Colour::Black => rgb::Color::new(17, 17, 17),
        Colour::Grey => rgb::Color::new(96, 102, 110),
        Colour::Pale => rgb::Color::new(243, 245, 248),
        Colour::Rule => rgb::Color::new(138, 146, 156),
    }
}

fn brush(paint: Colour) -> Fill {
    let rule = FillRule::NonZero;
    Fill { paint: colour(paint).into(), opacity: NormalizedF32::ONE, rule }
}

fn pen(paint: Colour, width: f32) -> Stroke {
    Stroke { paint: colour(paint).into(), width, ..Default::default() }
}

/// Hangs what stands below a node of the structure into the tree of tags.
fn hang(
    place: &mut dyn FnMut(krilla::tagging::Node),
    child: Child,
    sheet: &Sheet<'_>,
    marks: &[Vec<Option<Identifier>>],
) {
    match child {
        Child::Item { page, item } => {
            if let Some(mark) = marks.get(page).and_then(|marks| marks.get(item)).copied().flatten()
            {
                place(mark.into());
            }
        }
        Child::Node(node) => {
            let Some(node) = sheet.nodes.get(node) else { return };
            let mut group = TagGroup::new(tag(&node.role));
            for child in &node.children {
                hang(&mut |node| group.push(node), *child, sheet, marks);
            }
            place(group.into());
        }
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Cell => Tag::TD.into(),
        Role::Figure(said) => Tag::Figure(Some(said.clone())).into(),
        Role::HeaderCell => Tag::TH(TableHeaderScope::Row).into(),
        Role::HeaderColumn => Tag::TH(TableHeaderScope::Column).into(),
        Role::Heading(level, text) => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(text.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Root => Tag::Div.into(),
        Role::Row => Tag::TR.into(),
        Role::Table => Tag::Table.into(),
    }
}
