//! Start, goal and perturbed cells in two dimensions.

use super::edits::edits_of;
use super::runner::Screener;
use super::{RowId, ScreenError, Watch};
use crate::uses::{Embedding, pca, umap};

/// A cell in the plane of a UMAP.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPoint {
    /// Coordinates.
    pub at: [f64; 2],
    /// What it is.
    pub group: MapGroup,
}

/// What a point of the map is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapGroup {
    /// A cell of the start state.
    Start,
    /// A cell of the goal state.
    Goal,
    /// A start cell after the perturbation.
    Perturbed(RowId),
}

/// Most cells of a state, and of each perturbation, in the map.
const MOST: usize = 200;
const MOST_PERTURBED: usize = 40;

impl Screener {
    /// UMAP of start and goal cells by the cosine of their embeddings, with start cells after the
    /// perturbations `rows` placed among them; cells at even distances where there are too many.
    ///
    /// # Errors
    /// Whatever the model refuses; [`ScreenError::Cancelled`].
    pub fn map(&self, rows: &[RowId], watch: Watch<'_>) -> Result<Vec<MapPoint>, ScreenError> {
        let start: Vec<usize> =
            self.plan.cells.iter().filter(|cell| !cell.null).map(|cell| cell.row).collect();
        let goal = self.plan.states.first().map_or(&[][..], |state| &state.rows);
        let mut groups = Vec::new();
        let mut cells = Vec::new();
        for (rows, group) in [(start.as_slice(), MapGroup::Start), (goal, MapGroup::Goal)] {
            for row in spread(rows, MOST) {
                watch.check()?;
                let cell = self.source.original(row).tokens;
                cells.push(unit(&self.originals.get(self.model.as_ref(), &cell)?));
                groups.push(group.clone());
            }
        }
        if cells.len() < 3 {
            return Ok(Vec::new());
        }
        let axes = components(&cells)?;
        let map = umap(cells, &axes, self.spec().seed);
        let at = groups.into_iter().zip(map.places.iter().copied());
        let mut points: Vec<MapPoint> = at.map(|(group, at)| MapPoint { at, group }).collect();
        for &id in rows {
            for embedding in self.perturbed(id, watch)? {
                let at = map.place(&unit(&embedding));
                points.push(MapPoint { at, group: MapGroup::Perturbed(id) });
            }
        }
        Ok(points)
    }

    /// Embeddings of start cells after one perturbation.
    fn perturbed(&self, id: RowId, watch: Watch<'_>) -> Result<Vec<Vec<f32>>, ScreenError> {
        let cells: Vec<usize> =
            (0..self.plan.cells.len()).filter(|&cell| !self.plan.cells[cell].null).collect();
        let mut found = Vec::new();
        for cell in spread(&cells, MOST_PERTURBED) {
            watch.check()?;
            let edits = edits_of(&self.source, &self.plan, cell, id.target..id.target + 1);
            let edits = edits.edits.into_iter().filter(|edit| edit.id == id);
            let edited: Vec<_> = edits.map(|edit| edit.cell).collect();
            found.extend(self.model.embed(&edited, &self.plan.embedding)?);
        }
        Ok(found)
    }
}

/// An embedding of length one, so that distances follow the cosine.
fn unit(embedding: &[f32]) -> Vec<f32> {
    let length = embedding.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let length = length.max(f64::MIN_POSITIVE);
    embedding.iter().map(|x| (f64::from(*x) / length) as f32).collect()
}

/// First two principal components; a missing second is 0.
fn components(embeddings: &[Vec<f32>]) -> Result<Vec<[f64; 2]>, ScreenError> {
    let all = Embedding {
        kind: "map".into(),
        width: embeddings[0].len(),
        n_cells: embeddings.len(),
        values: embeddings.concat(),
        blank: Vec::new(),
    };
    let found = pca(&all, 2)
        .map_err(|error| ScreenError::setting("embedding", error.to_string(), "finite values"))?;
    let score = |cell: usize, axis: usize| match axis < found.components {
        true => f64::from(found.scores[cell * found.components + axis]),
        false => 0.0,
    };
    Ok((0..embeddings.len()).map(|cell| [score(cell, 0), score(cell, 1)]).collect())
}

/// At most `most` of `all`, at even distances.
fn spread(all: &[usize], most: usize) -> Vec<usize> {
    let n = all.len().min(most);
    (0..n).map(|i| all[i * all.len() / n]).collect()
}
