//! A text read by one reader, whatever it is: the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nextwell_planner::assay::formats::{Context, FormatId, read};

const FORMATS: [FormatId; 23] = [
    FormatId::BmgMars,
    FormatId::PerkinelmerEnvision,
    FormatId::RevvityKaleido,
    FormatId::SoftmaxPro,
    FormatId::TecanIcontrol,
    FormatId::BiotekGen5,
    FormatId::PlateMatrix,
    FormatId::WellList,
    FormatId::QuantstudioResults,
    FormatId::BioradCfx,
    FormatId::FlowjoTable,
    FormatId::CellprofilerImage,
    FormatId::HarmonyPlateResults,
    FormatId::MageckGeneTest,
    FormatId::MageckGeneMle,
    FormatId::MageckSgrnaTest,
    FormatId::GuideCounts,
    FormatId::Drugz,
    FormatId::BagelBf,
    FormatId::BagelPr,
    FormatId::CrispressoBatch,
    FormatId::TidyLong,
    FormatId::TidyWideXlsx,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let format = FORMATS[usize::from(*kind) % FORMATS.len()];
    let context = Context { format: Some(format), max_findings: 50, ..Context::default() };
    let _ = read(bytes, &context).summary();
});
