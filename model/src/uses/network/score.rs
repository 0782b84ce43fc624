//! How well a ranking finds the known targets of a factor.

use std::borrow::Cow;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::super::UseError;
use super::{Edges, Network, coexpression};
use crate::cells::{CellMatrix, Gene};
use crate::families::Species;
use crate::genes::mouse_as_human;
use crate::stats::{BootstrapInterval, average_precision, bootstrap, mean, quantile};

/// Resamples of genes, and random rankings.
const ROUNDS: usize = 1_000;

/// Area under the precision-recall curve (average precision) of a network's ranking and of two
/// baselines, on the same genes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkScore {
    /// Genes that were ranked.
    pub genes: usize,
    /// Targets of the factor in the table.
    pub targets_known: usize,
    /// Of these, targets among the ranked genes.
    pub targets_ranked: usize,
    /// Share of targets among the ranked genes: what a random ranking expects.
    pub prevalence: f64,
    /// By the shift of gene embeddings; 95 % interval over genes.
    pub model: BootstrapInterval,
    /// By co-expression (absolute Pearson correlation of log CP10k over all cells); 95 % interval
    /// over genes.
    pub coexpression: BootstrapInterval,
    /// By random rankings: mean and 95 % interval over seeds.
    pub random: BootstrapInterval,
    /// `model - coexpression`; 95 % interval over genes, paired.
    pub difference: BootstrapInterval,
}

/// Scores a network against known edges, beside co-expression and chance.
///
/// The table is of human genes; genes of mouse cells are looked up by their one-to-one orthologues.
///
/// # Errors
/// [`UseError::BadSetting`] when the table has no target of the factor, or none was ranked.
pub fn score(
    network: &Network,
    cells: &CellMatrix,
    edges: &Edges,
    species: Species,
    seed: u64,
) -> Result<NetworkScore, UseError> {
    let genes = human(cells, species);
    let factor = &genes[network.factor];
    let positive: Vec<bool> =
        network.genes.iter().map(|gene| edges.has(factor, &genes[gene.column])).collect();
    let targets_ranked = positive.iter().filter(|&&is| is).count();
    if targets_ranked == 0 {
        return Err(nothing_to_find(edges, factor, network.genes.len()));
    }
    let together = coexpression(cells, network.factor);
    let shift: Vec<f64> = network.genes.iter().map(|gene| gene.shift).collect();
    let together: Vec<f64> = network.genes.iter().map(|gene| together[gene.column]).collect();
    let (model, coexpressed) =
        (resampled(&shift, &positive, seed), resampled(&together, &positive, seed));
    // The same seed draws the same genes, so the pairs belong together.
    let pairs = model.rounds.iter().zip(&coexpressed.rounds);
    let difference = Resampled {
        estimate: model.estimate - coexpressed.estimate,
        rounds: pairs.map(|(a, b)| a - b).collect(),
    };
    Ok(NetworkScore {
        genes: positive.len(),
        targets_known: edges.n_targets(factor),
        targets_ranked,
        prevalence: targets_ranked as f64 / positive.len() as f64,
        model: model.interval(),
        coexpression: coexpressed.interval(),
        random: by_chance(&positive, seed).interval(),
        difference: difference.interval(),
    })
}

/// The genes as a table of human edges names them: mouse genes by their one-to-one orthologues.
pub fn human(cells: &CellMatrix, species: Species) -> Cow<'_, [Gene]> {
    match species {
        Species::Human => Cow::Borrowed(&cells.genes),
        Species::Mouse => Cow::Owned(mouse_as_human(&cells.genes).genes),
    }
}

fn nothing_to_find(edges: &Edges, factor: &Gene, ranked: usize) -> UseError {
    let known = edges.n_targets(factor);
    UseError::BadSetting {
        setting: "edges",
        found: format!("{known} targets of {}, none among {ranked} ranked genes", factor.symbol),
        expected: "a table that names targets of the factor among the genes of the cells".into(),
    }
}

struct Resampled {
    estimate: f64,
    rounds: Vec<f64>,
}

impl Resampled {
    fn interval(self) -> BootstrapInterval {
        let at = |q| quantile(&self.rounds, q).unwrap_or(self.estimate);
        BootstrapInterval { estimate: self.estimate, low: at(0.025), high: at(0.975) }
    }
}

fn resampled(scores: &[f64], positive: &[bool], seed: u64) -> Resampled {
    let rounds = bootstrap(scores.len(), ROUNDS, seed, |picks| {
        let scores: Vec<f64> = picks.iter().map(|&pick| scores[pick]).collect();
        let positive: Vec<bool> = picks.iter().map(|&pick| positive[pick]).collect();
        average_precision(&scores, &positive)
    });
    Resampled { estimate: average_precision(scores, positive).unwrap_or(0.0), rounds }
}

fn by_chance(positive: &[bool], seed: u64) -> Resampled {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut scores: Vec<f64> = (0..positive.len()).map(|i| i as f64).collect();
    let rounds: Vec<f64> = (0..ROUNDS)
        .filter_map(|_| {
            scores.shuffle(&mut rng);
            average_precision(&scores, positive)
        })
        .collect();
    Resampled { estimate: mean(&rounds).unwrap_or(0.0), rounds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::EncodeOptions;
    use crate::fixtures;
    use crate::uses::double::{Double, FACTOR, TARGETS, quiet};
    use crate::uses::network::{NetworkSettings, network};

    fn edges(dir: &std::path::Path, rows: &str) -> Edges {
        let path = dir.join("edges.csv");
        std::fs::write(&path, format!("tf,target\n{rows}")).unwrap();
        Edges::read(&path).unwrap()
    }

    #[test]
    fn a_model_that_knows_the_targets_beats_coexpression_and_chance() {
        let dir = tempfile::tempdir().unwrap();
        let (model, cells) = (Double::new(), fixtures::cells(60));
        let (options, settings) = (EncodeOptions::default(), NetworkSettings::default());
        let found = network(&model, &cells, FACTOR, settings, &options, quiet()).unwrap();
        let rows: String = TARGETS
            .iter()
            .map(|&target| format!("{},{}\n", fixtures::gene_id(FACTOR), fixtures::gene_id(target)))
            .collect();
        let score = score(&found, &cells, &edges(dir.path(), &rows), Species::Human, 3).unwrap();
        assert!((score.model.estimate - 1.0).abs() < 1e-12, "{score:?}");
        assert!(score.model.estimate > score.coexpression.estimate);
        assert_eq!(score.targets_ranked, TARGETS.len());
        assert!((score.prevalence - TARGETS.len() as f64 / score.genes as f64).abs() < 1e-12);
        assert!(score.random.low < score.random.estimate && score.random.high < 1.0);
        let gap = score.model.estimate - score.coexpression.estimate;
        assert!((score.difference.estimate - gap).abs() < 1e-12);
    }

    #[test]
    fn a_table_without_targets_of_the_factor_is_refused_with_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let (model, cells) = (Double::new(), fixtures::cells(10));
        let (options, settings) = (EncodeOptions::default(), NetworkSettings::default());
        let found = network(&model, &cells, FACTOR, settings, &options, quiet()).unwrap();
        let error = score(&found, &cells, &edges(dir.path(), "GATA3,IL5\n"), Species::Human, 0)
            .unwrap_err();
        assert!(error.to_string().contains("0 targets of G3"), "{error}");
    }
}
