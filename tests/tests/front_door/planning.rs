//! Planning a round: what is previewed is what is planned, limits hold, and one press or many give
//! one round.

use nextwell_contract::{
    Campaign, JobAccepted, LoopState, Pick, PlanRequest, Plate, Problem, Round, RoundPreview,
    RoundState,
};
use nextwell_tests::api::Api;
use nextwell_tests::campaign::{self, BATCH};
use nextwell_tests::database::{Hold, connect, count_rows, number};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::Site;
use serde_json::{Value, json};
use uuid::Uuid;

/// A campaign whose first round is in the lab.
async fn round_one_in_the_lab(api: &Api) -> Campaign {
    let lab = Lab::real();
    let basis = campaign::prepare(api).await;
    let begun = campaign::begin(api, &campaign::describe("plan", &basis, &lab)).await;
    let state = campaign::wait_for_person(api, begun.id).await;
    campaign::approve(api, &state).await;
    begun
}

fn rounds_path(campaign: Uuid) -> String {
    format!("/api/campaigns/{campaign}/rounds")
}

async fn preview(api: &Api, campaign: Uuid, request: &PlanRequest) -> RoundPreview {
    api.post(&format!("{}/preview", rounds_path(campaign)), request).await.json()
}

async fn refused(api: &Api, campaign: Uuid, request: &Value) -> Problem {
    for path in [rounds_path(campaign), format!("{}/preview", rounds_path(campaign))] {
        let answer = api.post(&path, request).await;
        assert_eq!(answer.status, 422, "{answer}");
    }
    api.post(&rounds_path(campaign), request).await.problem()
}

async fn round(api: &Api, state: &LoopState, number: u32) -> Round {
    let found = state.rounds.iter().find(|round| round.number == number).expect("that round");
    api.get(&format!("/api/rounds/{}", found.id)).await.json()
}

fn symbols(picks: &[Pick]) -> Vec<&str> {
    picks.iter().map(|pick| pick.symbol.as_str()).collect()
}

#[tokio::test]
async fn a_planned_round_is_the_one_that_was_previewed_and_a_broken_limit_is_named_before_scoring()
{
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let begun = round_one_in_the_lab(&api).await;
    let first = round(&api, &campaign::look(&api, begun.id).await, 1).await;
    let prices = json!({ "cost_per_plate": 310.0, "budget": 4000.0 });
    let _: Campaign = api.patch(&format!("/api/campaigns/{}", begun.id), &prices).await.json();

    let before = count_rows(&site.database.url).await;
    let open = preview(&api, begun.id, &PlanRequest::default()).await;
    let (wanted, unwanted) = (open.candidates.last().unwrap(), &open.picks[3]);
    let request = PlanRequest {
        plates: Some(1),
        force: vec![wanted.symbol.clone()],
        exclude: vec![unwanted.symbol.clone()],
        ..PlanRequest::default()
    };
    let seen = preview(&api, begun.id, &request).await;
    assert_eq!(seen, preview(&api, begun.id, &request).await);
    assert_eq!(count_rows(&site.database.url).await, before, "a preview writes nothing");
    check_preview(&seen, &first, &wanted.symbol, &unwanted.symbol);
    check_limits(&api, begun.id, &seen).await;
    assert_eq!(count_rows(&site.database.url).await, before, "a refusal writes nothing");

    let approved = PlanRequest {
        approve: true,
        number: Some(2),
        seen: Some(seen.state.clone()),
        ..request.clone()
    };
    let stale = PlanRequest { seen: Some("something else".into()), ..approved.clone() };
    let answer = api.post(&rounds_path(begun.id), &stale).await;
    assert_eq!((answer.status, answer.problem().code.as_str()), (409, "changed_since"));
    let job: JobAccepted = api.post(&rounds_path(begun.id), &approved).await.json();
    campaign::wait_for_job(&api, job.job_id).await;
    let state = campaign::look(&api, begun.id).await;
    let planned = round(&api, &state, 2).await;
    assert_eq!((planned.state, planned.picks.clone()), (RoundState::Approved, seen.picks.clone()));
    assert_eq!((planned.cost, &planned.request), (seen.cost.total, &approved));
    assert_eq!(planned.surrogate, seen.surrogate);
    assert_eq!(state.budget_left, seen.left_after.budget);
    for (reference, shown) in planned.plates.iter().zip(&seen.plates) {
        let plate: Plate = api.get(&format!("/api/plates/{}", reference.id)).await.json();
        assert_eq!((&plate.barcode, &plate.wells), (&shown.barcode, &shown.wells));
    }
    server.stop();
}

