//! What replays say about a strategy, and whether two differ.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::StrategyCurve;

/// A strategy's replays in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Share of all hits found after the last round, mean over seeds.
    pub mean: f64,
    /// Standard deviation over seeds.
    pub sd: f64,
    /// 95 % interval of the mean over seeds (Student's t); seeds share one screen, so it says
    /// nothing about other screens.
    pub interval: Option<(f64, f64)>,
    /// Mean share found after each round.
    pub per_round: Vec<f64>,
    /// 95 % interval of that mean, as `interval`.
    pub per_round_interval: Option<Vec<[f64; 2]>>,
    /// Area under the curve of hits by round, over that of a strategy that picks hits only.
    pub area: f64,
    /// Hits per well over the screen's hits per gene, after the last round.
    pub enrichment: f64,
}

/// The figures of one strategy, each round of `batch` genes.
#[must_use]
pub fn figures(curve: &StrategyCurve, batch: usize) -> Figures {
    let ratios = curve.final_ratios();
    let (_, sd) = mean_sd(&ratios);
    let per_round = curve.recall();
    // The last point of the curve itself: another order of the sum could end in another last bit.
    let mean = per_round.last().copied().unwrap_or(0.0);
    let hits = curve.total_hits as f64;
    let wells = |round: usize| ((round + 1) * batch).min(curve.total_genes) as f64;
    let best: f64 = (0..per_round.len()).map(|r| (wells(r) / hits.max(1.0)).min(1.0)).sum();
    let drawn = per_round.len().checked_sub(1).map_or(0.0, wells);
    let base = hits / curve.total_genes.max(1) as f64;
    let by_seed = curve.ratios();
    let after = |round: usize| -> Option<[f64; 2]> {
        let ratios: Vec<f64> = by_seed.iter().map(|seed| seed[round]).collect();
        interval(&ratios).map(|(low, high)| [low, high])
    };
    let per_round_interval = (0..per_round.len()).map(after).collect();
    Figures {
        mean,
        sd,
        interval: interval(&ratios),
        per_round_interval,
        area: per_round.iter().sum::<f64>() / best.max(f64::MIN_POSITIVE),
        enrichment: mean * hits / drawn.max(1.0) / base.max(f64::MIN_POSITIVE),
        per_round,
    }
}

/// Two-sided p value of a paired t test of `ours` against `theirs`, seed by seed; `None` below two
/// seeds. Equal replays give 1.
#[must_use]
pub fn paired_p(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    if ours.len() != theirs.len() || ours.len() < 2 {
        return None;
    }
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    let (mean, sd) = mean_sd(&differences);
    let n = differences.len() as f64;
    if sd <= 0.0 {
        return Some(if mean == 0.0 { 1.0 } else { 0.0 });
    }
    let t = mean / (sd / n.sqrt());
    let student = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
    Some(2.0 * student.cdf(-t.abs()))
}

/// 95 % interval of the mean of independent values; `None` below two.
fn interval(values: &[f64]) -> Option<(f64, f64)> {
    let (mean, sd) = mean_sd(values);
    let half = t_quantile(values.len())? * sd / (values.len() as f64).sqrt();
    Some((mean - half, mean + half))
}

fn t_quantile(n: usize) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, n.checked_sub(1).filter(|f| *f > 0)? as f64).ok()?;
    Some(student.inverse_cdf(0.975))
}

/// Mean and sample standard deviation; 0 for one value.
fn mean_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (mean, if values.len() > 1 { (square / (n - 1.0)).sqrt() } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(hits_per_round: Vec<Vec<usize>>) -> StrategyCurve {
        StrategyCurve {
            name: "x".into(),
            hits_per_round,
            seconds: 0.0,
            total_hits: 10,
            total_genes: 100,
        }
    }

    #[test]
    fn figures_are_shares_of_all_hits() {
        let found = figures(&curve(vec![vec![2, 1], vec![3, 2]]), 5);
        assert_eq!(found.per_round, [0.25, 0.4]);
        assert!((found.mean - 0.4).abs() < 1e-12 && (found.sd - 0.2 / 2f64.sqrt()).abs() < 1e-12);
        // 4 hits in 10 wells where 1 in 10 genes is one; the best would find 0.5, then all.
        assert!((found.enrichment - 4.0).abs() < 1e-12);
        assert!((found.area - 0.65 / 1.5).abs() < 1e-12);
        let (low, high) = found.interval.unwrap();
        assert!(low < 0.0 && high > 0.8, "two seeds say little: {low} to {high}");
        assert_eq!(found.per_round_interval.unwrap()[1], [low, high]);
        let one = figures(&curve(vec![vec![1]]), 5);
        assert_eq!((one.interval, one.per_round_interval), (None, None));
    }

    #[test]
    fn the_paired_test_is_that_of_a_table() {
        // Differences 1, 2, 3: t = 2 / (1 / sqrt 3) = 3.4641, 2 degrees of freedom.
        let p = paired_p(&[2.0, 4.0, 6.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((p - 0.074_18).abs() < 1e-4, "{p}");
        assert_eq!(paired_p(&[1.0, 1.0], &[1.0, 1.0]), Some(1.0));
        assert_eq!(paired_p(&[1.0], &[1.0]), None);
    }
}
