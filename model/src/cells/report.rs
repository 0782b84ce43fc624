//! What was found in an uploaded file, for people to read before they accept it.

use serde::{Deserialize, Serialize};

use crate::cells::{CellMatrix, ObsColumn};

/// Categories of a column shown in a report.
const SHOWN_CATEGORIES: usize = 50;

/// Summary of a file that was read, shown before it is accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationReport {
    /// Number of cells.
    pub n_cells: usize,
    /// Number of genes after duplicates were collapsed.
    pub n_genes: usize,
    /// Number of counts above zero.
    pub n_nonzeros: usize,
    /// Matrix the counts came from: `X`, `layers/counts`, `raw/X`...
    pub counts_source: String,
    /// Genes with an Ensembl id, from the file or by symbol.
    pub genes_with_ensembl: usize,
    /// Of these, genes whose id was looked up by symbol.
    pub genes_mapped_by_symbol: usize,
    /// Columns that were added into another column of the same gene.
    pub duplicates_collapsed: usize,
    /// Median over cells of the total count.
    pub median_counts_per_cell: f64,
    /// Median over cells of the number of genes with a count.
    pub median_genes_per_cell: f64,
    /// The columns of obs, by name.
    pub obs_columns: Vec<ObsSummary>,
    /// What a person should know before accepting, in sentences.
    pub warnings: Vec<String>,
}

/// Kind of an obs column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObsColumnKind {
    /// Labels.
    Categorical,
    /// Numbers.
    Numeric,
}

/// One obs column of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObsSummary {
    /// Column name.
    pub name: String,
    /// Labels or numbers.
    pub kind: ObsColumnKind,
    /// Cells without a value.
    pub missing: usize,
    /// Number of different labels (0 for numbers).
    pub n_categories: usize,
    /// The labels with most cells, at most 50; ties in the order of the file.
    pub categories: Vec<CategoryCount>,
}

/// A label and how many cells have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCount {
    /// The label.
    pub value: String,
    /// Number of cells.
    pub cells: usize,
}

impl ObsSummary {
    /// Summarises one column.
    pub fn of(name: &str, column: &ObsColumn) -> Self {
        let (codes, labels) = match column {
            ObsColumn::Numeric(values) => {
                return Self {
                    name: name.to_owned(),
                    kind: ObsColumnKind::Numeric,
                    missing: values.iter().filter(|value| value.is_nan()).count(),
                    n_categories: 0,
                    categories: Vec::new(),
                };
            }
            ObsColumn::Categorical { codes, categories } => (codes, categories),
        };
        let mut cells = vec![0_usize; labels.len()];
        for &code in codes {
            if let Some(count) = usize::try_from(code).ok().and_then(|code| cells.get_mut(code)) {
                *count += 1;
            }
        }
        let assigned: usize = cells.iter().sum();
        let mut categories: Vec<CategoryCount> = labels
            .iter()
            .zip(cells)
            .map(|(value, cells)| CategoryCount { value: value.clone(), cells })
            .collect();
        categories.sort_by_key(|category| std::cmp::Reverse(category.cells));
        categories.truncate(SHOWN_CATEGORIES);
        Self {
            name: name.to_owned(),
            kind: ObsColumnKind::Categorical,
            missing: codes.len() - assigned,
            n_categories: labels.len(),
            categories,
        }
    }
}

impl ValidationReport {
    /// Report of a matrix; the origin of counts and genes is filled in by the reader.
    pub(crate) fn of(matrix: &CellMatrix, counts_source: &str) -> Self {
        let genes_per_cell =
            matrix.indptr.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        Self {
            n_cells: matrix.n_cells(),
            n_genes: matrix.n_genes(),
            n_nonzeros: matrix.n_nonzeros(),
            counts_source: counts_source.to_owned(),
            genes_with_ensembl: matrix.genes.iter().filter(|g| g.ensembl.is_some()).count(),
            genes_mapped_by_symbol: 0,
            duplicates_collapsed: 0,
            median_counts_per_cell: median(matrix.total_counts.clone()),
            median_genes_per_cell: median(genes_per_cell),
            obs_columns: matrix.obs.iter().map(|(n, c)| ObsSummary::of(n, c)).collect(),
            warnings: Vec::new(),
        }
    }
}

/// Median; 0 of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::fixtures::small_matrix;

    #[test]
    fn a_report_counts_cells_by_category_and_missing_values() {
        let mut matrix = small_matrix();
        matrix.obs.insert("donor".into(), ObsColumn::from_labels(&[Some("d1"), None, Some("d1")]));
        let report = ValidationReport::of(&matrix, "X");
        let donor = report.obs_columns.iter().find(|column| column.name == "donor").unwrap();
        assert_eq!((donor.missing, donor.n_categories), (1, 1));
        assert_eq!(donor.categories, vec![CategoryCount { value: "d1".into(), cells: 2 }]);
    }

    #[test]
    fn at_most_fifty_categories_are_shown() {
        let labels: Vec<Option<String>> = (0..80).map(|n| Some(format!("g{n:02}"))).collect();
        let summary = ObsSummary::of("guide", &ObsColumn::from_labels(&labels));
        assert_eq!((summary.n_categories, summary.categories.len()), (80, 50));
    }

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle_two() {
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
