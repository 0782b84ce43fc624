//! From the campaign's state to a proposed round: gathers what the planner needs, asks it, and
//! turns its answer into rows. The choosing itself is `nextwell_planner::round::select`.

use std::collections::{BTreeMap, HashMap};

use nextwell_contract::{BlockWeight, ModelWeight, PlanRequest, SurrogateSummary};
use nextwell_planner::features::{Candidate, Expression, FeatureInputs, FeatureTable, ModelScore};
use nextwell_planner::round::{Limits, Observed, RoundProposal, RoundRequest, select};
use nextwell_planner::{PlanError, target::Tail};
use nextwell_store::campaigns::Campaign;
use nextwell_store::screen_scores::{Perturbation, ScreenScore};
use nextwell_store::{
    Uuid, candidates, controls, gene_results, picks, plates, posteriors, rounds, screen_scores,
    screens,
};

use crate::error::ApiError;
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
    /// Plates with their wells.
    pub plates: Vec<(plates::Plate, Vec<plates::Well>)>,
}

/// Everything the choice depends on, read once.
struct Known {
    genes: Vec<candidates::Candidate>,
    index: HashMap<String, usize>,
    results: Vec<gene_results::GeneResult>,
    pending: Vec<String>,
    controls: Vec<controls::Control>,
    screen: Option<Uuid>,
    scores: Vec<ScreenScore>,
    expression: Vec<Expression>,
    /// Older symbol to approved symbol, for the bundled feature sources.
    renamed: HashMap<String, String>,
}

/// Chooses round `number` of a campaign. A pure function of what is stored: the same state and
/// seed give the same round.
///
/// # Errors
/// A 422 problem `no_round_fits` naming the limit when the request is infeasible.
pub async fn propose(
    app: &App,
    campaign: &Campaign,
    number: i32,
    request: &PlanRequest,
) -> Result<Proposed, ApiError> {
    let known = known(app, campaign).await?;
    let campaign = campaign.clone();
    let request = request.clone();
    // Seconds of linear algebra: not on the threads that answer requests.
    tokio::task::spawn_blocking(move || choose(&campaign, number, &request, &known))
        .await
        .map_err(|error| ApiError::internal(format!("planning ended early: {error}")))?
}

async fn known(app: &App, campaign: &Campaign) -> Result<Known, ApiError> {
    let db = app.store().jobs();
    let genes = candidates::list(db, campaign.id).await?;
    let screen = screens::latest_done(db, campaign.id).await?;
    let scores = match &screen {
        Some(screen) => screen_scores::list(db, screen.id).await?,
        None => Vec::new(),
    };
    let expression = app.model().expression(&campaign.dataset_digest, None).await?;
    Ok(Known {
        index: genes.iter().enumerate().map(|(i, gene)| (gene.symbol.clone(), i)).collect(),
        genes,
        results: gene_results::current(db, campaign.id).await?,
        pending: picks::pending(db, campaign.id).await?,
        controls: controls::list(db, campaign.id).await?,
        screen: screen.map(|screen| screen.id),
        scores,
        expression: expression.into_iter().map(expression_of).collect(),
        renamed: app.renamed().await?.clone(),
    })
}

fn expression_of(gene: nextwell_contract::worker::GeneExpression) -> Expression {
    Expression {
        symbol: gene.symbol,
        mean_log1p_cp10k: gene.mean_log1p_cp10k,
        detection_rate: gene.detection_rate,
    }
}

fn choose(
    campaign: &Campaign,
    number: i32,
    request: &PlanRequest,
    known: &Known,
) -> Result<Proposed, ApiError> {
    let table = features(campaign, known)?;
    let proposal =
        select(&round_request(campaign, number, request, known, &table)?).map_err(plan_error)?;
    let round = rounds::NewRound {
        id: Uuid::now_v7(),
        campaign_id: campaign.id,
        number,
        model_digest: campaign.model_digest.clone(),
        screen_id: known.screen,
        surrogate: wire::encode(&summary(&proposal, &table))?,
        seed: campaign.seed,
        wells: i32::try_from(proposal.picks.len()).unwrap_or(i32::MAX),
    };
    let picked: Vec<&candidates::Candidate> =
        proposal.picks.iter().map(|pick| &known.genes[pick.candidate]).collect();
    let plates = lay_out::lay_out(campaign, &round, &picked, &known.controls)?;
    Ok(Proposed {
        picks: pick_rows(&proposal, known),
        posteriors: posterior_rows(&proposal, known),
        plates,
        round,
    })
}

fn features(campaign: &Campaign, known: &Known) -> Result<FeatureTable, ApiError> {
    let candidates: Vec<Candidate> = known
        .genes
        .iter()
        .map(|gene| Candidate { symbol: gene.symbol.clone(), ensembl_id: gene.ensembl_id.clone() })
        .collect();
    let scores = model_scores(&known.scores);
    let inputs = FeatureInputs {
        resolve: &|name| known.renamed.get(name).cloned(),
        expression: Some(&known.expression),
        readout_gene: campaign.readout_gene.clone(),
        keywords: campaign.keywords.clone(),
        model_scores: known.screen.is_some().then_some(scores.as_slice()),
        archive: None,
    };
    FeatureTable::build(&candidates, &inputs).map_err(plan_error)
}

