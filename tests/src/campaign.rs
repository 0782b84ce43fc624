//! A whole campaign, small enough for a test, driven through the public API.

use std::time::{Duration, Instant};

use nextwell_contract::{
    Accepted, Acquisition, Campaign, Dataset, Job, JobAccepted, JobState, LoopState, ModelVersion,
    NewCampaign, NextAction, Pick, Plate, PretrainRequest, PretrainSettings, Round, ScreenSettings,
    Upload,
};
use uuid::Uuid;

use crate::api::Api;
use crate::bundled;
use crate::lab::{Lab, NEGATIVE, POSITIVE};

/// Longest wait for one step of the loop on a crowded machine.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Candidates of a test campaign: some shards of a screen.
pub const CANDIDATES: usize = 200;
/// Candidate wells of a round.
pub const BATCH: u32 = 24;

/// Cells and a model that campaigns can start from.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The bundled cells.
    pub dataset: Dataset,
    /// A very small model trained on them.
    pub model: ModelVersion,
}

/// Uploads the bundled cells.
pub async fn load_cells(api: &Api) -> Dataset {
    let cells = bundled("wu2020_tcells_200.h5ad");
    api.post_bytes("/api/datasets?name=cells.h5ad", cells).await.json()
}

/// Uploads the bundled cells and trains a model on them that is as small as models get.
pub async fn prepare(api: &Api) -> Basis {
    let dataset = load_cells(api).await;
    let request = PretrainRequest {
        name: "small".into(),
        dataset_digest: dataset.digest.clone(),
        settings: PretrainSettings {
            layers: 1,
            hidden: 16,
            heads: 2,
            ffn: 32,
            max_len: 512,
            epochs: 1,
            donor_column: None,
            seed: 1,
        },
    };
    let job: JobAccepted = api.post("/api/models/pretrain", &request).await.json();
    wait_for_job(api, job.job_id).await;
    let models: Vec<ModelVersion> = api.get("/api/models").await.json();
    let model = models.into_iter().find(|model| model.name == "small");
    Basis { dataset, model: model.expect("the model is listed") }
}

/// A campaign of [`CANDIDATES`] genes that asks before each round.
pub fn describe(name: &str, basis: &Basis, lab: &Lab) -> NewCampaign {
    NewCampaign {
        name: name.into(),
        dataset_digest: basis.dataset.digest.clone(),
        model_digest: basis.model.digest.clone(),
        readout: "IL2RA protein after knock-out, log fold change".into(),
        readout_gene: Some(POSITIVE.into()),
        keywords: vec!["interleukin-2".into(), "t cell".into()],
        candidates: lab.candidates(CANDIDATES),
        non_targeting: NEGATIVE.map(str::to_owned).to_vec(),
        positive: vec![POSITIVE.into()],
        screen: ScreenSettings {
            state_column: "source".into(),
            start_value: "Tumor".into(),
            goal_value: "NAT".into(),
            donor_column: Some("patient".into()),
            max_cells: Some(4),
            emb_layer: 0,
        },
        hit_threshold: 3.0,
        two_sided: true,
        batch: BATCH,
        plate_format: 96,
        donors: Vec::new(),
        replicates: 1,
        controls_per_plate: None,
        transfer_nl: 2500.0,
        budget: None,
        cost_per_well: 1.0,
        max_rounds: Some(4),
        ask_me_first: true,
        exclude_essential: true,
        cost_per_plate: 0.0,
        max_wells: None,
        acquisition: Acquisition::default(),
        kappa: 1.0,
        random_share: 0.05,
        replicate_share: 0.0,
        family_max: None,
        seed: 1,
    }
}

/// Makes a campaign; its first screen starts by itself.
pub async fn begin(api: &Api, new: &NewCampaign) -> Campaign {
    api.post("/api/campaigns", new).await.json()
}

/// Where the loop stands.
pub async fn look(api: &Api, campaign: Uuid) -> LoopState {
    api.get(&format!("/api/campaigns/{campaign}/loop")).await.json()
}

/// Waits until every job has ended and it is a person's turn.
pub async fn wait_for_person(api: &Api, campaign: Uuid) -> LoopState {
    let start = Instant::now();
    loop {
        let state = look(api, campaign).await;
        if let NextAction::Fix { message, .. } = &state.next {
            panic!("the loop needs mending: {message}");
        }
        if state.jobs.is_empty() && !matches!(state.next, NextAction::Wait { .. }) {
            return state;
        }
        assert!(start.elapsed() < PATIENCE, "still waiting: {:?} {:?}", state.next, state.jobs);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Waits until a job has ended well.
pub async fn wait_for_job(api: &Api, id: i64) {
    let start = Instant::now();
    loop {
        let job: Job = api.get(&format!("/api/jobs/{id}")).await.json();
        match job.state {
            JobState::Done => return,
            JobState::Ready | JobState::Running => {}
            _ => panic!("job {id} ended badly: {job:?}"),
        }
        assert!(start.elapsed() < PATIENCE, "still waiting for {job:?}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Approves the round that waits for it.
pub async fn approve(api: &Api, state: &LoopState) -> Round {
    let NextAction::Approve { round_id, .. } = &state.next else {
        panic!("no round waits for approval: {:?}", state.next)
    };
    api.press(&format!("/api/rounds/{round_id}/approve")).await.json()
}

/// The only plate of a round.
pub async fn plate(api: &Api, round: &Round) -> Plate {
    assert_eq!(round.plates.len(), 1, "one plate was expected: {:?}", round.plates);
    api.get(&format!("/api/plates/{}", round.plates[0].id)).await.json()
}

/// Uploads a results file, which only checks it.
pub async fn upload(api: &Api, campaign: Uuid, file: &str) -> Upload {
    let path = format!("/api/campaigns/{campaign}/uploads?file_name=results.csv");
    api.post_bytes(&path, file).await.json()
}

/// Accepts an upload.
pub async fn accept(api: &Api, upload: &Upload) -> Accepted {
    assert!(upload.report.errors.is_empty(), "{:?}", upload.report.errors);
    api.press(&format!("/api/uploads/{}/accept", upload.id)).await.json()
}

/// The lab's part of a round: approve, run the plate, upload, accept.
pub async fn run_round(api: &Api, lab: &Lab, state: &LoopState) -> (Round, Accepted) {
    let round = approve(api, state).await;
    let file = lab.measure(&plate(api, &round).await);
    let checked = upload(api, round.campaign_id, &file).await;
    (round, accept(api, &checked).await)
}

/// The picks of the campaign's latest round.
pub async fn latest_picks(api: &Api, state: &LoopState) -> Vec<Pick> {
    let latest = state.rounds.iter().max_by_key(|round| round.number).expect("a round");
    let round: Round = api.get(&format!("/api/rounds/{}", latest.id)).await.json();
    round.picks
}
