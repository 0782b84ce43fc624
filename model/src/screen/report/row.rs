//! Statistics of one row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::background::Background;
use crate::screen::{RowValues, ScreenCell};
use crate::stats::{
    Interval, cell_interval, clustered_t, donor_interval, mean, rank_sum, sample_sd,
};

/// Effect of a perturbation on one measure, over start cells.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Effect {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation; absent below two cells.
    pub sd: Option<f64>,
    /// 95 % interval of the mean, cells taken as independent.
    pub over_cells: Option<Interval>,
    /// 95 % interval of the mean, donors taken as independent; absent below three.
    pub over_donors: Option<Interval>,
    /// Two-sided rank-sum p against all effects of this perturbation.
    pub p: Option<f64>,
    /// Benjamini–Hochberg over targets.
    pub q: Option<f64>,
    /// Two-sided p of the mean against the background's, donors taken as independent.
    pub p_donor: Option<f64>,
    /// Benjamini–Hochberg over targets.
    pub q_donor: Option<f64>,
}

/// Effect in one donor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DonorMean {
    /// Donor or sample.
    pub donor: String,
    /// Cells of it.
    pub n_cells: usize,
    /// Mean of the first measure.
    pub mean: f64,
    /// 95 % interval over its cells.
    pub interval: Option<Interval>,
}

/// Start cells against null cells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NullTest {
    /// Null cells in which the perturbation could be done.
    pub n_cells: usize,
    /// Mean over them.
    pub mean: f64,
    /// Mean over start cells less that over null cells.
    pub difference: f64,
    /// Two-sided rank-sum p.
    pub p: f64,
    /// Benjamini–Hochberg over targets.
    pub q: Option<f64>,
}

/// The values of a row, start and null cells apart.
pub(super) struct Split<'a> {
    measures: usize,
    values: &'a RowValues,
    cells: &'a [ScreenCell],
}

impl<'a> Split<'a> {
    pub fn new(values: &'a RowValues, cells: &'a [ScreenCell], measures: usize) -> Self {
        Self { measures, values, cells }
    }

    /// Values of a measure in start cells (or null cells).
    pub fn measure(&self, measure: usize, null: bool) -> Vec<f64> {
        let all = self.values.values.chunks_exact(self.measures.max(1)).zip(&self.values.cells);
        all.filter(|(_, cell)| self.cells[**cell as usize].null == null)
            .map(|(values, _)| values[measure])
            .collect()
    }

    /// Donors of the start cells, in their order; empty without a donor column.
    pub fn donors(&self) -> Vec<&'a str> {
        let cells = self.values.cells.iter().map(|&cell| &self.cells[cell as usize]);
        cells.filter(|cell| !cell.null).filter_map(|cell| cell.donor.as_deref()).collect()
    }
}

/// One measure of a row, tested where there are enough cells. q-values come later.
pub(super) fn effect(
    values: &[f64],
    donors: &[&str],
    background: &Background,
    tested: bool,
) -> Effect {
    let above: Vec<f64> = values.iter().map(|value| value - background.mean()).collect();
    Effect {
        mean: mean(values),
        sd: sample_sd(values),
        over_cells: cell_interval(values),
        over_donors: donor_interval(values, donors),
        p: if tested { background.rank_sum(values) } else { None },
        q: None,
        p_donor: if tested { clustered_t(&above, donors).map(|test| test.p) } else { None },
        q_donor: None,
    }
}

/// Effects by donor, in order of name.
pub(super) fn by_donor(values: &[f64], donors: &[&str]) -> Vec<DonorMean> {
    let mut groups: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (value, donor) in values.iter().zip(donors) {
        groups.entry(donor).or_default().push(*value);
    }
    let donor = |(donor, values): (&str, Vec<f64>)| {
        Some(DonorMean {
            donor: donor.to_owned(),
            n_cells: values.len(),
            mean: mean(&values)?,
            interval: cell_interval(&values),
        })
    };
    groups.into_iter().filter_map(donor).collect()
}

/// Start against null cells; NaN p-values count as 1, as in the reference.
pub(super) fn null_test(start: &[f64], null: &[f64]) -> Option<NullTest> {
    let (ours, theirs) = (mean(start)?, mean(null)?);
    let p = rank_sum(start, null)?.p;
    Some(NullTest {
        n_cells: null.len(),
        mean: theirs,
        difference: ours - theirs,
        p: if p.is_nan() { 1.0 } else { p },
        q: None,
    })
}
