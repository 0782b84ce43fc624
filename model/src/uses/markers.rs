//! Marker genes of predicted classes, by the attention they receive.

use serde::{Deserialize, Serialize};

use super::error::{check_size, proceed};
use super::reader::choose;
use super::{Annotation, CellReader, UseError, Watch};
use crate::cells::CellMatrix;
use crate::families::{CellModel, EncodeOptions};

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerSettings {
    /// Most cells of each class.
    pub cells_per_label: usize,
    /// Most genes considered.
    pub genes: usize,
    /// Most genes listed per class.
    pub top: usize,
    /// Seed of the choice of cells.
    pub seed: u64,
}

impl Default for MarkerSettings {
    fn default() -> Self {
        Self { cells_per_label: 16, genes: 512, top: 20, seed: 0 }
    }
}

/// Marker genes of every class that has cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Markers {
    /// Symbols of the genes that were considered.
    pub considered: Vec<String>,
    /// Classes, in the order of the annotation.
    pub labels: Vec<LabelMarkers>,
}

/// Marker genes of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelMarkers {
    /// Class.
    pub label: String,
    /// Cells that were looked at.
    pub cells: usize,
    /// Genes that receive most attention first.
    pub genes: Vec<Marker>,
}

/// A gene and the attention it receives in one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// Symbol.
    pub symbol: String,
    /// Ensembl gene id, where known.
    pub ensembl: Option<String>,
    /// Mean over the class's cells of the attention received: the column sum of the attention
    /// averaged over heads, then layers; 0 in cells where the gene is not in the input.
    pub attention: f64,
    /// The same over the mean of the classes; above 1 it is particular to this one.
    pub ratio: Option<f64>,
}

/// Ranks genes by the attention they receive in the cells of each predicted class.
///
/// The rule of scBERT: column sums of the mean attention map, per predicted type. Considered are
/// the genes of the model that most of the sampled cells express (ties: first columns); cells are
/// a seeded choice of those assigned to a class. One pass of one cell at a time.
///
/// # Errors
/// No cell assigned to a class; as the model's attention; cancellation.
pub fn markers(
    model: &dyn CellModel,
    cells: &CellMatrix,
    annotation: &Annotation,
    settings: MarkerSettings,
    options: &EncodeOptions,
    watch: Watch<'_>,
) -> Result<Markers, UseError> {
    let reader = CellReader::new(model, cells, options)?;
    let samples: Vec<Vec<usize>> = (0..annotation.labels.len())
        .map(|label| {
            let own = |row: &usize| annotation.assigned[*row] == Some(label);
            let rows: Vec<usize> = (0..annotation.assigned.len()).filter(own).collect();
            choose(&rows, settings.cells_per_label, settings.seed)
        })
        .collect();
    let total = samples.iter().map(Vec::len).sum::<usize>();
    if total == 0 {
        let which = "assigned to a class".to_owned();
        return Err(UseError::TooFewCells { found: 0, which, needed: 1 });
    }
    let columns = considered(&reader, cells, &samples.concat(), settings.genes);
    let tokens: Vec<u32> = columns.iter().map(|(_, token)| *token).collect();
    let mut done = 0;
    let mut received = Vec::with_capacity(samples.len());
    for rows in &samples {
        let mut sums = vec![0.0_f64; tokens.len()];
        for &row in rows {
            proceed(watch)?;
            let attention = model.attention(&reader.cell(row), &tokens)?.received;
            check_size("the attention of genes", attention.len(), tokens.len())?;
            for (sum, value) in sums.iter_mut().zip(attention).filter(|(_, v)| !v.is_nan()) {
                *sum += f64::from(value);
            }
            done += 1;
            (watch.progress)(done, total);
        }
        sums.iter_mut().for_each(|sum| *sum /= rows.len().max(1) as f64);
        received.push(sums);
    }
    let gene = |place: usize| &cells.genes[columns[place].0];
    let with_cells: Vec<usize> = (0..samples.len()).filter(|&l| !samples[l].is_empty()).collect();
    let mean = |place: usize| {
        with_cells.iter().map(|&l| received[l][place]).sum::<f64>() / with_cells.len() as f64
    };
    let labels = with_cells.iter().map(|&label| {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by(|&a, &b| received[label][b].total_cmp(&received[label][a]));
        order.truncate(settings.top);
        let marker = |place: usize| Marker {
            symbol: gene(place).symbol.clone(),
            ensembl: gene(place).ensembl.clone(),
            attention: received[label][place],
            ratio: Some(mean(place)).filter(|m| *m > 0.0).map(|m| received[label][place] / m),
        };
        LabelMarkers {
            label: annotation.labels[label].clone(),
            cells: samples[label].len(),
            genes: order.into_iter().map(marker).collect(),
        }
    });
    Ok(Markers {
        labels: labels.collect(),
        considered: (0..columns.len()).map(|place| gene(place).symbol.clone()).collect(),
    })
}

/// The genes of the model that most of `rows` express, by column.
fn considered(
    reader: &CellReader<'_>,
    cells: &CellMatrix,
    rows: &[usize],
    most: usize,
) -> Vec<(usize, u32)> {
    let mut expressed = vec![0_usize; cells.n_genes()];
    for &row in rows {
        cells.row(row).0.iter().for_each(|&column| expressed[column as usize] += 1);
    }
    let mut known = reader.known_columns();
    known.retain(|(column, _)| expressed[*column] > 0);
    known.sort_by_key(|(column, _)| (std::cmp::Reverse(expressed[*column]), *column));
    known.truncate(most);
    known.sort_unstable();
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::uses::annotate;
    use crate::uses::double::{Double, quiet};

    #[test]
    fn genes_are_ranked_by_the_attention_they_receive_in_the_class() {
        let (model, cells) = (Double::new(), fixtures::cells(40));
        let options = EncodeOptions::default();
        let classes = annotate(&model, &cells, Some(0.0), &options, quiet()).unwrap();
        let settings = MarkerSettings { genes: 12, top: 4, ..MarkerSettings::default() };
        let found = markers(&model, &cells, &classes, settings, &options, quiet()).unwrap();
        assert_eq!(found.considered.len(), 12);
        assert_eq!(found.labels.len(), 2);
        for label in &found.labels {
            assert_eq!(label.genes.len(), 4);
            assert!(label.genes.is_sorted_by(|a, b| a.attention >= b.attention));
            assert!(label.genes.iter().all(|gene| found.considered.contains(&gene.symbol)));
        }
        // In the double a gene receives its count.
        let first = &found.labels[0];
        let label = classes.labels.iter().position(|l| *l == first.label).unwrap();
        let rows = (0..40).filter(|&row| classes.assigned[row] == Some(label));
        let rows = choose(&rows.collect::<Vec<_>>(), 16, 0);
        let column = cells.genes.iter().position(|g| g.symbol == first.genes[0].symbol).unwrap();
        let count = |row: &usize| {
            let (columns, counts) = cells.row(*row);
            columns.iter().position(|&c| c as usize == column).map_or(0.0, |i| counts[i])
        };
        let mean = rows.iter().map(|row| f64::from(count(row))).sum::<f64>() / rows.len() as f64;
        assert!((mean - first.genes[0].attention).abs() < 1e-6);
    }
}
