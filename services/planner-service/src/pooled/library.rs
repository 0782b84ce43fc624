//! A guide library: received, checked, kept whole or not at all.

use std::collections::HashMap;

use axum::body::Bytes;
use nextwell_contract::{
    CloningEnzyme, GuideLibrary, GuidesOverview, Issue, LibraryStored, PooledSettings,
};
use nextwell_planner::pooled::{ControlKind, LibraryFile, read_library};
use nextwell_store::campaigns::Campaign;
use nextwell_store::guides::{self, Library, NewLibrary};
use nextwell_store::{StoreError, Uuid, audit, campaigns, candidates, events};
use serde_json::json;

use super::bench::Bench;
use super::names::{Meaning, Names};
use super::{issue, listed, refused_guides, to_store};
use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::{App, wire};

/// Stores a guide library. The same bytes again change nothing; a file with an error is not kept.
///
/// # Errors
/// 422 `bad_library` with every error and its row.
pub async fn receive(
    app: &App,
    campaign: &Campaign,
    file_name: &str,
    bytes: Bytes,
    enzyme: CloningEnzyme,
) -> Result<LibraryStored, ApiError> {
    let digest = sha256_hex(&bytes);
    if let Some(known) = guides::by_digest(app.store().api(), campaign.id, &digest).await? {
        return stored(app, known, true, 0, Vec::new(), enzyme).await;
    }
    let names = Names::read(app, campaign.id).await?;
    let read = bytes.clone();
    // Tens of thousands of rows: not on the threads that answer requests.
    let checked = tokio::task::spawn_blocking(move || {
        let file = read_library(&read, |name| names.is_candidate(name));
        (names, file)
    });
    let (mut names, mut file) = checked
        .await
        .map_err(|error| ApiError::internal(format!("reading ended early: {error}")))?;
    refuse_errors(&file)?;
    let mut warnings = resolve(app, &mut names, &mut file).await?;
    refuse_changed(app, campaign.id, &file).await?;
    if !file.unknown_columns.is_empty() {
        let message = format!("columns that are not used: {}", listed(&file.unknown_columns));
        warnings.push(about_file("unknown_columns", message));
    }
    let new = NewLibrary {
        id: Uuid::now_v7(),
        campaign_id: campaign.id,
        digest,
        file_name: file_name.chars().take(200).collect(),
        content: bytes.to_vec(),
        report: json!({ "guides": file.guides.len(), "warnings": warnings }),
    };
    let rows: Vec<guides::Guide> = file.guides.into_iter().map(to_store).collect();
    let mut tx = app.store().begin().await?;
    campaigns::lock(&mut *tx, campaign.id).await?;
    let (_, is_new) = guides::insert_library(&mut tx, &new).await?;
    let added = match is_new {
        true => guides::insert_all(&mut *tx, campaign.id, new.id, &rows).await?,
        false => 0,
    };
    if is_new {
        let line = audit::NewAuditEvent {
            actor: "api".into(),
            action: "upload guide library".into(),
            subject: new.id.to_string(),
            campaign_id: Some(campaign.id),
            details: json!({ "digest": new.digest, "file_name": new.file_name, "guides": added }),
        };
        events::notify(&mut *tx, "guides", &new.id.to_string(), Some(campaign.id)).await?;
        audit::append(&mut *tx, &line).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    let kept = guides::by_digest(app.store().api(), campaign.id, &new.digest).await?;
    let kept = kept.ok_or_else(|| ApiError::not_found("guide library", new.id))?;
    stored(app, kept, !is_new, added, warnings, enzyme).await
}

/// All guides of a campaign, and those that the enzyme's sites or TTTT rule out.
///
/// # Errors
/// Those of the database.
pub async fn overview(
    app: &App,
    campaign: Uuid,
    enzyme: CloningEnzyme,
) -> Result<GuidesOverview, ApiError> {
    let db = app.store().api();
    let bench = bench(app, campaign, enzyme).await?;
    let shelf = bench.shelf();
    let genes = candidates::list(db, campaign).await?;
    let covered = genes.iter().filter(|gene| shelf.of_gene(&gene.symbol) > 0).count();
    let libraries = guides::libraries(db, campaign).await?;
    Ok(GuidesOverview {
        libraries: libraries.into_iter().map(library).collect(),
        guides: wire::count(bench.guides.len()),
        candidates_covered: wire::count(covered),
        non_targeting: wire::count(shelf.of_kind(ControlKind::NonTargeting)),
        safe_targeting: wire::count(shelf.of_kind(ControlKind::SafeTargeting)),
        refused: refused_guides(shelf.refused()),
    })
}

async fn bench(app: &App, campaign: Uuid, enzyme: CloningEnzyme) -> Result<Bench, ApiError> {
    let settings = PooledSettings { enzyme, ..PooledSettings::default() };
    Bench::read(app.store().api(), campaign, &settings).await
}

fn library(row: Library) -> GuideLibrary {
    GuideLibrary {
        id: row.id,
        file_name: row.file_name,
        digest: row.digest,
        n_bytes: wire::count(row.n_bytes),
        guides: wire::count(row.n_guides),
        created_at: row.created_at,
    }
}

async fn stored(
    app: &App,
    row: Library,
    duplicate: bool,
    added: u64,
    warnings: Vec<Issue>,
    enzyme: CloningEnzyme,
) -> Result<LibraryStored, ApiError> {
    let bench = bench(app, row.campaign_id, enzyme).await?;
    let refused = refused_guides(bench.shelf().refused());
    Ok(LibraryStored { library: library(row), duplicate, added, warnings, refused })
}

fn refuse_errors(file: &LibraryFile) -> Result<(), ApiError> {
    if file.errors.is_empty() {
        return Ok(());
    }
    let detail = "nothing was saved; mend the rows below and upload the file again";
    let issues = file.errors.iter().map(issue).collect();
    Err(ApiError::unprocessable("bad_library", detail, issues))
}

/// A guide's name means one sequence for ever: an order sheet must not change afterwards.
async fn refuse_changed(app: &App, campaign: Uuid, file: &LibraryFile) -> Result<(), ApiError> {
    let known = guides::list(app.store().api(), campaign).await?;
    let known: HashMap<&str, &str> =
        known.iter().map(|g| (g.guide_id.as_str(), g.protospacer.as_str())).collect();
    let changed = file.guides.iter().zip(&file.rows).filter_map(|(guide, row)| {
        let before = known.get(guide.guide_id.as_str())?;
        (*before != guide.protospacer).then(|| Issue {
            code: "guide_changed".into(),
            row: Some(*row),
            column: None,
            message: format!(
                "guide {} is {} here and {before} in an earlier library; give the new one a name of its own",
                guide.guide_id, guide.protospacer
            ),
        })
    });
    let changed: Vec<Issue> = changed.collect();
    if changed.is_empty() {
        return Ok(());
    }
    let detail = "nothing was saved: guides have another sequence than before";
    Err(ApiError::unprocessable("bad_library", detail, changed))
}

/// Puts approved symbols and Ensembl ids in, and says which names could not be.
async fn resolve(
    app: &App,
    names: &mut Names,
    file: &mut LibraryFile,
) -> Result<Vec<Issue>, ApiError> {
    let written = file.guides.iter().flat_map(|g| g.symbols.iter().chain(&g.ensembl_ids));
    let written: Vec<String> = written.cloned().collect();
    names.resolve(app, written).await?;
    let (mut unknown, mut ambiguous, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for guide in &mut file.guides {
        let mut ids = Vec::new();
        for at in 0..guide.symbols.len() {
            let name = guide.symbols[at].clone();
            let by_id = guide.ensembl_ids.get(at).map(|id| names.meaning(id));
            let meaning = match (names.meaning(&name), &by_id) {
                // The id settles which of several genes is meant.
                (Meaning::Ambiguous(_) | Meaning::Unknown, Some(gene @ Meaning::Gene(..))) => {
                    gene.clone()
                }
                (meaning, _) => meaning,
            };
            match meaning {
                Meaning::Gene(symbol, id) => {
                    if let Some(Meaning::Gene(by_id, _)) = &by_id
                        && *by_id != symbol
                    {
                        other.push(format!("{name} ({})", guide.ensembl_ids[at]));
                    }
                    guide.symbols[at] = symbol;
                    ids.push(id.or_else(|| guide.ensembl_ids.get(at).cloned()).unwrap_or_default());
                }
                Meaning::Ambiguous(genes) => {
                    ambiguous.push(format!("{name} ({})", genes.join(" or ")));
                    ids.push(guide.ensembl_ids.get(at).cloned().unwrap_or_default());
                }
                Meaning::Unknown => {
                    unknown.push(name);
                    ids.push(guide.ensembl_ids.get(at).cloned().unwrap_or_default());
                }
            }
        }
        guide.ensembl_ids = ids;
    }
    Ok(doubts(unknown, ambiguous, other))
}

fn doubts(unknown: Vec<String>, ambiguous: Vec<String>, other: Vec<String>) -> Vec<Issue> {
    let kinds = [
        (
            "unknown_gene",
            unknown,
            "names are no gene that is known; their guides are kept and never chosen",
        ),
        (
            "gene_ambiguous",
            ambiguous,
            "names mean several genes; add an ensembl_id column, or write the approved symbol",
        ),
        (
            "gene_mismatch",
            other,
            "symbols and Ensembl ids name different genes; the symbol was taken",
        ),
    ];
    let said = kinds.into_iter().filter_map(|(code, mut names, words)| {
        names.sort();
        names.dedup();
        (!names.is_empty())
            .then(|| about_file(code, format!("{} {words}: {}", names.len(), listed(&names))))
    });
    said.collect()
}

fn about_file(code: &str, message: String) -> Issue {
    Issue { code: code.into(), row: None, column: None, message }
}

#[cfg(test)]
mod tests {
    use nextwell_planner::pooled::Guide;

    use super::*;

    #[test]
    fn doubts_name_each_gene_once_and_say_what_follows() {
        let said = doubts(vec!["ZZZ".into(), "AAA".into(), "ZZZ".into()], vec![], vec![]);
        let [doubt] = &said[..] else { panic!("{said:?}") };
        assert_eq!(doubt.code, "unknown_gene");
        assert!(doubt.message.starts_with("2 names are no gene"), "{}", doubt.message);
        assert!(doubt.message.ends_with("AAA, ZZZ"), "{}", doubt.message);
    }

    #[test]
    fn a_guide_keeps_everything_on_its_way_into_the_store_and_back() {
        let guide = Guide {
            guide_id: "g".into(),
            symbols: vec!["MYB".into()],
            ensembl_ids: vec!["ENSG00000118513".into()],
            control: None,
            protospacer: "ACGTACGTACGTACGTACGT".into(),
            pam: Some("TGG".into()),
            strand: Some("-".into()),
            position: Some(7),
            score: Some(0.5),
        };
        assert_eq!(super::super::from_store(to_store(guide.clone())), guide);
    }
}
