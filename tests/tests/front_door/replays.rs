//! Replays on the server: the command's numbers, once per order, through a kill; and calibration.

use std::process::Command;
use std::time::{Duration, Instant};

use nextwell_contract::{
    CalibrationVerdict, CampaignCalibration, PickKind, Replay, ReplayOptions, ReplayOrder,
};
use nextwell_tests::api::Api;
use nextwell_tests::campaign;
use nextwell_tests::database::{Hold, connect, number};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::{Site, binary};
use nextwell_tests::{bundled, repository};
use serde_json::Value;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(180);

/// The head of a real screen, guides that target nothing among it.
fn table() -> String {
    let text = String::from_utf8(bundled("freimer2022_il2ra.csv")).expect("UTF-8");
    text.lines().take(300).map(|line| format!("{line}\n")).collect()
}

fn order() -> ReplayOrder {
    ReplayOrder {
        table: Some(table()),
        campaign_id: None,
        options: ReplayOptions {
            name: "screen.csv".into(),
            hits: Some("top10%".into()),
            readout: Some("IL2RA".into()),
            keywords: vec!["interleukin-2".into(), "t cell".into()],
            strategies: ["default", "prior", "ridge", "random"].map(str::to_owned).to_vec(),
            rounds: 2,
            batch: 12,
            seeds: 3,
            ..ReplayOptions::default()
        },
    }
}

async fn placed(api: &Api, order: &ReplayOrder) -> Replay {
    let answer = api.post("/api/replays", order).await;
    assert_eq!(answer.status, 202, "{answer}");
    answer.json()
}

