use super::{Align, BOTTOM, Child, Colour, Column, Draw, Line, MARGIN, Node, Role, Sheet, Style};

/// Room at the sides between the frame of a cell and its text.
const PADDING: f32 = 7.0;
/// Room above and below, as a part of the leading.
const ABOVE: f32 = 0.23;
/// The thickness of a table's lines.
const STROKE: f32 = 0.5;
/// A row higher than this part of a page is continued on the next one; others stay whole.
const WHOLE_UP_TO: f32 = (BOTTOM - MARGIN) * 0.4;
/// How many lines of a row that is continued stand together at least.
const TOGETHER: usize = 3;

/// A cell: texts one below the other.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) texts: Vec<String>,
    pub(crate) style: Style,
    pub(crate) align: Align,
    pub(crate) header: Header,
}

/// Whether a cell names what stands beside or below it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Header {
    Column,
    No,
    Row,
}

/// A row of a table: each cell with its width.
#[derive(Clone, Debug)]
pub(crate) struct Row(pub(crate) Vec<(f32, Cell)>);

/// A cell whose texts are broken into lines; `None` keeps the texts of a row level.
struct LaidCell<'c> {
    width: f32,
    cell: &'c Cell,
    lines: Vec<Option<Line>>,
    /// At which lines its texts begin.
    starts: Vec<usize>,
}

/// A stretch of one row on one page.
struct Piece {
    top: f32,
    height: f32,
    first: usize,
    end: usize,
}

impl Cell {
    pub(crate) fn label(text: &str, style: Style) -> Self {
        let (texts, align) = (vec![text.to_owned()], Align::Left);
        Self { texts, style, align, header: Header::Row }
    }

    pub(crate) fn head(text: &str, style: Style) -> Self {
        Self { header: Header::Column, ..Self::label(text, style) }
    }

    pub(crate) fn value(texts: Vec<String>, style: Style) -> Self {
        Self { texts, style, align: Align::Left, header: Header::No }
    }
}

impl Row {
    /// A label and what it names, in the common widths.
    pub(crate) fn pair(label: &str, texts: Vec<String>, label_width: f32, style: Style) -> Self {
        Self(vec![
            (label_width, Cell::label(label, style)),
            (super::WIDTH - label_width, Cell::value(texts, style)),
        ])
    }
}

