//! The feature table of one campaign's candidates.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::assay::{assay_features, prior, with_archive};
use super::block::Block;
use super::build::all_blocks;
use super::gene_table::GENE2VEC;
use super::matching::{Resolve, locate};
use super::network::{NETWORK, degree};
use super::sources::{DEPMAP, FAMILIES, GO, REACTOME, STRING};
use super::terms::{GO_SPACE, REACTOME_SPACE, keyword_weights};
use super::{BlockInfo, Candidate, Expression, FeatureInputs};
use crate::error::PlanError;

/// Feature blocks of every candidate, in a canonical order of its own (by symbol), so that no
/// number depends on the order in which the candidates were listed.
#[derive(Debug, Clone)]
pub struct FeatureTable {
    candidates: Vec<Candidate>,
    /// Canonical row -> candidate index.
    order: Vec<usize>,
    /// Candidate index -> canonical row.
    row_of: Vec<usize>,
    blocks: Vec<Block>,
    /// Normal score of the assay prior, by canonical row.
    prior: Vec<f64>,
    prior_ingredients: Vec<(&'static str, f64)>,
}

/// Where each candidate (canonical order) stands in each bundled source.
pub(crate) struct Located {
    pub go: Vec<Option<u32>>,
    pub reactome: Vec<Option<u32>>,
    pub string: Vec<Option<u32>>,
    pub depmap: Vec<Option<u32>>,
    pub families: Vec<Option<u32>>,
    pub gene2vec: Vec<Option<u32>>,
}

impl Located {
    fn find(symbols: &[&str], resolve: Resolve<'_>) -> Self {
        Self {
            go: locate(symbols, &GO.genes, resolve),
            reactome: locate(symbols, &REACTOME.genes, resolve),
            string: locate(symbols, &STRING.genes, resolve),
            depmap: locate(symbols, &DEPMAP.genes, resolve),
            families: locate(symbols, &FAMILIES.genes, resolve),
            gene2vec: GENE2VEC.locate(symbols, resolve),
        }
    }

    /// ln(1 + STRING neighbours).
    pub fn log_degree(&self) -> Vec<f64> {
        self.string.iter().map(|n| n.map_or(0.0, |n| (degree(n) as f64).ln_1p())).collect()
    }

    /// ln(1 + GO terms), ln(1 + Reactome terms).
    pub fn log_terms(&self) -> [Vec<f64>; 2] {
        let count = |at: &[Option<u32>], of: &[usize]| -> Vec<f64> {
            at.iter().map(|g| g.map_or(0.0, |g| (of[g as usize] as f64).ln_1p())).collect()
        };
        [
            count(&self.go, &GO_SPACE.terms_of_gene),
            count(&self.reactome, &REACTOME_SPACE.terms_of_gene),
        ]
    }

    /// Number of GO and Reactome terms.
    pub fn annotation_count(&self) -> Vec<f64> {
        let [go, reactome] = self.log_terms();
        go.iter().zip(&reactome).map(|(a, b)| a.exp_m1() + b.exp_m1()).collect()
    }
}

impl FeatureTable {
    /// Build all blocks for `candidates`.
    ///
    /// # Errors
    /// [`PlanError::NoCandidates`], [`PlanError::DuplicateCandidate`], or
    /// [`PlanError::NotFinite`] for an expression value or model score that is not a number.
    pub fn build(candidates: &[Candidate], inputs: &FeatureInputs<'_>) -> Result<Self, PlanError> {
        check_inputs(inputs)?;
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by(|&a, &b| candidates[a].symbol.cmp(&candidates[b].symbol));
        let symbols: Vec<&str> = order.iter().map(|&i| candidates[i].symbol.as_str()).collect();
        if symbols.is_empty() {
            return Err(PlanError::NoCandidates);
        }
        if let Some(pair) = symbols.windows(2).find(|w| w[0] == w[1]) {
            return Err(PlanError::DuplicateCandidate { symbol: pair[0].to_owned() });
        }
        let mut row_of = vec![0; order.len()];
        for (row, &candidate) in order.iter().enumerate() {
            row_of[candidate] = row;
        }
        unpack_sources();
        let at = Located::find(&symbols, inputs.resolve);
        let expression = inputs.expression.map(|e| expression_rows(&symbols, e, inputs.resolve));
        let mean: Option<Vec<f64>> = expression
            .as_ref()
            .filter(|rows| rows.iter().any(Option::is_some))
            .map(|rows| rows.iter().map(|r| r.map_or(0.0, |(mean, _)| mean)).collect());
        let features = assay_features(
            &symbols,
            &at,
            &keyword_weights(&inputs.keywords),
            inputs.readout_gene.as_deref(),
            mean.as_deref(),
            inputs.resolve,
        );
        let (mut prior, mut prior_ingredients) = prior(&features);
        if let Some(archive) = inputs.archive {
            prior = with_archive(&prior, &symbols, archive);
            prior_ingredients.iter_mut().for_each(|(_, share)| *share *= 0.4);
            prior_ingredients.extend([("arch", 0.4), ("obs", 0.2)]);
        }
        let blocks = all_blocks(&symbols, &at, expression.as_deref(), &features, &prior, inputs);
        Ok(Self {
            candidates: candidates.to_vec(),
            order,
            row_of,
            blocks,
            prior,
            prior_ingredients,
        })
    }

