//! Reads a library file: all wells, or every error with its row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::{LIBRARY_COLUMNS, dead_volume_ul};
use crate::plate::{PlateFormat, Well};

/// Errors after which reading stops.
const MOST_ISSUES: usize = 1_000;

/// One well of a source plate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LibraryWell {
    /// Barcode of the source plate.
    pub plate: String,
    /// Its well.
    pub well: Well,
    /// Name of the guide or reagent.
    pub guide_id: String,
    /// Gene symbol as the file has it; empty for a control without a gene.
    pub symbol: String,
    /// Ensembl gene id without version; empty when the file does not say.
    pub ensembl_id: String,
    /// Protospacer, upper case; empty when the file does not say.
    pub sequence: String,
    /// Volume in the well, in µl.
    pub volume_ul: f64,
    /// Concentration, in µM.
    pub concentration_um: Option<f64>,
    /// Lot of the maker.
    pub lot: String,
    /// Last day on which it may be used, `YYYY-MM-DD`.
    pub expiry: Option<String>,
    /// First day on which it is there, `YYYY-MM-DD`.
    pub available_from: Option<String>,
}

/// One source plate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LibraryPlate {
    /// Barcode.
    pub barcode: String,
    /// Size: what the file says, else the smallest of 96, 384 and 1536 wells that has all its wells.
    pub format: PlateFormat,
    /// Volume that cannot be taken out of its wells, in µl.
    pub dead_volume_ul: f64,
}

/// What is wrong with a library file, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryIssue {
    /// Stable code.
    pub code: &'static str,
    /// Row of the file, from 1, header included.
    pub row: u64,
    /// Column, where one is to blame.
    pub column: Option<String>,
    /// What was found, what was expected, what to do.
    pub message: String,
}

impl LibraryIssue {
    pub(super) fn new(
        code: &'static str,
        row: u64,
        column: Option<&str>,
        message: impl Into<String>,
    ) -> Self {
        Self { code, row, column: column.map(str::to_owned), message: message.into() }
    }
}

/// A library file that can be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LibraryFile {
    /// Source plates, by barcode.
    pub plates: Vec<LibraryPlate>,
    /// Their wells, in the order of the file.
    pub wells: Vec<LibraryWell>,
}

/// Reads a library file: CSV with comma, semicolon or tab and the columns of
/// [`LIBRARY_COLUMNS`](super::LIBRARY_COLUMNS) in any order.
///
/// `dead_volume_ul` is the lab's own dead volume; the usual one of the plate's size otherwise.
///
/// # Errors
/// Every error of the file with its row, up to 1,000.
pub fn read_library(
    text: &str,
    dead_volume: Option<f64>,
) -> Result<LibraryFile, Vec<LibraryIssue>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(Ok(header)) = records.next() else {
        let message = format!(
            "the file is empty; expected a header line with `{}` and a line for every well",
            LIBRARY_COLUMNS[..5].join(",")
        );
        return Err(vec![LibraryIssue::new("empty_file", 1, None, message)]);
    };
    let columns = Columns::read(&header, 1)?;
    let mut rows = Rows::default();
    for record in records {
        match record {
            Ok(record) => rows.add(&columns, &record),
            Err(error) => rows.issue(
                0,
                None,
                "unreadable",
                format!("the line cannot be read ({error}); check its quotes"),
            ),
        }
        if rows.issues.len() >= MOST_ISSUES {
            break;
        }
    }
    rows.finish(dead_volume)
}

fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |mark: char| first.matches(mark).count();
    [';', '\t'].into_iter().find(|mark| count(*mark) > count(',')).map_or(b',', |mark| mark as u8)
}

#[derive(Default)]
struct Rows {
    wells: Vec<(u64, LibraryWell)>,
    formats: BTreeMap<String, (u64, PlateFormat)>,
    issues: Vec<LibraryIssue>,
}

impl Rows {
    fn issue(&mut self, row: u64, column: Option<&str>, code: &'static str, message: String) {
        self.issues.push(LibraryIssue::new(code, row, column, message));
    }