impl Sheet<'_> {
    /// Writes a table. A row stays whole where that leaves no large gap; otherwise it is continued on
    /// the next page.
    pub(crate) fn table(&mut self, left: f32, rows: &[Row]) {
        self.table_below(left, None, rows);
    }

    /// Writes a table whose head stands again on every page that it goes on to.
    pub(crate) fn headed_table(&mut self, left: f32, head: &Row, rows: &[Row]) {
        self.table_below(left, Some(head), rows);
    }

    /// Writes a heading and below it, on the same page, where a table begins.
    pub(crate) fn titled_table(
        &mut self,
        title: &str,
        style: Style,
        head: Option<&Row>,
        rows: &[Row],
    ) {
        if rows.is_empty() {
            return;
        }
        let title_height = style.leading + 2.0;
        let height = title_height + self.start_height(head, rows);
        self.room(height);
        self.heading(2, Column::WHOLE, Align::Left, title, style);
        self.space(2.0);
        self.table_below(MARGIN, head, rows);
    }

    /// Returns how high a table is on one page.
    pub(crate) fn table_height(&mut self, rows: &[Row]) -> f32 {
        rows.iter().map(|row| height(&self.lay_row(row))).sum()
    }

    fn table_below(&mut self, left: f32, head: Option<&Row>, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        let height = self.start_height(head, rows);
        self.room(height);
        self.inside(Role::Table, |sheet| {
            if let Some(head) = head {
                sheet.row(left, head, None);
            }
            for row in rows {
                sheet.row(left, row, head);
            }
        });
    }

    /// How high the least is that a table may begin with: its head and what of its first row stands
    /// together.
    fn start_height(&mut self, head: Option<&Row>, rows: &[Row]) -> f32 {
        let heads = head.map_or(0.0, |head| height(&self.lay_row(head)));
        let first = rows.first().map_or(0.0, |row| {
            let laid = self.lay_row(row);
            let whole = height(&laid);
            if whole > WHOLE_UP_TO { height_of(&laid, TOGETHER) } else { whole }
        });
        heads + first
    }

    fn lay_row<'c>(&mut self, row: &'c Row) -> Vec<LaidCell<'c>> {
        let mut laid: Vec<(f32, &Cell, Vec<Vec<Line>>)> = Vec::with_capacity(row.0.len());
        for (width, cell) in &row.0 {
            let inner = width - 2.0 * PADDING;
            let lay = |text: &String| self.lay(text, inner, cell.style);
            laid.push((*width, cell, cell.texts.iter().map(lay).collect()));
        }
        // Cells with equally many texts are lists of the same things: each begins at one height.
        let values = || laid.iter().filter(|(_, cell, _)| cell.header == Header::No);
        let count = values().map(|(_, _, texts)| texts.len()).max().unwrap_or_default();
        let level = values().all(|(_, _, texts)| texts.len() == count);
        let needed = |place| {
            let lines =
                |(_, _, texts): &(f32, &Cell, Vec<Vec<Line>>)| texts.get(place).map(Vec::len);
            values().filter_map(lines).max().unwrap_or_default()
        };
        let heights: Vec<usize> = (0..count).map(needed).collect();
        let padded = |header, texts: Vec<Vec<Line>>| {
            let (mut lines, mut starts) = (Vec::new(), Vec::new());
            for (place, text) in texts.into_iter().enumerate() {
                let height = heights.get(place).filter(|_| level && header == Header::No);
                let blank = height.map_or(0, |height| height.saturating_sub(text.len()));
                starts.push(lines.len());
                lines.extend(text.into_iter().map(Some));
                lines.extend((0..blank).map(|_| None));
            }
            (lines, starts)
        };
        laid.into_iter()
            .map(|(width, cell, texts)| {
                let (lines, starts) = padded(cell.header, texts);
                LaidCell { width, cell, lines, starts }
            })
            .collect()
    }

    fn row(&mut self, left: f32, row: &Row, head: Option<&Row>) {
        let laid = self.lay_row(row);
        let count = laid.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
        let whole = height(&laid);
        let least = if whole > WHOLE_UP_TO { height_of(&laid, TOGETHER) } else { whole };
        let node = self.open_row(&laid);
        let mut first = 0;
        loop {
            let page = self.page();
            self.room(least.min(height_of(&laid, count - first)));
            if self.page() != page {
                self.repeat(left, head);
            }
            let fits = fitting(&laid, BOTTOM - self.top(), count - first);
            let end = end_of_piece(&laid, first, first + fits.max(1).min(count - first));
            let height = height_of(&laid, end - first);
            let piece = Piece { top: self.top(), height, first, end };
            self.piece(left, &laid, &node, &piece);
            self.move_to(piece.top + height);
            first = end;
            if first >= count {
                return;
            }
        }
    }

    /// Adds the nodes of a row and its cells, and returns those of the cells.
    fn open_row(&mut self, laid: &[LaidCell<'_>]) -> Vec<usize> {
        let mut cells = Vec::with_capacity(laid.len());
        self.inside(Role::Row, |sheet| {
            for cell in laid {
                let node = sheet.nodes.len();
                let role = match cell.cell.header {
                    Header::Column => Role::HeaderColumn,
                    Header::No => Role::Cell,
                    Header::Row => Role::HeaderCell,
                };
                sheet.nodes.push(Node { role, children: Vec::new() });
                sheet.adopt(Child::Node(node));
                cells.push(node);
            }
        });
        cells
    }

    /// Shows the head of a table again; it is read aloud once.
    fn repeat(&mut self, left: f32, head: Option<&Row>) {
        let Some(head) = head else { return };
        let laid = self.lay_row(head);
        let count = laid.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
        let piece = Piece { top: self.top(), height: height(&laid), first: 0, end: count };
        self.piece(left, &laid, &[], &piece);
        self.move_to(piece.top + piece.height);
    }

    /// Shows a stretch of a row below the nodes of its cells; without them it is decoration.
    fn piece(&mut self, left: f32, laid: &[LaidCell<'_>], nodes: &[usize], piece: &Piece) {
        let Piece { top, height, first, end } = *piece;
        let mut left = left;
        for (place, LaidCell { width, cell, lines, .. }) in laid.iter().enumerate() {
            let width = *width;
            if cell.header != Header::No {
                self.decorate(Draw::Plane { left, top, width, height, colour: Colour::Pale });
            }
            let (stroke, colour) = (STROKE, Colour::Rule);
            self.decorate(Draw::Frame { left, top, width, height, stroke, colour });
            let text = Column { left, width }.inset(PADDING, PADDING);
            // What names a row stands beside every stretch of it, and is read aloud once.
            let again = first > 0 && cell.header == Header::Row;
            let shown = if again { 0..end - first } else { first..end };
            let lines = lines.get(shown.start..shown.end.min(lines.len())).unwrap_or_default();
            let node = nodes.get(place).copied().filter(|_| !again);
            self.within(node, |sheet| {
                let mut at = top + cell.style.leading * ABOVE;
                for line in lines {
                    if let Some(line) = line {
                        sheet.set(text, at, cell.align, vec![line.clone()], cell.style);
                    }
                    at += cell.style.leading;
                }
            });
            left += width;
        }
    }
}

fn height(laid: &[LaidCell<'_>]) -> f32 {
    height_of(laid, usize::MAX)
}

/// How high a stretch of at most so many lines is.
fn height_of(laid: &[LaidCell<'_>], lines: usize) -> f32 {
    let of = |laid: &LaidCell<'_>| {
        let count = u16::try_from(laid.lines.len().min(lines)).unwrap_or(u16::MAX);
        laid.cell.style.leading * (f32::from(count) + 2.0 * ABOVE)
    };
    laid.iter().map(of).fold(0.0, f32::max)
}

/// Returns where a stretch that may go up to `end` ends best: between two texts.
fn end_of_piece(laid: &[LaidCell<'_>], first: usize, end: usize) -> usize {
    let parts = |at: usize| {
        let parts = |cell: &LaidCell<'_>| at >= cell.lines.len() || cell.starts.contains(&at);
        laid.iter().filter(|cell| cell.cell.header == Header::No).all(parts)
    };
    (first + TOGETHER..=end).rev().find(|at| parts(*at)).unwrap_or(end)
}

/// How many of the next lines fit into a room.
fn fitting(laid: &[LaidCell<'_>], room: f32, most: usize) -> usize {
    (1..=most).take_while(|lines| height_of(laid, *lines) <= room + 0.01).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Face;
    use crate::sheet::{Item, WIDTH};

    const STYLE: Style = Style::of(10.0);

    /// Every text with its page and baseline, and whether it is read aloud.
    fn texts(sheet: &Sheet<'_>) -> Vec<(usize, f32, String, bool)> {
        let text = |page: usize, item: &Item| match &item.draw {
            Draw::Text { baseline, line, .. } => {
                Some((page, *baseline, line.text.clone(), item.node.is_some()))
            }
            _ => None,
        };
        let pages = sheet.pages().enumerate();
        pages.flat_map(|(page, items)| items.iter().filter_map(move |it| text(page, it))).collect()
    }

    fn row(label: &str, before: &[&str], after: &[&str]) -> Row {
        let value = |texts: &[&str]| {
            Cell::value(texts.iter().map(|text| (*text).to_owned()).collect(), STYLE)
        };
        let half = (WIDTH - 100.0) / 2.0;
        Row(vec![(100.0, Cell::label(label, STYLE)), (half, value(before)), (half, value(after))])
    }

    fn head() -> Row {
        let half = (WIDTH - 100.0) / 2.0;
        let cell = |text| Cell::head(text, STYLE);
        Row(vec![(100.0, cell("field")), (half, cell("before")), (half, cell("after"))])
    }

    #[test]
    fn a_row_higher_than_a_page_is_continued_below_the_head_again() {
        let face = Face::new().unwrap();
        let mut sheet = Sheet::new(&face);
        sheet.space(500.0);
        let names: Vec<String> = (0..90).map(|place| format!("name {place}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        sheet.headed_table(MARGIN, &head(), &[row("members", &names, &names)]);
        let texts = texts(&sheet);
        assert_eq!(sheet.page(), 2);
        for (_, baseline, text, _) in &texts {
            assert!(*baseline > MARGIN && *baseline < BOTTOM, "{text} at {baseline}");
        }
        for name in names {
            let found: Vec<_> = texts.iter().filter(|(_, _, text, _)| text == name).collect();
            assert_eq!(found.len(), 2, "{name}");
            assert_eq!((found[0].0, found[0].1), (found[1].0, found[1].1), "{name}");
        }
        for repeated in ["members", "before"] {
            let found: Vec<_> = texts.iter().filter(|(_, _, text, _)| text == repeated).collect();
            assert_eq!(found.iter().map(|found| found.0).collect::<Vec<_>>(), [0, 1, 2]);
            assert_eq!(found.iter().filter(|found| found.3).count(), 1, "read aloud once");
        }
    }

    #[test]
    fn a_row_is_parted_between_its_texts() {
        let face = Face::new().unwrap();
        let mut sheet = Sheet::new(&face);
        let text = format!("begin {}", "long ".repeat(60));
        let texts_of_row: Vec<&str> = vec![&text; 30];
        sheet.table(MARGIN, &[row("a", &texts_of_row, &texts_of_row)]);
        assert!(sheet.page() > 0);
        for page in 0..=sheet.page() {
            let texts = texts(&sheet);
            let first = texts.iter().find(|(at, _, text, _)| *at == page && text != "a").unwrap();
            assert!(first.2.starts_with("begin"), "page {page} begins with {}", first.2);
        }
    }

    #[test]
    fn a_row_of_some_lines_stays_whole() {
        let face = Face::new().unwrap();
        let mut sheet = Sheet::new(&face);
        sheet.space(700.0);
        sheet.table(MARGIN, &[row("a", &["1", "2", "3"], &[])]);
        assert!(texts(&sheet).iter().all(|(page, ..)| *page == 1));
    }

    #[test]
    fn the_heading_of_a_table_stays_with_its_beginning() {
        let face = Face::new().unwrap();
        let mut sheet = Sheet::new(&face);
        sheet.space(670.0);
        sheet.titled_table("title", STYLE, Some(&head()), &[row("a", &["1", "2", "3"], &[])]);
        assert!(texts(&sheet).iter().all(|(page, ..)| *page == 1));
    }

    #[test]
    fn lists_of_the_same_things_stay_level() {
        let face = Face::new().unwrap();
        let mut sheet = Sheet::new(&face);
        let long = "long ".repeat(30);
        sheet.table(MARGIN, &[row("a", &[&long, "second"], &["short", "second"])]);
        let texts = texts(&sheet);
        let seconds: Vec<_> = texts.iter().filter(|(_, _, text, _)| text == "second").collect();
        assert_eq!(seconds.len(), 2);
        assert!((seconds[0].1 - seconds[1].1).abs() < 0.01);
    }
}