    /// The same genes without anything that a person said about the assay: no assay prior, no
    /// keywords, no earlier screens.
    #[must_use]
    pub fn without_prior(&self) -> Self {
        let mut table = self.clone();
        table.blocks.retain(|block| !matches!(&*block.info.name, "assay" | "prior" | "arch"));
        table.prior.iter_mut().for_each(|score| *score = 0.0);
        table.prior_ingredients.clear();
        table
    }

    /// The same table with every gene's features given to another one: what any strategy finds on
    /// it is chance. `of` is a permutation of the canonical rows.
    ///
    /// # Errors
    /// [`PlanError::UnknownCandidate`] when `of` is no permutation.
    pub fn permuted(&self, of: &[usize]) -> Result<Self, PlanError> {
        let mut seen = vec![false; self.len()];
        for &row in of {
            match seen.get_mut(row) {
                Some(slot) if !*slot => *slot = true,
                _ => {
                    let what = "permutation";
                    return Err(PlanError::UnknownCandidate { what, index: row, len: self.len() });
                }
            }
        }
        let mut table = self.clone();
        for block in &mut table.blocks {
            block.values = crate::surrogate::linalg::gather(block.values.as_ref(), of);
        }
        table.prior = of.iter().map(|&row| self.prior[row]).collect();
        Ok(table)
    }

    /// A table from ready blocks, for tests; rows of `blocks` and `prior` in the order given.
    #[cfg(test)]
    pub(crate) fn from_parts(
        candidates: Vec<Candidate>,
        prior: Vec<f64>,
        raw: Vec<super::block::Raw>,
    ) -> Self {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by(|&a, &b| candidates[a].symbol.cmp(&candidates[b].symbol));
        let mut row_of = vec![0; order.len()];
        order.iter().enumerate().for_each(|(row, &c)| row_of[c] = row);
        let sorted = |v: &Vec<f64>| -> Vec<f64> { order.iter().map(|&c| v[c]).collect() };
        let blocks = raw
            .into_iter()
            .filter_map(|mut r| {
                r.columns = r.columns.iter().map(&sorted).collect();
                r.finish()
            })
            .collect();
        let prior = sorted(&prior);
        Self { candidates, order, row_of, blocks, prior, prior_ingredients: vec![("deg", 1.0)] }
    }

    /// The candidates in the order given.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Number of candidates.
    #[must_use]
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Never true for a built table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// Description of every block.
    pub fn blocks(&self) -> impl Iterator<Item = &BlockInfo> {
        self.blocks.iter().map(|b| &b.info)
    }

    /// Assay prior of each candidate as a normal score, in the order given.
    #[must_use]
    pub fn prior_scores(&self) -> Vec<f64> {
        self.row_of.iter().map(|&row| self.prior[row]).collect()
    }

    /// What the assay prior is made of, with shares that sum to 1.
    #[must_use]
    pub fn prior_ingredients(&self) -> &[(&'static str, f64)] {
        &self.prior_ingredients
    }

    pub(crate) fn data(&self) -> &[Block] {
        &self.blocks
    }

    pub(crate) fn prior_rows(&self) -> &[f64] {
        &self.prior
    }

    pub(crate) fn row(&self, what: &'static str, candidate: usize) -> Result<usize, PlanError> {
        self.row_of.get(candidate).copied().ok_or(PlanError::UnknownCandidate {
            what,
            index: candidate,
            len: self.len(),
        })
    }

    pub(crate) fn candidate(&self, row: usize) -> usize {
        self.order[row]
    }

    pub(crate) fn symbol(&self, row: usize) -> &str {
        &self.candidates[self.order[row]].symbol
    }
}

/// Decompose the three large sources side by side; only the first table of a process waits.
///
/// Plain threads: a worker of a shared pool that waits for a source could be asked to build it.
fn unpack_sources() {
    std::thread::scope(|scope| {
        scope.spawn(|| LazyLock::force(&GO_SPACE));
        scope.spawn(|| LazyLock::force(&REACTOME_SPACE));
        LazyLock::force(&NETWORK);
    });
}

fn check_inputs(inputs: &FeatureInputs<'_>) -> Result<(), PlanError> {
    let refuse = |what, symbol: &str, v: f64| {
        Err(PlanError::NotFinite { what, symbol: symbol.to_owned(), value: v.to_string() })
    };
    for e in inputs.expression.unwrap_or_default() {
        for v in [e.mean_log1p_cp10k, e.detection_rate] {
            if !v.is_finite() {
                return refuse("expression", &e.symbol, v);
            }
        }
    }
    for s in inputs.model_scores.unwrap_or_default() {
        for v in [s.knock_out, s.over_expression, s.predicted_effect].into_iter().flatten() {
            if !v.is_finite() {
                return refuse("model score", &s.symbol, v);
            }
        }
    }
    Ok(())
}

fn expression_rows(
    symbols: &[&str],
    table: &[Expression],
    resolve: Resolve<'_>,
) -> Vec<Option<(f64, f64)>> {
    let by_symbol: HashMap<&str, (f64, f64)> =
        table.iter().map(|e| (e.symbol.as_str(), (e.mean_log1p_cp10k, e.detection_rate))).collect();
    symbols
        .iter()
        .map(|s| {
            by_symbol
                .get(s)
                .copied()
                .or_else(|| resolve(s).and_then(|r| by_symbol.get(r.as_str()).copied()))
        })
        .collect()
}
