//! Which column holds what.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::issue::{Issue, IssueCode, clip};

/// A column that the reader understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Plate barcode.
    Plate,
    /// Well.
    Well,
    /// Measured value.
    Value,
    /// Name of the read-out.
    Readout,
    /// Gene symbol, compared with the layout.
    Symbol,
    /// Donor.
    Donor,
    /// Replicate.
    Replicate,
    /// Free text.
    Comment,
}

impl Field {
    /// All fields.
    pub const ALL: [Self; 8] = [
        Self::Plate,
        Self::Well,
        Self::Value,
        Self::Readout,
        Self::Symbol,
        Self::Donor,
        Self::Replicate,
        Self::Comment,
    ];

    /// Header texts that mean this field. Case, spaces, `_`, `-` and `.` do not matter.
    pub fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Plate => &["plate_barcode", "plate", "plate_id", "plate_name", "barcode"],
            Self::Well => &["well", "well_id", "well_name", "well_position", "position"],
            Self::Value => &["value", "measurement", "raw_value", "signal", "result"],
            Self::Readout => &["readout", "read_out", "read", "feature", "channel"],
            Self::Symbol => &["symbol", "gene", "gene_symbol", "gene_name"],
            Self::Donor => &["donor", "donor_id"],
            Self::Replicate => &["replicate", "rep"],
            Self::Comment => &["comment", "comments", "note", "notes"],
        }
    }

    fn of_header(header: &str) -> Option<Self> {
        let wanted = fold(header);
        let means = |field: &Self| field.headers().iter().any(|known| fold(known) == wanted);
        Self::ALL.into_iter().find(means)
    }
}

fn fold(header: &str) -> String {
    let header = header.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.'));
    header.flat_map(char::to_lowercase).collect()
}

/// Where each field is.
pub(super) struct Columns {
    at: [Option<usize>; Field::ALL.len()],
    /// Header texts, as written.
    pub(super) headers: Vec<String>,
    /// Columns that mean nothing to the reader.
    pub(super) unknown: Vec<usize>,
}

impl Columns {
    /// Maps the header row; two columns of one meaning are errors.
    pub(super) fn of_header(cells: &[Cow<'_, str>], line: u64) -> (Self, Vec<Issue>) {
        let mut columns = Self {
            at: [None; Field::ALL.len()],
            headers: cells.iter().map(|cell| super::number::bare(cell).to_owned()).collect(),
            unknown: Vec::new(),
        };
        let mut errors = Vec::new();
        for (index, header) in columns.headers.iter().enumerate() {
            match Field::of_header(header) {
                None if header.is_empty() => {}
                None => columns.unknown.push(index),
                Some(field) => match columns.at[field as usize] {
                    None => columns.at[field as usize] = Some(index),
                    Some(first) => errors.push(
                        Issue::new(
                            IssueCode::DuplicateColumn,
                            format!(
                                "columns `{}` and `{}` both mean `{}`; expected one: remove or rename the other",
                                clip(&columns.headers[first]),
                                clip(header),
                                field.headers()[0]
                            ),
                        )
                        .at(line)
                        .in_column(header),
                    ),
                },
            }
        }
        (columns, errors)
    }

    pub(super) fn get(&self, field: Field) -> Option<usize> {
        self.at[field as usize]
    }

    /// Header of a field as written, or its usual name.
    pub(super) fn name(&self, field: Field) -> &str {
        match self.get(field) {
            Some(index) => &self.headers[index],
            None => field.headers()[0],
        }
    }

    /// Takes the only column of unknown meaning as the values (`MFI`, `% CD25+ of live`).
    pub(super) fn take_unknown_as_value(&mut self) {
        if let [index] = self.unknown[..] {
            self.at[Field::Value as usize] = Some(index);
            self.unknown.clear();
        }
    }

    pub(super) fn missing(&self, field: Field, line: u64) -> Issue {
        let found: Vec<String> =
            self.headers.iter().take(20).map(|header| format!("`{}`", clip(header))).collect();
        Issue::new(
            IssueCode::MissingColumn,
            format!(
                "column `{}` not found (found: {}); expected one of `{}`: rename the column or add it",
                field.headers()[0],
                found.join(", "),
                field.headers().join("`, `")
            ),
        )
        .at(line)
        .in_column(field.headers()[0])
    }
}
