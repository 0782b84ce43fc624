//! Previews of embeddings: some cells of a data set along the axes of most variance.

use std::collections::BTreeMap;

use nextwell_contract::worker::EmbeddingWork;
use nextwell_contract::{ColourValues, EmbeddingColour, EmbeddingPreview};
use nextwell_model::cells::{CellMatrix, CellsError, ObsColumn};
use nextwell_model::uses::{self, Watch};

use super::{Device, encoding};
use crate::app::App;
use crate::failure::Failure;
use crate::finite::Finite;
use crate::queue::Run;

/// Axes of a preview.
const AXES: usize = 4;

/// Embeds the sampled cells and finds their principal components.
pub fn embedding(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &EmbeddingWork,
) -> Result<EmbeddingPreview, Failure> {
    let cells = app.dataset(&work.dataset_digest)?;
    let rows = evenly_spaced(cells.n_cells(), work.max_cells as usize);
    let sample = sample(&cells, &rows);
    let model = device.opened(app, &work.model_digest)?;
    let tell = run.teller("embedding cells");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let kind = work.kind.as_deref();
    let found = uses::embed(model.as_ref(), &sample, kind, &encoding(&sample), watch)?;
    let axes = uses::pca(&found, AXES)?;
    let placed: Vec<usize> =
        (0..rows.len()).filter(|row| found.blank.binary_search(row).is_err()).collect();
    let place =
        |row: &usize| axes.scores[row * axes.components..(row + 1) * axes.components].to_vec();
    let preview = EmbeddingPreview {
        kind: found.kind,
        n_cells: cells.n_cells() as u64,
        n_sampled: rows.len() as u64,
        n_blank: found.blank.len() as u64,
        cells: placed.iter().map(|&row| rows[row] as u64).collect(),
        names: placed.iter().map(|&row| sample.cells[row].clone()).collect(),
        coordinates: placed.iter().map(place).collect(),
        explained_variance: axes.share,
        colour: None,
    };
    preview.check("the embedding")?;
    Ok(preview)
}

/// At most `most` of the rows `0..n`, at even distances from the first.
fn evenly_spaced(n: usize, most: usize) -> Vec<usize> {
    let kept = n.min(most);
    (0..kept).map(|i| i * n / kept).collect()
}

/// The matrix of some rows, without obs.
fn sample(cells: &CellMatrix, rows: &[usize]) -> CellMatrix {
    let mut sample = CellMatrix {
        genes: cells.genes.clone(),
        cells: rows.iter().map(|&row| cells.cells[row].clone()).collect(),
        total_counts: rows.iter().map(|&row| cells.total_counts[row]).collect(),
        indptr: vec![0],
        indices: Vec::new(),
        counts: Vec::new(),
        obs: BTreeMap::new(),
    };
    for &row in rows {
        let (columns, counts) = cells.row(row);
        sample.indices.extend_from_slice(columns);
        sample.counts.extend_from_slice(counts);
        sample.indptr.push(sample.indices.len() as u64);
    }
    sample
}

/// Values of an obs column for the cells of a preview.
///
/// # Errors
/// 422 `unknown_column` naming the columns there are.
pub fn colour(
    cells: &CellMatrix,
    preview: &EmbeddingPreview,
    column: &str,
) -> Result<EmbeddingColour, Failure> {
    let found = cells.obs.get(column).ok_or_else(|| CellsError::UnknownColumn {
        column: column.to_owned(),
        available: cells.obs.keys().cloned().collect(),
    })?;
    let rows = preview.cells.iter().map(|&row| row as usize);
    let values = match found {
        ObsColumn::Numeric(numbers) => {
            let finite = |row: usize| numbers.get(row).copied().filter(|n| n.is_finite());
            ColourValues::Numeric { numbers: rows.map(finite).collect() }
        }
        ObsColumn::Categorical { codes, categories } => {
            let code = |row: usize| codes.get(row).and_then(|code| usize::try_from(*code).ok());
            categorical(&rows.map(code).collect::<Vec<_>>(), categories)
        }
    };
    Ok(EmbeddingColour { column: column.to_owned(), values })
}

/// Categories that some cell has, renumbered.
fn categorical(codes: &[Option<usize>], categories: &[String]) -> ColourValues {
    let mut place: BTreeMap<usize, u32> = codes.iter().flatten().map(|&code| (code, 0)).collect();
    for (new, value) in (0..).zip(place.values_mut()) {
        *value = new;
    }
    let name = |code: &usize| categories.get(*code).cloned().unwrap_or_default();
    ColourValues::Categorical {
        categories: place.keys().map(name).collect(),
        codes: codes.iter().map(|code| code.map(|code| place[&code])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_sampled_at_even_distances_and_never_twice() {
        assert_eq!(evenly_spaced(10, 4), [0, 2, 5, 7]);
        assert_eq!(evenly_spaced(3, 9), [0, 1, 2]);
        assert!(evenly_spaced(0, 9).is_empty());
        assert!(evenly_spaced(9_999, 2_000).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_sampled_matrix_has_the_rows_it_was_asked_for() {
        let gene = |name: &str| nextwell_model::cells::Gene { ensembl: None, symbol: name.into() };
        let cells = CellMatrix {
            genes: vec![gene("A"), gene("B")],
            cells: ["x", "y", "z"].map(String::from).to_vec(),
            indptr: vec![0, 1, 3, 4],
            indices: vec![0, 0, 1, 1],
            counts: vec![1.0, 2.0, 3.0, 4.0],
            total_counts: vec![1.0, 5.0, 4.0],
            obs: BTreeMap::new(),
        };
        let some = sample(&cells, &[0, 2]);
        some.validate().unwrap();
        assert_eq!(some.cells, ["x", "z"]);
        assert_eq!(some.row(1), (&[1_u32][..], &[4.0_f32][..]));
        assert_eq!(some.total_counts, [1.0, 4.0]);
    }

    #[test]
    fn only_categories_that_a_cell_has_are_listed_and_a_missing_value_stays_missing() {
        let names = ["a", "b", "c"].map(String::from);
        let found = categorical(&[Some(2), None, Some(0), Some(2)], &names);
        let expected = ColourValues::Categorical {
            categories: vec!["a".into(), "c".into()],
            codes: vec![Some(1), None, Some(0), Some(1)],
        };
        assert_eq!(found, expected);
    }
}
