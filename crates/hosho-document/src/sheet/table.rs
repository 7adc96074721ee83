use super::{Align, Colour, Column, Draw, Line, Role, Sheet, Style};

/// Room between the frame of a cell and its text.
const PADDING: (f32, f32) = (7.0, 3.0);
/// The thickness of a table's lines.
const STROKE: f32 = 0.5;

/// A cell: texts one below the other.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) texts: Vec<String>,
    pub(crate) style: Style,
    pub(crate) align: Align,
    pub(crate) header: Header,
}

/// Whether a cell names what stands beside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Header {
    No,
    Yes,
}

/// A row of a table: each cell with its width.
#[derive(Clone, Debug)]
pub(crate) struct Row(pub(crate) Vec<(f32, Cell)>);

impl Cell {
    pub(crate) fn label(text: &str, style: Style) -> Self {
        let (texts, align) = (vec![text.to_owned()], Align::Left);
        Self { texts, style, align, header: Header::Yes }
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
    /// Writes a table; a row that does not fit goes on the next page as a whole.
    pub(crate) fn table(&mut self, left: f32, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        self.inside(Role::Table, |sheet| {
            for row in rows {
                sheet.row(left, row);
            }
        });
    }

    fn row(&mut self, left: f32, row: &Row) {
        let laid: Vec<(f32, &Cell, Vec<Line>)> = row
            .0
            .iter()
            .map(|(width, cell)| {
                let inner = width - 2.0 * PADDING.0;
                let lay = |text: &String| self.lay(text, inner, cell.style);
                (*width, cell, cell.texts.iter().flat_map(lay).collect())
            })
            .collect();
        let height = laid.iter().map(|(_, cell, lines)| height(cell, lines)).fold(0.0, f32::max);
        self.room(height);
        let top = self.top();
        self.inside(Role::Row, |sheet| {
            let mut column_left = left;
            for (width, cell, lines) in laid {
                sheet.cell(Column { left: column_left, width }, top, height, cell, lines);
                column_left += width;
            }
        });
        self.move_to(top + height);
    }

    fn cell(&mut self, column: Column, top: f32, height: f32, cell: &Cell, lines: Vec<Line>) {
        let Column { left, width } = column;
        if cell.header == Header::Yes {
            self.decorate(Draw::Plane { left, top, width, height, colour: Colour::Pale });
        }
        let (stroke, colour) = (STROKE, Colour::Grey);
        self.decorate(Draw::Frame { left, top, width, height, stroke, colour });
        let role = if cell.header == Header::Yes { Role::HeaderCell } else { Role::Cell };
        self.inside(role, |sheet| {
            let text = column.inset(PADDING.0, PADDING.0);
            sheet.set(text, top + PADDING.1, cell.align, lines, cell.style);
        });
    }
}

fn height(cell: &Cell, lines: &[Line]) -> f32 {
    let count = f32::from(u16::try_from(lines.len()).unwrap_or(u16::MAX));
    cell.style.leading * count + 2.0 * PADDING.1
}
