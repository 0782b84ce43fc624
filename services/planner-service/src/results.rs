//! Results of the lab: received raw, checked, shown; accepted in one transaction.
//!
//! The maths (reading, robust z, hit calls, quality) is `nextwell_planner::assay`; here its
//! inputs are gathered and its answers written.

use std::collections::{BTreeMap, HashSet};

use axum::body::Bytes;
use nextwell_contract::{Accepted, CheckReport, Issue, PlatePreview, PlateQc, PreviewRow, Upload};
use nextwell_planner::assay::AssayError;
use nextwell_planner::assay::formats::check_results;
use nextwell_planner::assay::hits::{HitCall, HitRule, Sides, call_hits, estimate_genes};
use nextwell_planner::assay::normalise::{MeasuredPlate, MeasuredWell, Method, normalise};
use nextwell_planner::assay::qc::{self, QcLimits};
use nextwell_planner::assay::results::{
    self as checker, CheckOptions, DecimalMark, Expected, ExpectedPlate, ExpectedWell, Reading,
};
use nextwell_planner::plate::{self, Content};
use nextwell_store::campaigns::{self, Campaign};
use nextwell_store::gene_results::GeneResult;
use nextwell_store::idempotency::{self, KeyUse};
use nextwell_store::measurements::NewMeasurement;
use nextwell_store::uploads::{NewUpload, Upload as StoredUpload, UploadState};
use nextwell_store::{
    PgConnection, StoreError, Uuid, audit, gene_results, measurements, plate_qc, plates, rounds,
    uploads,
};
use serde_json::json;

use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::gene_values::{donor_plate, gene_values};
use crate::{App, jobs, lay_out, pooled, wire};

/// A plate of the campaign with what is planned in its wells.
struct Planned {
    id: Uuid,
    round_id: Uuid,
    donor: String,
    expected: ExpectedPlate,
}

