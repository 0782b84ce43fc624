//! Pairs of genes after single ones: which two to perturb together.

mod model;
#[cfg(test)]
mod tests;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::PlanError;
use crate::gauss::cdf;
use crate::surrogate::Posterior;
use crate::target::Tail;
use model::{Measured, PairModel};

/// Single genes that pairs are formed of, as a rule: 11,175 pairs.
const SINGLES: usize = 150;

/// What a pair is picked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairAim {
    /// A strong effect of both together.
    #[default]
    Effect,
    /// An effect that differs from the sum of the two.
    Interaction,
}

/// Which single genes pairs are formed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairPool {
    /// Those with the largest posterior means.
    #[default]
    Mean,
    /// Those with the largest posterior sd.
    Uncertainty,
}

/// One measured pair, candidates by index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ObservedPair {
    /// One gene.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// Robust z of both together against the controls.
    pub robust_z: f64,
}

/// Everything a choice of pairs depends on beside the single genes' posterior.
#[derive(Debug, Clone, PartialEq)]
pub struct PairRequest {
    /// Pairs wanted.
    pub batch: usize,
    /// Single genes that pairs are formed of; 100 to 200 are sensible.
    pub singles: usize,
    /// How those are found.
    pub pool: PairPool,
    /// What is looked for.
    pub aim: PairAim,
    /// Pairs measured so far.
    pub observed: Vec<ObservedPair>,
    /// Pairs in an open round: conditioned on, never picked again.
    pub pending: Vec<(usize, usize)>,
    /// Genes that no pair may hold.
    pub excluded: Vec<usize>,
    /// Most pairs that share one gene.
    pub per_gene_max: Option<usize>,
    /// Exploration, as in a round of single genes. 0, the default, is what found most synergies in
    /// published screens (NAIAD, arXiv:2411.12010).
    pub kappa: f64,
    /// Robust z from which a pair is a hit.
    pub hit_threshold: f64,
    /// The tail that the posterior was fitted with.
    pub tail: Tail,
    /// Seed of ties.
    pub seed: u64,
}

impl PairRequest {
    /// `batch` pairs of the 150 strongest genes, for their effect, nothing measured.
    #[must_use]
    pub fn new(batch: usize, tail: Tail) -> Self {
        Self {
            batch,
            singles: SINGLES,
            pool: PairPool::default(),
            aim: PairAim::default(),
            observed: Vec::new(),
            pending: Vec::new(),
            excluded: Vec::new(),
            per_gene_max: None,
            kappa: 0.0,
            hit_threshold: 3.0,
            tail,
            seed: 0,
        }
    }
}

/// One proposed pair; `mean`, `sd` and the interaction in target units, given what is pending and
/// picked before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairPick {
    /// The gene first by symbol, as index of a candidate.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// 1 for the first.
    pub rank: usize,
    /// Mean of the effect of both together.
    pub mean: f64,
    /// Latent sd of it.
    pub sd: f64,
    /// Mean of its difference from the sum of the two.
    pub interaction: f64,
    /// Latent sd of that.
    pub interaction_sd: f64,
    /// Probability that one measurement calls a hit, noise included.
    pub p_hit: f64,
    /// What it was ranked by.
    pub acquisition: f64,
    /// The reason in words, with numbers.
    pub reason: String,
}

/// Proposed pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairProposal {
    /// In order of choice.
    pub picks: Vec<PairPick>,
    /// Pairs that were compared.
    pub compared: usize,
    /// Learnt variance of interactions, in squared target units; 0 where the measured pairs add up.
    pub interaction_variance: f64,
    /// Why there are fewer than asked for, when there are.
    pub shortfall: Option<String>,
}

/// Propose pairs from the posterior of single genes.
///
/// `y_ab = f_a + f_b - f_0 + g_ab + noise`: the single effects add up on the log scale, `f_0` that
/// of a gene without effect; `f` keeps its posterior covariance, so measured pairs correct both
/// genes and their like. The interaction g has the symmetric product kernel
/// `w (k(a,c) k(b,d) + k(a,d) k(b,c)) / 2` of the single process's prior kernel, `w` by marginal
/// likelihood over a grid that holds 0. Pairs are picked one after another by `mean + kappa sd`, or
/// by `|interaction| + kappa sd`, earlier ones taken as done.
///
/// For two-sided targets, which have no sign, adding up means acting in the same direction.
///
/// # Errors
/// [`PlanError::BadSetting`], [`PlanError::UnknownCandidate`], [`PlanError::NotFinite`];
/// [`PlanError::Infeasible`] when no pair is left.
pub fn pairs(request: &PairRequest, posterior: &Posterior<'_>) -> Result<PairProposal, PlanError> {
    check(request)?;
    let table = posterior.table;
    let ordered = |a: usize, b: usize| -> Result<(usize, usize), PlanError> {
        let (a, b) = (table.row("pair", a)?, table.row("pair", b)?);
        if a == b {
            let value = format!("{0} with {0}", table.symbol(a));
            return Err(PlanError::BadSetting { what: "pair", value, expected: "two genes" });
        }
        Ok((a.min(b), a.max(b)))
    };
    let mut measured = Vec::with_capacity(request.observed.len());
    for pair in &request.observed {
        let rows = ordered(pair.a, pair.b)?;
        if !pair.robust_z.is_finite() {
            let symbol = format!("{} + {}", table.symbol(rows.0), table.symbol(rows.1));
            let value = pair.robust_z.to_string();
            return Err(PlanError::NotFinite { what: "robust z", symbol, value });
        }
        measured.push(Measured { rows, target: request.tail.target(pair.robust_z) });
    }
    // By value within a pair too, so that sums do not depend on the order of the upload.
    measured.sort_by(|x, y| x.rows.cmp(&y.rows).then(x.target.total_cmp(&y.target)));
    let mut pending =
        request.pending.iter().map(|&(a, b)| ordered(a, b)).collect::<Result<Vec<_>, _>>()?;
    pending.sort_unstable();
    pending.dedup();
    let mut model =
        PairModel::fit(posterior, &singles(request, posterior)?, measured, &pending, request.tail)?;
    let compared = model.open().len();
    if compared == 0 {
        return Err(PlanError::Infeasible {
            limit: "the list of open pairs",
            available: 0,
            needed: request.batch,
            remedy: "form pairs of more single genes or exclude fewer",
        });
    }
    let picks = pick(request, posterior, &mut model, compared);
    let shortfall = (picks.len() < request.batch)
        .then(|| format!("{} instead of {} pairs: no other is left.", picks.len(), request.batch));
    let interaction_variance = model.interaction_variance();
    Ok(PairProposal { picks, compared, interaction_variance, shortfall })
}

