//! Making a campaign: every name resolved, every doubt listed, nothing half-written.

use std::collections::{BTreeMap, HashSet};

use nextwell_contract::worker::ResolvedGene;
use nextwell_contract::{DatasetReport, Issue, NewCampaign, ScreenSettings};
use nextwell_planner::features::is_core_essential;
use nextwell_planner::plate::MIN_NON_TARGETING;
use nextwell_store::candidates::Candidate;
use nextwell_store::controls::{Control, ControlKind};
use nextwell_store::{StoreError, Uuid, campaigns, candidates, controls, datasets, plate_designs};

use crate::error::ApiError;
use crate::known::CORE_ESSENTIAL;
use crate::limit_words::bad as issue;
use crate::settings::{self, Rule};
use crate::{App, jobs, lay_out, model_versions, plate_design, wire};

/// Checks and writes a campaign, and queues its first screen; returns its identifier.
///
/// # Errors
/// A 422 problem that lists every setting that cannot work.
pub async fn create(app: &App, new: NewCampaign) -> Result<Uuid, ApiError> {
    let dataset = datasets::by_digest(app.store().api(), &new.dataset_digest).await?;
    let dataset = dataset.ok_or_else(|| ApiError::not_found("data set", &new.dataset_digest))?;
    model_versions::require_fine_tuning(app, &new.model_digest).await?;
    let report: DatasetReport = wire::decode("dataset report", dataset.report)?;
    let mut issues = check_numbers(&new);
    issues.extend(check_states(&new.screen, &report));
    if !issues.is_empty() {
        let detail = "mend the settings below and send the campaign again";
        return Err(ApiError::unprocessable("bad_campaign", detail, issues));
    }
    let resolved = app.model().resolve(new.candidates.clone()).await?;
    let genes = genes(&new, resolved);
    write(app, &new, &genes).await
}

/// The row of a campaign.
///
/// # Errors
/// 404.
pub async fn row(app: &App, id: Uuid) -> Result<campaigns::Campaign, ApiError> {
    let row = campaigns::get(app.store().api(), id).await?;
    row.ok_or_else(|| ApiError::not_found("campaign", id))
}

async fn write(app: &App, new: &NewCampaign, genes: &[Candidate]) -> Result<Uuid, ApiError> {
    let row = new_row(new)?;
    let mut tx = app.store().begin().await?;
    campaigns::insert(&mut *tx, &row).await.map_err(|error| match error {
        StoreError::Conflict { .. } => ApiError::conflict(
            "name_taken",
            format!("a campaign called {:?} exists already; choose another name", new.name),
        ),
        error => error.into(),
    })?;
    candidates::insert_all(&mut *tx, row.id, genes).await?;
    controls::insert_all(&mut *tx, row.id, &control_rows(new)).await?;
    plate_designs::put(&mut *tx, row.id, &plate_design::row(new)).await?;
    jobs::screen::queue(&mut tx, row.id, true).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(row.id)
}

fn new_row(new: &NewCampaign) -> Result<campaigns::NewCampaign, ApiError> {
    let whole = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    Ok(campaigns::NewCampaign {
        id: Uuid::now_v7(),
        name: new.name.trim().to_owned(),
        dataset_digest: new.dataset_digest.clone(),
        readout: new.readout.clone(),
        readout_gene: new.readout_gene.clone(),
        keywords: new.keywords.clone(),
        state_column: new.screen.state_column.clone(),
        start_value: new.screen.start_value.clone(),
        goal_value: new.screen.goal_value.clone(),
        donor_column: new.screen.donor_column.clone(),
        hit_threshold: new.hit_threshold,
        two_sided: new.two_sided,
        batch: whole(new.batch),
        plate_format: whole(new.plate_format),
        budget_amount: new.budget,
        cost_per_well: new.cost_per_well,
        max_rounds: new.max_rounds.map(whole),
        ask_me_first: new.ask_me_first,
        exclude_essential: new.exclude_essential,
        seed: new.seed.cast_signed(),
        model_digest: new.model_digest.clone(),
        screen_settings: wire::encode(&new.screen)?,
        cost_per_plate: new.cost_per_plate,
        max_wells: new.max_wells.map(whole),
        acquisition: wire::word(&new.acquisition)?,
        kappa: new.kappa,
        random_share: new.random_share,
        replicate_share: new.replicate_share,
        family_max: new.family_max.map(whole),
    })
}

fn control_rows(new: &NewCampaign) -> Vec<Control> {
    let of = |names: &[String], kind: ControlKind| -> Vec<Control> {
        names.iter().map(|name| Control { name: name.trim().to_owned(), kind }).collect()
    };
    let mut rows = of(&new.non_targeting, ControlKind::NonTargeting);
    rows.extend(of(&new.positive, ControlKind::Positive));
    rows
}

