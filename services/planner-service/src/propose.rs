//! From the campaign's state to a proposed round: gathers what the planner needs, asks it, and
//! turns its answer into rows. The choosing itself is `nextwell_planner::round::select`.
//!
//! A preview and the job that plans the round both come through here, so what is approved is what
//! was shown.

use std::collections::HashMap;
use std::sync::Arc;

use nextwell_contract::{
    BlockWeight, ExpectedHits, LimitsLeft, ModelWeight, PlanRequest, RoundCost, SurrogateSummary,
};
use nextwell_planner::features::FeatureTable;
use nextwell_planner::round::{
    Advice, AdviceKind, Limits, RoundProposal, RoundRequest, Stopping, select,
};
use nextwell_planner::{PlanError, target::Tail};
use nextwell_store::campaigns::Campaign;
use nextwell_store::{PgPool, Uuid, candidates, picks, plates, posteriors, rounds};

use crate::error::ApiError;
use crate::known::Known;
use crate::limits::{self, Allowed, Prices};
use crate::pooled::{Bench, Ordered};
use crate::{App, lay_out, wire};

/// A round ready to be written.
#[derive(Debug)]
pub struct Proposed {
    /// The round.
    pub round: rounds::NewRound,
    /// Picks in order of choice.
    pub picks: Vec<picks::Pick>,
    /// What the surrogate thinks of every candidate.
    pub posteriors: Vec<posteriors::Posterior>,
    /// Plates with their wells; none in a pooled round.
    pub plates: Vec<(plates::Plate, Vec<plates::Well>)>,
    /// The guide library of a pooled round.
    pub library: Option<Ordered>,
    /// What is only shown.
    pub outlook: Outlook,
}

/// What a round would cost and leave.
#[derive(Debug)]
pub struct Outlook {
    /// Name of the state it was made from.
    pub state: String,
    /// Exploration that was used.
    pub kappa: f64,
    /// Candidates that fit on one plate.
    pub per_plate: usize,
    /// What it costs.
    pub cost: RoundCost,
    /// What the campaign has left before it.
    pub left_before: LimitsLeft,
    /// What the campaign has left after it.
    pub left_after: LimitsLeft,
    /// Why there are fewer picks than asked for.
    pub shortfall: Option<String>,
    /// What the surrogate learnt.
    pub surrogate: SurrogateSummary,
    /// Hits it should bring.
    pub expected_hits: ExpectedHits,
    /// Whether to go on.
    pub advice: Vec<Advice>,
}

/// Chooses round `number` of a campaign. A pure function of what is stored: the same state, request
/// and seed give the same round.
///
/// # Errors
/// A 422 problem `no_round_fits` naming the limit when the request is infeasible, before anything
/// is scored; 409 `changed_since` when the state is not the one the caller saw.
pub async fn propose(
    app: &App,
    db: &PgPool,
    campaign: Campaign,
    number: i32,
    request: &PlanRequest,
) -> Result<(Known, Proposed), ApiError> {
    let known = Known::read(db, campaign, number).await?;
    let bench = Bench::of(db, known.campaign.id, request).await?;
    let asked = match &bench {
        Some(bench) => bench.narrow(&known, request)?,
        None => request.clone(),
    };
    let allowed = limits::allow(&known, &asked)?;
    let state = check_seen(&known, request)?;
    let table = app.tables().of(app, db, &known).await?;
    let request = request.clone();
    // Seconds of linear algebra: not on the threads that answer requests.
    let chosen = tokio::task::spawn_blocking(move || {
        let proposed = choose(&known, &request, &allowed, &table, bench.as_ref(), state)?;
        Ok((known, proposed))
    });
    chosen.await.map_err(|error| ApiError::internal(format!("planning ended early: {error}")))?
}

/// Checks that the state is the one the caller saw; returns its name.
///
/// # Errors
/// 409 `changed_since`.
pub fn check_seen(known: &Known, request: &PlanRequest) -> Result<String, ApiError> {
    let state = known.name()?;
    if request.seen.as_ref().is_some_and(|seen| *seen != state) {
        let detail = "results, settings or rounds have changed since this preview; look at the new \
                      preview and approve that";
        return Err(ApiError::conflict("changed_since", detail));
    }
    Ok(state)
}