fn check_preview(seen: &RoundPreview, first: &Round, wanted: &str, unwanted: &str) {
    let picked = symbols(&seen.picks);
    assert_eq!((seen.number, picked.len()), (2, seen.candidates_per_plate as usize));
    assert!(picked.contains(&wanted) && !picked.contains(&unwanted));
    assert!(!picked.iter().any(|symbol| symbols(&first.picks).contains(symbol)), "pending");
    assert!(seen.picks.iter().all(|pick| !pick.reason.is_empty()));
    let cost = f64::from(seen.candidates_per_plate) + 310.0;
    assert_eq!(seen.cost.total, cost);
    assert_eq!(seen.left_before.budget, Some(4000.0 - f64::from(BATCH)), "at the price of its day");
    assert_eq!(seen.left_after.budget, seen.left_before.budget.map(|left| left - cost));
    assert_eq!((seen.left_before.rounds, seen.left_after.rounds), (Some(3), Some(2)));
    let hits = &seen.expected_hits;
    assert!(hits.low <= hits.mean && hits.mean <= hits.high, "{hits:?}");
}

async fn check_limits(api: &Api, id: Uuid, seen: &RoundPreview) {
    let poor = refused(api, id, &json!({ "plates": 2, "budget": 10 })).await;
    assert_eq!(poor.code, "no_round_fits");
    assert_eq!(poor.detail, "No round fits: 1 plate costs 310, budget 10");
    let words = refused(api, id, &json!({ "plates": 2, "budget": 400 })).await.detail;
    assert!(
        words.ends_with(&format!("budget 400; it pays for {} wells", seen.candidates_per_plate))
    );
    let wrong = json!({ "batch": 4, "plates": 1, "kappa": -1, "random_share": 2, "budget": -1,
        "force": ["NOSUCHGENE", seen.picks[0].symbol], "exclude": [seen.picks[0].symbol] });
    let wrong = refused(api, id, &wrong).await;
    assert_eq!(wrong.code, "bad_plan");
    let mut columns: Vec<&str> = wrong.issues.iter().filter_map(|i| i.column.as_deref()).collect();
    columns.sort_unstable();
    assert_eq!(columns, ["budget", "force", "force", "kappa", "plates", "random_share"]);
}

#[tokio::test]
async fn two_people_pressing_at_once_and_a_kill_in_the_middle_give_one_round() {
    let site = Site::with_lease(3.0).await;
    let server = site.start();
    let api = server.api();
    let begun = round_one_in_the_lab(&api).await;
    let seen =
        preview(&api, begun.id, &PlanRequest { batch: Some(12), ..Default::default() }).await;
    let request = PlanRequest {
        batch: Some(12),
        approve: true,
        number: Some(2),
        seen: Some(seen.state.clone()),
        ..PlanRequest::default()
    };
    let path = rounds_path(begun.id);
    let mut hold = Hold::place(&site.database.url, "insert", "posteriors", "true").await;
    let press = || api.post(&path, &request);
    let (a, b, c, d) = tokio::join!(press(), press(), press(), press());
    let jobs: Vec<i64> =
        [a, b, c, d].iter().map(|answer| answer.json::<JobAccepted>().job_id).collect();
    assert!(jobs.iter().all(|job| *job == jobs[0]), "one job for all: {jobs:?}");
    hold.reached().await;
    let other = PlanRequest { batch: Some(20), ..request.clone() };
    let answer = api.post(&path, &other).await;
    assert_eq!((answer.status, answer.problem().code.as_str()), (409, "being_planned"));
    server.kill();
    hold.release().await;

    let server = site.start();
    let api = server.api();
    campaign::wait_for_job(&api, jobs[0]).await;
    let state = campaign::wait_for_person(&api, begun.id).await;
    assert_eq!(state.rounds.len(), 2);
    let planned = round(&api, &state, 2).await;
    assert_eq!((planned.state, planned.picks), (RoundState::Approved, seen.picks));
    let late = api.post(&path, &request).await;
    assert_eq!((late.status, late.problem().code.as_str()), (409, "planned_already"));
    let again = format!("/api/rounds/{}/approve", planned.id);
    let (one, two) = tokio::join!(api.press(&again), api.press(&again));
    assert_eq!((one.status, two.status), (200, 200));
    let mut db = connect(&site.database.url).await;
    let lines = "select count(*) from audit_events where action = 'plan and approve round'";
    assert_eq!(number(&mut db, lines).await, 1);
    let lines = "select count(*) from audit_events where action = 'approve round'";
    assert_eq!(number(&mut db, lines).await, 1, "only round 1 was approved by hand");
    server.stop();
}

