//! Workbooks (xlsx): measured before they are unpacked, then read cell by cell.

use std::io::{Cursor, Read};

use calamine::{
    CellErrorType, DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError,
};

use super::context::Context;
use super::finding::{Finding, Findings};
use super::genes::iso_date;
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;
use crate::plate::Well;

/// Most files in a workbook's archive.
const MAX_PARTS: usize = 5_000;
/// A row ends here; Excel has no more columns.
const MAX_COLUMNS: u32 = 16_384;
/// Formula cells named in the warning.
const FORMULAS_NAMED: usize = 5;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum CellKind {
    #[default]
    Empty,
    Text,
    Number,
    /// Written as `2026-03-01`.
    Date,
    Error,
}

/// One cell as text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct GridCell {
    pub(super) text: String,
    pub(super) kind: CellKind,
}

/// One row that has a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GridRow {
    /// From 1.
    pub(super) line: u64,
    pub(super) cells: Vec<GridCell>,
}

/// One sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub(super) name: String,
    pub(super) rows: Vec<GridRow>,
    /// Merged ranges, rows and columns from 0.
    pub(super) merged: Vec<Dimensions>,
    /// Addresses of the first cells with a formula, and how many there are.
    pub(super) formulas: (Vec<String>, usize),
}

impl Grid {
    pub(super) fn kind(&self, line: u64, column: usize) -> CellKind {
        let at = self.rows.binary_search_by_key(&line, |row| row.line);
        let cell = at.ok().and_then(|index| self.rows[index].cells.get(column));
        cell.map_or(CellKind::Empty, |cell| cell.kind)
    }

    /// Text of a cell; a cell inside of a merged range has the text of the range.
    pub(super) fn merged_text(&self, line: u64, column: usize) -> &str {
        let (row, col) = (line.saturating_sub(1) as u32, column as u32);
        let range = self.merged.iter().find(|range| range.contains(row, col));
        let (row, col) = range.map_or((row, col), |range| range.start);
        let at = self.rows.binary_search_by_key(&(u64::from(row) + 1), |row| row.line);
        let cell = at.ok().and_then(|index| self.rows[index].cells.get(col as usize));
        cell.map_or("", |cell| cell.text.trim())
    }

    /// The warning about cells that hold formulas.
    pub(super) fn warn_of_formulas(&self, findings: &mut Findings) {
        let (named, count) = (&self.formulas.0, self.formulas.1);
        if count == 0 {
            return;
        }
        let more = if count > named.len() { " and others" } else { "" };
        findings.warn(
            Finding::new(
                IssueCode::FormulaCached,
                format!(
                    "{count} cells of sheet `{}` hold formulas ({}{more}): the results stored at the last save were read; check them, or paste values",
                    clip(&self.name),
                    named.join(", ")
                ),
            )
            .found(named.first().map_or("", String::as_str)),
        );
    }
}

/// Reads the visible sheets of a workbook.
///
/// Refused before it is unpacked into memory when its parts are larger than
/// [`Context::max_unpacked_bytes`] (measured, because an archive may lie about its sizes), and
/// while it is read when it has more than [`Context::max_cells`] cells.
pub(super) fn open(bytes: &[u8], context: &Context<'_>) -> Result<Vec<Grid>, Box<Finding>> {
    measure(bytes, context.max_unpacked_bytes)?;
    let mut book: Xlsx<Cursor<&[u8]>> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut left = context.max_cells;
    sheets.iter().map(|name| read_sheet(&mut book, name, &mut left, context.max_cells)).collect()
}

fn measure(bytes: &[u8], limit: u64) -> Result<(), Box<Finding>> {
    let broken = |error: zip::result::ZipError| {
        Box::new(Finding::new(
            IssueCode::NotText,
            format!(
                "the file starts as an archive or a workbook but cannot be unpacked ({error}); expected an .xlsx workbook: export or copy it again"
            ),
        ))
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAX_PARTS {
        return Err(too_large(format!(
            "has {} parts; expected at most {MAX_PARTS}",
            archive.len()
        )));
    }
    if archive.by_name("xl/workbook.xml").is_err() {
        return Err(Finding::new(
            IssueCode::NotText,
            "the file is an archive (zip) without a workbook; expected one results file: unpack it and upload the files one by one",
        )
        .into());
    }
    let mut left = limit;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(broken)?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|error| broken(error.into()))?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            too_large(format!("unpacks to more than {limit} bytes, which is the limit"))
        })?;
    }
    Ok(())
}