fn choose(
    known: &Known,
    request: &PlanRequest,
    allowed: &Allowed,
    table: &Arc<FeatureTable>,
    bench: Option<&Bench>,
    state: String,
) -> Result<Proposed, ApiError> {
    let campaign = &known.campaign;
    let asked = round_request(known, request, allowed, table)?;
    let proposal = select(&asked).map_err(plan_error)?;
    let mut round = rounds::NewRound {
        id: Uuid::now_v7(),
        campaign_id: campaign.id,
        number: known.number,
        model_digest: campaign.model_digest.clone(),
        screen_id: known.screen,
        surrogate: serde_json::Value::Null,
        seed: campaign.seed,
        wells: match bench {
            Some(_) => 0,
            None => i32::try_from(proposal.picks.len() * allowed.sets).unwrap_or(i32::MAX),
        },
        request: wire::encode(request)?,
        cost_amount: 0.0,
    };
    let picked: Vec<&candidates::Candidate> =
        proposal.picks.iter().map(|pick| &known.genes[pick.candidate]).collect();
    let symbols: Vec<&str> = picked.iter().map(|gene| gene.symbol.as_str()).collect();
    let library = match bench {
        Some(bench) => Some(bench.order(round.id, campaign.id, &symbols)?),
        None => None,
    };
    let plates = match &library {
        Some(_) => Vec::new(),
        None => lay_out::lay_out(campaign, &known.design, &round, &picked, &known.controls)?,
    };
    let cost = match &library {
        Some(library) => pooled_cost(library.row.cost),
        None => Prices::of(campaign, allowed.per_plate, allowed.sets)
            .cost(proposal.picks.len(), plates.len()),
    };
    let short = bench.and_then(|bench| bench.shortfall(known, request));
    let advice = advice(known, &proposal);
    let outlook = outlook(allowed, &asked, &proposal, cost, short, table, state);
    let outlook = Outlook { advice, ..outlook };
    round.surrogate = wire::encode(&outlook.surrogate)?;
    round.cost_amount = outlook.cost.total;
    Ok(Proposed {
        picks: pick_rows(&proposal, known)?,
        posteriors: posterior_rows(&proposal, known),
        plates,
        library,
        outlook,
        round,
    })
}

/// A pooled round spends no wells.
fn pooled_cost(total: f64) -> RoundCost {
    RoundCost { wells: 0, plates: 0, for_wells: 0.0, for_plates: 0.0, total }
}

fn round_request<'a>(
    known: &Known,
    request: &PlanRequest,
    allowed: &Allowed,
    table: &'a FeatureTable,
) -> Result<RoundRequest<'a>, ApiError> {
    let campaign = &known.campaign;
    let family_max = campaign.family_max.map(wire::small);
    let acquisition = match request.acquisition {
        Some(word) => wire::word(&word)?,
        None => campaign.acquisition.clone(),
    };
    let stopping = Stopping { outcomes: known.outcomes.clone(), ..Stopping::default() };
    // A pooled round spends neither wells nor their price; its bench looked at the money.
    let arrayed = request.pooled.is_none();
    let sets = if arrayed { allowed.sets as f64 } else { 0.0 };
    let left_wells = allowed.left.wells.filter(|_| arrayed);
    Ok(RoundRequest {
        acquisition: wire::decode("acquisition", acquisition.into())?,
        stopping,
        wells_of: known.wells_of(),
        observed: known.observed(),
        pending: known.indices(known.pending.iter().map(String::as_str))?,
        excluded: allowed.excluded.clone(),
        forced: allowed.forced.clone(),
        limits: Limits {
            wells_left: left_wells.map(|wells| wells as usize / allowed.sets),
            budget_left: allowed.budget.filter(|_| arrayed),
            budget: campaign.budget_amount.filter(|_| arrayed),
            // The planner counts picks: each has a well in every plate set.
            cost_per_well: campaign.cost_per_well * sets,
            cost_per_plate: campaign.cost_per_plate * sets,
            candidates_per_plate: Some(allowed.per_plate).filter(|_| arrayed),
            family_max: request.family_max.or(family_max).map(|most| most as usize),
            replicate_share: request.replicate_share.unwrap_or(campaign.replicate_share),
            rounds_left: allowed.left.rounds,
            exclude_essential: allowed.essential_out,
            ..Limits::batch(allowed.batch)
        },
        hit_threshold: campaign.hit_threshold,
        tail: if campaign.two_sided { Tail::TwoSided } else { Tail::Up },
        round_no: wire::small(known.number),
        seed: wire::seed(campaign.seed),
        kappa: request.kappa.unwrap_or(campaign.kappa),
        random_share: request.random_share.unwrap_or(campaign.random_share),
        ..RoundRequest::new(table, allowed.batch)
    })
}

