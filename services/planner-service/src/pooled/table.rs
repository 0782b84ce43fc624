//! A gene summary of MAGeCK against the pooled round it belongs to.

use std::collections::{HashMap, HashSet};

use axum::body::Bytes;
use nextwell_contract::{
    CheckReport, EffectScale, Issue, MageckFdr, MageckMethod, PooledCall, PooledReading,
    PooledReport,
};
use nextwell_planner::pooled::control_kind;
use nextwell_planner::pooled::mageck::{
    Call, Called, Choice, FdrKind, Method, Summary, call, read_summary,
};
use nextwell_store::campaigns::Campaign;
use nextwell_store::controls::{self, ControlKind};
use nextwell_store::rounds::{Round, RoundState};
use nextwell_store::{picks, pooled_rounds, rounds};

use super::names::{Meaning, Names};
use super::{issue, listed};
use crate::error::ApiError;
use crate::limit_words::plural;
use crate::{App, wire};

/// Ambiguous names that get a warning of their own.
const NAMED: usize = 20;

/// Reads a table as a person chose, for a round that waits for results.
///
/// # Errors
/// Those of the database and of the model service, which knows older names of genes. What is wrong
/// with the file is in the report.
pub async fn check(
    app: &App,
    campaign: &Campaign,
    bytes: Bytes,
    reading: &PooledReading,
) -> Result<CheckReport, ApiError> {
    let summary = tokio::task::spawn_blocking(move || read_summary(&bytes))
        .await
        .map_err(|error| ApiError::internal(format!("reading ended early: {error}")))?;
    let mut report = first_report(&summary, reading);
    if !summary.errors.is_empty() {
        return Ok(report);
    }
    let round = match waiting(app, campaign, reading).await? {
        Ok(round) => round,
        Err(found) => {
            report.errors.push(found);
            return Ok(report);
        }
    };
    let mut names = Names::read(app, campaign.id).await?;
    let reagents = controls::list(app.store().api(), campaign.id).await?;
    let reagents: HashSet<String> = reagents
        .into_iter()
        .filter(|control| control.kind == ControlKind::NonTargeting)
        .map(|control| control.name)
        .collect();
    let is_control = |names: &Names, name: &str| {
        reagents.contains(name) || (!names.is_candidate(name) && control_kind(name).is_some())
    };
    let genes = summary.rows.iter().map(|row| row.name.clone());
    let genes: Vec<String> = genes.filter(|name| !is_control(&names, name)).collect();
    names.resolve(app, genes).await?;
    let called = call(&summary, &choice(reading, campaign), |name| is_control(&names, name));
    let picked: Vec<String> = picks::list(app.store().api(), round.id)
        .await?
        .into_iter()
        .map(|pick| pick.symbol)
        .collect();
    let mut pooled = report.pooled.take().unwrap_or_else(|| empty(&summary, reading));
    pooled.round_id = Some(round.id);
    pooled.round_number = Some(wire::small(round.number));
    pooled.reading.round_id = Some(round.id);
    match called {
        Ok(called) => fill(&mut pooled, &mut report.warnings, called, &picked, &names),
        // Several conditions and none chosen: shown, and chosen on the page.
        Err(nextwell_planner::pooled::PooledError::Condition { .. })
            if reading.condition.is_none() => {}
        Err(error) => report.errors.push(about_file("cannot_read", error.to_string())),
    }
    if report.errors.is_empty() && pooled.rule.is_some() && pooled.genes.is_empty() {
        let number = round.number;
        let message = format!(
            "no gene of round {number} is in the table; choose the round it belongs to, or upload another table"
        );
        report.errors.push(about_file("no_gene_of_round", message));
    }
    if pooled.conditions.len() == 1 && pooled.reading.condition.is_none() {
        pooled.reading.condition = pooled.conditions.first().cloned();
    }
    report.pooled = Some(pooled);
    Ok(report)
}

fn choice(reading: &PooledReading, campaign: &Campaign) -> Choice {
    Choice {
        condition: reading.condition.clone(),
        fdr: match reading.fdr {
            MageckFdr::Fdr => FdrKind::Fdr,
            MageckFdr::WaldFdr => FdrKind::WaldFdr,
        },
        max_fdr: reading.max_fdr,
        both_sides: campaign.two_sided,
    }
}

/// The round a table is for: the one asked for, or the oldest that waits.
async fn waiting(
    app: &App,
    campaign: &Campaign,
    reading: &PooledReading,
) -> Result<Result<Round, Issue>, ApiError> {
    let db = app.store().api();
    let pooled: HashSet<_> =
        pooled_rounds::list(db, campaign.id).await?.into_iter().map(|p| p.round_id).collect();
    let waits = |round: &Round| matches!(round.state, RoundState::Planned | RoundState::Approved);
    let mut rounds = rounds::list(db, campaign.id).await?.into_iter();
    let found = match reading.round_id {
        Some(id) => rounds.find(|round| round.id == id),
        None => rounds.find(|round| pooled.contains(&round.id) && waits(round)),
    };
    Ok(match found {
        None => Err(about_file(
            "no_pooled_round",
            "this is a MAGeCK table, and no pooled round of this campaign waits for results; plan \
             a pooled round first, or replay the table with nextwell replay"
                .into(),
        )),
        Some(round) if !pooled.contains(&round.id) => Err(about_file(
            "round_not_pooled",
            format!("round {} is not pooled; choose a pooled round", round.number),
        )),
        Some(round) if !waits(&round) => Err(about_file(
            "round_already_has_results",
            format!("round {} has its results already; choose another round", round.number),
        )),
        Some(round) => Ok(round),
    })
}

