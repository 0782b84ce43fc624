//! The arrayed guide library: received, shown, and what it means for the candidates.

use std::collections::{BTreeMap, HashMap};

use nextwell_contract as c;
use nextwell_planner::plate::library::{self as reader, LibraryFile, Stock, Target, availability};
use nextwell_store::campaigns::Campaign;
use nextwell_store::candidates::Candidate;
use nextwell_store::library::{
    self, LibraryPlate, LibraryUpload, LibraryWell, NewLibraryUpload, StockedWell,
};
use nextwell_store::plate_designs::{self, PlateDesign};
use nextwell_store::{Date, PgPool, StoreError, Uuid, audit, candidates, rounds};
use serde_json::json;

use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::{App, lay_out, reagents, wire};

/// Unavailable candidates that are listed by name.
const LISTED: usize = 200;

/// Stores a library file: all of it, or nothing with every error's row. The same bytes again
/// change nothing.
///
/// # Errors
/// A 422 problem `bad_library` that lists the errors.
pub async fn receive(
    app: &App,
    campaign: &Campaign,
    file_name: &str,
    bytes: &[u8],
    dead_volume_ul: Option<f64>,
) -> Result<c::LibraryUpload, ApiError> {
    let digest = sha256_hex(bytes);
    if let Some(known) = library::by_digest(app.store().api(), campaign.id, &digest).await? {
        return Ok(upload(known, true));
    }
    let file = read(bytes, dead_volume_ul)?;
    let resolved = approved_symbols(app, &file).await?;
    let new = new_upload(campaign.id, digest, file_name, file, &resolved)?;
    let mut tx = app.store().begin().await?;
    // One at a time: what is left must not be counted while a round sets volume aside.
    nextwell_store::campaigns::lock(&mut *tx, campaign.id).await?;
    library::insert(&mut tx, &new).await?;
    for round in rounds::list(&mut *tx, campaign.id).await? {
        if round.state == rounds::RoundState::Approved {
            reagents::reserve(&mut tx, campaign.id, round.id).await?;
        }
    }
    let line = audit::NewAuditEvent {
        actor: "api".into(),
        action: "upload library".into(),
        subject: new.id.to_string(),
        campaign_id: Some(campaign.id),
        details: json!({ "digest": new.digest, "wells": new.wells.len() }),
    };
    audit::append(&mut *tx, &line).await?;
    let stored = library::by_digest(&mut *tx, campaign.id, &new.digest).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let stored = stored.ok_or_else(|| ApiError::not_found("library upload", new.id))?;
    Ok(upload(stored, false))
}

fn read(bytes: &[u8], dead_volume_ul: Option<f64>) -> Result<LibraryFile, ApiError> {
    if dead_volume_ul.is_some_and(|volume| !(volume.is_finite() && volume >= 0.0)) {
        let detail = "the dead volume must be a number of µl, 0 or more";
        return Err(ApiError::bad_request("bad_dead_volume", detail));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let detail = "the file is not UTF-8 text; export it as CSV (UTF-8) and upload that";
        ApiError::unprocessable("bad_library", detail, Vec::new())
    })?;
    reader::read_library(text, dead_volume_ul).map_err(|found| {
        let detail = format!("{} errors in the library file; nothing was stored: mend the rows below and upload it again", found.len());
        let issue = |issue: reader::LibraryIssue| c::Issue {
            code: issue.code.into(),
            row: Some(issue.row),
            column: issue.column,
            message: issue.message,
        };
        ApiError::unprocessable("bad_library", detail, found.into_iter().map(issue).collect())
    })
}

/// Approved symbol and Ensembl id of the file's symbols that name exactly one gene by its present
/// or previous symbol. An alias is left as it is: a control may be called like one.
async fn approved_symbols(
    app: &App,
    file: &LibraryFile,
) -> Result<HashMap<String, (String, String)>, ApiError> {
    let mut names: Vec<String> = file.wells.iter().map(|well| well.symbol.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty());
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let resolved = app.model().resolve(names).await?;
    let sure = resolved
        .into_iter()
        .filter(|gene| matches!(gene.status.as_str(), "approved" | "previous"))
        .filter_map(|gene| Some((gene.query, (gene.symbol?, gene.ensembl_id.unwrap_or_default()))));
    Ok(sure.collect())
}

