//! What the readers of results ask `model`: gene names, and the cells of an h5ad.

use std::path::Path;

use anyhow::Context;
use nextwell_model::cells::{CellMatrix, ObsColumn, ReadLimits, read_h5ad};
use nextwell_model::genes::{GeneResolver, Resolution, ResolutionStatus};
use nextwell_planner::assay::formats::{CellFile, GeneMatch, GeneNames, GeneStatus};

/// The bundled HGNC table.
pub struct Hgnc;

impl GeneNames for Hgnc {
    fn resolve(&self, text: &str) -> GeneMatch {
        let resolver = GeneResolver::bundled();
        let found = resolver.resolve(text);
        let status = status(found.status);
        if status == GeneStatus::Unknown
            && let Some(folded) = resolver.folded(text)
        {
            let candidates = folded.symbol.into_iter().collect();
            return GeneMatch {
                status: GeneStatus::Folded,
                symbol: None,
                ensembl_id: None,
                candidates,
            };
        }
        let Resolution { symbol, ensembl_id, candidates, .. } = found;
        GeneMatch { status, symbol, ensembl_id, candidates }
    }
}

fn status(status: ResolutionStatus) -> GeneStatus {
    match status {
        ResolutionStatus::Approved => GeneStatus::Approved,
        ResolutionStatus::Previous => GeneStatus::Previous,
        ResolutionStatus::Alias => GeneStatus::Alias,
        ResolutionStatus::EnsemblId => GeneStatus::EnsemblId,
        ResolutionStatus::Ambiguous => GeneStatus::Ambiguous,
        ResolutionStatus::Withdrawn => GeneStatus::Withdrawn,
        ResolutionStatus::DateDamaged => GeneStatus::DateDamaged,
        ResolutionStatus::Unknown => GeneStatus::Unknown,
    }
}

/// An h5ad on this computer.
pub struct Cells {
    matrix: CellMatrix,
    measured_genes: usize,
}

impl Cells {
    /// Reads the file.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let (matrix, report) = read_h5ad(path, &ReadLimits::default())
            .with_context(|| format!("{} cannot be read as cells", path.display()))?;
        let measured_genes = report.n_genes + report.duplicates_collapsed;
        Ok(Self { matrix, measured_genes })
    }
}

impl CellFile for Cells {
    fn n_obs(&self) -> usize {
        self.matrix.n_cells()
    }

    fn n_vars(&self) -> usize {
        self.measured_genes
    }

    fn columns(&self) -> Vec<String> {
        self.matrix.obs.keys().cloned().collect()
    }

    fn labels(&self, column: &str) -> Option<Vec<Option<String>>> {
        let column = self.matrix.obs.get(column)?;
        Some(match column {
            ObsColumn::Numeric(values) => {
                values.iter().map(|v| (!v.is_nan()).then(|| v.to_string())).collect()
            }
            labels => (0..labels.len()).map(|cell| labels.label(cell).map(str::to_owned)).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_written_nearly_right_is_proposed_and_waits() {
        let found = Hgnc.resolve("GATA-3");
        assert_eq!((found.status, found.candidates), (GeneStatus::Folded, vec!["GATA3".into()]));
        assert_eq!(Hgnc.resolve("GATA3").status, GeneStatus::Approved);
        assert_eq!(Hgnc.resolve("QQQQ99").status, GeneStatus::Unknown);
    }
}
