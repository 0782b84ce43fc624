//! Names of the formats.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A file format of an instrument, a program or a spreadsheet habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FormatId {
    /// BMG Labtech MARS, CSV export of microplate data.
    BmgMars,
    /// PerkinElmer EnVision, CSV.
    PerkinelmerEnvision,
    /// Revvity Kaleido, CSV.
    RevvityKaleido,
    /// Molecular Devices SoftMax Pro, text export.
    SoftmaxPro,
    /// Tecan i-control and SparkControl, workbook.
    TecanIcontrol,
    /// BioTek (Agilent) Gen5, text export.
    BiotekGen5,
    /// A rectangle with column numbers across and row letters down.
    PlateMatrix,
    /// A row a well.
    WellList,
    /// QuantStudio and ViiA 7, text export with `[Results]`.
    QuantstudioResults,
    /// Bio-Rad CFX, quantification results.
    BioradCfx,
    /// FlowJo table editor, CSV.
    FlowjoTable,
    /// CellProfiler, per-image table.
    CellprofilerImage,
    /// Harmony and Columbus, plate results.
    HarmonyPlateResults,
    /// `mageck test`, gene summary.
    MageckGeneTest,
    /// `mageck mle`, gene summary.
    MageckGeneMle,
    /// `mageck test`, guide summary.
    MageckSgrnaTest,
    /// Read counts of guides.
    GuideCounts,
    /// drugZ.
    Drugz,
    /// BAGEL Bayes factors, of genes or guides.
    BagelBf,
    /// BAGEL precision and recall.
    BagelPr,
    /// CRISPResso batch or aggregate: editing frequencies.
    CrispressoBatch,
    /// Perturb-seq as GEARS writes it.
    H5adGears,
    /// Perturb-seq as scPerturb harmonised it.
    H5adScperturb,
    /// Perturb-seq as cell-eval and the Virtual Cell Challenge have it.
    H5adCellEval,
    /// A table of measurements, a row each, by gene.
    TidyLong,
    /// A sheet of measurements with a column a donor or read-out, by gene.
    TidyWideXlsx,
    /// None of these.
    Unknown,
}

impl fmt::Display for FormatId {
    /// The id as in JSON, such as `bmg_mars`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(id)) => f.write_str(&id),
            _ => write!(f, "{self:?}"),
        }
    }
}

impl FormatId {
    /// What it is, in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::BmgMars => "BMG Labtech MARS",
            Self::PerkinelmerEnvision => "PerkinElmer EnVision",
            Self::RevvityKaleido => "Revvity Kaleido",
            Self::SoftmaxPro => "SoftMax Pro",
            Self::TecanIcontrol => "Tecan i-control",
            Self::BiotekGen5 => "BioTek Gen5",
            Self::PlateMatrix => "plate matrix",
            Self::WellList => "list of wells",
            Self::QuantstudioResults => "QuantStudio results",
            Self::BioradCfx => "Bio-Rad CFX results",
            Self::FlowjoTable => "FlowJo table",
            Self::CellprofilerImage => "CellProfiler image table",
            Self::HarmonyPlateResults => "Harmony or Columbus plate results",
            Self::MageckGeneTest => "MAGeCK test, genes",
            Self::MageckGeneMle => "MAGeCK mle, genes",
            Self::MageckSgrnaTest => "MAGeCK test, guides",
            Self::GuideCounts => "guide counts",
            Self::Drugz => "drugZ",
            Self::BagelBf => "BAGEL Bayes factors",
            Self::BagelPr => "BAGEL precision and recall",
            Self::CrispressoBatch => "CRISPResso editing frequencies",
            Self::H5adGears => "Perturb-seq (GEARS)",
            Self::H5adScperturb => "Perturb-seq (scPerturb)",
            Self::H5adCellEval => "Perturb-seq (cell-eval)",
            Self::TidyLong => "measurements, a row each",
            Self::TidyWideXlsx => "measurements, a column each",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_itself() {
        for id in [FormatId::BmgMars, FormatId::H5adScperturb, FormatId::TidyWideXlsx] {
            let text = serde_json::to_string(&id).unwrap();
            assert_eq!(serde_json::from_str::<FormatId>(&text).unwrap(), id);
        }
        assert_eq!(FormatId::BiotekGen5.to_string(), "biotek_gen5");
    }
}