    fn add(&mut self, columns: &Columns, record: &csv::StringRecord) {
        let row = record.position().map_or(0, csv::Position::line);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        if record.len() != columns.width {
            let message = format!(
                "{} cells, the header has {}; expected as many: check for a missing or an extra separator",
                record.len(),
                columns.width
            );
            return self.issue(row, None, "wrong_number_of_fields", message);
        }
        let cell = |column| columns.cell(record, column);
        let before = self.issues.len();
        let plate = self.barcode(row, cell("plate_barcode"));
        let well = self.well(row, cell("well"));
        let guide_id = cell("guide_id").to_owned();
        if guide_id.is_empty() {
            let message = "the guide has no name; expected a unique text such as `GATA3_g1`".into();
            self.issue(row, Some("guide_id"), "missing_value", message);
        }
        let sequence = self.sequence(row, cell("sequence"));
        let volume_ul = self.number(row, "volume_ul", cell("volume_ul"));
        let concentration_um = match cell("concentration_um") {
            "" => None,
            text => self.number(row, "concentration_um", text),
        };
        let expiry = self.date(row, "expiry", cell("expiry"));
        let available_from = self.date(row, "available_from", cell("available_from"));
        self.format(row, &plate, cell("plate_format"));
        let (Some(well), Some(volume_ul)) = (well, volume_ul) else {
            return;
        };
        if self.issues.len() > before {
            return;
        }
        let ensembl_id = cell("ensembl_id").split('.').next().unwrap_or_default().to_owned();
        self.wells.push((
            row,
            LibraryWell {
                plate,
                well,
                guide_id,
                symbol: cell("symbol").to_owned(),
                ensembl_id,
                sequence,
                volume_ul,
                concentration_um,
                lot: cell("lot").to_owned(),
                expiry,
                available_from,
            },
        ));
    }

    fn barcode(&mut self, row: u64, text: &str) -> String {
        let fits = (1..=32).contains(&text.chars().count());
        if !fits || text.contains([';', ',', '"', '\'']) || text.chars().any(char::is_control) {
            let message = format!(
                "barcode `{}` cannot be used; expected 1 to 32 characters without `;`, `,` and quotes, as robots read it",
                text.chars().take(60).collect::<String>()
            );
            self.issue(row, Some("plate_barcode"), "bad_barcode", message);
        }
        text.to_owned()
    }

    fn well(&mut self, row: u64, text: &str) -> Option<Well> {
        match PlateFormat::W1536.parse_well(text) {
            Ok(well) => Some(well),
            Err(error) => {
                self.issue(row, Some("well"), "well_outside_plate", error.to_string());
                None
            }
        }
    }