#[tokio::test]
async fn settings_change_later_rounds_are_recorded_and_keep_the_hit_threshold_under_results() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let begun = round_one_in_the_lab(&api).await;
    let path = format!("/api/campaigns/{}", begun.id);
    let seen = preview(&api, begun.id, &PlanRequest::default()).await;
    let aside = seen.picks[0].symbol.clone();
    let change = json!({ "batch": 10, "max_rounds": null, "kappa": 2.0, "hit_threshold": 2.5,
        "keywords": [" il-2 ", ""], "exclude": [aside] });
    let changed: Campaign = api.patch(&path, &change).await.json();
    assert_eq!((changed.batch, changed.max_rounds, changed.kappa), (10, None, 2.0));
    assert_eq!((changed.hit_threshold, changed.has_results), (2.5, false));
    assert_eq!(
        (changed.keywords, changed.excluded),
        (vec!["il-2".to_owned()], vec![aside.clone()])
    );

    let later = preview(&api, begun.id, &PlanRequest::default()).await;
    assert_eq!((later.picks.len(), later.kappa, later.left_before.rounds), (10, 2.0, None));
    assert!(!symbols(&later.picks).contains(&aside.as_str()));
    let first = round(&api, &campaign::look(&api, begun.id).await, 1).await;
    assert_eq!(first.picks.len(), BATCH as usize, "earlier rounds stay as they were");

    let again: Campaign = api.patch(&path, &json!({ "include": [aside] })).await.json();
    assert!(again.excluded.is_empty());
    let bad = api.patch(&path, &json!({ "batch": 0, "random_share": 7, "exclude": ["X1"] })).await;
    assert_eq!((bad.status, bad.problem().issues.len()), (422, 2));
    let unknown = api.patch(&path, &json!({ "batch": 11, "exclude": ["X1"] })).await;
    assert_eq!((unknown.status, unknown.problem().code.as_str()), (422, "unknown_candidate"));
    let now: Campaign = api.get(&path).await.json();
    assert_eq!(now.batch, 10, "a refused change changes nothing");

    let lab = Lab::real();
    let file = lab.measure(&campaign::plate(&api, &first).await);
    let checked = campaign::upload(&api, begun.id, &file).await;
    campaign::accept(&api, &checked).await;
    let fixed = api.patch(&path, &json!({ "hit_threshold": 3.0 })).await;
    assert_eq!((fixed.status, fixed.problem().code.as_str()), (409, "results_exist"));
    check_audit(&site, &aside).await;
    server.stop();
}

async fn check_audit(site: &Site, aside: &str) {
    let mut db = connect(&site.database.url).await;
    let lines = "select count(*) from audit_events where action = 'change settings'";
    assert_eq!(number(&mut db, lines).await, 2);
    for change in [
        json!({ "setting": "batch", "from": BATCH, "to": 10 }),
        json!({ "setting": "max_rounds", "from": 4, "to": null }),
        json!({ "setting": "hit_threshold", "from": 3.0, "to": 2.5 }),
        json!({ "setting": format!("candidate {aside}"), "from": null,
            "to": "set aside by a person" }),
    ] {
        let query = format!(
            "select count(*) from audit_events where action = 'change settings' \
             and details->'changes' @> '[{change}]'"
        );
        assert_eq!(number(&mut db, &query).await, 1, "{change}");
    }
}