/// One row per gene from the screen's rows per gene and perturbation.
fn model_scores(scores: &[ScreenScore]) -> Vec<ModelScore> {
    let mut by_gene: BTreeMap<&str, ModelScore> = BTreeMap::new();
    for score in scores {
        let row = by_gene.entry(&score.symbol).or_insert_with(|| ModelScore {
            symbol: score.symbol.clone(),
            knock_out: None,
            over_expression: None,
            predicted_effect: None,
        });
        match score.perturbation {
            Perturbation::KnockOut => row.knock_out = score.mean_shift,
            Perturbation::OverExpression => row.over_expression = score.mean_shift,
        }
        row.predicted_effect = row.predicted_effect.or(score.predicted_effect);
    }
    by_gene.into_values().collect()
}

fn round_request<'a>(
    campaign: &Campaign,
    number: i32,
    request: &PlanRequest,
    known: &Known,
    table: &'a FeatureTable,
) -> Result<RoundRequest<'a>, ApiError> {
    let batch = request.batch.unwrap_or(wire::small(campaign.batch));
    let used = (known.results.len() + known.pending.len()) as f64;
    let excluded = known.genes.iter().filter(|gene| gene.excluded_reason.is_some());
    let excluded: Vec<&str> = excluded
        .map(|gene| gene.symbol.as_str())
        .chain(request.exclude.iter().map(String::as_str))
        .collect();
    Ok(RoundRequest {
        observed: observed(known),
        pending: indices(known, known.pending.iter().map(String::as_str))?,
        excluded: indices(known, excluded.into_iter())?,
        forced: indices(known, request.force.iter().map(String::as_str))?,
        limits: Limits {
            budget_left: campaign.budget_amount.map(|all| all - used * campaign.cost_per_well),
            cost_per_well: campaign.cost_per_well,
            // Essential genes were set aside, with the reason, when the campaign was made.
            exclude_essential: false,
            ..Limits::batch(batch as usize)
        },
        hit_threshold: campaign.hit_threshold,
        tail: if campaign.two_sided { Tail::TwoSided } else { Tail::Up },
        round_no: wire::small(number),
        seed: wire::seed(campaign.seed),
        ..RoundRequest::new(table, batch as usize)
    })
}

fn observed(known: &Known) -> Vec<Observed> {
    let row = |result: &gene_results::GeneResult| {
        let candidate = *known.index.get(&result.symbol)?;
        Some(Observed { candidate, robust_z: result.robust_z, se: result.se })
    };
    known.results.iter().filter_map(row).collect()
}

fn indices<'a>(
    known: &Known,
    symbols: impl Iterator<Item = &'a str>,
) -> Result<Vec<usize>, ApiError> {
    symbols
        .map(|symbol| {
            known.index.get(symbol).copied().ok_or_else(|| {
                let detail = format!("{symbol} is not a candidate of this campaign");
                ApiError::unprocessable("unknown_candidate", detail, Vec::new())
            })
        })
        .collect()
}

/// The planner's words as a problem.
pub fn plan_error(error: PlanError) -> ApiError {
    let code = if error.is_infeasible() { "no_round_fits" } else { "cannot_plan" };
    ApiError::unprocessable(code, error.to_string(), Vec::new())
}

fn pick_rows(proposal: &RoundProposal, known: &Known) -> Vec<picks::Pick> {
    let symbol = |candidate: usize| known.genes[candidate].symbol.clone();
    let mut before: Vec<String> = known.pending.clone();
    proposal
        .picks
        .iter()
        .map(|pick| {
            let mut conditioned_on = before.clone();
            conditioned_on.truncate(pick.conditioned_on);
            before.push(symbol(pick.candidate));
            picks::Pick {
                rank: i32::try_from(pick.rank).unwrap_or(i32::MAX),
                symbol: symbol(pick.candidate),
                kind: kind_word(pick.kind).to_owned(),
                mean: pick.mean,
                sd: pick.sd,
                p_hit: pick.p_hit,
                acquisition: pick.acquisition,
                prior_score: Some(pick.prior_score),
                conditioned_on,
                reason: pick.reason.clone(),
            }
        })
        .collect()
}

fn kind_word(kind: nextwell_planner::round::PickKind) -> &'static str {
    use nextwell_planner::round::PickKind as K;
    match kind {
        K::Forced => "forced",
        K::Replicate => "replicate",
        K::Prior => "prior",
        K::Random => "random",
        K::Scored => "scored",
    }
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

fn summary(proposal: &RoundProposal, table: &FeatureTable) -> SurrogateSummary {
    let report = &proposal.surrogate;
    let weights: HashMap<&str, f64> =
        report.blocks.iter().map(|block| (block.name.as_str(), block.weight)).collect();
    let blocks = table.blocks().map(|block| BlockWeight {
        name: block.name.to_owned(),
        weight: weights.get(block.name).copied().unwrap_or(0.0),
        coverage: block.coverage,
        source: format!("{} ({})", block.source, block.licence),
    });
    let model_weight = match &report.model {
        Some(model) => ModelWeight {
            weight: model.weight,
            share: model.share_of_prior_variance,
            log_bayes_factor: (report.observed > 0).then_some(model.log_bayes_factor),
            explanation: model.explanation.clone(),
        },
        None => ModelWeight {
            weight: 0.0,
            share: 0.0,
            log_bayes_factor: None,
            explanation: "No screen of the model was finished when this round was planned.".into(),
        },
    };
    SurrogateSummary {
        n_observed: wire::small(report.observed),
        noise_variance: report.noise_variance,
        signal_share: report.signal_share,
        model_weight,
        blocks: blocks.collect(),
        notes: std::iter::once(report.explanation.clone())
            .chain(proposal.shortfall.clone())
            .collect(),
    }
}
