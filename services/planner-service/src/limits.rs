//! What one round may use, found before anything is scored.

use std::collections::HashSet;

use nextwell_contract::{Issue, LimitsLeft, PlanRequest, RoundCost};
use nextwell_planner::features::is_core_essential;
use nextwell_store::campaigns::Campaign;

use crate::error::ApiError;
use crate::known::Known;
use crate::lay_out;
use crate::limit_words::{self as words, bad, no_round_fits};
use crate::wire;

/// What a round may use.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// Candidates to pick.
    pub batch: usize,
    /// Candidates that fit on one plate.
    pub per_plate: usize,
    /// Wells of every pick: its replicates in all donors, each in a plate set of its own.
    pub sets: usize,
    /// Money the round may cost.
    pub budget: Option<f64>,
    /// Whether core-essential genes stay out.
    pub essential_out: bool,
    /// Places of the candidates that may not be picked.
    pub excluded: Vec<usize>,
    /// Places of the candidates that must be in.
    pub forced: Vec<usize>,
    /// What the campaign has left.
    pub left: LimitsLeft,
    /// Why there are fewer picks than asked for.
    pub shortfall: Option<String>,
}

/// Checks a request against every limit.
///
/// # Errors
/// 422 `bad_plan` listing every setting that cannot be used; 422 `no_round_fits` naming the limit
/// and the count.
pub fn allow(known: &Known, request: &PlanRequest) -> Result<Allowed, ApiError> {
    let issues = settings(known, request);
    if !issues.is_empty() {
        let detail = "change the settings below and plan again";
        return Err(ApiError::unprocessable("bad_plan", detail, issues));
    }
    let campaign = &known.campaign;
    let essential_out = request.exclude_essential.unwrap_or(campaign.exclude_essential);
    let excluded = known.excluded(essential_out, &request.exclude, &request.force);
    let open = open(known, &excluded, &request.force, essential_out);
    let left = left(known, open);
    if left.rounds == Some(0) {
        let most = campaign.max_rounds.unwrap_or_default();
        return Err(no_round_fits(words::rounds_used(most)));
    }
    let per_plate = lay_out::room(campaign, &known.design, &known.controls)?;
    let sets = lay_out::wells_of_a_pick(&known.design);
    let asked = asked(campaign, request, per_plate, sets);
    if request.force.len() > asked {
        return Err(no_round_fits(words::too_many_forced(request.force.len(), asked)));
    }
    let reachable = open + request.force.len();
    if reachable == 0 {
        return Err(no_round_fits(words::nothing_open(known.genes.len())));
    }
    let batch = asked.min(reachable);
    let arrayed = request.pooled.is_none();
    if let Some(wells) = left.wells.filter(|_| arrayed)
        && (wells as usize) < batch * sets
    {
        let most = campaign.max_wells.unwrap_or_default();
        return Err(no_round_fits(words::wells_used(batch * sets, wells, most)));
    }
    let budget = match (left.budget, request.budget) {
        (Some(left), Some(asked)) => Some(left.min(asked)),
        (left, asked) => left.or(asked),
    };
    if let Some(budget) = budget.filter(|_| arrayed) {
        let prices = Prices::of(campaign, per_plate, sets);
        if !prices.fits(batch, budget) {
            return Err(no_round_fits(words::too_dear(&prices, batch, budget)));
        }
    }
    Ok(Allowed {
        batch,
        per_plate,
        sets,
        budget,
        essential_out,
        excluded: known.indices(excluded)?,
        forced: known.indices(request.force.iter().map(String::as_str))?,
        left,
        shortfall: (batch < asked).then(|| words::short(batch, asked)),
    })
}

/// What wells and plates cost.
#[derive(Debug, Clone, Copy)]
pub struct Prices {
    /// One candidate well.
    pub well: f64,
    /// One plate.
    pub plate: f64,
    /// Candidates that fit on one plate.
    pub per_plate: usize,
    /// Wells of every pick, each in a plate set of its own.
    pub sets: usize,
}

impl Prices {
    /// The prices of a campaign.
    pub fn of(campaign: &Campaign, per_plate: usize, sets: usize) -> Self {
        let (well, plate) = (campaign.cost_per_well, campaign.cost_per_plate);
        Self { well, plate, per_plate, sets }
    }

    /// Plates that so many candidates need.
    pub fn plates(&self, candidates: usize) -> usize {
        self.sets * candidates.div_ceil(self.per_plate.max(1))
    }

    /// Price of a round of so many candidates on as few plates as possible.
    pub fn total(&self, candidates: usize) -> f64 {
        (candidates * self.sets) as f64 * self.well + self.plates(candidates) as f64 * self.plate
    }

    /// Whether a budget pays for it. A sum such as 3 x 0.1 must still pay for three wells.
    pub fn fits(&self, candidates: usize, budget: f64) -> bool {
        self.total(candidates) <= budget * (1.0 + 1e-12)
    }

