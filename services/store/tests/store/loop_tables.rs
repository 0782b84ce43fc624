//! The tables of the loop: rounds, picks, targets, models.

use nextwell_store::campaigns::Campaign;
use nextwell_store::gene_results::{self, GeneResult};
use nextwell_store::measurements::{self, NewMeasurement};
use nextwell_store::models::{self, ModelState};
use nextwell_store::rounds::RoundState;
use nextwell_store::screen_scores::{self, Perturbation, ScreenScore};
use nextwell_store::screens::{self, NewScreen, ScreenState};
use nextwell_store::targets::{self, TargetQuery, TargetSort, TargetStatus};
use nextwell_store::testing::{TestDatabase, database, fixture};
use nextwell_store::uploads::{self, NewUpload, UploadState};
use nextwell_store::{
    PgConnection, StoreError, Uuid, campaigns, overview, picks, rounds, well_map,
};
use serde_json::json;

async fn upload(connection: &mut PgConnection, campaign: &Campaign) -> Uuid {
    let upload = NewUpload {
        id: Uuid::new_v4(),
        campaign_id: campaign.id,
        digest: Uuid::new_v4().to_string(),
        file_name: "plate.csv".into(),
        content: b"x".to_vec(),
        report: json!({}),
        state: UploadState::Checked,
    };
    uploads::insert(connection, &upload).await.unwrap().upload.id
}

/// Results of genes, as one upload brings them.
async fn measure(c: &mut PgConnection, campaign: &Campaign, round: Uuid, symbols: &[&str]) {
    let upload = upload(&mut *c, campaign).await;
    let results: Vec<GeneResult> =
        symbols.iter().map(|symbol| result(round, upload, symbol, 2.0)).collect();
    gene_results::upsert_all(&mut *c, campaign.id, &results).await.unwrap();
}

fn result(round_id: Uuid, upload_id: Uuid, symbol: &str, robust_z: f64) -> GeneResult {
    GeneResult {
        round_id,
        symbol: symbol.into(),
        robust_z,
        se: None,
        n_wells: 1,
        hit: robust_z.abs() >= 3.0,
        rule: "|robust z| >= 3".into(),
        upload_id,
    }
}

fn score(symbol: &str, rank: i32, mean_shift: Option<f64>) -> ScreenScore {
    ScreenScore {
        n_donors: Some(3),
        donors_agreeing: Some(2),
        symbol: symbol.into(),
        perturbation: Perturbation::KnockOut,
        n_cells: if mean_shift.is_some() { 40 } else { 0 },
        n_truncated: 0,
        coverage: 0.5,
        mean_shift,
        sd: mean_shift.map(|_| 0.1),
        ci_low: mean_shift.map(|m| m - 0.1),
        ci_high: mean_shift.map(|m| m + 0.1),
        interval_kind: "bootstrap 95 %".into(),
        p_value: mean_shift.map(|_| 0.01),
        q_value: mean_shift.map(|_| 0.02),
        rank: mean_shift.map(|_| rank),
        predicted_effect: mean_shift.map(|_| 1.2),
        predicted_sd: mean_shift.map(|_| 0.3),
    }
}

fn new_screen(campaign: &Campaign) -> NewScreen {
    NewScreen {
        id: Uuid::new_v4(),
        campaign_id: campaign.id,
        model_digest: fixture::MODEL.into(),
        dataset_digest: fixture::DATASET.into(),
        spec: json!({"perturbation": "knock_out"}),
        spec_digest: "spec-1".into(),
        seed: 7,
        code_version: "0.1.0".into(),
        n_shards: 4,
    }
}

async fn finished_screen(c: &mut PgConnection, campaign: &Campaign) -> Uuid {
    let screen = screens::insert(&mut *c, &new_screen(campaign)).await.unwrap();
    let scores = [
        score("GENE01", 2, Some(0.1)),
        score("GENE02", 1, Some(0.4)),
        score("GENE03", 3, Some(-0.2)),
        score("GENE04", 0, None),
    ];
    screen_scores::insert_all(&mut *c, screen.id, &scores).await.unwrap();
    screens::set_state(&mut *c, screen.id, ScreenState::Done).await.unwrap();
    screen.id
}

async fn symbols(db: &TestDatabase, campaign: &Campaign, query: TargetQuery) -> Vec<String> {
    let page = targets::page(db.store.api(), campaign.id, &query).await.unwrap();
    page.targets.into_iter().map(|target| target.symbol).collect()
}