fn new_upload(
    campaign_id: Uuid,
    digest: String,
    file_name: &str,
    file: LibraryFile,
    resolved: &HashMap<String, (String, String)>,
) -> Result<NewLibraryUpload, ApiError> {
    let well = |well: reader::LibraryWell| -> Result<LibraryWell, ApiError> {
        let gene = resolved.get(&well.symbol).cloned();
        let (symbol, id) = gene.unwrap_or((well.symbol, String::new()));
        Ok(LibraryWell {
            plate_barcode: well.plate,
            well: well.well.to_string(),
            guide_id: well.guide_id,
            symbol,
            ensembl_id: if well.ensembl_id.is_empty() { id } else { well.ensembl_id },
            sequence: well.sequence,
            volume_ul: well.volume_ul,
            concentration_um: well.concentration_um,
            lot: well.lot,
            expires_on: well.expiry.as_deref().map(date).transpose()?,
            available_on: well.available_from.as_deref().map(date).transpose()?,
        })
    };
    let plate = |plate: reader::LibraryPlate| LibraryPlate {
        barcode: plate.barcode,
        format: i32::from(plate.format.wells().cast_signed()),
        dead_volume_ul: plate.dead_volume_ul,
    };
    Ok(NewLibraryUpload {
        id: Uuid::now_v7(),
        campaign_id,
        digest,
        file_name: file_name.chars().take(200).collect(),
        plates: file.plates.into_iter().map(plate).collect(),
        wells: file.wells.into_iter().map(well).collect::<Result<_, _>>()?,
    })
}

/// A day that the reader has checked.
fn date(text: &str) -> Result<Date, ApiError> {
    let number = |range| text.get(range).and_then(|part: &str| part.parse::<u16>().ok());
    let parsed = number(0..4).zip(number(5..7)).zip(number(8..10)).and_then(|((y, m), d)| {
        let month = time::Month::try_from(u8::try_from(m).ok()?).ok()?;
        Date::from_calendar_date(i32::from(y), month, u8::try_from(d).ok()?).ok()
    });
    parsed.ok_or_else(|| ApiError::internal(format!("`{text}` was taken for a date")))
}

fn upload(row: LibraryUpload, duplicate: bool) -> c::LibraryUpload {
    c::LibraryUpload {
        id: row.id,
        file_name: row.file_name,
        wells: wire::small(row.n_wells),
        duplicate,
        created_at: row.created_at,
    }
}

/// Today as the server's calendar has it (UTC), `YYYY-MM-DD`.
pub fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}

/// Stored wells as the planner counts them, in the same order.
pub fn stock(wells: &[StockedWell]) -> Result<Vec<Stock>, ApiError> {
    let stock = |held: &StockedWell| -> Result<Stock, ApiError> {
        Ok(Stock {
            plate: held.plate_barcode.clone(),
            well: lay_out::planner_well(&held.well)?,
            guide_id: held.guide_id.clone(),
            symbol: held.symbol.clone(),
            ensembl_id: held.ensembl_id.clone(),
            available_nl: available_ul(held) * 1000.0,
            expiry: held.expires_on.map(|day| day.to_string()),
            available_from: held.available_on.map(|day| day.to_string()),
        })
    };
    wells.iter().map(stock).collect()
}

fn available_ul(held: &StockedWell) -> f64 {
    (held.volume_ul - held.dead_volume_ul - held.reserved_ul).max(0.0)
}

/// What a candidate is to the library.
pub fn target(symbol: &str, ensembl_id: Option<&str>) -> Target {
    Target::Gene {
        symbol: symbol.to_owned(),
        ensembl_id: ensembl_id.unwrap_or_default().to_owned(),
    }
}

/// Sets candidates aside that the library cannot serve, with the reason; a campaign without a
/// library is not limited by it.
pub async fn set_unavailable_aside(
    db: &PgPool,
    campaign_id: Uuid,
    genes: &mut [Candidate],
) -> Result<(), ApiError> {
    let wells = library::stock(db, campaign_id).await?;
    if wells.is_empty() {
        return Ok(());
    }
    let design = plate_designs::get(db, campaign_id).await?;
    let reasons = unavailable(&wells, &design, genes)?;
    for gene in genes.iter_mut().filter(|gene| gene.excluded_reason.is_none()) {
        gene.excluded_reason = reasons.get(&gene.symbol).cloned();
    }
    Ok(())
}

