//! Median expression of each gene, by which its counts are divided.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::files;
use super::vocabulary::gene_id;
use crate::cells::CellMatrix;
use crate::checkpoint::{CheckpointError, save_json};
use crate::families::{FamilyError, Species};

/// File of medians that [`Medians::save`] writes, for genes of either species.
pub const MEDIANS_FILE: &str = "gene_medians.json";

/// Names under which medians are looked for; all that are found are used, later ones first.
const STEMS: [&str; 3] =
    ["human_gene_median_after_filter", "mouse_gene_median_after_filter", "gene_medians"];

/// Medians by Ensembl id; a gene without one is divided by 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Medians {
    by_gene: HashMap<String, f64>,
    source: Vec<String>,
}

impl Medians {
    /// Those in a checkpoint's directory; none where there is no such file.
    ///
    /// # Errors
    /// A file that cannot be read, or a median that is not above zero.
    pub fn open(dir: &Path) -> Result<Self, FamilyError> {
        let mut medians = Self::default();
        for stem in STEMS {
            let Some(path) = files::find(dir, &[stem]) else {
                continue;
            };
            let source = files::name(&path);
            for (gene, median) in files::read(&path)? {
                let (gene, median) = (gene.text(), median.number());
                let (Some(gene), Some(median)) = (gene, median) else {
                    return Err(files::refused(source, "an entry that is no gene with a number"));
                };
                medians.insert(&source, gene, median)?;
            }
            medians.source.push(source);
        }
        Ok(medians)
    }

    /// Given ones, by Ensembl id.
    ///
    /// # Errors
    /// A median that is not above zero.
    pub fn new(
        source: &str,
        medians: impl IntoIterator<Item = (String, f64)>,
    ) -> Result<Self, FamilyError> {
        let mut result = Self { source: vec![source.to_owned()], ..Self::default() };
        for (gene, median) in medians {
            result.insert(source, gene, median)?;
        }
        Ok(result)
    }

    fn insert(&mut self, source: &str, gene: String, median: f64) -> Result<(), FamilyError> {
        if !(median.is_finite() && median > 0.0) {
            return Err(files::refused(source, format!("{gene} has the median {median}")));
        }
        self.by_gene.insert(gene, median);
        Ok(())
    }

    /// Median of a gene; 1 where it is not known.
    pub fn of(&self, ensembl_id: &str) -> f64 {
        self.by_gene.get(ensembl_id).copied().unwrap_or(1.0)
    }

    /// Genes with a median.
    pub fn len(&self) -> usize {
        self.by_gene.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.by_gene.is_empty()
    }

    /// Where they came from, in a few words.
    pub fn source(&self) -> String {
        if self.is_empty() {
            "none, counts are divided by 1".into()
        } else {
            self.source.join(", ")
        }
    }

    /// Writes them to a checkpoint's directory, from where [`open`](Self::open) reads them.
    ///
    /// # Errors
    /// A failed write.
    pub fn save(&self, dir: &Path) -> Result<(), CheckpointError> {
        let ordered: BTreeMap<&String, f64> = self.by_gene.iter().map(|(g, m)| (g, *m)).collect();
        save_json(&dir.join(MEDIANS_FILE), &ordered)
    }
}

/// Medians of the user's own cells, where those of the training corpus are not at hand: of each
/// gene with an Ensembl id, over the cells that express it, of counts per 10,000 of the cell.
///
/// The published medians are fractions such as 0.45 and 1.42, so they are of counts scaled to the
/// depth of the cell, although the published encoding divides **raw** counts by them; so does ours.
/// A corpus of few cells ranks genes by what is unusual among them, not among all tissues.
pub fn medians_of(cells: &CellMatrix, species: Species) -> Medians {
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); cells.n_genes()];
    for cell in 0..cells.n_cells() {
        let (columns, counts) = cells.row(cell);
        for (column, count) in columns.iter().zip(counts) {
            let scaled = f64::from(*count) * 10_000.0 / cells.total_counts[cell];
            values[*column as usize].push(scaled);
        }
    }
    let genes = cells.genes.iter().zip(&mut values).filter(|(_, values)| !values.is_empty());
    let by_gene = genes
        .filter_map(|(gene, values)| Some((gene_id(gene, species)?, median(values))))
        .collect();
    let source = vec![format!("computed from {} cells", cells.n_cells())];
    Medians { by_gene, source }
}

/// Median of values that are not empty; of an even number the mean of the middle two.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}