/// Stores a file raw with the report of its check. The same bytes again change nothing.
pub async fn receive(
    app: &App,
    campaign: &Campaign,
    file_name: &str,
    bytes: Bytes,
) -> Result<Upload, ApiError> {
    if pooled::is_pooled(&bytes) {
        return pooled::receive_results(app, campaign, file_name, bytes).await;
    }
    let digest = sha256_hex(&bytes);
    if let Some(known) = uploads::by_digest(app.store().api(), campaign.id, &digest).await?
        && known.state == UploadState::Accepted
    {
        return wire::upload(known, true);
    }
    let mut tx = app.store().begin().await?;
    let planned = planned(&mut tx, campaign.id).await?;
    let checked = check(app, campaign, &planned, bytes.clone()).await?;
    let state =
        if checked.report.errors.is_empty() { UploadState::Checked } else { UploadState::Rejected };
    let report = wire::encode(&checked.report)?;
    let new = NewUpload {
        id: Uuid::now_v7(),
        campaign_id: campaign.id,
        digest,
        file_name: file_name.chars().take(200).collect(),
        content: bytes.to_vec(),
        report: report.clone(),
        state,
    };
    let stored = uploads::insert(&mut tx, &new).await?;
    if !stored.is_new {
        // The plates may have changed since: the newest check counts.
        uploads::recheck(&mut *tx, stored.upload.id, &report, state).await?;
    }
    let row = uploads::get(&mut *tx, stored.upload.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let row = row.ok_or_else(|| ApiError::not_found("upload", stored.upload.id))?;
    wire::upload(row, !stored.is_new)
}

/// Writes measurements, quality and hit calls of a checked file, and queues learning when the
/// round is complete. Accepting again changes nothing.
pub async fn accept(
    app: &App,
    campaign: &Campaign,
    upload: StoredUpload,
    key: Option<&str>,
) -> Result<Accepted, ApiError> {
    let mut tx = app.store().begin().await?;
    if let Some(key) = key
        && let KeyUse::Repeat(answer) = idempotency::begin(&mut tx, key, &upload.digest).await?
    {
        return wire::decode("stored answer", answer);
    }
    // One acceptance at a time: which round is complete must not be decided twice.
    campaigns::lock(&mut *tx, campaign.id).await?;
    let upload = uploads::get(&mut *tx, upload.id)
        .await?
        .ok_or_else(|| ApiError::not_found("upload", upload.id))?;
    let answer = match upload.state {
        UploadState::Accepted => accepted_before(&mut tx, campaign, &upload).await?,
        UploadState::Rejected => {
            return Err(ApiError::conflict(
                "file_has_errors",
                "this file has errors and cannot be accepted; mend it and upload it again",
            ));
        }
        UploadState::Checked if is_pooled(&upload)? => {
            pooled::accept(app, &mut tx, campaign, &upload).await?
        }
        UploadState::Checked => write(app, &mut tx, campaign, &upload).await?,
    };
    if let Some(key) = key {
        idempotency::finish(&mut *tx, key, &wire::encode(&answer)?).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(answer)
}

fn is_pooled(upload: &StoredUpload) -> Result<bool, ApiError> {
    let report: CheckReport = wire::decode("check report", upload.report.clone())?;
    Ok(report.pooled.is_some())
}

async fn accepted_before(
    tx: &mut PgConnection,
    campaign: &Campaign,
    upload: &StoredUpload,
) -> Result<Accepted, ApiError> {
    let report: CheckReport = wire::decode("check report", upload.report.clone())?;
    let results = gene_results::current(&mut *tx, campaign.id).await?;
    let of_file: Vec<&GeneResult> = results.iter().filter(|r| r.upload_id == upload.id).collect();
    Ok(Accepted {
        upload_id: upload.id,
        measurements: report.plates.iter().map(|plate| u64::from(plate.values)).sum(),
        genes: wire::count(of_file.len()),
        hits: wire::count(of_file.iter().filter(|result| result.hit).count()),
        already_accepted: true,
        job_id: None,
    })
}

async fn write(
    app: &App,
    tx: &mut PgConnection,
    campaign: &Campaign,
    upload: &StoredUpload,
) -> Result<Accepted, ApiError> {
    let content = uploads::content(&mut *tx, upload.id).await?;
    let content = content.ok_or_else(|| ApiError::not_found("upload", upload.id))?;
    let planned = planned(tx, campaign.id).await?;
    let checked = check(app, campaign, &planned, content.into()).await?;
    if !checked.report.errors.is_empty() {
        let detail = "the plates changed since this file was checked; upload it again";
        return Err(ApiError::unprocessable("stale_check", detail, checked.report.errors));
    }
    let mut answer = Accepted {
        upload_id: upload.id,
        measurements: 0,
        genes: 0,
        hits: 0,
        already_accepted: false,
        job_id: None,
    };
    for judged in &checked.judged {
        let plate = &planned[judged.plate];
        let values = measurement_rows(campaign, plate, &judged.readings);
        measurements::record(tx, upload.id, &values).await?;
        plate_qc::put(&mut *tx, plate.id, upload.id, &wire::encode(&judged.qc)?).await?;
        answer.measurements += wire::count(values.len());
    }
    for results in gene_rows(tx, campaign, upload.id, &checked, &planned).await? {
        gene_results::upsert_all(&mut *tx, campaign.id, &results).await?;
        answer.genes += wire::count(results.len());
        answer.hits += wire::count(results.iter().filter(|result| result.hit).count());
    }
    uploads::accept(&mut *tx, upload.id).await?;
    answer.job_id = complete_rounds(tx, campaign.id, &checked, &planned).await?;
    let line = audit::NewAuditEvent {
        actor: "api".into(),
        action: "accept results".into(),
        subject: upload.id.to_string(),
        campaign_id: Some(campaign.id),
        details: json!({ "digest": upload.digest, "measurements": answer.measurements,
            "genes": answer.genes, "hits": answer.hits }),
    };
    audit::append(&mut *tx, &line).await?;
    Ok(answer)
}

/// Rounds whose plates are all measured now: marks them and queues learning.
async fn complete_rounds(
    tx: &mut PgConnection,
    campaign_id: Uuid,
    checked: &Checked,
    planned: &[Planned],
) -> Result<Option<i64>, ApiError> {
    let now: HashSet<Uuid> = checked.judged.iter().map(|j| planned[j.plate].id).collect();
    let rounds: HashSet<Uuid> = checked.judged.iter().map(|j| planned[j.plate].round_id).collect();
    let mut job_id = None;
    for round_id in rounds {
        let mut of_round = planned.iter().filter(|plate| plate.round_id == round_id);
        let all = of_round.all(|p| p.expected.already_has_results || now.contains(&p.id));
        if all {
            // A round nobody approved was run all the same: its results count.
            rounds::approve(&mut *tx, round_id).await?;
            if rounds::mark_results_in(&mut *tx, round_id).await? {
                job_id = Some(jobs::learn::queue(tx, campaign_id, round_id).await?);
            }
        }
    }
    Ok(job_id)
}

fn measurement_rows(
    campaign: &Campaign,
    plate: &Planned,
    readings: &[Reading],
) -> Vec<NewMeasurement> {
    let row = |reading: &Reading| NewMeasurement {
        plate_id: plate.id,
        well: reading.well.to_string(),
        readout: campaign.readout.clone(),
        value: reading.value,
    };
    readings.iter().map(row).collect()
}

/// For each round of the file: results of the genes on its plates, from all plates of the round
/// that are measured by now.
async fn gene_rows(
    tx: &mut PgConnection,
    campaign: &Campaign,
    upload_id: Uuid,
    checked: &Checked,
    planned: &[Planned],
) -> Result<Vec<Vec<GeneResult>>, ApiError> {
    let rule = campaign_rule(campaign);
    let words = wire::hit_rule(campaign.hit_threshold, campaign.two_sided);
    let mut genes: BTreeMap<Uuid, HashSet<&str>> = BTreeMap::new();
    for judged in &checked.judged {
        let symbols = judged.calls.iter().map(|call| call.estimate.symbol.as_str());
        genes.entry(planned[judged.plate].round_id).or_default().extend(symbols);
    }
    let mut rounds = Vec::new();
    for (round_id, symbols) in genes {
        let mut measured = Vec::new();
        for plate in planned.iter().filter(|plate| plate.round_id == round_id) {
            let mut values = measurements::of_plate(&mut *tx, plate.id).await?;
            values.retain(|value| value.readout == campaign.readout);
            measured.extend(donor_plate(&plate.expected, &plate.donor, &values));
        }
        let failed = |error: AssayError| ApiError::internal(error.to_string());
        let values = gene_values(&measured).map_err(failed)?;
        let values = values.into_iter().map(|gene| gene.estimate);
        let wanted: Vec<_> = values.filter(|gene| symbols.contains(gene.symbol.as_str())).collect();
        let row = |call: HitCall| GeneResult {
            round_id,
            robust_z: call.estimate.robust_z,
            se: Some(call.estimate.se),
            n_wells: i32::try_from(call.estimate.n_wells).unwrap_or(i32::MAX),
            hit: call.direction.is_some(),
            rule: words.clone(),
            upload_id,
            symbol: call.estimate.symbol,
        };
        let calls = call_hits(&wanted, &rule).map_err(failed)?;
        rounds.push(calls.into_iter().map(row).collect());
    }
    Ok(rounds)
}

fn campaign_rule(campaign: &Campaign) -> HitRule {
    HitRule {
        threshold: campaign.hit_threshold,
        sides: if campaign.two_sided { Sides::Both } else { Sides::Up },
    }
}

/// Every plate of the campaign with its planned wells.
async fn planned(tx: &mut PgConnection, campaign_id: Uuid) -> Result<Vec<Planned>, ApiError> {
    let mut all = Vec::new();
    for round in rounds::list(&mut *tx, campaign_id).await? {
        for plate in plates::of_round(&mut *tx, round.id).await? {
            let wells = plates::wells(&mut *tx, plate.id).await?;
            let measured = !measurements::of_plate(&mut *tx, plate.id).await?.is_empty();
            all.push(Planned {
                id: plate.id,
                round_id: round.id,
                donor: plate.donor,
                expected: ExpectedPlate {
                    barcode: plate.barcode,
                    format: lay_out::format(plate.format)?,
                    wells: wells.into_iter().map(expected_well).collect::<Result<_, _>>()?,
                    already_has_results: measured,
                },
            });
        }
    }
    Ok(all)
}

fn expected_well(well: plates::Well) -> Result<ExpectedWell, ApiError> {
    Ok(ExpectedWell {
        well: lay_out::planner_well(&well.well)?,
        content: lay_out::planner_content(well.content),
        symbol: well.symbol.unwrap_or_default(),
    })
}

/// A checked file: the report that people see, and what accepting would write.
struct Checked {
    report: CheckReport,
    judged: Vec<Judged>,
}

/// One plate of the file.
struct Judged {
    /// Index into the planned plates.
    plate: usize,
    readings: Vec<Reading>,
    calls: Vec<HitCall>,
    qc: PlateQc,
}

/// Reads a file against the planned plates, on the blocking pool.
async fn check(
    app: &App,
    campaign: &Campaign,
    planned: &[Planned],
    bytes: Bytes,
) -> Result<Checked, ApiError> {
    let expected = Expected { plates: planned.iter().map(|p| p.expected.clone()).collect() };
    let rule = campaign_rule(campaign);
    let options =
        CheckOptions { max_bytes: app.config().max_upload_bytes, ..CheckOptions::default() };
    tokio::task::spawn_blocking(move || judge(&bytes, &expected, &rule, &options))
        .await
        .map_err(|error| ApiError::internal(format!("checking ended early: {error}")))
}

fn judge(bytes: &[u8], expected: &Expected, rule: &HitRule, options: &CheckOptions) -> Checked {
    let found = check_results(bytes, expected, options);
    let mut readings: BTreeMap<&str, Vec<Reading>> = BTreeMap::new();
    for reading in &found.accepted {
        readings.entry(&reading.plate).or_default().push(reading.clone());
    }
    let mut report = report(&found, expected);
    let mut judged = Vec::new();
    for barcode in &found.plates {
        let Some(index) = expected.plates.iter().position(|p| &p.barcode == barcode) else {
            continue;
        };
        let of_plate = readings.remove(barcode.as_str()).unwrap_or_default();
        let mut preview = preview(&found, &expected.plates[index], of_plate.len());
        match judge_plate(&expected.plates[index], &of_plate, rule) {
            Ok((calls, qc)) => {
                preview.hits =
                    Some(wire::small(calls.iter().filter(|c| c.direction.is_some()).count()));
                preview.qc = Some(qc.clone());
                judged.push(Judged { plate: index, readings: of_plate, calls, qc });
            }
            // Without readings the file has errors of its own, which say more.
            Err(error) if found.errors.is_empty() => report.errors.push(Issue {
                code: "cannot_normalise".into(),
                row: None,
                column: None,
                message: error.to_string(),
            }),
            Err(_) => {}
        }
        report.plates.push(preview);
    }
    Checked { report, judged }
}

fn judge_plate(
    plate: &ExpectedPlate,
    readings: &[Reading],
    rule: &HitRule,
) -> Result<(Vec<HitCall>, PlateQc), AssayError> {
    let held: BTreeMap<_, _> = plate.wells.iter().map(|held| (held.well, held)).collect();
    let wells = readings.iter().filter_map(|reading| {
        let held = held.get(&reading.well)?;
        Some(MeasuredWell {
            well: reading.well,
            content: held.content,
            symbol: held.symbol.clone(),
            value: reading.value,
        })
    });
    let measured = MeasuredPlate {
        barcode: plate.barcode.clone(),
        format: plate.format,
        wells: wells.collect(),
    };
    let normalised = normalise(&measured, Method::RobustZ)?;
    let calls = call_hits(&estimate_genes(&normalised), rule)?;
    Ok((calls, quality(&measured)?))
}

fn quality(plate: &MeasuredPlate) -> Result<PlateQc, AssayError> {
    let mut limits = QcLimits::default();
    if plate.values(Content::NonTargeting)?.iter().any(|value| *value <= 0.0) {
        // A coefficient of variation means nothing on a scale that crosses zero (log ratios).
        limits.max_control_cv_percent = f64::INFINITY;
    }
    let found = qc::plate_qc(plate, &limits)?;
    let note = if found.notes.is_empty() {
        "The controls are well separated.".to_owned()
    } else {
        found.notes.join(" ")
    };
    Ok(PlateQc {
        z_prime: found.z_prime,
        robust_z_prime: found.robust_z_prime,
        ssmd: found.ssmd,
        note,
    })
}

fn preview(found: &checker::CheckReport, plate: &ExpectedPlate, values: usize) -> PlatePreview {
    // Nothing is computed from untreated wells: a file without them lacks nothing.
    let untreated: HashSet<_> = plate
        .wells
        .iter()
        .filter(|held| held.content == Content::Untreated)
        .map(|held| held.well)
        .collect();
    let missing = found
        .missing_wells
        .iter()
        .filter(|missing| missing.plate == plate.barcode && !untreated.contains(&missing.well));
    PlatePreview {
        barcode: plate.barcode.clone(),
        values: wire::small(values),
        missing_wells: missing.map(|missing| missing.well.to_string()).collect(),
        hits: None,
        qc: None,
    }
}

fn report(found: &checker::CheckReport, expected: &Expected) -> CheckReport {
    let delimiter = match found.delimiter {
        Some(',') => "comma",
        Some(';') => "semicolon",
        Some('\t') => "tab",
        None if found.encoding == "xlsx" => "cells of a workbook",
        _ => "not recognised",
    };
    let decimal = match found.decimal {
        Some(DecimalMark::Comma) => ",",
        _ => ".",
    };
    let preview = found.preview.iter().map(|row| preview_row(row, expected));
    CheckReport {
        rows: found.rows,
        encoding: found.encoding.clone(),
        delimiter: delimiter.into(),
        decimal: decimal.into(),
        plates: Vec::new(),
        errors: found.errors.iter().map(issue).collect(),
        warnings: found.warnings.iter().map(issue).collect(),
        unknown_columns: found.unknown_columns.clone(),
        preview: preview.collect(),
        pooled: None,
    }
}

/// A row of the file with what the plate map says is in its well.
fn preview_row(row: &checker::PreviewRow, expected: &Expected) -> PreviewRow {
    let well: Option<plate::Well> = row.well.parse().ok();
    let plate = expected.plates.iter().find(|plate| plate.barcode == row.plate);
    let held =
        plate.zip(well).and_then(|(plate, well)| plate.wells.iter().find(|h| h.well == well));
    PreviewRow {
        row: row.row,
        plate: row.plate.clone(),
        well: well.map_or_else(|| row.well.clone(), |well| well.to_string()),
        symbol: held.map(|held| match held.content {
            Content::Candidate => held.symbol.clone(),
            Content::NonTargeting => format!("{} (non-targeting control)", held.symbol),
            Content::Positive => format!("{} (positive control)", held.symbol),
            Content::Untreated => "untreated".into(),
            Content::Empty => "empty".into(),
        }),
        value: row.value,
    }
}

fn issue(found: &checker::Issue) -> Issue {
    Issue {
        code: found.code.to_string(),
        row: found.row,
        column: found.column.clone(),
        message: found.message.clone(),
    }
}