async fn done(api: &Api, id: Uuid) -> Replay {
    let start = Instant::now();
    loop {
        let replay: Replay = api.get(&format!("/api/replays/{id}")).await.json();
        match replay.state.as_str() {
            "done" => return replay,
            "failed" | "cancelled" => panic!("the replay is {}", replay.state),
            _ => assert!(start.elapsed() < PATIENCE, "still {} after {PATIENCE:?}", replay.state),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the command prints about the same screen.
fn said_by_the_command(table: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("screen.csv"), table).expect("room");
    let mut command = Command::new(binary());
    command.current_dir(folder.path()).args(["replay", "--screen", "screen.csv", "--json"]);
    command.args(["--hits", "top10%", "--readout", "IL2RA", "--rounds", "2", "--batch", "12"]);
    command.args(["--keywords", "interleukin-2,t cell", "--seeds", "3", "--cells"]);
    command.arg(repository().join("services/cli/data/wu2020_tcells_200.h5ad"));
    let output = command.args(["--strategy", "default,prior,ridge,random"]).output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn without_seconds(mut report: Value) -> Value {
    for strategy in report["strategies"].as_array_mut().expect("strategies") {
        let seconds = strategy.as_object_mut().expect("an object").remove("seconds");
        assert!(seconds.is_some_and(|seconds| seconds.is_number()));
    }
    report
}

#[tokio::test]
async fn a_replay_on_the_server_says_what_the_command_says_to_the_last_bit() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let mut order = order();
    order.options.dataset_digest = Some(campaign::load_cells(&api).await.digest);
    let replay = placed(&api, &order).await;
    let again = placed(&api, &order).await;
    assert_eq!(again.id, replay.id, "the same order is one replay");
    let early = api.get(&format!("/api/replays/{}/table.csv", replay.id)).await;
    if early.status != 200 {
        assert_eq!(early.problem().code, "not_finished");
    }
    let finished = done(&api, replay.id).await;
    assert_eq!((finished.done, finished.total), (12, 12), "four strategies, three seeds");

    let path = format!("/api/replays/{}", replay.id);
    let report: Value = api.get(&format!("{path}/report.json")).await.json();
    let command = said_by_the_command(&table());
    assert_eq!(without_seconds(report), without_seconds(command));

    let csv = api.get(&format!("{path}/table.csv")).await;
    let csv = String::from_utf8(csv.body).expect("UTF-8");
    let names: Vec<&str> = csv.lines().filter_map(|line| line.split(',').next()).collect();
    assert_eq!(names, ["strategy", "default", "prior", "ridge", "random", "chance (90 %)"]);

    assert_eq!(api.delete(&path).await.status, 204);
    assert_eq!(api.get(&path).await.problem().status, 404);
    assert!(api.get("/api/replays").await.json::<Vec<Replay>>().is_empty());
    let back = placed(&api, &order).await;
    assert_eq!((back.id, back.state.as_str()), (replay.id, "done"));
    server.stop();
}

#[tokio::test]
async fn a_screen_that_cannot_be_played_is_refused_with_the_option_to_change() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let refused = async |change: &dyn Fn(&mut ReplayOrder)| {
        let mut order = order();
        change(&mut order);
        let problem = api.post("/api/replays", &order).await.problem();
        assert_eq!(problem.status, 422, "{problem:?}");
        let field = problem.issues.first().and_then(|issue| issue.column.clone());
        (problem.code, field.unwrap_or_default())
    };
    let found = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    let rule = refused(&|order| order.options.hits = Some("luck".into())).await;
    assert_eq!(rule, found("bad_screen_table", "hits"));
    let column = refused(&|order| order.options.score_column = Some("luck".into())).await;
    assert_eq!(column, found("bad_screen_table", "score_column"));
    let filter = refused(&|order| order.options.filter = Some("symbol=NONE".into())).await;
    assert_eq!(filter, found("bad_screen_table", "filter"));
    let number = refused(&|order| order.table = Some("gene,score\nMYB,n/a\n".into())).await;
    assert_eq!(number, found("bad_screen_table", "table"));
    let strategy = refused(&|order| order.options.strategies = vec!["luck".into()]).await;
    assert_eq!(strategy, found("bad_replay", "strategies"));
    let rounds = refused(&|order| order.options.rounds = 0).await;
    assert_eq!(rounds, found("bad_replay", "rounds"));
    assert_eq!(refused(&|order| order.table = None).await.0, "no_screen");
    server.stop();
}

#[tokio::test]
async fn a_killed_replay_goes_on_with_what_is_not_played_yet() {
    let site = Site::with_lease(3.0).await;
    let server = site.start();
    let mut hold =
        Hold::place(&site.database.url, "insert", "shard_results", "new.shard_no = 3").await;
    let replay = placed(&server.api(), &order()).await;
    hold.reached().await;
    server.kill();
    hold.release().await;
    let mut db = connect(&site.database.url).await;
    assert_eq!(number(&mut db, "select count(*) from shard_results").await, 3);
    let server = site.start();
    let finished = done(&server.api(), replay.id).await;
    let report = finished.report.expect("a report");
    assert_eq!(report.strategies.len(), 4);
    assert!(report.strategies.iter().all(|found| found.hits_per_seed.len() == 3));
    assert_eq!(number(&mut db, "select count(*) from result_conflicts").await, 0);
    server.stop();
}

#[tokio::test]
async fn a_measured_round_is_held_against_what_was_predicted_of_it_and_can_be_replayed() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("calibration", &basis, &lab)).await;
    let path = format!("/api/campaigns/{}/calibration", begun.id);
    let before: CampaignCalibration = api.get(&path).await.json();
    assert_eq!(before.report, None);

    let waiting = campaign::wait_for_person(&api, begun.id).await;
    let (round, accepted) = campaign::run_round(&api, &lab, &waiting).await;
    let after: CampaignCalibration = api.get(&path).await.json();
    assert!(after.notes.is_empty(), "{:?}", after.notes);
    let report = after.report.expect("a measured round");
    assert_eq!(report.all.raw.wells, accepted.genes);
    assert_eq!(report.all.hits.found, accepted.hits);
    let expected: f64 = report.all.hits.expected;
    assert!(expected > 0.0 && expected < accepted.genes as f64, "{expected}");
    let random = round.picks.iter().filter(|pick| pick.kind == PickKind::Random).count() as u64;
    let wells = |scores: &Option<nextwell_contract::CalibrationScores>| {
        scores.as_ref().map_or(0, |scores| scores.raw.wells)
    };
    assert_eq!(wells(&report.random), random);
    assert_eq!(wells(&report.random) + wells(&report.chosen), accepted.genes);
    assert_eq!(report.rounds.len(), 1);
    assert_ne!(report.verdict, CalibrationVerdict::TooFew);
    assert!(report.words.contains("90 % intervals"), "{}", report.words);
    assert_eq!(report.all.pit.counts.iter().sum::<u64>(), accepted.genes);
    assert_eq!(report.conformal[3].multiplier, None, "19 random genes are needed, not {random}");

    let own = ReplayOrder {
        table: None,
        campaign_id: Some(begun.id),
        options: ReplayOptions {
            hits: Some("top20%".into()),
            keep_essential: true,
            strategies: vec!["random".into()],
            batch: 6,
            rounds: 2,
            ..ReplayOptions::default()
        },
    };
    let own = done(&api, placed(&api, &own).await.id).await;
    assert_eq!(own.report.expect("a report").genes, accepted.genes);
    server.stop();
}
