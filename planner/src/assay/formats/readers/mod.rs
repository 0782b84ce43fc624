//! One reader a format, and the list of them.

mod bagel;
mod biotek_gen5;
mod blocks;
mod bmg_mars;
mod cellprofiler;
mod cells;
mod crispresso;
mod drugz;
mod envision;
mod flowjo;
mod guide_counts;
mod harmony;
mod kaleido;
mod mageck_mle;
mod mageck_sgrna;
mod mageck_test;
mod plate_matrix;
mod qpcr;
mod softmax;
mod tecan;
mod tidy_columns;
mod tidy_long;
mod tidy_wide;
mod well_list;

pub use bagel::{BagelGene, BagelGuide, BagelTable, PrecisionGene, PrecisionTable};
pub use cellprofiler::{ImagePlate, ImageTable, ImageWell};
pub(super) use cells::read_cells;
pub use cells::{CellFile, CellTable};
pub use crispresso::{EditedSample, EditingTable};
pub use drugz::{DrugzGene, DrugzTable};
pub use flowjo::{FlowTable, FlowWell};
pub use guide_counts::{CountTable, GuideCounts};
pub use harmony::{ObjectTable, ObjectWell};
pub use mageck_mle::{MleCondition, MleGene, MleTable};
pub use mageck_sgrna::{SgrnaTable, SgrnaTest};
pub use mageck_test::{MageckGene, MageckTable};
pub use qpcr::{CtTable, CtWell};
pub use tidy_long::{TidyColumns, TidyMeasurement, TidyTable};
pub use tidy_wide::{WideRow, WideTable};

use super::context::Context;
use super::finding::Findings;
use super::id::FormatId;
use super::import::{Confidence, Parsed};
use super::sheet::Sheet;

/// What a reader says of a sheet, and why.
pub(super) type Verdict = (Confidence, String);

/// A reader.
pub(super) struct Reader {
    pub(super) id: FormatId,
    /// Reads any file of a shape, not that of one program: loses against one that knows the program.
    pub(super) general: bool,
    pub(super) recognise: fn(&Sheet<'_>) -> Verdict,
    pub(super) parse: fn(&Sheet<'_>, &Context<'_>, &mut Findings) -> Parsed,
}

const fn program(
    id: FormatId,
    recognise: fn(&Sheet<'_>) -> Verdict,
    parse: fn(&Sheet<'_>, &Context<'_>, &mut Findings) -> Parsed,
) -> Reader {
    Reader { id, general: false, recognise, parse }
}

const fn general(
    id: FormatId,
    recognise: fn(&Sheet<'_>) -> Verdict,
    parse: fn(&Sheet<'_>, &Context<'_>, &mut Findings) -> Parsed,
) -> Reader {
    Reader { id, general: true, recognise, parse }
}

/// Every reader of tables. Perturb-seq files are read by [`read_cells`].
pub(super) static ALL: &[Reader] = &[
    program(FormatId::BmgMars, bmg_mars::recognise, bmg_mars::parse),
    program(FormatId::PerkinelmerEnvision, envision::recognise, envision::parse),
    program(FormatId::RevvityKaleido, kaleido::recognise, kaleido::parse),
    program(FormatId::SoftmaxPro, softmax::recognise, softmax::parse),
    program(FormatId::TecanIcontrol, tecan::recognise, tecan::parse),
    program(FormatId::BiotekGen5, biotek_gen5::recognise, biotek_gen5::parse),
    program(FormatId::QuantstudioResults, qpcr::recognise_quantstudio, qpcr::parse_quantstudio),
    program(FormatId::BioradCfx, qpcr::recognise_cfx, qpcr::parse_cfx),
    program(FormatId::FlowjoTable, flowjo::recognise, flowjo::parse),
    program(FormatId::CellprofilerImage, cellprofiler::recognise, cellprofiler::parse),
    program(FormatId::HarmonyPlateResults, harmony::recognise, harmony::parse),
    program(FormatId::MageckGeneTest, mageck_test::recognise, mageck_test::parse),
    program(FormatId::MageckGeneMle, mageck_mle::recognise, mageck_mle::parse),
    program(FormatId::MageckSgrnaTest, mageck_sgrna::recognise, mageck_sgrna::parse),
    program(FormatId::GuideCounts, guide_counts::recognise, guide_counts::parse),
    program(FormatId::Drugz, drugz::recognise, drugz::parse),
    program(FormatId::BagelBf, bagel::recognise, bagel::parse),
    program(FormatId::BagelPr, bagel::recognise_precision, bagel::parse_precision),
    program(FormatId::CrispressoBatch, crispresso::recognise, crispresso::parse),
    general(FormatId::PlateMatrix, plate_matrix::recognise, plate_matrix::parse),
    general(FormatId::WellList, well_list::recognise, well_list::parse),
    general(FormatId::TidyLong, tidy_long::recognise, tidy_long::parse),
    general(FormatId::TidyWideXlsx, tidy_wide::recognise, tidy_wide::parse),
];

fn yes(reason: impl Into<String>) -> Verdict {
    (Confidence::Yes, reason.into())
}

fn maybe(reason: impl Into<String>) -> Verdict {
    (Confidence::Maybe, reason.into())
}

fn no(reason: impl Into<String>) -> Verdict {
    (Confidence::No, reason.into())
}

/// *Yes* when the first row has all these headers, *maybe* when it lacks only a few.
fn by_headers(sheet: &Sheet<'_>, wanted: &[&str]) -> Verdict {
    let head = sheet.head();
    let Some(first) = head.first() else { return no("the file is empty") };
    let has = |name: &&str| first.cells.iter().any(|cell| cell.eq_ignore_ascii_case(name));
    let missing: Vec<&str> = wanted.iter().filter(|name| !has(name)).copied().collect();
    if missing.is_empty() {
        return yes(format!("the header has the columns {}", wanted.join(", ")));
    }
    let reason = format!("the header lacks {}", missing.join(", "));
    if missing.len() * 3 <= wanted.len() { maybe(reason) } else { no(reason) }
}