fn about_file(code: &str, message: String) -> Issue {
    Issue { code: code.into(), row: None, column: None, message }
}

fn empty(summary: &Summary, reading: &PooledReading) -> PooledReport {
    PooledReport {
        method: match summary.method {
            Method::Test => MageckMethod::Test,
            Method::Mle => MageckMethod::Mle,
        },
        conditions: summary.conditions.clone(),
        round_id: reading.round_id,
        round_number: None,
        reading: reading.clone(),
        rule: None,
        scale: None,
        genes: Vec::new(),
        controls: Vec::new(),
        missing: Vec::new(),
    }
}

fn first_report(summary: &Summary, reading: &PooledReading) -> CheckReport {
    CheckReport {
        rows: wire::count(summary.rows.len()),
        encoding: summary.encoding.to_owned(),
        delimiter: match summary.delimiter {
            '\t' => "tab".into(),
            ',' => "comma".into(),
            ';' => "semicolon".into(),
            other => other.to_string(),
        },
        decimal: ".".into(),
        plates: Vec::new(),
        errors: summary.errors.iter().map(issue).collect(),
        warnings: summary.warnings.iter().map(issue).collect(),
        unknown_columns: summary.unknown_columns.clone(),
        preview: Vec::new(),
        pooled: Some(empty(summary, reading)),
    }
}

/// Puts calls in: genes of the round strongest first, controls apart, and what was left out.
fn fill(
    pooled: &mut PooledReport,
    warnings: &mut Vec<Issue>,
    called: Called,
    picked: &[String],
    names: &Names,
) {
    let wanted: HashSet<&str> = picked.iter().map(String::as_str).collect();
    let mut rows: HashMap<String, u64> = HashMap::new();
    let (mut elsewhere, mut ambiguous) = (Vec::new(), Vec::new());
    for gene in called.genes {
        let symbol = match names.meaning(&gene.name) {
            Meaning::Gene(symbol, _) => symbol,
            Meaning::Ambiguous(genes) => {
                ambiguous.push((gene.row, gene.name, genes));
                continue;
            }
            Meaning::Unknown => gene.name.clone(),
        };
        if !wanted.contains(symbol.as_str()) {
            elsewhere.push(gene.name);
        } else if let Some(first) = rows.get(&symbol) {
            let message =
                format!("{} is {symbol}, which is in row {first} already; left out", gene.name);
            warnings.push(at(gene.row, "duplicate_gene", message));
        } else {
            rows.insert(symbol.clone(), gene.row);
            pooled.genes.push(shown(gene, symbol));
        }
    }
    for (row, name, genes) in ambiguous.iter().take(NAMED) {
        let message = format!("{name} may be {}; left out", genes.join(" or "));
        warnings.push(at(*row, "gene_ambiguous", message));
    }
    if ambiguous.len() > NAMED {
        let message = format!("{} more ambiguous names; left out", ambiguous.len() - NAMED);
        warnings.push(about_file("gene_ambiguous", message));
    }
    if !elsewhere.is_empty() {
        let message = format!(
            "{} of the table left out, not in the round: {}",
            plural(elsewhere.len(), "gene"),
            listed(&elsewhere)
        );
        warnings.push(about_file("gene_not_in_round", message));
    }
    let missing = picked.iter().filter(|symbol| !rows.contains_key(*symbol));
    pooled.missing = missing.cloned().collect();
    if !pooled.missing.is_empty() {
        let message = format!(
            "{} of the round without a row, still without a result: {}",
            plural(pooled.missing.len(), "gene"),
            listed(&pooled.missing)
        );
        warnings.push(about_file("gene_missing", message));
    }
    pooled.genes.sort_by(|a, b| {
        b.robust_z.abs().total_cmp(&a.robust_z.abs()).then_with(|| a.symbol.cmp(&b.symbol))
    });
    pooled.controls = called.controls.into_iter().map(named).collect();
    pooled.scale = Some(EffectScale {
        median: called.scale.median,
        mad: called.scale.mad,
        rows: wire::small(called.scale.rows),
        from_controls: called.scale.from_controls,
    });
    pooled.rule = Some(called.rule);
}

fn at(row: u64, code: &str, message: String) -> Issue {
    Issue { row: Some(row), ..about_file(code, message) }
}

fn named(call: Call) -> PooledCall {
    let name = call.name.clone();
    shown(call, name)
}

fn shown(call: Call, symbol: String) -> PooledCall {
    PooledCall {
        row: call.row,
        symbol,
        guides: call.guides,
        effect: call.effect,
        robust_z: call.robust_z,
        se: call.se,
        fdr: call.fdr,
        hit: call.hit,
    }
}
