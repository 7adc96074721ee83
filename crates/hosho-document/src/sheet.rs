//! Pages under construction: what stands where, and how it is read aloud.
//!
//! Everything flows from top to bottom; what does not fit goes on the next page. Lengths are points
//! (1/72 inch) from the upper left corner.

use std::collections::BTreeSet;

use crate::face::{Face, Glyph, Lack};
use crate::lines::break_lines;
use crate::qr::Qr;

mod table;

pub(crate) use table::{Cell, Row};

/// Width and height of A4.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
/// The empty edge of a page, 20 mm.
pub(crate) const MARGIN: f32 = 56.7;
/// The width between the edges.
pub(crate) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Where the text of a page ends.
const BOTTOM: f32 = PAGE.1 - MARGIN;
/// How far above the baseline the em square of the font begins.
const ASCENT: f32 = 0.88;

/// What a thing is painted with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Colour {
    Accent,
    Black,
    Grey,
    Pale,
    /// The lines of tables.
    Rule,
}

/// How thick strokes are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Weight {
    Regular,
    /// The font has one weight; a fine outline makes it stronger.
    Strong,
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) leading: f32,
    pub(crate) colour: Colour,
    pub(crate) weight: Weight,
    /// Added to every advance, in widths of an em.
    pub(crate) tracking: f32,
}

impl Style {
    pub(crate) const fn of(size: f32) -> Self {
        let (colour, weight) = (Colour::Black, Weight::Regular);
        Self { size, leading: size * 1.55, colour, weight, tracking: 0.0 }
    }

    pub(crate) const fn strong(self) -> Self {
        Self { weight: Weight::Strong, ..self }
    }

    pub(crate) const fn painted(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    pub(crate) const fn tracked(self, tracking: f32) -> Self {
        Self { tracking, ..self }
    }
}

impl Style {
    /// Returns this style with the leading with which it stands on the baseline of `other`.
    pub(crate) fn level_with(self, other: Self) -> Self {
        let leading = other.leading + (other.size - self.size) * (2.0 * ASCENT - 1.0);
        Self { leading, ..self }
    }
}

/// On which side lines are flush.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Align {
    Centre,
    Left,
    Right,
}

/// A horizontal stretch of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) left: f32,
    pub(crate) width: f32,
}

impl Column {
    /// From edge to edge.
    pub(crate) const WHOLE: Self = Self { left: MARGIN, width: WIDTH };

    /// Returns the part that leaves `left` and `right` free.
    pub(crate) fn inset(self, left: f32, right: f32) -> Self {
        Self { left: self.left + left, width: self.width - left - right }
    }
}

/// A line of text; the ranges of the glyphs count from the line's start.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) glyphs: Vec<Glyph>,
}

/// Something to paint.
#[derive(Clone, Debug)]
pub(crate) enum Draw {
    Frame { left: f32, top: f32, width: f32, height: f32, stroke: f32, colour: Colour },
    Plane { left: f32, top: f32, width: f32, height: f32, colour: Colour },
    Qr { left: f32, top: f32, side: f32, qr: Qr },
    Text { left: f32, baseline: f32, line: Line, style: Style },
}

/// Something to paint, and the node of the structure that it belongs to; none for decoration.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) node: Option<usize>,
    pub(crate) draw: Draw,
}

/// What a node of the structure is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Cell,
    /// With what is said in place of the picture.
    Figure(String),
    HeaderCell,
    HeaderColumn,
    /// Its level and its text.
    Heading(u16, String),
    Paragraph,
    Root,
    Row,
    Table,
}

/// A node of the structure, in the order of reading.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) role: Role,
    pub(crate) children: Vec<Child>,
}

/// What stands below a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Child {
    Item { page: usize, item: usize },
    Node(usize),
}

/// A place that the outline leads to.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) top: f32,
}

/// Pages under construction.
pub(crate) struct Sheet<'f> {
    face: &'f Face,
    /// The pages that are full.
    full: Vec<Vec<Item>>,
    page: Vec<Item>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) outline: Vec<Entry>,
    open: Vec<usize>,
    lacks: BTreeSet<Lack>,
    top: f32,
}

impl<'f> Sheet<'f> {
    pub(crate) fn new(face: &'f Face) -> Self {
        Self {
            face,
            full: Vec::new(),
            page: Vec::new(),
            nodes: vec![Node { role: Role::Root, children: Vec::new() }],
            outline: Vec::new(),
            open: vec![0],
            lacks: BTreeSet::new(),
            top: MARGIN,
        }
    }

    /// Does `work` below a new node of the structure.
    pub(crate) fn inside(&mut self, role: Role, work: impl FnOnce(&mut Self)) {
        let node = self.nodes.len();
        self.nodes.push(Node { role, children: Vec::new() });
        self.adopt(Child::Node(node));
        self.open.push(node);
        work(self);
        self.open.pop();
    }

    /// Does `work` below a node that is there; below none, what it writes is decoration.
    fn within(&mut self, node: Option<usize>, work: impl FnOnce(&mut Self)) {
        let open = std::mem::take(&mut self.open);
        self.open.extend(node);
        work(self);
        self.open = open;
    }

    /// Leaves room.
    pub(crate) fn space(&mut self, height: f32) {
        self.top += height;
    }