fn too_large(what: String) -> Box<Finding> {
    Finding::new(
        IssueCode::WorkbookTooLarge,
        format!("the workbook {what}: save the sheet with the results alone, or as CSV"),
    )
    .into()
}

fn damaged(error: XlsxError) -> Box<Finding> {
    Finding::new(
        IssueCode::NotText,
        format!(
            "the workbook cannot be read ({}); expected .xlsx without a password: open it and save it again",
            clip(&error.to_string())
        ),
    )
    .into()
}

fn read_sheet(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    left: &mut usize,
    limit: usize,
) -> Result<Grid, Box<Finding>> {
    let merged = book.merge_cells_by_sheet_name(name).map_err(damaged)?;
    let is_1904 = book.has_1904_epoch();
    let mut cells = book.worksheet_cells_reader(name).map_err(damaged)?;
    let mut grid =
        Grid { name: name.to_owned(), rows: Vec::new(), merged, formulas: (Vec::new(), 0) };
    while let Some(read) = cells.next_cell_with_formula_metadata().map_err(damaged)? {
        let (row, column) = read.pos;
        if read.formula.is_some() {
            grid.formulas.1 += 1;
            if grid.formulas.0.len() < FORMULAS_NAMED {
                grid.formulas.0.push(address(row, column));
            }
        }
        let cell = cell_of(read.value, is_1904);
        if cell.kind == CellKind::Empty || column >= MAX_COLUMNS {
            continue;
        }
        let line = u64::from(row) + 1;
        if grid.rows.last().is_none_or(|last| last.line < line) {
            grid.rows.push(GridRow { line, cells: Vec::new() });
        }
        let Some(last) = grid.rows.last_mut().filter(|last| last.line == line) else {
            continue;
        };
        // Cells left empty before this one count, or one far cell a row would fill the memory.
        let needed = (column as usize + 1).saturating_sub(last.cells.len()).max(1);
        *left = left
            .checked_sub(needed)
            .ok_or_else(|| too_large(format!("has more than {limit} cells, which is the limit")))?;
        if last.cells.len() <= column as usize {
            last.cells.resize(column as usize + 1, GridCell::default());
        }
        last.cells[column as usize] = cell;
    }
    Ok(grid)
}

/// `C7` of row 6 and column 2.
fn address(row: u32, column: u32) -> String {
    match (u8::try_from(column), u8::try_from(row)) {
        // The letters of a column are made as those of a plate's row.
        (Ok(column), _) if column < 52 => {
            let name = Well { row: column, col: 0 }.to_string();
            format!("{}{}", name.trim_end_matches("01"), row + 1)
        }
        _ => format!("row {}, column {}", row + 1, column + 1),
    }
}

fn cell_of(value: DataRef<'_>, is_1904: bool) -> GridCell {
    let of = |kind, text: String| GridCell { text, kind };
    match value {
        DataRef::Empty => GridCell::default(),
        DataRef::Int(value) => of(CellKind::Number, value.to_string()),
        DataRef::Float(value) => of(CellKind::Number, value.to_string()),
        DataRef::String(text) if text.trim().is_empty() => GridCell::default(),
        DataRef::String(text) => of(CellKind::Text, text),
        DataRef::SharedString(text) if text.trim().is_empty() => GridCell::default(),
        DataRef::SharedString(text) => of(CellKind::Text, text.to_owned()),
        DataRef::Bool(value) => of(CellKind::Text, value.to_string()),
        DataRef::DateTime(date) if date.is_datetime() => {
            of(CellKind::Date, iso_date(date.as_f64().floor() as i64, is_1904))
        }
        DataRef::DateTime(time) => of(CellKind::Number, time.as_f64().to_string()),
        DataRef::DateTimeIso(text) => of(CellKind::Date, text.chars().take(10).collect()),
        DataRef::DurationIso(text) => of(CellKind::Text, text),
        DataRef::Error(error) => of(CellKind::Error, error_text(&error).to_owned()),
    }
}

fn error_text(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value | CellErrorType::GettingData => "#VALUE!",
    }
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
