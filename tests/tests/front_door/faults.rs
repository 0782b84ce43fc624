//! `kill -9` of the server: nothing lost, nothing twice, the same picks as if nothing had happened.

use nextwell_contract::{Dataset, LoopState, Pick, Upload};
use nextwell_tests::api::Api;
use nextwell_tests::campaign::{self, BATCH};
use nextwell_tests::database::{Hold, connect, number};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::{Folder, Server, Site};
use uuid::Uuid;

/// What must be the same with and without faults.
#[derive(Debug, PartialEq)]
struct Outcome {
    first: Vec<Choice>,
    second: Vec<Choice>,
    measured: Vec<(String, Option<u64>, Option<bool>)>,
    /// Promoted or not, and why.
    decision: (bool, String),
}

/// A pick with every bit of its numbers.
#[derive(Debug, PartialEq)]
struct Choice {
    symbol: String,
    kind: String,
    numbers: [u64; 4],
}

#[tokio::test]
async fn a_server_killed_while_screening_waiting_and_learning_picks_what_an_undisturbed_one_picks()
{
    let calm = undisturbed().await;
    let stormy = killed_three_times().await;
    assert_eq!(stormy, calm);
}

#[tokio::test]
async fn the_private_postgres_of_a_killed_server_is_used_by_the_next_one_and_stopped_with_it() {
    let folder = Folder::default();
    let server = folder.start();
    let dataset = campaign::load_cells(&server.api()).await;
    server.kill();
    let left = folder.postgres();
    assert!(left.is_some(), "a kill of the server does not end its Postgres");

    let server = folder.start();
    assert_eq!(folder.postgres(), left, "the running Postgres is used again");
    let known: Vec<Dataset> = server.api().get("/api/datasets").await.json();
    assert_eq!(known, [dataset]);
    server.stop();
    assert_eq!(folder.postgres(), None, "a server that is told to stop stops its Postgres");
}

async fn undisturbed() -> Outcome {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let lab = Lab::real();
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("loop", &basis, &lab)).await;
    let state = campaign::wait_for_person(&api, begun.id).await;
    campaign::run_round(&api, &lab, &state).await;
    let outcome = outcome(&api, begun.id).await;
    check_counts(&site).await;
    server.stop();
    outcome
}

async fn killed_three_times() -> Outcome {
    let site = Site::with_lease(3.0).await;
    let url = site.database.url.clone();
    let server = site.start();
    let lab = Lab::real();
    let basis = campaign::prepare(&server.api()).await;

    // While the screen runs: one shard is stored, the next is about to be.
    let hold = Hold::place(&url, "insert", "shard_results", "new.shard_no = 1").await;
    let begun = campaign::begin(&server.api(), &campaign::describe("loop", &basis, &lab)).await;
    kill_at(server, hold).await;
    assert_eq!(count(&site, "shard_results").await, 1, "the stored shard is kept, the other gone");

    // Between accepting results and learning from them.
    let server = site.start();
    let state = campaign::wait_for_person(&server.api(), begun.id).await;
    let learning = "new.kind = 'learn' and new.state = 'running' and old.state = 'ready'";
    let hold = Hold::place(&url, "update", "jobs", learning).await;
    let (round, accepted) = campaign::run_round(&server.api(), &lab, &state).await;
    kill_at(server, hold).await;
    let stored = count(&site, "measurements").await;
    assert_eq!(stored, i64::try_from(accepted.measurements).unwrap(), "an accepted result is lost");

    // While learning: the version is trained, its decision is about to be written.
    let hold = Hold::place(&url, "insert", "evaluations", "true").await;
    kill_at(site.start(), hold).await;
    assert_eq!(count(&site, "evaluations").await, 0);

    let server = site.start();
    let api = server.api();
    let outcome = outcome(&api, begun.id).await;
    check_counts(&site).await;
    let path = format!("/api/campaigns/{}/uploads", round.campaign_id);
    let uploads: Vec<Upload> = api.get(&path).await.json();
    assert_eq!(uploads.len(), 1);
    server.stop();
    outcome
}

/// Kills the server where it is held up, and takes the hold away.
async fn kill_at(server: Server, mut hold: Hold) {
    hold.reached().await;
    server.kill();
    hold.release().await;
}

/// One turn leaves one screen of each version used, one decision, two rounds, a value a well.
async fn check_counts(site: &Site) {
    for (table, expected) in [("rounds", 2), ("evaluations", 1), ("uploads", 1)] {
        assert_eq!(count(site, table).await, expected, "rows of {table}");
    }
    let twice = "select count(*) from (select plate_id, well from measurements \
                 group by plate_id, well having count(*) > 1) as twice";
    let mut db = connect(&site.database.url).await;
    assert_eq!(number(&mut db, twice).await, 0, "a well was counted twice");
    assert_eq!(count(site, "result_conflicts").await, 0, "a shard had two different results");
    let open = "select count(*) from jobs where state <> 'done'";
    assert_eq!(number(&mut db, open).await, 0, "a job did not end well");
}

async fn count(site: &Site, table: &str) -> i64 {
    let mut db = connect(&site.database.url).await;
    number(&mut db, &format!("select count(*) from {table}")).await
}

async fn outcome(api: &Api, campaign: Uuid) -> Outcome {
    let state = campaign::wait_for_person(api, campaign).await;
    let [first, second] = &state.rounds[..] else { panic!("two rounds: {:?}", state.rounds) };
    let measured = picks(api, first.id).await;
    assert_eq!(measured.len(), BATCH as usize);
    Outcome {
        measured: measured
            .iter()
            .map(|pick| (pick.symbol.clone(), pick.robust_z.map(f64::to_bits), pick.hit))
            .collect(),
        first: measured.iter().map(choice).collect(),
        second: picks(api, second.id).await.iter().map(choice).collect(),
        decision: decision(&state),
    }
}

fn decision(state: &LoopState) -> (bool, String) {
    let decision = state.rounds[0].decision.as_ref().expect("a decision after round 1");
    (decision.promote, decision.reason.clone())
}

async fn picks(api: &Api, round: Uuid) -> Vec<Pick> {
    let round: nextwell_contract::Round = api.get(&format!("/api/rounds/{round}")).await.json();
    round.picks
}

fn choice(pick: &Pick) -> Choice {
    Choice {
        symbol: pick.symbol.clone(),
        kind: format!("{:?}", pick.kind),
        numbers: [pick.mean, pick.sd, pick.p_hit, pick.acquisition].map(f64::to_bits),
    }
}