/// Candidates under their approved symbols, each once. A name that cannot be used stays in the
/// list, set aside with the reason.
fn genes(new: &NewCampaign, resolved: Vec<ResolvedGene>) -> Vec<Candidate> {
    let controls: HashSet<&str> =
        new.non_targeting.iter().chain(&new.positive).map(|name| name.trim()).collect();
    let mut genes: BTreeMap<String, Candidate> = BTreeMap::new();
    for gene in resolved {
        let symbol = gene.symbol.clone().unwrap_or_else(|| gene.query.trim().to_owned());
        let reason = set_aside(new, &gene, &symbol, &controls);
        let candidate = Candidate {
            symbol: symbol.clone(),
            ensembl_id: gene.ensembl_id,
            excluded_reason: reason,
        };
        genes.entry(symbol).or_insert(candidate);
    }
    genes.into_values().collect()
}

fn set_aside(
    new: &NewCampaign,
    gene: &ResolvedGene,
    symbol: &str,
    controls: &HashSet<&str>,
) -> Option<String> {
    if controls.contains(symbol) || controls.contains(gene.query.trim()) {
        return Some("used as a control".into());
    }
    if gene.symbol.is_none() {
        let others = gene.candidates.join(", ");
        let hint =
            if others.is_empty() { String::new() } else { format!("; did you mean {others}?") };
        return Some(format!("{} gene name{hint}", gene.status));
    }
    if new.exclude_essential && is_core_essential(symbol) {
        return Some(CORE_ESSENTIAL.into());
    }
    None
}

fn check_numbers(new: &NewCampaign) -> Vec<Issue> {
    let mut issues = Vec::new();
    if new.name.trim().is_empty() {
        issues.push(issue("name", "the name is empty; give the campaign a name"));
    }
    if new.candidates.is_empty() {
        issues.push(issue("candidates", "no candidate is listed; list at least one gene"));
    }
    if new.non_targeting.len() < MIN_NON_TARGETING {
        let found = new.non_targeting.len();
        issues.push(issue(
            "non_targeting",
            format!(
                "{found} non-targeting controls; robust z needs at least {MIN_NON_TARGETING} a plate"
            ),
        ));
    }
    issues.extend(settings::check(&[
        ("hit_threshold", Rule::Positive, Some(new.hit_threshold)),
        ("batch", Rule::Count, Some(f64::from(new.batch))),
        ("budget", Rule::Positive, new.budget),
        ("cost_per_well", Rule::NotNegative, Some(new.cost_per_well)),
        ("cost_per_plate", Rule::NotNegative, Some(new.cost_per_plate)),
        ("max_wells", Rule::Count, new.max_wells.map(f64::from)),
        ("max_rounds", Rule::Count, new.max_rounds.map(f64::from)),
        ("kappa", Rule::NotNegative, Some(new.kappa)),
        ("random_share", Rule::Share, Some(new.random_share)),
        ("replicate_share", Rule::Share, Some(new.replicate_share)),
        ("family_max", Rule::Count, new.family_max.map(f64::from)),
    ]));
    if let Err(error) = lay_out::format(i32::try_from(new.plate_format).unwrap_or(0)) {
        issues.push(issue("plate_format", error.0.detail));
    }
    issues.extend(plate_design::check(new));
    issues
}

fn check_states(screen: &ScreenSettings, report: &DatasetReport) -> Vec<Issue> {
    let columns = || report.obs.keys().cloned().collect::<Vec<_>>().join(", ");
    let mut issues = Vec::new();
    if let Some(donor) = &screen.donor_column
        && !report.obs.contains_key(donor)
    {
        issues.push(issue(
            "donor_column",
            format!("no obs column {donor}; there are: {}", columns()),
        ));
    }
    let Some(values) = report.obs.get(&screen.state_column) else {
        let message = format!("no obs column {}; there are: {}", screen.state_column, columns());
        issues.push(issue("state_column", message));
        return issues;
    };
    for (name, value) in [("start_value", &screen.start_value), ("goal_value", &screen.goal_value)]
    {
        if !values.contains_key(value) {
            let known = values.keys().cloned().collect::<Vec<_>>().join(", ");
            let column = &screen.state_column;
            issues.push(issue(name, format!("no cell has {column} = {value}; there are: {known}")));
        }
    }
    if !matches!(screen.emb_layer, 0 | -1) {
        issues.push(issue("emb_layer", "must be 0 (last layer) or -1 (the one before)"));
    }
    issues
}
