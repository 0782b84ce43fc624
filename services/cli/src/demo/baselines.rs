//! What simple strategies would have found on the same budget.

use nextwell_model::genes::GeneResolver;
use nextwell_planner::features::{Candidate, Expression, FeatureInputs, FeatureTable};
use nextwell_planner::replay::{self, ReplaySpec, Strategy};
use nextwell_planner::target::Tail;

use super::{Args, setup};
use crate::replay::expressed;

/// Seeds over which the ridge baseline is averaged: its first round is random.
const SEEDS: u64 = 20;

/// Hits of the baselines after each round, and of the library.
#[derive(Debug, Clone)]
pub struct Baselines {
    /// Candidates in the library.
    pub total: usize,
    /// Hits among them.
    pub total_hits: usize,
    /// Bayesian ridge on all features, greedy; mean over seeds, cumulative by round.
    pub ridge: Vec<f64>,
    /// Down the list of the label-free assay prior; cumulative by round.
    pub prior: Vec<f64>,
}

impl Baselines {
    /// Replays the baselines on the finished screen.
    ///
    /// # Errors
    /// When the planner refuses the screen.
    pub fn of(truth: &[(String, f64)], args: &Args) -> anyhow::Result<Self> {
        let candidates: Vec<Candidate> = truth
            .iter()
            .map(|(symbol, _)| Candidate { symbol: symbol.clone(), ensembl_id: None })
            .collect();
        let expression = demo_expression()?;
        let table = FeatureTable::build(
            &candidates,
            &FeatureInputs {
                resolve: &|name| GeneResolver::bundled().resolve(name).symbol,
                expression: Some(&expression),
                readout_gene: Some(setup::READOUT_GENE.into()),
                keywords: setup::KEYWORDS.map(str::to_owned).to_vec(),
                model_scores: None,
                tables: &[],
                archive: None,
            },
        )?;
        let curves = replay::run(&ReplaySpec {
            truth: truth.to_vec(),
            scale: replay::ScoreScale::RobustZ,
            hit_threshold: setup::HIT_THRESHOLD,
            hits: None,
            tail: Tail::TwoSided,
            table: &table,
            cold: None,
            rounds: args.rounds as usize,
            batch: args.batch as usize,
            seeds: (1..=SEEDS).collect(),
            strategies: vec![Strategy::Ridge, Strategy::Prior],
        })?;
        let hits = |name: &str| {
            let curve = curves.iter().find(|curve| curve.name == name);
            let scale = curve.map_or(0.0, |curve| curve.total_hits as f64);
            let recall = curve.map(|curve| curve.recall()).unwrap_or_default();
            recall.into_iter().map(|share| share * scale).collect::<Vec<f64>>()
        };
        let is_hit = |z: &f64| z.abs() >= setup::HIT_THRESHOLD;
        Ok(Self {
            total: truth.len(),
            total_hits: truth.iter().filter(|(_, z)| is_hit(z)).count(),
            ridge: hits(Strategy::Ridge.name()),
            prior: hits(Strategy::Prior.name()),
        })
    }
}

/// Mean expression in the demo's cells.
fn demo_expression() -> anyhow::Result<Vec<Expression>> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), setup::CELLS)?;
    expressed(file.path())
}
