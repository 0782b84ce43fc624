//! Several screens side by side: families, data sets, seeds.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::screen::Perturbation;
use crate::stats::spearman;

/// First of each ranking that are compared.
const TOP: usize = 20;

/// What a consensus needs of one screen.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedTable {
    /// Genes and perturbation of each row with its rank from 1, mean effect and whether it is
    /// significant; rows that measured nothing left out.
    pub rows: Vec<(Vec<String>, Perturbation, usize, f64, bool)>,
}

/// A target over several screens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsensusRow {
    /// Its genes.
    pub genes: Vec<String>,
    /// What was done.
    pub perturbation: Perturbation,
    /// Mean over the screens that measured it of the share of targets ranked below it, 0 to 1.
    pub score: f64,
    /// Screens that measured it.
    pub n_screens: usize,
    /// Screens in which it is significant.
    pub n_significant: usize,
    /// Screens whose effect has the sign of the majority.
    pub n_agreeing: usize,
    /// Whether the majority moves towards the goal.
    pub helps: bool,
    /// Rank in each screen; absent where it was not measured.
    pub ranks: Vec<Option<usize>>,
}

/// Agreement of two screens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Spearman correlation of mean effects over common rows.
    pub spearman: Option<f64>,
    /// Common rows.
    pub n: usize,
    /// Of the first 20 of each, how many are common.
    pub top_overlap: usize,
}

type Key = (Perturbation, Vec<String>);
/// Rank, mean effect and significance of a target in one screen.
type Found = (usize, f64, bool);

impl RankedTable {
    fn by_key(&self) -> HashMap<Key, Found> {
        let rows = self.rows.iter().map(|(genes, kind, rank, mean, significant)| {
            ((*kind, genes.clone()), (*rank, *mean, *significant))
        });
        rows.collect()
    }

    fn of_kind(&self, kind: Perturbation) -> usize {
        self.rows.iter().filter(|row| row.1 == kind).count()
    }
}

/// Ranks the targets of all tables by the mean of their normalised ranks; a target that only few
/// screens measured counts by those.
pub fn consensus(tables: &[RankedTable]) -> Vec<ConsensusRow> {
    let mut open: BTreeMap<Key, Vec<Option<Found>>> = BTreeMap::new();
    for (number, table) in tables.iter().enumerate() {
        for (key, found) in table.by_key() {
            open.entry(key).or_insert_with(|| vec![None; tables.len()])[number] = Some(found);
        }
    }
    let mut rows: Vec<ConsensusRow> = open
        .into_iter()
        .map(|((perturbation, genes), found)| {
            let below = found.iter().zip(tables).filter_map(|(found, table)| {
                let n = table.of_kind(perturbation);
                found.map(|(rank, ..)| (n - rank.min(n)) as f64 / (n.max(2) - 1) as f64)
            });
            let below: Vec<f64> = below.collect();
            let known: Vec<&Found> = found.iter().flatten().collect();
            let up = known.iter().filter(|(_, mean, _)| *mean > 0.0).count();
            ConsensusRow {
                score: below.iter().sum::<f64>() / below.len().max(1) as f64,
                n_screens: known.len(),
                n_significant: known.iter().filter(|(.., significant)| *significant).count(),
                n_agreeing: up.max(known.len() - up),
                helps: 2 * up > known.len(),
                ranks: found.iter().map(|found| found.map(|(rank, ..)| rank)).collect(),
                genes,
                perturbation,
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        let kind = a.perturbation.cmp(&b.perturbation);
        kind.then(b.score.total_cmp(&a.score))
            .then(b.n_significant.cmp(&a.n_significant))
            .then(a.genes.cmp(&b.genes))
    });
    rows
}

/// How far two screens agree.
pub fn agreement(ours: &RankedTable, theirs: &RankedTable) -> Agreement {
    let other = theirs.by_key();
    let mut pairs: Vec<(Key, f64, f64)> = ours
        .by_key()
        .into_iter()
        .filter_map(|(key, (_, mean, _))| other.get(&key).map(|found| (key, mean, found.1)))
        .collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|(_, a, b)| (*a, *b)).unzip();
    let top = |table: &RankedTable| -> std::collections::HashSet<Key> {
        let first = table.rows.iter().filter(|row| row.2 <= TOP);
        first.map(|row| (row.1, row.0.clone())).collect()
    };
    let top_overlap = top(ours).intersection(&top(theirs)).count();
    Agreement { spearman: spearman(&a, &b), n: pairs.len(), top_overlap }
}