#[tokio::test]
async fn a_gene_is_picked_once_even_by_two_planners_at_once() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let plan = |number: i32| {
        let (store, campaign) = (db.store.clone(), campaign.clone());
        async move {
            let mut tx = store.begin().await?;
            fixture::round(&mut tx, &campaign, number, &["GENE01"]).await?;
            nextwell_store::Result::Ok(tx.commit().await?)
        }
    };
    let outcomes = tokio::join!(plan(1), plan(2));
    let lost: StoreError = match outcomes {
        (Ok(()), Err(error)) | (Err(error), Ok(())) => error,
        other => panic!("exactly one planner wins: {other:?}"),
    };
    assert_eq!(lost.constraint(), Some("picks_gene_once"));
    assert_eq!(rounds::list(db.store.api(), campaign.id).await.unwrap().len(), 1);
    let taken = rounds::latest(db.store.api(), campaign.id).await.unwrap().unwrap().number;
    let error = plan(taken).await.unwrap_err();
    assert_eq!(error.constraint(), Some("rounds_number_once"));
    let mut tx = db.store.begin().await.unwrap();
    let error = fixture::round(&mut tx, &campaign, 3, &["UNKNOWN"]).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }));
    assert_eq!(error.constraint(), Some("picks_candidate_known"));
}

#[tokio::test]
async fn a_measured_gene_may_be_picked_again_and_is_pending_until_measured_again() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let pool = db.store.api();
    let (first, _) = fixture::round(&mut c, &campaign, 1, &["GENE01", "GENE02"]).await.unwrap();
    assert_eq!(picks::pending(pool, campaign.id).await.unwrap(), ["GENE01", "GENE02"]);
    measure(&mut c, &campaign, first, &["GENE01", "GENE02"]).await;
    rounds::approve(pool, first).await.unwrap();
    rounds::mark_results_in(pool, first).await.unwrap();
    assert!(picks::pending(pool, campaign.id).await.unwrap().is_empty());

    let (again, _) = fixture::round(&mut c, &campaign, 2, &["GENE03"]).await.unwrap();
    let mut replicate = picks::list(pool, again).await.unwrap().remove(0);
    replicate.symbol = "GENE01".into();
    replicate.rank = 2;
    let refused = picks::insert_all(pool, again, campaign.id, &[replicate.clone()]).await;
    assert_eq!(refused.unwrap_err().constraint(), Some("picks_gene_once"));
    replicate.kind = "replicate".into();
    picks::insert_all(pool, again, campaign.id, &[replicate.clone()]).await.unwrap();
    replicate.rank = 3;
    let twice = picks::insert_all(pool, again, campaign.id, &[replicate]).await;
    assert_eq!(twice.unwrap_err().constraint(), Some("picks_gene_once_a_round"));
    assert_eq!(picks::pending(pool, campaign.id).await.unwrap(), ["GENE01", "GENE03"]);
    measure(&mut c, &campaign, again, &["GENE01"]).await;
    assert_eq!(picks::pending(pool, campaign.id).await.unwrap(), ["GENE03"]);
    let now = gene_results::of_round(pool, again).await.unwrap();
    assert_eq!(now.iter().map(|r| r.symbol.as_str()).collect::<Vec<_>>(), ["GENE01"]);
    let before = gene_results::of_round(pool, first).await.unwrap();
    let before: Vec<&str> = before.iter().map(|result| result.symbol.as_str()).collect();
    assert_eq!(before, ["GENE01", "GENE02"], "measured again later, still a result of round 1");
}

#[tokio::test]
async fn changed_settings_and_what_rounds_cost_are_kept() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let mut campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let pool = db.store.api();
    fixture::round(&mut c, &campaign, 1, &["GENE01", "GENE02"]).await.unwrap();
    let spent = rounds::spent(pool, campaign.id).await.unwrap();
    assert_eq!((spent.amount, spent.rounds), (6.0, 1));
    campaign.cost_per_well = 100.0;
    campaign.max_wells = Some(50);
    campaign.family_max = Some(3);
    campaign.keywords = vec!["il-2".into()];
    assert!(campaigns::change(pool, &campaign).await.unwrap());
    assert_eq!(campaigns::get(pool, campaign.id).await.unwrap(), Some(campaign.clone()));
    assert_eq!(rounds::spent(pool, campaign.id).await.unwrap().amount, 6.0);
    campaign.random_share = 1.5;
    let refused = campaigns::change(pool, &campaign).await.unwrap_err();
    assert_eq!(refused.constraint(), Some("campaigns_random_share_is_share"));
}

