//! One named group of features, on a common scale.

use std::borrow::Cow;

use faer::Mat;
use serde::Serialize;

/// What a block is and where it comes from; serialisable for the campaign page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockInfo {
    /// Short name, stable across releases.
    pub name: Cow<'static, str>,
    /// Database or input it was made from.
    pub source: Cow<'static, str>,
    /// Licence of that source.
    pub licence: Cow<'static, str>,
    /// Share of the candidates the source knows, 0..1.
    pub coverage: f64,
    /// Number of columns.
    pub width: usize,
}

/// A block's values: centred over the candidates, mean squared row norm 1, so that its linear
/// kernel `F F^T` has mean diagonal 1 and kernel weights are comparable between blocks.
#[derive(Debug, Clone)]
pub struct Block {
    /// Description.
    pub info: BlockInfo,
    /// `[candidates, width]`, rows in the table's canonical order.
    pub(crate) values: Mat<f64>,
}

/// Raw columns of a block before scaling.
pub(crate) struct Raw {
    pub name: Cow<'static, str>,
    pub source: Cow<'static, str>,
    pub licence: Cow<'static, str>,
    pub coverage: f64,
    pub columns: Vec<Vec<f64>>,
}

impl Raw {
    /// Centre and scale; `None` when nothing varies over the candidates.
    pub fn finish(self) -> Option<Block> {
        let rows = self.columns.first()?.len();
        let mut columns = self.columns;
        let mut total = 0.0;
        for column in &mut columns {
            let mean = column.iter().sum::<f64>() / rows as f64;
            column.iter_mut().for_each(|v| *v -= mean);
            total += column.iter().map(|v| v * v).sum::<f64>();
        }
        let mean_square = total / rows as f64;
        if !mean_square.is_finite() || mean_square < 1e-18 {
            return None;
        }
        let scale = 1.0 / mean_square.sqrt();
        let info = BlockInfo {
            name: self.name,
            source: self.source,
            licence: self.licence,
            coverage: self.coverage,
            width: columns.len(),
        };
        let values = Mat::from_fn(rows, columns.len(), |i, j| columns[j][i] * scale);
        Some(Block { info, values })
    }
}

/// Share of `Some`.
pub(crate) fn coverage<T>(found: &[Option<T>]) -> f64 {
    found.iter().flatten().count() as f64 / found.len().max(1) as f64
}

/// Turn row-major `[rows, k]` into columns.
pub(crate) fn to_columns(values: &[f64], k: usize) -> Vec<Vec<f64>> {
    (0..k).map(|j| values.iter().skip(j).step_by(k).copied().collect()).collect()
}

/// 1 where the source does not know the candidate.
pub(crate) fn missing<T>(found: &[Option<T>]) -> Vec<f64> {
    found.iter().map(|f| if f.is_none() { 1.0 } else { 0.0 }).collect()
}
