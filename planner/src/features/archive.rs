//! What a lab's earlier screens say about genes that are not measured yet.

use std::collections::HashMap;

use faer::linalg::matmul::matmul;
use faer::prelude::Solve;
use faer::{Accum, Mat, Par, Side};

use super::scores::standardise;
use super::table::FeatureTable;
use crate::error::PlanError;
use crate::target::log_deviation;

/// Blocks that depend on the assay at hand: an earlier screen was another assay.
const OF_THE_ASSAY: [&str; 4] = ["assay", "prior", "lcm", "arch"];
/// Penalty of the ridge, in units of a block's mean squared row norm.
const PENALTY: f64 = 0.8;
/// Weight of every block before the penalty.
const BLOCK_WEIGHT: f64 = 0.3 / 12.0;

/// A finished screen of an earlier assay: one score per gene, in its own unit.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchiveScreen {
    /// Name for people.
    pub name: String,
    /// Symbol and score.
    pub scores: Vec<(String, f64)>,
}

/// What earlier screens say about each gene, one entry per screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArchiveScores {
    /// Effect that a ridge on the gene features predicts, standardised over all genes.
    pub predicted: Vec<HashMap<String, f64>>,
    /// Rank of the measured |score|, as a standardised value; absent where not assayed.
    pub observed: Vec<HashMap<String, f64>>,
}

/// Fits a ridge of every screen's `ln(1 + |s - median| / median|s - median|)` on the features of
/// `table`, which must hold the screens' genes and those to predict, and predicts all its genes.
///
/// # Errors
/// [`PlanError::NotFinite`] for a score that is not a number; [`PlanError::FitFailed`] when no gene
/// of a screen is in the table.
pub fn archive_scores(
    table: &FeatureTable,
    screens: &[ArchiveScreen],
) -> Result<ArchiveScores, PlanError> {
    let row_of: HashMap<&str, usize> =
        (0..table.len()).map(|row| (table.symbol(row), row)).collect();
    let features = concatenated(table);
    let mut found = ArchiveScores::default();
    for screen in screens {
        let mut known: Vec<(usize, f64)> = Vec::new();
        for (symbol, score) in &screen.scores {
            if !score.is_finite() {
                let (symbol, value) = (symbol.clone(), score.to_string());
                return Err(PlanError::NotFinite { what: "archive score", symbol, value });
            }
            known.extend(row_of.get(symbol.as_str()).map(|row| (*row, *score)));
        }
        known.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        known.dedup_by_key(|(row, _)| *row);
        if known.len() < 2 {
            let reason = format!("{}: none of its genes is among the candidates", screen.name);
            return Err(PlanError::FitFailed { reason });
        }
        let rows: Vec<usize> = known.iter().map(|(row, _)| *row).collect();
        let target = log_deviation(&known.iter().map(|(_, score)| *score).collect::<Vec<_>>());
        let target = standardise(&target);
        let predicted = standardise(&predict(&features, &rows, &target)?);
        let symbol = |row: usize| table.symbol(row).to_owned();
        let of = |values: &[f64], rows: &[usize]| -> HashMap<String, f64> {
            rows.iter().zip(values).map(|(row, value)| (symbol(*row), *value)).collect()
        };
        found.predicted.push(of(&predicted, &(0..table.len()).collect::<Vec<_>>()));
        found.observed.push(of(&standardise(&ranks(&target)), &rows));
    }
    Ok(found)
}

/// Share of values below each, 0 to 1; equal values share their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = values.len().max(2) as f64 - 1.0;
    let place = |v: &f64| {
        let below = sorted.partition_point(|x| x < v) as f64;
        let upto = sorted.partition_point(|x| x <= v) as f64;
        (below + upto - 1.0) / 2.0 / n
    };
    values.iter().map(place).collect()
}

/// All blocks that do not depend on the assay, side by side, each of weight [`BLOCK_WEIGHT`].
fn concatenated(table: &FeatureTable) -> Mat<f64> {
    let blocks: Vec<_> =
        table.data().iter().filter(|block| !OF_THE_ASSAY.contains(&&*block.info.name)).collect();
    let width = blocks.iter().map(|block| block.values.ncols()).sum();
    let mut all = Mat::zeros(table.len(), width);
    let mut at = 0;
    for block in blocks {
        for j in 0..block.values.ncols() {
            for i in 0..table.len() {
                all[(i, at + j)] = BLOCK_WEIGHT.sqrt() * block.values[(i, j)];
            }
        }
        at += block.values.ncols();
    }
    all
}

/// Ridge predictions of every row from the targets of `rows`, in the smaller of the two spaces.
fn predict(features: &Mat<f64>, rows: &[usize], target: &[f64]) -> Result<Vec<f64>, PlanError> {
    let (n, d) = (rows.len(), features.ncols());
    let x = Mat::from_fn(n, d, |i, j| features[(rows[i], j)]);
    let y = Mat::from_fn(n, 1, |i, _| target[i]);
    let small = n.min(d);
    let mut gram = Mat::zeros(small, small);
    let (left, right) =
        if n < d { (x.as_ref(), x.transpose()) } else { (x.transpose(), x.as_ref()) };
    matmul(gram.as_mut(), Accum::Replace, left, right, 1.0, Par::Seq);
    (0..small).for_each(|i| gram[(i, i)] += PENALTY);
    let llt = gram.llt(Side::Lower).map_err(|_| PlanError::FitFailed {
        reason: "the features of the earlier screens cannot be regressed on".to_owned(),
    })?;
    let weights = if n < d { x.transpose() * llt.solve(&y) } else { llt.solve(x.transpose() * &y) };
    let predicted = features * weights;
    Ok((0..predicted.nrows()).map(|i| predicted[(i, 0)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::synthetic::{Lcm, plain_world};

    #[test]
    fn an_earlier_screen_of_the_same_biology_predicts_genes_it_never_measured() {
        let world = plain_world(300, 5, 1.2, Lcm::Absent);
        let names: Vec<String> =
            world.table.candidates().iter().map(|c| c.symbol.clone()).collect();
        let scores = names.iter().cloned().zip(world.robust_z.iter().copied());
        let half =
            ArchiveScreen { name: "half".into(), scores: scores.clone().take(200).collect() };
        let found = archive_scores(&world.table, &[half]).unwrap();
        let unseen: Vec<(f64, f64)> =
            scores.skip(200).map(|(name, z)| (found.predicted[0][&name], z.abs())).collect();
        assert!(!found.observed[0].contains_key(&names[250]));
        let mut by_prediction = unseen.clone();
        by_prediction.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mean = |rows: &[(f64, f64)]| rows.iter().map(|r| r.1).sum::<f64>() / rows.len() as f64;
        assert!(mean(&by_prediction[..20]) > 1.3 * mean(&unseen), "{by_prediction:?}");
    }

    #[test]
    fn a_screen_of_other_genes_or_with_a_hole_is_refused_by_name() {
        let world = plain_world(40, 5, 1.2, Lcm::Absent);
        let screen = |symbol: &str, score| ArchiveScreen {
            name: "old".into(),
            scores: vec![(symbol.into(), score), ("none".into(), 1.0)],
        };
        let other = archive_scores(&world.table, &[screen("nobody", 1.0)]).unwrap_err();
        assert!(other.to_string().contains("old"), "{other}");
        let hole = archive_scores(&world.table, &[screen("G0001", f64::NAN)]);
        assert!(matches!(hole, Err(PlanError::NotFinite { .. })));
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 1.0]), [1.0, 0.25, 0.25]);
    }
}
