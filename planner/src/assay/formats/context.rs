//! What is known before a file is opened.

use std::fmt;

use super::genes::GeneNames;
use super::id::FormatId;
use super::readers::CellFile;
use crate::assay::qc::QcLimits;
use crate::assay::results::DecimalMark;
use crate::plate::{Plate, PlateFormat};

/// A plate of the campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownPlate {
    /// Barcode.
    pub barcode: String,
    /// Size.
    pub format: PlateFormat,
    /// What its wells hold, where the quality of the plate shall be judged.
    pub layout: Option<Plate>,
}

/// What the campaign knows and what a person chose.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Plates that await results; `None` when there is no campaign, and every barcode is taken.
    pub plates: Option<&'a [KnownPlate]>,
    /// Size of a plate that the file does not name.
    pub plate_format: Option<PlateFormat>,
    /// The decimal mark, chosen after `ambiguous_number`.
    pub decimal: Option<DecimalMark>,
    /// The format, chosen when none or several readers know the file.
    pub format: Option<FormatId>,
    /// The sheet of a workbook, chosen by name.
    pub sheet: Option<&'a str>,
    /// Looks gene names up; without it, genes are left as written.
    pub genes: Option<&'a dyn GeneNames>,
    /// Opens the cells of an h5ad.
    pub cells: Option<&'a dyn CellFile>,
    /// Limits of a good plate.
    pub qc: QcLimits,
    /// Largest text, in bytes.
    pub max_bytes: usize,
    /// Largest workbook once unpacked, in bytes.
    pub max_unpacked_bytes: u64,
    /// Most cells of a workbook.
    pub max_cells: usize,
    /// Errors, and warnings, listed.
    pub max_findings: usize,
}

impl Default for Context<'_> {
    /// No campaign, no choices; 200 MB of text, 500 MB of unpacked workbook with 5 million cells,
    /// 1,000 findings.
    fn default() -> Self {
        Self {
            plates: None,
            plate_format: None,
            decimal: None,
            format: None,
            sheet: None,
            genes: None,
            cells: None,
            qc: QcLimits::default(),
            max_bytes: 200_000_000,
            max_unpacked_bytes: 500_000_000,
            max_cells: 5_000_000,
            max_findings: 1_000,
        }
    }
}

impl Context<'_> {
    /// The known plate with this barcode.
    pub(super) fn plate(&self, barcode: &str) -> Option<&KnownPlate> {
        self.plates?.iter().find(|plate| plate.barcode == barcode)
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("plates", &self.plates)
            .field("plate_format", &self.plate_format)
            .field("decimal", &self.decimal)
            .field("format", &self.format)
            .field("sheet", &self.sheet)
            .field("genes", &self.genes.is_some())
            .field("cells", &self.cells.is_some())
            .finish_non_exhaustive()
    }
}