    /// Goes on to the next page unless `height` fits on this one.
    pub(crate) fn room(&mut self, height: f32) {
        if self.top + height > BOTTOM + 0.01 && self.top > MARGIN {
            self.full.push(std::mem::take(&mut self.page));
            self.top = MARGIN;
        }
    }

    /// Writes a heading that the outline leads to.
    pub(crate) fn heading(
        &mut self,
        level: u16,
        column: Column,
        align: Align,
        text: &str,
        style: Style,
    ) {
        self.room(style.leading * 2.5);
        let (page, top) = (self.page(), self.top);
        self.outline.push(Entry { text: text.to_owned(), page, top });
        self.inside(Role::Heading(level, text.to_owned()), |sheet| {
            sheet.flow(column, align, text, style);
        });
    }

    /// Writes a paragraph.
    pub(crate) fn paragraph(&mut self, column: Column, align: Align, text: &str, style: Style) {
        self.inside(Role::Paragraph, |sheet| sheet.flow(column, align, text, style));
    }

    /// Paints a QR code with its quiet zone; a reader of the screen hears what is `said`.
    pub(crate) fn qr(&mut self, left: f32, top: f32, side: f32, qr: Qr, said: String) {
        self.inside(Role::Figure(said), |sheet| {
            sheet.paint(Draw::Qr { left, top, side, qr });
        });
    }

    /// Paints something that is not read aloud.
    pub(crate) fn decorate(&mut self, draw: Draw) {
        self.page.push(Item { node: None, draw });
    }

    pub(crate) fn top(&self) -> f32 {
        self.top
    }

    pub(crate) fn move_to(&mut self, top: f32) {
        self.top = top;
    }

    /// Returns the place of the page that is being filled.
    pub(crate) fn page(&self) -> usize {
        self.full.len()
    }

    /// Returns every page in order.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &Vec<Item>> {
        self.full.iter().chain([&self.page])
    }

    /// Puts decoration on a page that may be full.
    pub(crate) fn decorate_page(&mut self, page: usize, draw: Draw) {
        self.full.get_mut(page).unwrap_or(&mut self.page).push(Item { node: None, draw });
    }

    /// Returns what could not be shown so far.
    pub(crate) fn lacks(&self) -> Vec<Lack> {
        self.lacks.iter().cloned().collect()
    }

    /// Returns how wide a text is on one line.
    pub(crate) fn width(&mut self, text: &str, style: Style) -> f32 {
        let glyphs = self.shape(text, style);
        glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * style.size
    }

    /// Breaks a text into lines of at most `width`.
    pub(crate) fn lay(&mut self, text: &str, width: f32, style: Style) -> Vec<Line> {
        let glyphs = self.shape(text, style);
        let lines = break_lines(&glyphs, width / style.size);
        lines
            .into_iter()
            .map(|line| {
                let glyphs = glyphs.get(line).unwrap_or_default();
                let start = glyphs.first().map_or(0, |glyph| glyph.range.start);
                let end = glyphs.last().map_or(start, |glyph| glyph.range.end);
                let from_start = |glyph: &Glyph| Glyph {
                    range: glyph.range.start - start..glyph.range.end - start,
                    ..glyph.clone()
                };
                Line {
                    text: text.get(start..end).unwrap_or_default().to_owned(),
                    glyphs: glyphs.iter().map(from_start).collect(),
                }
            })
            .collect()
    }

    /// Writes lines from `top` on, wherever the flow stands; returns where they end.
    pub(crate) fn set(
        &mut self,
        column: Column,
        top: f32,
        align: Align,
        lines: Vec<Line>,
        style: Style,
    ) -> f32 {
        let mut top = top;
        for line in lines {
            let visible = line.text.trim_end().len();
            let shown = line.glyphs.iter().filter(|glyph| glyph.range.end <= visible);
            let width = shown.map(|glyph| glyph.advance).sum::<f32>() * style.size
                - style.tracking * style.size;
            let left = match align {
                Align::Left => column.left,
                Align::Centre => column.left + (column.width - width) / 2.0,
                Align::Right => column.left + column.width - width,
            };
            let baseline = top + (style.leading - style.size) / 2.0 + ASCENT * style.size;
            self.paint(Draw::Text { left, baseline, line, style });
            top += style.leading;
        }
        top
    }

    /// Writes lines where the flow stands, on as many pages as they need.
    pub(crate) fn flow(&mut self, column: Column, align: Align, text: &str, style: Style) {
        for line in self.lay(text, column.width, style) {
            self.room(style.leading);
            self.top = self.set(column, self.top, align, vec![line], style);
        }
    }

    fn shape(&mut self, text: &str, style: Style) -> Vec<Glyph> {
        let (mut glyphs, lacks) = self.face.shape(text);
        self.lacks.extend(lacks);
        for glyph in &mut glyphs {
            glyph.advance += style.tracking;
        }
        glyphs
    }

    fn paint(&mut self, draw: Draw) {
        let node = self.open.last().copied();
        let page = self.page();
        let item = self.page.len();
        self.page.push(Item { node, draw });
        if node.is_some() {
            self.adopt(Child::Item { page, item });
        }
    }

    fn adopt(&mut self, child: Child) {
        let parent = self.open.last().copied().unwrap_or_default();
        if let Some(node) = self.nodes.get_mut(parent) {
            node.children.push(child);
        }
    }
}
