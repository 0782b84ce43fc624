//! Cells, model and campaign of the demo, made through the API.

use std::path::Path;

use anyhow::Context;
use nextwell_contract::{
    Acquisition, Campaign, Dataset, JobAccepted, ModelVersion, NewCampaign, PretrainRequest,
    PretrainSettings, ScreenSettings,
};

use super::Args;
use super::lab::{Lab, NEGATIVE, POSITIVE};
use crate::api::Api;
use crate::{postgres, progress, serve};

/// The bundled cells.
pub const CELLS: &[u8] = include_bytes!("../../data/wu2020_tcells_200.h5ad");
/// The gene whose protein is sorted.
pub const READOUT_GENE: &str = "IL2RA";
/// Words of the assay for the label-free prior.
pub const KEYWORDS: [&str; 2] = ["interleukin-2", "t cell"];
/// Column of the cells' donors.
const DONORS: &str = "patient";
/// |robust z| of a hit.
pub const HIT_THRESHOLD: f64 = 3.0;

const CAMPAIGN: &str = "IL2RA regulators";
const MODEL: &str = "T cells, pretrained";

/// Settings of the demo's server.
pub fn server(args: &Args) -> serve::Args {
    serve::Args {
        data: args.data.clone(),
        listen: args.listen,
        database_url: None,
        device: args.device,
        only: None,
        model_service: None,
    }
}

/// Removes an earlier demo. Only folders that a demo made are touched.
pub fn clear(data: &Path) -> anyhow::Result<()> {
    if !data.exists() {
        return Ok(());
    }
    postgres::remove(data)?;
    for name in ["model-service", "postgres-password"] {
        let path = data.join(name);
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The demo's campaign, made if there is none yet.
pub async fn campaign(api: &Api, lab: &Lab, args: &Args) -> anyhow::Result<Campaign> {
    let known: Vec<Campaign> = api.get("/api/campaigns").await?;
    if let Some(campaign) = known.into_iter().find(|campaign| campaign.name == CAMPAIGN) {
        return Ok(campaign);
    }
    let query = [("name", "T cells, Wu et al. 2020")];
    let kind = "application/octet-stream";
    let dataset: Dataset = api.post_bytes("/api/datasets", &query, kind, CELLS.to_vec()).await?;
    let model = model(api, &dataset, args.seed).await?;
    api.post("/api/campaigns", &new_campaign(&dataset, &model, lab, args)).await
}

async fn model(api: &Api, dataset: &Dataset, seed: u64) -> anyhow::Result<ModelVersion> {
    if let Some(model) = pretrained(api).await? {
        return Ok(model);
    }
    let request = PretrainRequest {
        name: MODEL.into(),
        dataset_digest: dataset.digest.clone(),
        settings: PretrainSettings {
            donor_column: Some(DONORS.into()),
            seed,
            ..PretrainSettings::default()
        },
    };
    let job: JobAccepted = api.post("/api/models/pretrain", &request).await?;
    progress::follow(api, job.job_id, "pretraining").await?;
    pretrained(api).await?.context("the pretrained model is not listed")
}

async fn pretrained(api: &Api) -> anyhow::Result<Option<ModelVersion>> {
    let models: Vec<ModelVersion> = api.get("/api/models").await?;
    Ok(models.into_iter().find(|model| model.name == MODEL))
}

fn new_campaign(dataset: &Dataset, model: &ModelVersion, lab: &Lab, args: &Args) -> NewCampaign {
    NewCampaign {
        name: CAMPAIGN.into(),
        dataset_digest: dataset.digest.clone(),
        model_digest: model.digest.clone(),
        readout: "IL2RA protein after CRISPR knock-out, log fold change of guides".into(),
        readout_gene: Some(READOUT_GENE.into()),
        keywords: KEYWORDS.map(str::to_owned).to_vec(),
        candidates: lab.library().to_vec(),
        non_targeting: NEGATIVE.map(str::to_owned).to_vec(),
        positive: vec![POSITIVE.into()],
        screen: ScreenSettings {
            state_column: "source".into(),
            start_value: "Tumor".into(),
            goal_value: "NAT".into(),
            donor_column: Some(DONORS.into()),
            max_cells: Some(12),
            emb_layer: 0,
        },
        hit_threshold: HIT_THRESHOLD,
        two_sided: true,
        batch: args.batch,
        plate_format: 96,
        donors: Vec::new(),
        replicates: 1,
        controls_per_plate: None,
        transfer_nl: 2500.0,
        budget: None,
        cost_per_well: 1.0,
        max_rounds: Some(args.rounds),
        ask_me_first: false,
        exclude_essential: true,
        cost_per_plate: 0.0,
        max_wells: None,
        acquisition: Acquisition::default(),
        kappa: 1.0,
        random_share: 0.05,
        replicate_share: 0.0,
        family_max: None,
        seed: args.seed,
    }
}