#[tokio::test]
async fn a_round_only_moves_forward_one_state_at_a_time() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let (id, _) = fixture::round(&mut c, &campaign, 1, &["GENE01"]).await.unwrap();
    let pool = db.store.api();
    assert!(!rounds::mark_results_in(pool, id).await.unwrap());
    assert!(rounds::approve(pool, id).await.unwrap());
    assert!(!rounds::approve(pool, id).await.unwrap());
    assert!(!rounds::mark_learned(pool, id).await.unwrap());
    assert!(rounds::mark_results_in(pool, id).await.unwrap());
    assert!(rounds::mark_learned(pool, id).await.unwrap());
    let round = rounds::get(pool, id).await.unwrap().unwrap();
    assert_eq!(round.state, RoundState::Learned);
    assert!(round.approved_at <= round.results_at && round.results_at <= round.learned_at);
}

#[tokio::test]
async fn the_overview_counts_wells_and_hits_round_by_round() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let (one, plate) = fixture::round(&mut c, &campaign, 1, &["GENE01", "GENE02"]).await.unwrap();
    fixture::round(&mut c, &campaign, 2, &["GENE03"]).await.unwrap();
    let id = upload(&mut c, &campaign).await;
    let value =
        NewMeasurement { plate_id: plate, well: "A01".into(), readout: "IL2RA".into(), value: 9.0 };
    measurements::record(&mut c, id, &[value]).await.unwrap();
    let results = [result(one, id, "GENE01", -4.0), result(one, id, "GENE02", 1.0)];
    gene_results::upsert_all(&mut *c, campaign.id, &results).await.unwrap();
    // Writing them again, or under a second rule, does not count them twice.
    gene_results::upsert_all(&mut *c, campaign.id, &results).await.unwrap();
    let mut stricter = result(one, id, "GENE02", 1.0);
    stricter.rule = "|robust z| >= 5".into();
    gene_results::upsert_all(&mut *c, campaign.id, &[stricter]).await.unwrap();

    let seen = overview::overview(&mut c, campaign.id).await.unwrap();
    assert_eq!((seen.candidates, seen.excluded, seen.pending), (10, 1, 1));
    assert_eq!((seen.measured, seen.hits, seen.wells), (2, 1, 19));
    let curve: Vec<_> = seen
        .rounds
        .iter()
        .map(|r| (r.wells_cumulative, r.picks_cumulative, r.measured_cumulative, r.hits_cumulative))
        .collect();
    assert_eq!(curve, [(10, 2, 2, 1), (19, 3, 2, 1)]);
    assert_eq!((seen.rounds[0].plates, seen.rounds[0].plates_measured), (1, 1));
    assert_eq!((seen.rounds[1].plates, seen.rounds[1].plates_measured), (1, 0));
    assert_eq!(picks::pending(db.store.api(), campaign.id).await.unwrap(), ["GENE03"]);

    let map = well_map::of_plate(db.store.api(), plate).await.unwrap();
    assert_eq!(map.len(), 10);
    assert_eq!((map[0].value, map[0].robust_z, map[0].hit), (Some(9.0), Some(-4.0), Some(true)));
    assert_eq!((map[1].value, map[1].pick_rank), (None, Some(2)));
    assert_eq!((map[2].well.as_str(), map[2].pick_rank), ("H01", None));
}