fn outlook(
    allowed: &Allowed,
    asked: &RoundRequest<'_>,
    proposal: &RoundProposal,
    cost: RoundCost,
    short: Option<String>,
    table: &FeatureTable,
    state: String,
) -> Outlook {
    let open = |candidate: usize| !asked.observed.iter().any(|o| o.candidate == candidate);
    let new = proposal.picks.iter().filter(|pick| open(pick.candidate)).count();
    let shortfall =
        short.or_else(|| allowed.shortfall.clone()).or_else(|| proposal.shortfall.clone());
    Outlook {
        state,
        // Nothing is left to learn for in the last round.
        kappa: if asked.limits.rounds_left == Some(1) { 0.0 } else { asked.kappa },
        per_plate: allowed.per_plate,
        left_after: limits::after(&allowed.left, &cost, new),
        left_before: allowed.left.clone(),
        cost,
        surrogate: summary(proposal, table, shortfall.clone()),
        shortfall,
        expected_hits: ExpectedHits {
            mean: proposal.expected_hits,
            low: proposal.expected_hits_interval.0,
            high: proposal.expected_hits_interval.1,
        },
        advice: proposal.advice.clone(),
    }
}

/// The planner's advice; before the first results it would count hits by the prior alone.
fn advice(known: &Known, proposal: &RoundProposal) -> Vec<Advice> {
    let measured = !known.results.is_empty();
    let said = proposal.advice.iter();
    said.filter(|advice| measured || advice.kind != AdviceKind::ExpectedHits).cloned().collect()
}

/// The planner's words as a problem.
pub fn plan_error(error: PlanError) -> ApiError {
    let code = if error.is_infeasible() { "no_round_fits" } else { "cannot_plan" };
    ApiError::unprocessable(code, error.to_string(), Vec::new())
}

fn pick_rows(proposal: &RoundProposal, known: &Known) -> Result<Vec<picks::Pick>, ApiError> {
    let symbol = |candidate: usize| known.genes[candidate].symbol.clone();
    let mut before: Vec<String> = known.pending.clone();
    proposal
        .picks
        .iter()
        .map(|pick| {
            let mut conditioned_on = before.clone();
            conditioned_on.truncate(pick.conditioned_on);
            before.push(symbol(pick.candidate));
            Ok(picks::Pick {
                rank: i32::try_from(pick.rank).unwrap_or(i32::MAX),
                symbol: symbol(pick.candidate),
                kind: wire::word(&pick.kind)?,
                mean: pick.mean,
                sd: pick.sd,
                p_hit: pick.p_hit,
                acquisition: pick.acquisition,
                prior_score: Some(pick.prior_score),
                conditioned_on,
                reason: pick.reason.clone(),
            })
        })
        .collect()
}

fn posterior_rows(proposal: &RoundProposal, known: &Known) -> Vec<posteriors::Posterior> {
    let rows = known.genes.iter().zip(&proposal.posterior);
    rows.map(|(gene, posterior)| posteriors::Posterior {
        symbol: gene.symbol.clone(),
        mean: posterior.mean,
        sd: posterior.sd,
        p_hit: posterior.p_hit,
    })
    .collect()
}

fn summary(
    proposal: &RoundProposal,
    table: &FeatureTable,
    shortfall: Option<String>,
) -> SurrogateSummary {
    let report = &proposal.surrogate;
    let learnt: HashMap<&str, _> =
        report.blocks.iter().map(|block| (block.name.as_str(), block)).collect();
    let blocks = table.blocks().map(|block| {
        let interval = learnt.get(&*block.name).and_then(|learnt| learnt.interval);
        BlockWeight {
            name: block.name.to_string(),
            weight: learnt.get(&*block.name).map_or(0.0, |learnt| learnt.weight),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            coverage: block.coverage,
            source: format!("{} ({})", block.source, block.licence),
        }
    });
    let model_weight = match &report.model {
        Some(model) => ModelWeight {
            weight: model.weight,
            low: model.interval.map(|(low, _)| low),
            high: model.interval.map(|(_, high)| high),
            share: model.share_of_prior_variance,
            log_bayes_factor: (report.observed > 0).then_some(model.log_bayes_factor),
            explanation: model.explanation.clone(),
        },
        None => ModelWeight {
            weight: 0.0,
            low: None,
            high: None,
            share: 0.0,
            log_bayes_factor: None,
            explanation: "No screen of the model was finished when this round was planned.".into(),
        },
    };
    SurrogateSummary {
        n_observed: wire::small(report.observed),
        noise_variance: report.noise_variance,
        noise_sd: Some(report.noise_sd),
        signal_share: report.signal_share,
        model_weight,
        blocks: blocks.collect(),
        notes: std::iter::once(report.explanation.clone()).chain(shortfall).collect(),
    }
}