/// Candidates that are not set aside otherwise and that the library cannot serve.
fn unavailable(
    wells: &[StockedWell],
    design: &PlateDesign,
    genes: &[Candidate],
) -> Result<BTreeMap<String, String>, ApiError> {
    let stock = stock(wells)?;
    // A gene is asked for by symbol or id: only its own wells are looked at.
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, held) in stock.iter().enumerate() {
        for name in [held.symbol.as_str(), held.ensembl_id.as_str()] {
            by_name.entry(name).or_default().push(index);
        }
    }
    let today = today();
    let needed = lay_out::wells_of_a_pick(design);
    let reason = |gene: &Candidate| {
        let id = gene.ensembl_id.as_deref().unwrap_or_default();
        let mut own: Vec<usize> = [gene.symbol.as_str(), id]
            .into_iter()
            .filter(|name| !name.is_empty())
            .flat_map(|name| by_name.get(name).cloned().unwrap_or_default())
            .collect();
        own.sort_unstable();
        own.dedup();
        let own: Vec<Stock> = own.into_iter().map(|index| stock[index].clone()).collect();
        let target = target(&gene.symbol, gene.ensembl_id.as_deref());
        availability(&own, &target, needed, design.transfer_nl, &today).err()
    };
    let open = genes.iter().filter(|gene| gene.excluded_reason.is_none());
    Ok(open.filter_map(|gene| Some((gene.symbol.clone(), reason(gene)?.to_string()))).collect())
}

/// One page of a campaign's library.
pub async fn show(
    app: &App,
    campaign_id: Uuid,
    search: &str,
    offset: usize,
    limit: usize,
) -> Result<c::Library, ApiError> {
    let mut tx = app.store().begin().await?;
    let wells = library::stock(&mut *tx, campaign_id).await?;
    let design = plate_designs::get(&mut *tx, campaign_id).await?;
    let uploads = library::uploads(&mut *tx, campaign_id).await?;
    let genes = candidates::list(&mut *tx, campaign_id).await?;
    let unavailable = match wells.as_slice() {
        [] => BTreeMap::new(),
        wells => unavailable(wells, &design, &genes)?,
    };
    let wanted = search.trim().to_lowercase();
    let fits = |held: &&StockedWell| {
        [&held.symbol, &held.guide_id, &held.plate_barcode, &held.ensembl_id, &held.lot]
            .iter()
            .any(|text| text.to_lowercase().contains(&wanted))
    };
    let found: Vec<&StockedWell> = wells.iter().filter(fits).collect();
    let today = today();
    let page = found.iter().skip(offset).take(limit);
    Ok(c::Library {
        uploads: uploads.into_iter().map(|row| upload(row, false)).collect(),
        plates: plates(&wells),
        total: wire::count(found.len()),
        wells: page.map(|held| show_well(held, design.transfer_nl, &today)).collect(),
        n_unavailable: wire::count(unavailable.len()),
        unavailable: unavailable
            .into_iter()
            .take(LISTED)
            .map(|(symbol, reason)| c::UnavailableGene { symbol, reason })
            .collect(),
    })
}

fn plates(wells: &[StockedWell]) -> Vec<c::LibraryPlate> {
    let of_plate = wells.chunk_by(|a, b| a.plate_barcode == b.plate_barcode);
    of_plate
        .map(|wells| c::LibraryPlate {
            barcode: wells[0].plate_barcode.clone(),
            format: wire::small(wells[0].format),
            wells: wire::small(wells.len()),
            dead_volume_ul: wells[0].dead_volume_ul,
        })
        .collect()
}

fn show_well(held: &StockedWell, transfer_nl: f64, today: &str) -> c::LibraryWell {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let expiry = held.expires_on.map(|day| day.to_string());
    let available_from = held.available_on.map(|day| day.to_string());
    let available_ul = available_ul(held);
    let state = if expiry.as_deref().is_some_and(|last| last < today) {
        c::ReagentState::Expired
    } else if available_from.as_deref().is_some_and(|first| first > today) {
        c::ReagentState::NotYetHere
    } else if available_ul * 1000.0 + 1e-6 < transfer_nl {
        c::ReagentState::UsedUp
    } else {
        c::ReagentState::Available
    };
    c::LibraryWell {
        plate_barcode: held.plate_barcode.clone(),
        well: held.well.clone(),
        guide_id: held.guide_id.clone(),
        symbol: said(&held.symbol),
        ensembl_id: said(&held.ensembl_id),
        sequence: said(&held.sequence),
        volume_ul: held.volume_ul,
        reserved_ul: held.reserved_ul,
        available_ul,
        concentration_um: held.concentration_um,
        lot: said(&held.lot),
        expiry,
        available_from,
        state,
    }
}