    /// The most candidates, below `candidates`, that a budget pays for.
    pub fn affordable(&self, candidates: usize, budget: f64) -> usize {
        // The price only grows with the number, so halving finds the last one that fits.
        let (mut fits, mut too_dear) = (0, candidates);
        while too_dear - fits > 1 {
            let middle = usize::midpoint(fits, too_dear);
            if self.fits(middle, budget) { fits = middle } else { too_dear = middle }
        }
        fits
    }

    /// The price of a round of so many candidates on so many plates.
    pub fn cost(&self, candidates: usize, plates: usize) -> RoundCost {
        let wells = candidates * self.sets;
        let (for_wells, for_plates) = (wells as f64 * self.well, plates as f64 * self.plate);
        RoundCost {
            wells: wire::small(wells),
            plates: wire::small(plates),
            for_wells,
            for_plates,
            total: for_wells + for_plates,
        }
    }
}

/// What a campaign has left after a round of this price.
pub fn after(left: &LimitsLeft, cost: &RoundCost, new_candidates: usize) -> LimitsLeft {
    LimitsLeft {
        budget: left.budget.map(|budget| budget - cost.total),
        wells: left.wells.map(|wells| wells.saturating_sub(cost.wells)),
        rounds: left.rounds.map(|rounds| rounds.saturating_sub(1)),
        candidates: left.candidates.saturating_sub(wire::small(new_candidates)),
    }
}

fn left(known: &Known, open: usize) -> LimitsLeft {
    let campaign = &known.campaign;
    let wells_left = |most: i32| wire::small((i64::from(most) - known.spent.wells).max(0));
    LimitsLeft {
        budget: campaign.budget_amount.map(|all| all - known.spent.amount),
        wells: campaign.max_wells.map(wells_left),
        rounds: campaign.max_rounds.map(|most| wire::small((most - known.number + 1).max(0))),
        candidates: wire::small(open),
    }
}

/// Number of candidates that may be picked besides the forced ones.
fn open(known: &Known, excluded: &[&str], forced: &[String], essential_out: bool) -> usize {
    let measured = known.results.iter().map(|result| result.symbol.as_str());
    let taken: HashSet<&str> = measured
        .chain(known.pending.iter().map(String::as_str))
        .chain(excluded.iter().copied())
        .chain(forced.iter().map(String::as_str))
        .collect();
    let open = known.genes.iter().map(|gene| gene.symbol.as_str());
    let open = open.filter(|gene| !taken.contains(gene));
    open.filter(|gene| !essential_out || !is_core_essential(gene)).count()
}

fn asked(campaign: &Campaign, request: &PlanRequest, per_plate: usize, sets: usize) -> usize {
    match (request.batch, request.plates) {
        (Some(batch), _) => batch as usize,
        (None, Some(plates)) => (plates as usize / sets).max(1) * per_plate,
        (None, None) => wire::index(i64::from(campaign.batch)),
    }
}

/// Every setting of the request that cannot be used.
fn settings(known: &Known, request: &PlanRequest) -> Vec<Issue> {
    let mut issues = Vec::new();
    if request.batch.is_some() && request.plates.is_some() {
        issues.push(bad("plates", "give either the candidate wells or the plates, not both"));
    }
    for (name, value) in
        [("batch", request.batch), ("plates", request.plates), ("family_max", request.family_max)]
    {
        if value == Some(0) {
            issues.push(bad(name, "must be 1 or more, or left out"));
        }
    }
    for (name, value) in
        [("replicate_share", request.replicate_share), ("random_share", request.random_share)]
    {
        if value.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            issues.push(bad(name, "must be a share between 0 and 1"));
        }
    }
    for (name, value) in [("budget", request.budget), ("kappa", request.kappa)] {
        if value.is_some_and(|number| !(number.is_finite() && number >= 0.0)) {
            issues.push(bad(name, "must be a number, 0 or more"));
        }
    }
    issues.extend(names(known, request));
    issues
}

/// Names that are no candidates, and genes that can be neither forced nor excluded.
fn names(known: &Known, request: &PlanRequest) -> Vec<Issue> {
    let mut issues = Vec::new();
    let lists = [("force", &request.force), ("exclude", &request.exclude)];
    for (list, symbol) in
        lists.iter().flat_map(|(list, symbols)| symbols.iter().map(move |symbol| (list, symbol)))
    {
        if !known.index.contains_key(symbol) {
            issues.push(bad(list, format!("{symbol} is not a candidate of this campaign")));
        }
    }
    for symbol in &request.force {
        let Some(place) = known.index.get(symbol) else { continue };
        if request.exclude.contains(symbol) {
            issues.push(bad("force", format!("{symbol} is both locked and excluded; choose one")));
        } else if known.pending.contains(symbol) {
            let message = format!("{symbol} is in the lab already, in a round without results");
            issues.push(bad("force", message));
        } else if let Some(reason) = &known.genes[*place].excluded_reason
            && reason != crate::known::CORE_ESSENTIAL
        {
            issues.push(bad("force", format!("{symbol} was set aside: {reason}")));
        }
    }
    issues
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