#[tokio::test]
async fn targets_are_sorted_searched_and_paged_with_missing_numbers_last() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    finished_screen(&mut c, &campaign).await;
    let (round_id, _) = fixture::round(&mut c, &campaign, 1, &["GENE01", "GENE03"]).await.unwrap();
    let id = upload(&mut c, &campaign).await;
    let results = [result(round_id, id, "GENE03", 5.0)];
    gene_results::upsert_all(&mut *c, campaign.id, &results).await.unwrap();

    let by = |sort, descending| TargetQuery { sort, descending, limit: 4, ..Default::default() };
    let shift = symbols(&db, &campaign, by(TargetSort::MeanShift, true)).await;
    assert_eq!(shift, ["GENE02", "GENE01", "GENE03", "GENE04"]);
    let shift = symbols(&db, &campaign, by(TargetSort::MeanShift, false)).await;
    assert_eq!(shift, ["GENE03", "GENE01", "GENE02", "GENE04"]);
    let names = symbols(&db, &campaign, by(TargetSort::Symbol, true)).await;
    assert_eq!(names, ["GENE10", "GENE09", "GENE08", "GENE07"]);
    let p_hit = symbols(&db, &campaign, by(TargetSort::PHit, true)).await;
    assert_eq!(p_hit, ["GENE09", "GENE08", "GENE07", "GENE06"]);
    let next = TargetQuery { offset: 4, ..by(TargetSort::PHit, true) };
    assert_eq!(symbols(&db, &campaign, next).await[0], "GENE05");
    let found = TargetQuery { search: Some("gene0".into()), ..by(TargetSort::Symbol, false) };
    let page = targets::page(db.store.api(), campaign.id, &found).await.unwrap();
    assert_eq!((page.targets.len(), page.total), (4, 9), "the total is of all pages");
    let wild = TargetQuery { search: Some("%".into()), ..Default::default() };
    assert!(symbols(&db, &campaign, wild).await.is_empty(), "a search is no pattern");

    for (status, expected) in [
        (TargetStatus::Hit, "GENE03"),
        (TargetStatus::Pending, "GENE01"),
        (TargetStatus::Excluded, "GENE10"),
    ] {
        let query = TargetQuery { status: Some(status), ..Default::default() };
        assert_eq!(symbols(&db, &campaign, query).await, [expected]);
    }
    let query = TargetQuery { search: Some("ENSG00000000003".into()), ..Default::default() };
    let hit = targets::page(db.store.api(), campaign.id, &query).await.unwrap().targets.remove(0);
    assert_eq!((hit.symbol.as_str(), hit.round, hit.robust_z), ("GENE03", Some(1), Some(5.0)));
    assert_eq!((hit.screen_rank, hit.mean_shift), (Some(3), Some(-0.2)));
}

#[tokio::test]
async fn a_screen_of_the_same_spec_is_the_same_screen_and_done_is_done() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let id = finished_screen(&mut c, &campaign).await;
    let again = screens::insert(&mut c, &new_screen(&campaign)).await.unwrap();
    assert_eq!((again.id, again.state), (id, ScreenState::Done));
    screens::set_state(db.store.api(), id, ScreenState::Running).await.unwrap();
    let screen = screens::latest_done(db.store.api(), campaign.id).await.unwrap().unwrap();
    assert_eq!(screen.id, id);
    let scores = screen_scores::list(db.store.api(), id).await.unwrap();
    let order: Vec<_> = scores.iter().map(|s| s.symbol.as_str()).collect();
    assert_eq!(order, ["GENE02", "GENE01", "GENE03", "GENE04"]);
    let nan = score("GENE05", 9, Some(f64::NAN));
    let error = screen_scores::insert_all(&mut *c, id, &[nan]).await.unwrap_err();
    assert_eq!(error.constraint(), Some("screen_scores_shift_finite"));
}

#[tokio::test]
async fn a_model_is_promoted_only_over_the_version_it_was_compared_with() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    for digest in ["v1", "v2", "v3"] {
        fixture::candidate_model(&mut c, digest).await.unwrap();
    }
    let state = async |digest: &str| {
        models::by_digest(db.store.api(), digest).await.unwrap().unwrap().state
    };
    assert!(models::promote(&mut c, campaign.id, fixture::MODEL, "v1").await.unwrap());
    assert!(!models::promote(&mut c, campaign.id, fixture::MODEL, "v2").await.unwrap());
    assert_eq!(state("v2").await, ModelState::Candidate, "nothing changed");
    assert_eq!(state(fixture::MODEL).await, ModelState::Base, "a base is never retired");
    assert!(models::promote(&mut c, campaign.id, "v1", "v2").await.unwrap());
    assert_eq!((state("v1").await, state("v2").await), (ModelState::Retired, ModelState::Promoted));
    assert!(models::reject(db.store.api(), "v3").await.unwrap());
    assert!(!models::reject(db.store.api(), "v2").await.unwrap(), "the one in use is no candidate");
    let campaign = campaigns::get(db.store.api(), campaign.id).await.unwrap().unwrap();
    assert_eq!(campaign.model_digest, "v2");
    let line = models::lineage(db.store.api(), "v2").await.unwrap();
    assert_eq!(line.iter().map(|m| m.digest.as_str()).collect::<Vec<_>>(), ["v2", fixture::MODEL]);
}
