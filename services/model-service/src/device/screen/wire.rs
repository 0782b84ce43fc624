//! From the engine's results to what is sent.

use std::collections::BTreeMap;

use nextwell_contract as c;
use nextwell_contract::worker::{FinishedScreen, PredictedEffect, ScreenWork};
use nextwell_model::screen::report::{Effect, Report, ReportRow, symbols};
use nextwell_model::screen::{
    Estimate, FirstOrderCheck, MapGroup, MapPoint, Provenance, ScreenPlan,
};

/// What a screen will cost.
pub fn estimate(
    model_digest: &str,
    plan: &ScreenPlan,
    cost: Option<Estimate>,
    memory_bytes: u64,
    mut unknown_genes: Vec<String>,
) -> c::ScreenEstimate {
    unknown_genes.extend(plan.unknown_genes.iter().cloned());
    let null = plan.cells.iter().filter(|cell| cell.null).count();
    let mut warnings = Vec::new();
    if plan.cells.len() - null < 10 {
        warnings.push(format!("Only {} start cells: effects will vary.", plan.cells.len() - null));
    }
    for state in plan.states.iter().filter(|state| state.rows.len() < 10) {
        warnings.push(format!(
            "The state {} = {} has only {} cells.",
            state.state.column,
            state.state.value,
            state.rows.len()
        ));
    }
    c::ScreenEstimate {
        model_digest: model_digest.to_owned(),
        n_cells: (plan.cells.len() - null) as u64,
        n_null: null as u64,
        n_targets: plan.targets.len() as u64,
        n_shards: plan.shards.len() as u32,
        n_forwards: plan.forwards as u64,
        seconds: cost.map(|cost| cost.seconds),
        seconds_low: cost.map(|cost| cost.seconds_low),
        seconds_high: cost.map(|cost| cost.seconds_high),
        memory_bytes,
        longest: plan.longest as u64,
        unknown_genes,
        warnings,
    }
}

/// The report and what belongs to it.
pub fn finished(
    report: &Report,
    map: &[MapPoint],
    provenance: &Provenance,
    work: &ScreenWork,
    check: Option<FirstOrderCheck>,
    predictions: Vec<PredictedEffect>,
) -> FinishedScreen {
    let ranked = report.ranked();
    FinishedScreen {
        measures: report.measures.clone(),
        n_cells: report.n_cells as u64,
        n_null: report.n_null as u64,
        n_donors: report.n_donors as u64,
        noise_floor: report.noise_floor,
        rows: ranked.iter().map(|row| target_row(report, row)).collect(),
        confounding: report
            .confounding
            .iter()
            .map(|found| c::Confounding {
                with: found.with.clone(),
                perturbation: found.perturbation.to_string(),
                spearman: found.spearman,
                n: found.n as u64,
            })
            .collect(),
        map: map.iter().map(|point| map_point(report, point)).collect(),
        warnings: report.warnings.clone(),
        first_order: check.map(|check| c::FirstOrderCheck {
            spearman: check.spearman,
            kept: check.kept as u64,
            top: check.top as u64,
            sampled_genes: check.targets as u64,
            sampled_cells: check.cells as u64,
        }),
        provenance: BTreeMap::from([
            ("cells".to_owned(), provenance.cells_digest.clone()),
            ("model".to_owned(), provenance.model_digest.clone()),
            ("model_kind".to_owned(), provenance.model.clone()),
            ("vocabulary".to_owned(), provenance.vocabulary_digest.clone()),
            ("device".to_owned(), provenance.device.clone()),
            ("version".to_owned(), provenance.version.clone()),
            ("seed".to_owned(), work.order.seed.to_string()),
        ]),
        predictions,
    }
}

fn target_row(report: &Report, row: &ReportRow) -> c::ScreenTargetRow {
    let genes = report.genes(row).to_vec();
    c::ScreenTargetRow {
        rank: row.rank.map(|rank| rank as u32),
        label: symbols(&genes),
        genes,
        perturbation: row.id.perturbation.to_string(),
        n_cells: row.n_cells as u64,
        n_donors: row.n_donors as u64,
        n_truncated: row.n_truncated as u64,
        coverage: row.coverage,
        effects: report.measures.iter().zip(&row.effects).map(effect).collect(),
        by_donor: row
            .by_donor
            .iter()
            .map(|donor| c::DonorEffect {
                donor: donor.donor.clone(),
                n_cells: donor.n_cells as u64,
                mean: donor.mean,
                low: donor.interval.map(|interval| interval.low),
                high: donor.interval.map(|interval| interval.high),
            })
            .collect(),
        significant: row.significant,
        donors_agreeing: row.donors_agreeing as u64,
        detection_rate: row.expression.map(|e| e.detection_rate),
        mean_rank: row.expression.and_then(|e| e.mean_rank),
        mean_expression: row.expression.map(|e| e.mean_expression),
        goal_minus_start: row.expression.and_then(|e| e.goal_minus_start),
        matched_mean: row.matched.map(|matched| matched.mean),
        matched_percentile: row.matched.map(|matched| matched.percentile),
        impact_share: row.impact_share,
        null_difference: row.null.map(|null| null.difference),
        null_p: row.null.map(|null| null.p),
        null_q: row.null.and_then(|null| null.q),
        null_cells: row.null.map_or(0, |null| null.n_cells as u64),
        singles: row.singles.clone(),
        joint_minus_sum: row.joint_minus_sum,
        transcription_factor: false,
        druggable: Vec::new(),
        measured: None,
    }
}

fn effect((measure, effect): (&String, &Effect)) -> c::EffectSummary {
    c::EffectSummary {
        measure: measure.clone(),
        mean: effect.mean,
        sd: effect.sd,
        cell_low: effect.over_cells.map(|interval| interval.low),
        cell_high: effect.over_cells.map(|interval| interval.high),
        donor_low: effect.over_donors.map(|interval| interval.low),
        donor_high: effect.over_donors.map(|interval| interval.high),
        p: effect.p,
        q: effect.q,
        p_donor: effect.p_donor,
        q_donor: effect.q_donor,
    }
}

fn map_point(report: &Report, point: &MapPoint) -> c::MapPoint {
    let group = match point.group {
        MapGroup::Start => "start".to_owned(),
        MapGroup::Goal => "goal".to_owned(),
        MapGroup::Perturbed(id) => {
            format!("{} {}", symbols(&report.targets[id.target].genes), id.perturbation)
        }
    };
    c::MapPoint { x: point.at[0], y: point.at[1], group }
}
