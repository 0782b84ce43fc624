//! Small, valid rows for tests: each function adds what a test would otherwise have to spell out.

use serde_json::json;
use sqlx::PgConnection;

use crate::campaigns::{self, Campaign, NewCampaign};
use crate::candidates::{self, Candidate};
use crate::datasets::{self, NewDataset};
use crate::models::{self, ModelState, NewModelVersion};
use crate::picks::{self, Pick};
use crate::plates::{self, Plate, Well, WellContent};
use crate::posteriors::{self, Posterior};
use crate::rounds::{self, NewRound};
use crate::{Result, Uuid};

/// Digest of the dataset that [`campaign`] uses.
pub const DATASET: &str = "dataset-1";
/// Digest of the base model that [`campaign`] uses.
pub const MODEL: &str = "model-base";

/// A campaign on [`DATASET`] and [`MODEL`] with ten candidates, `GENE01` to `GENE10`, of which
/// `GENE10` is excluded.
///
/// # Errors
/// Those of the store.
pub async fn campaign(connection: &mut PgConnection, name: &str) -> Result<Campaign> {
    let dataset = NewDataset {
        id: Uuid::new_v4(),
        digest: DATASET.into(),
        source_digest: "source-1".into(),
        name: "cells".into(),
        report: json!({"n_cells": 200}),
    };
    datasets::insert(&mut *connection, &dataset).await?;
    let base = NewModelVersion {
        id: Uuid::new_v4(),
        digest: MODEL.into(),
        family: "geneformer-v1".into(),
        name: "base".into(),
        parent_digest: None,
        dataset_digest: None,
        info: json!({}),
        card: None,
        state: ModelState::Base,
    };
    models::insert(&mut *connection, &base).await?;
    let campaign = campaigns::insert(&mut *connection, &new_campaign(name)).await?;
    let candidates: Vec<Candidate> = (1..=10)
        .map(|number| Candidate {
            symbol: format!("GENE{number:02}"),
            ensembl_id: Some(format!("ENSG{number:011}")),
            excluded_reason: (number == 10).then(|| "essential".to_owned()),
        })
        .collect();
    candidates::insert_all(&mut *connection, campaign.id, &candidates).await?;
    Ok(campaign)
}

fn new_campaign(name: &str) -> NewCampaign {
    NewCampaign {
        id: Uuid::new_v4(),
        name: name.to_owned(),
        dataset_digest: DATASET.into(),
        readout: "IL2RA".into(),
        readout_gene: Some("IL2RA".into()),
        keywords: vec!["T cell".into()],
        state_column: "tissue".into(),
        start_value: "Tumor".into(),
        goal_value: "NAT".into(),
        donor_column: None,
        hit_threshold: 3.0,
        two_sided: true,
        batch: 24,
        plate_format: 96,
        budget_amount: None,
        cost_per_well: 3.0,
        max_rounds: None,
        ask_me_first: false,
        exclude_essential: true,
        seed: 7,
        model_digest: MODEL.into(),
        screen_settings: json!({}),
        cost_per_plate: 0.0,
        max_wells: None,
        acquisition: "upper_confidence_bound".into(),
        kappa: 1.0,
        random_share: 0.05,
        replicate_share: 0.0,
        family_max: None,
    }
}

/// A candidate version trained from [`MODEL`] on [`DATASET`].
///
/// # Errors
/// Those of the store.
pub async fn candidate_model(connection: &mut PgConnection, digest: &str) -> Result<()> {
    let candidate = NewModelVersion {
        id: Uuid::new_v4(),
        digest: digest.to_owned(),
        family: "geneformer-v1".into(),
        name: digest.to_owned(),
        parent_digest: Some(MODEL.into()),
        dataset_digest: Some(DATASET.into()),
        info: json!({}),
        card: None,
        state: ModelState::Candidate,
    };
    models::insert(connection, &candidate).await?;
    Ok(())
}

/// A planned round of `symbols` on one plate `NW<number>` in the wells A01, A02 and so on, with
/// eight non-targeting wells in row H. Returns the round's and the plate's id.
///
/// # Errors
/// Those of the store.
pub async fn round(
    connection: &mut PgConnection,
    campaign: &Campaign,
    number: i32,
    symbols: &[&str],
) -> Result<(Uuid, Uuid)> {
    let (id, plate_id) = (Uuid::new_v4(), Uuid::new_v4());
    let wells = wells(symbols);
    let round = NewRound {
        id,
        campaign_id: campaign.id,
        number,
        model_digest: campaign.model_digest.clone(),
        screen_id: None,
        surrogate: json!({"kernel": "matern52"}),
        seed: campaign.seed,
        wells: wells.len() as i32,
        request: json!({}),
        cost_amount: 3.0 * symbols.len() as f64,
    };
    rounds::insert(&mut *connection, &round).await?;
    let chosen: Vec<Pick> = symbols.iter().zip(1..).map(|(s, rank)| pick(s, rank)).collect();
    picks::insert_all(&mut *connection, id, campaign.id, &chosen).await?;
    let posteriors: Vec<Posterior> = (1..=9)
        .map(|number| Posterior {
            symbol: format!("GENE{number:02}"),
            mean: f64::from(number) / 10.0,
            sd: 1.0,
            p_hit: f64::from(number) / 100.0,
        })
        .collect();
    posteriors::insert_all(&mut *connection, id, &posteriors).await?;
    let barcode = format!("NW{}-{number}", campaign.name);
    let plate = Plate {
        id: plate_id,
        round_id: id,
        barcode,
        format: campaign.plate_format,
        seed: 7,
        donor: "D1".into(),
        notes: Vec::new(),
    };
    plates::insert(&mut *connection, &plate).await?;
    plates::insert_wells(&mut *connection, plate_id, &wells).await?;
    Ok((id, plate_id))
}

fn wells(symbols: &[&str]) -> Vec<Well> {
    let candidates = symbols.iter().zip(1..).map(|(symbol, column)| Well {
        well: format!("A{column:02}"),
        content: WellContent::Candidate,
        symbol: Some((*symbol).to_owned()),
        ensembl_id: None,
        replicate: 1,
    });
    let controls = (1..=8).map(|column| Well {
        well: format!("H{column:02}"),
        content: WellContent::NonTargeting,
        symbol: Some("NTC".into()),
        ensembl_id: None,
        replicate: column,
    });
    candidates.chain(controls).collect()
}

fn pick(symbol: &str, rank: i32) -> Pick {
    Pick {
        rank,
        symbol: symbol.to_owned(),
        kind: "scored".into(),
        mean: 1.5,
        sd: 0.5,
        p_hit: 0.2,
        acquisition: -1.0,
        prior_score: None,
        conditioned_on: vec!["GENE09".into(); rank as usize - 1],
        reason: format!("rank {rank} by log expected improvement"),
    }
}