    fn number(&mut self, row: u64, column: &'static str, text: &str) -> Option<f64> {
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => return Some(value),
            Ok(value) => {
                let message = format!("`{value}` is out of range; expected a number, 0 or more");
                self.issue(row, Some(column), "value_out_of_range", message);
            }
            Err(_) => {
                let hint = if text.contains(',') { ": write a decimal point" } else { "" };
                let message = format!("`{text}` is no number; expected one such as 25.5{hint}");
                self.issue(row, Some(column), "not_a_number", message);
            }
        }
        None
    }

    fn sequence(&mut self, row: u64, text: &str) -> String {
        let sequence = text.to_ascii_uppercase();
        let fits = sequence.is_empty()
            || (17..=25).contains(&sequence.len())
                && sequence.bytes().all(|b| b"ACGT".contains(&b));
        if !fits {
            let message = format!(
                "`{}` is no protospacer; expected 17 to 25 of A, C, G, T, or nothing",
                text.chars().take(60).collect::<String>()
            );
            self.issue(row, Some("sequence"), "bad_sequence", message);
        }
        sequence
    }

    fn date(&mut self, row: u64, column: &'static str, text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        if !is_date(text) {
            let message = format!(
                "`{text}` is no date; expected year-month-day such as 2027-03-31: day and month cannot be told apart in other spellings"
            );
            self.issue(row, Some(column), "bad_date", message);
        }
        Some(text.to_owned())
    }

    fn format(&mut self, row: u64, plate: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let format = text.parse().ok().and_then(|wells| PlateFormat::new(wells).ok());
        let Some(format) = format else {
            let message =
                format!("`{text}` is no plate size; expected 6, 12, 24, 48, 96, 384 or 1536");
            return self.issue(row, Some("plate_format"), "bad_plate_format", message);
        };
        let (first, known) = *self.formats.entry(plate.to_owned()).or_insert((row, format));
        if known != format {
            let message = format!(
                "plate `{plate}` has {text} wells here and {} in row {first}; expected one size",
                known.wells()
            );
            self.issue(row, Some("plate_format"), "bad_plate_format", message);
        }
    }

    /// Checks what only all rows together tell, and puts the plates together.
    fn finish(mut self, dead_volume: Option<f64>) -> Result<LibraryFile, Vec<LibraryIssue>> {
        let repeated = self.repeated();
        self.issues.extend(repeated);
        let (formats, outside) = self.sizes();
        self.issues.extend(outside);
        if self.issues.is_empty() && self.wells.is_empty() {
            let message =
                "the file has a header and no wells; expected a line for every well".into();
            self.issue(1, None, "empty_file", message);
        }
        if !self.issues.is_empty() {
            self.issues.sort_by_key(|issue| issue.row);
            return Err(self.issues);
        }
        let plate = |(barcode, format): (String, PlateFormat)| LibraryPlate {
            barcode,
            format,
            dead_volume_ul: dead_volume.unwrap_or_else(|| dead_volume_ul(format)),
        };
        let plates = formats.into_iter().map(plate).collect();
        Ok(LibraryFile { plates, wells: self.wells.into_iter().map(|(_, well)| well).collect() })
    }

    /// Wells listed twice and guides with two sequences.
    fn repeated(&self) -> Vec<LibraryIssue> {
        let mut places: BTreeMap<(&str, Well), u64> = BTreeMap::new();
        let mut guides: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
        let mut found = Vec::new();
        for (row, held) in &self.wells {
            if let Some(first) = places.insert((&held.plate, held.well), *row) {
                let message = format!(
                    "well {} of `{}` is in row {first} as well; expected once: remove one",
                    held.well, held.plate
                );
                found.push(LibraryIssue::new("duplicate_well", *row, Some("well"), message));
            }
            let (first, sequence) = *guides.entry(&held.guide_id).or_insert((*row, &held.sequence));
            if sequence != held.sequence {
                let message = format!(
                    "guide `{}` has another sequence in row {first}; expected one sequence a name: rename one",
                    held.guide_id
                );
                found.push(LibraryIssue::new("duplicate_guide", *row, Some("guide_id"), message));
            }
        }
        found
    }

    /// The size of every plate, and wells that are outside the size that the file says.
    fn sizes(&self) -> (BTreeMap<String, PlateFormat>, Vec<LibraryIssue>) {
        let mut sizes: BTreeMap<String, PlateFormat> = BTreeMap::new();
        let mut outside = Vec::new();
        for (row, held) in &self.wells {
            let said = self.formats.get(&held.plate).map(|(_, format)| *format);
            let fits = smallest(held.well);
            if let Some(said) = said.filter(|said| !said.contains(held.well)) {
                let message = format!(
                    "well {} is outside plate `{}` of {} wells; check the well or `plate_format`",
                    held.well,
                    held.plate,
                    said.wells()
                );
                outside.push(LibraryIssue::new("well_outside_plate", *row, Some("well"), message));
            }
            let size = sizes.entry(held.plate.clone()).or_insert(fits);
            *size = said.unwrap_or((*size).max(fits));
        }
        (sizes, outside)
    }
}

fn smallest(well: Well) -> PlateFormat {
    let sizes = [PlateFormat::W96, PlateFormat::W384];
    sizes.into_iter().find(|format| format.contains(well)).unwrap_or(PlateFormat::W1536)
}

/// `YYYY-MM-DD` of a day that exists.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year >= 1900 && (1..=days).contains(&day)
}
