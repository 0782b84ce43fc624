//! Embeddings of unedited cells: the start cells' own, and those of whole states.

use std::path::Path;
use std::sync::Mutex;

use super::cache::EmbeddingCache;
use super::effect::UnitVector;
use super::plan::PlannedState;
use super::state::{StateEmbedding, median};
use super::{ScreenError, Source, StateSummary, Watch};
use crate::families::{CellModel, CellTokens};

/// Tokens given to the model at once: enough to keep every core busy, few enough that a
/// cancelled screen stops soon.
pub(super) const TOKENS_PER_BATCH: usize = 32_768;
/// Values of a state in memory while its median is taken.
const VALUES_AT_ONCE: usize = 1 << 22;

/// Unedited cells through the model, each content once.
pub(super) struct Originals {
    cache: Mutex<EmbeddingCache>,
    kind: String,
}

impl Originals {
    pub fn open(
        dir: Option<&Path>,
        model: &dyn CellModel,
        digest: &str,
        kind: &str,
        width: usize,
    ) -> Result<Self, ScreenError> {
        // Devices round differently: their embeddings are not each other's.
        let digest = format!("{digest}\n{}", model.device());
        let cache = EmbeddingCache::open(dir, &digest, kind, width)?;
        Ok(Self { cache: Mutex::new(cache), kind: kind.to_owned() })
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, EmbeddingCache> {
        self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Embeds what is not there yet of `rows`.
    pub fn fill(
        &self,
        model: &dyn CellModel,
        source: &Source,
        rows: &[usize],
        watch: Watch<'_>,
    ) -> Result<(), ScreenError> {
        let (mut waiting, mut tokens) = (Vec::new(), 0);
        for (done, &row) in rows.iter().enumerate() {
            let cell = source.original(row).tokens;
            if !self.cache().holds(&cell) {
                tokens += cell.ids.len().max(1);
                waiting.push(cell);
            }
            if tokens >= TOKENS_PER_BATCH {
                self.embed(model, &waiting, watch)?;
                (waiting, tokens) = (Vec::new(), 0);
                (watch.progress)(done + 1, rows.len());
            }
        }
        self.embed(model, &waiting, watch)?;
        (watch.progress)(rows.len(), rows.len());
        Ok(())
    }

    fn embed(
        &self,
        model: &dyn CellModel,
        cells: &[CellTokens],
        watch: Watch<'_>,
    ) -> Result<(), ScreenError> {
        if cells.is_empty() {
            return Ok(());
        }
        watch.check()?;
        let embeddings = model.embed(cells, &self.kind)?;
        let mut cache = self.cache();
        cells.iter().zip(embeddings).try_for_each(|(cell, found)| cache.put(cell, &found))
    }

    /// The cell's embedding; computed if it is not there.
    pub fn get(&self, model: &dyn CellModel, cell: &CellTokens) -> Result<Vec<f32>, ScreenError> {
        if let Some(found) = self.cache().get(cell)? {
            return Ok(found);
        }
        let found = model.embed(std::slice::from_ref(cell), &self.kind)?.remove(0);
        self.cache().put(cell, &found)?;
        Ok(found)
    }

    /// The exact mean or median of a state's cells, as a direction.
    pub fn state(
        &self,
        model: &dyn CellModel,
        source: &Source,
        state: &PlannedState,
        how: StateSummary,
    ) -> Result<UnitVector, ScreenError> {
        let what = format!("the state {} = {}", state.state.column, state.state.value);
        let cells = || state.rows.iter().map(|&row| self.get(model, &source.original(row).tokens));
        match how {
            StateSummary::Mean => {
                let mut sum = Vec::new();
                let mut count = 0;
                for cell in cells() {
                    let one = StateEmbedding::mean_of([cell?]).unwrap_or_default();
                    sum.resize(one.mean.len(), 0.0);
                    sum.iter_mut().zip(one.mean).for_each(|(sum, value)| *sum += value);
                    count += 1;
                }
                let mean = sum.into_iter().map(|sum: f64| sum / f64::from(count)).collect();
                UnitVector::from_f64(mean, &what)
            }
            StateSummary::Median => {
                let width = model.embed_width(&self.kind)?;
                let columns = (VALUES_AT_ONCE / state.rows.len().max(1)).clamp(1, width);
                let mut medians = Vec::with_capacity(width);
                for start in (0..width).step_by(columns) {
                    let end = (start + columns).min(width);
                    let mut values = vec![Vec::with_capacity(state.rows.len()); end - start];
                    for cell in cells() {
                        let cell = cell?;
                        values.iter_mut().zip(&cell[start..end]).for_each(|(all, v)| all.push(*v));
                    }
                    medians.extend(values.into_iter().map(|values| median(values).unwrap_or(0.0)));
                }
                UnitVector::from_f64(medians, &what)
            }
        }
    }
}
