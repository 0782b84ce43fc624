//! Columns of the library file.

use super::LibraryIssue;

/// Columns of the library file; those after the first five may be missing.
pub const LIBRARY_COLUMNS: [&str; 12] = [
    "plate_barcode",
    "well",
    "guide_id",
    "symbol",
    "volume_ul",
    "ensembl_id",
    "sequence",
    "concentration_um",
    "lot",
    "expiry",
    "available_from",
    "plate_format",
];
const NEEDED: usize = 5;

/// Where each column stands in the file.
pub(super) struct Columns {
    places: [Option<usize>; LIBRARY_COLUMNS.len()],
    /// Cells of a full row.
    pub width: usize,
}

impl Columns {
    /// Reads the header; the issues name every column that is missing or there twice.
    pub fn read(header: &csv::StringRecord, row: u64) -> Result<Self, Vec<LibraryIssue>> {
        let names: Vec<String> =
            header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let mut issues = Vec::new();
        let mut places = [None; LIBRARY_COLUMNS.len()];
        for (index, wanted) in LIBRARY_COLUMNS.iter().enumerate() {
            places[index] = names.iter().position(|name| name == wanted);
            let times = names.iter().filter(|name| name == wanted).count();
            if times > 1 {
                let message =
                    format!("column `{wanted}` is there {times} times; expected once: remove one");
                issues.push(LibraryIssue::new("duplicate_column", row, Some(wanted), message));
            }
            if times == 0 && index < NEEDED {
                let found = names.join(", ");
                let message = format!(
                    "column `{wanted}` is missing (found: {}); add it, or rename the column that holds it",
                    found.chars().take(200).collect::<String>()
                );
                issues.push(LibraryIssue::new("missing_column", row, Some(wanted), message));
            }
        }
        if issues.is_empty() { Ok(Self { places, width: names.len() }) } else { Err(issues) }
    }

    /// The cell of a column, trimmed; empty when the column or the cell is not there.
    pub fn cell<'a>(&self, record: &'a csv::StringRecord, column: &str) -> &'a str {
        let index = LIBRARY_COLUMNS.iter().position(|name| *name == column);
        let place = index.and_then(|index| self.places[index]);
        place.and_then(|place| record.get(place)).unwrap_or_default().trim()
    }
}