fn check(request: &PairRequest) -> Result<(), PlanError> {
    let not_negative = |value: f64| value >= 0.0 && value.is_finite();
    for (what, value) in [("kappa", request.kappa), ("hit threshold", request.hit_threshold)] {
        if !not_negative(value) {
            let (value, expected) = (value.to_string(), "0 or more");
            return Err(PlanError::BadSetting { what, value, expected });
        }
    }
    let least = |what, value: usize, least, expected| match value < least {
        true => Err(PlanError::BadSetting { what, value: value.to_string(), expected }),
        false => Ok(()),
    };
    least("batch", request.batch, 1, "at least 1")?;
    least("single genes to pair", request.singles, 2, "at least 2")?;
    least("pairs per gene", request.per_gene_max.unwrap_or(1), 1, "at least 1")
}

/// Canonical rows of the genes that are paired, ascending.
fn singles(request: &PairRequest, posterior: &Posterior<'_>) -> Result<Vec<usize>, PlanError> {
    let table = posterior.table;
    let mut out = vec![false; table.len()];
    for &candidate in &request.excluded {
        out[table.row("excluded", candidate)?] = true;
    }
    let all: Vec<usize> = (0..table.len()).collect();
    let marginals = posterior.latent_rows(&all);
    let by = match request.pool {
        PairPool::Mean => &marginals.mean,
        PairPool::Uncertainty => &marginals.sd,
    };
    let mut rows: Vec<usize> = all.into_iter().filter(|&row| !out[row]).collect();
    rows.sort_by(|&a, &b| by[b].total_cmp(&by[a]).then(a.cmp(&b)));
    rows.truncate(request.singles);
    rows.sort_unstable();
    Ok(rows)
}

fn pick(
    request: &PairRequest,
    posterior: &Posterior<'_>,
    model: &mut PairModel,
    compared: usize,
) -> Vec<PairPick> {
    let table = posterior.table;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let ties: Vec<u64> = (0..compared).map(|_| rng.next_u64()).collect();
    let mut closed = vec![false; compared];
    let mut uses = vec![0_usize; table.len()];
    let mut picks: Vec<PairPick> = Vec::new();
    while picks.len() < request.batch {
        let most = request.per_gene_max.unwrap_or(usize::MAX);
        let score = |at: usize| {
            let now = model.belief(at);
            match request.aim {
                PairAim::Effect => now.mean + request.kappa * now.sd,
                PairAim::Interaction => now.interaction.abs() + request.kappa * now.interaction_sd,
            }
        };
        let best = (0..compared)
            .filter(|&at| {
                let (a, b) = model.open()[at];
                !closed[at] && uses[a] < most && uses[b] < most
            })
            .map(|at| (at, score(at)))
            .max_by(|x, y| x.1.total_cmp(&y.1).then(ties[y.0].cmp(&ties[x.0])));
        let Some((at, acquisition)) = best else { break };
        let ((a, b), now) = (model.open()[at], model.belief(at));
        let total = now.sd.hypot(posterior.noise_sd()).max(f64::MIN_POSITIVE);
        let p_hit = cdf((now.mean - request.hit_threshold.ln_1p()) / total);
        let pick = PairPick {
            a: table.candidate(a),
            b: table.candidate(b),
            rank: picks.len() + 1,
            mean: now.mean,
            sd: now.sd,
            interaction: now.interaction,
            interaction_sd: now.interaction_sd,
            p_hit,
            acquisition,
            reason: String::new(),
        };
        let names = [table.symbol(a), table.symbol(b)];
        let reason = reason(request, &pick, names, [model.single(a), model.single(b)], compared);
        picks.push(PairPick { reason, ..pick });
        (uses[a], uses[b], closed[at]) = (uses[a] + 1, uses[b] + 1, true);
        model.believe(at);
    }
    picks
}

fn reason(
    request: &PairRequest,
    pick: &PairPick,
    names: [&str; 2],
    single: [f64; 2],
    compared: usize,
) -> String {
    let looked_for = match request.aim {
        PairAim::Effect => "effect",
        PairAim::Interaction => "interaction",
    };
    format!(
        "Largest {looked_for} of {compared} pairs: {} {:.2} and {} {:.2} on the log scale, together \
         {:.2} ± {:.2}, of which {:+.2} ± {:.2} is interaction; chance of a hit {:.0} %.",
        names[0],
        single[0],
        names[1],
        single[1],
        pick.mean,
        pick.sd,
        pick.interaction,
        pick.interaction_sd,
        100.0 * pick.p_hit
    )
}
