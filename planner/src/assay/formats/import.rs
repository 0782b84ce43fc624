//! What was read of a file.

use serde::Serialize;

use super::doubts::GeneRow;
use super::finding::Finding;
use super::id::FormatId;
use super::matrix::ImportedPlate;
use super::readers::{
    BagelTable, CellTable, CountTable, CtTable, DrugzTable, EditingTable, FlowTable, ImageTable,
    MageckTable, MleTable, ObjectTable, PrecisionTable, SgrnaTable, TidyTable, WideTable,
};
use crate::assay::results::DecimalMark;

/// Whether a file may be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing to say.
    Ok,
    /// It may be accepted; the warnings are shown.
    OkWithWarnings,
    /// It cannot be accepted until a person acts.
    Rejected,
}

/// How sure a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// It is not this format.
    No,
    /// It may be.
    Maybe,
    /// It is.
    Yes,
}

/// What one reader says about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The format.
    pub format: FormatId,
    /// How sure.
    pub confidence: Confidence,
    /// Why, in words.
    pub reason: String,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// A file that was read. Nothing in it is saved anywhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Import {
    /// The recognised format.
    pub format: FormatId,
    /// Whether it may be accepted.
    pub outcome: Outcome,
    /// Why it was taken for this format.
    pub reason: String,
    /// Readers that said *yes* or *maybe*.
    pub candidates: Vec<Candidate>,
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
    /// Number of bytes.
    pub bytes: u64,
    /// Text encoding, such as `utf-8`, `utf-8-bom`, `utf-16le`, `windows-1252`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Delimiter of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Decimal mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<DecimalMark>,
    /// The sheet of a workbook that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The values.
    #[serde(flatten)]
    pub content: Content,
    /// Genes with a doubt, and controls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gene_resolution: Vec<GeneRow>,
    /// The first rows as written.
    pub preview: Vec<Vec<String>>,
    /// What a person should see before accepting.
    pub warnings: Vec<Finding>,
    /// Everything that keeps the file from being accepted.
    pub errors: Vec<Finding>,
    /// There are more findings than are listed.
    pub stopped_early: bool,
}

/// The values of a file, by kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// Plates with a value a well.
    Plates {
        /// In the order of the file.
        plates: Vec<ImportedPlate>,
    },
    /// Genes of `mageck test`.
    Mageck(MageckTable),
    /// Genes of `mageck mle`.
    Mle(MleTable),
    /// Guides of `mageck test`.
    Sgrna(SgrnaTable),
    /// Read counts of guides.
    Counts(CountTable),
    /// Genes of drugZ.
    Drugz(DrugzTable),
    /// Genes or guides of BAGEL.
    Bagel(BagelTable),
    /// Precision and recall of BAGEL.
    Precision(PrecisionTable),
    /// Editing frequencies.
    Editing(EditingTable),
    /// Cycles of qPCR.
    Ct(CtTable),
    /// Populations of flow cytometry.
    Flow(FlowTable),
    /// Wells of images.
    Images(ImageTable),
    /// Wells of objects.
    Objects(ObjectTable),
    /// Measurements, a row each.
    Tidy(TidyTable),
    /// Measurements, a column each.
    Wide(WideTable),
    /// Cells of Perturb-seq.
    Cells(CellTable),
    /// Nothing was read.
    Nothing {},
}

/// What a reader made of a sheet.
pub(super) struct Parsed {
    pub(super) content: Content,
    pub(super) decimal: Option<DecimalMark>,
    pub(super) gene_resolution: Vec<GeneRow>,
}

impl Parsed {
    /// Values of a file without genes.
    pub(super) fn of(content: Content, decimal: Option<DecimalMark>) -> Self {
        Self { content, decimal, gene_resolution: Vec::new() }
    }

    /// Nothing could be read; the findings say why.
    pub(super) fn nothing() -> Self {
        Self::of(Content::Nothing {}, None)
    }
}
