//! One thing found in a results file.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plate::Well;

/// Machine-readable kind of an [`Issue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueCode {
    /// No bytes, or no rows.
    EmptyFile,
    /// Larger than the limit.
    FileTooLarge,
    /// A workbook, an archive or other bytes that are no text.
    NotText,
    /// A web page named as a spreadsheet.
    HtmlNamedAsSpreadsheet,
    /// UTF-16 cut in the middle of a character.
    TruncatedFile,
    /// A required column is not there.
    MissingColumn,
    /// Two columns mean the same thing.
    DuplicateColumn,
    /// A row with more or fewer cells than the header.
    WrongNumberOfFields,
    /// A barcode that is not expected.
    UnknownPlate,
    /// Results of this plate are recorded already.
    PlateAlreadyHasResults,
    /// Text that is no well name.
    NotAWell,
    /// A well that the plate does not have.
    WellOutsidePlate,
    /// A value for a well in which nothing was planned.
    WellNotInLayout,
    /// Two rows for one well.
    DuplicateWell,
    /// The file names another gene than the layout.
    SymbolMismatch,
    /// More than one read-out in the file.
    SeveralReadouts,
    /// Thousands or decimals: cannot be told.
    AmbiguousNumber,
    /// Text that is no number.
    NotANumber,
    /// An error value of a spreadsheet.
    SpreadsheetError,
    /// Warning: the decimal mark is a comma.
    DecimalComma,
    /// Warning: neither UTF-8 nor UTF-16.
    #[serde(rename = "encoding_windows_1252")]
    EncodingWindows1252,
    /// Warning: out of the range of the instrument, taken as missing.
    SaturatedValue,
    /// Warning: qPCR without amplification, taken as missing.
    UndeterminedCt,
    /// Warning: a cell without a value.
    MissingValue,
    /// Warning: no barcode in the file, the only expected plate is meant.
    PlateWithoutBarcode,
    /// No reader knows the file, or several do: a person chooses the format.
    UnknownFormat,
    /// Wells of a plate's matrix are not in the file.
    MatrixIncomplete,
    /// A number outside the range of its column.
    ValueOutOfRange,
    /// Two rows for one gene.
    DuplicateGene,
    /// Two rows for one guide.
    DuplicateGuide,
    /// A count that is no whole number of 0 or more.
    NotACount,
    /// A workbook larger than can be read, unpacked.
    WorkbookTooLarge,
    /// Warning: no gene has this name, its row stays out; an error of a column with many of them.
    GeneUnknown,
    /// Warning: a gene name that was withdrawn; its row stays out.
    GeneWithdrawn,
    /// Warning: an earlier symbol of exactly one gene.
    GenePrevious,
    /// Warning: another name of exactly one gene.
    GeneAlias,
    /// Warning: the row waits until a person says which gene is meant.
    GeneAmbiguous,
    /// Warning: nearly a gene's name; the row waits until a person confirms it.
    GeneFolded,
    /// Warning: a symbol that a spreadsheet made a date of; the row waits.
    DateDamagedSymbol,
    /// Warning: a well that the instrument's software was told to leave out.
    OmittedWell,
    /// Warning: rows of means and deviations, which are no samples.
    SummaryRowsDropped,
    /// Warning: an image without cells.
    SiteWithoutCells,
    /// Warning: cells without a perturbation.
    PerturbationMissing,
    /// Warning: the controls of a plate are not apart.
    PlateQcFailed,
    /// Warning: a spreadsheet formula, of which the stored result was read.
    FormulaCached,
    /// Warning: an identifier stored as a number, which may have lost its zeros.
    NumericIdentifier,
    /// Warning: the size of the plate is a guess from the wells of the file.
    PlateSizeAssumed,
    /// Warning: decimal points and decimal commas in one file of an instrument that mixes them.
    MixedDecimals,
}

impl fmt::Display for IssueCode {
    /// The code as in JSON, such as `duplicate_well`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(code)) => f.write_str(&code),
            _ => write!(f, "{self:?}"),
        }
    }
}

/// One error or warning, with where it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Kind.
    pub code: IssueCode,
    /// Row of the file, from 1, header included; `None` when it is about the whole file.
    pub row: Option<u64>,
    /// Header of the column, as written.
    pub column: Option<String>,
    /// What was found, what was expected, what to do.
    pub message: String,
    /// Plate barcode, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<String>,
    /// Well, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub well: Option<String>,
    /// The text found, cut to 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// All rows concerned (the first 20), when there is more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
}

impl Issue {
    pub(in crate::assay) fn new(code: IssueCode, message: impl Into<String>) -> Self {
        Self {
            code,
            row: None,
            column: None,
            message: message.into(),
            plate: None,
            well: None,
            found: None,
            rows: Vec::new(),
        }
    }

    pub(in crate::assay) fn at(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    pub(in crate::assay) fn in_column(mut self, column: &str) -> Self {
        self.column = Some(clip(column));
        self
    }

    pub(in crate::assay) fn found(mut self, text: &str) -> Self {
        self.found = Some(clip(text));
        self
    }

    pub(in crate::assay) fn on_plate(mut self, barcode: &str) -> Self {
        self.plate = Some(clip(barcode));
        self
    }

    pub(in crate::assay) fn in_well(mut self, well: Well) -> Self {
        self.well = Some(well.to_string());
        self
    }
}

/// Text short enough for a message.
pub(in crate::assay) fn clip(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(59).chain(['…']).collect()
}
