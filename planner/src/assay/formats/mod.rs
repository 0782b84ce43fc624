//! The files that laboratories have: recognised, read into one model, every doubt listed.
//!
//! [`read`] takes the bytes of a file and what the campaign knows ([`Context`]) and returns an
//! [`Import`]. Each reader of [`FormatId`] says *no*, *maybe* or *yes* with its reason; exactly one
//! *yes* wins, or a person chooses. Errors and warnings carry the row as the file counts it.
//! Nothing is guessed silently: a number that can be read in two ways, a gene with two meanings
//! and a plate without a barcode are reported and wait.
//!
//! Memory: a text over [`Context::max_bytes`] is refused by its length. UTF-8 is not copied, and
//! tables are read row by row; what is kept is the parsed values. Workbooks are measured before
//! they are unpacked.

mod campaign;
mod context;
mod doubts;
mod finding;
mod genes;
mod id;
mod import;
mod input;
mod matrix;
mod quality;
mod readers;
mod registry;
mod sheet;
mod summary;
mod table;
mod values;
mod workbook;

pub use campaign::check_results;
pub use context::{Context, KnownPlate};
pub use doubts::GeneRow;
pub use finding::{Finding, Findings};
pub use genes::{GeneMatch, GeneNames, GeneStatus, is_control_name};
pub use id::FormatId;
pub use import::{Candidate, Confidence, Content, Import, Outcome};
pub use matrix::{ImportedPlate, Read};
pub use readers::{
    BagelGene, BagelGuide, BagelTable, CellFile, CellTable, CountTable, CtTable, CtWell, DrugzGene,
    DrugzTable, EditedSample, EditingTable, FlowTable, FlowWell, GuideCounts, ImagePlate,
    ImageTable, ImageWell, MageckGene, MageckTable, MleCondition, MleGene, MleTable, ObjectTable,
    ObjectWell, PrecisionGene, PrecisionTable, SgrnaTable, SgrnaTest, TidyColumns, TidyMeasurement,
    TidyTable, WideRow, WideTable,
};
pub use registry::{digest_of, read, refuse_size};
