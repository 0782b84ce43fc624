//! Signals: what is heard, when, and after the database was away.

use std::time::Duration;

use nextwell_store::events::{self, Listener, Signal};
use nextwell_store::jobs::{self, NewJob, Timing};
use nextwell_store::testing::{TestPostgres, database, fixture};
use nextwell_store::{Uuid, rounds};
use serde_json::json;

async fn next(listener: &mut Listener) -> Signal {
    tokio::time::timeout(Duration::from_secs(20), listener.next())
        .await
        .expect("a signal within 20 s")
        .unwrap()
}

async fn silent(listener: &mut Listener) -> bool {
    tokio::time::timeout(Duration::from_millis(200), listener.next()).await.is_err()
}

fn kind_and_id(signal: Signal) -> (String, String) {
    match signal {
        Signal::Changed(event) => (event.kind, event.id),
        other => panic!("expected a change, heard {other:?}"),
    }
}

#[tokio::test]
async fn a_job_is_announced_when_its_transaction_commits_and_not_before() {
    let db = database().await;
    let mut listener = db.store.listen().await.unwrap();
    let mut tx = db.store.begin().await.unwrap();
    jobs::enqueue(&mut tx, &NewJob::new("screen", json!({}))).await.unwrap();
    assert!(silent(&mut listener).await);
    tx.rollback().await.unwrap();
    assert!(silent(&mut listener).await, "what was rolled back is no news");

    let mut tx = db.store.begin().await.unwrap();
    let job = jobs::enqueue(&mut tx, &NewJob::new("screen", json!({}))).await.unwrap();
    tx.commit().await.unwrap();
    let heard = [next(&mut listener).await, next(&mut listener).await];
    assert!(heard.contains(&Signal::JobReady { kind: "screen".into() }), "{heard:?}");
    let changed = heard.into_iter().find(|s| matches!(s, Signal::Changed(_))).unwrap();
    assert_eq!(kind_and_id(changed), ("job".into(), job.id.to_string()));
}

#[tokio::test]
async fn progress_is_news_and_a_bare_heartbeat_is_not() {
    let db = database().await;
    let mut connection = db.store.api().acquire().await.unwrap();
    jobs::enqueue(&mut connection, &NewJob::new("screen", json!({}))).await.unwrap();
    let timing = Timing::default();
    let lease = jobs::claim(db.store.jobs(), &["screen"], "a", timing).await.unwrap().unwrap();
    let mut listener = db.store.listen().await.unwrap();
    jobs::heartbeat(db.store.heartbeat(), &lease, None, None).await.unwrap();
    assert!(silent(&mut listener).await);
    jobs::heartbeat(db.store.heartbeat(), &lease, Some(3), None).await.unwrap();
    assert_eq!(kind_and_id(next(&mut listener).await).0, "job");
    // A job that comes back wakes the workers like a new one.
    jobs::hand_back(db.store.jobs(), &lease).await.unwrap();
    let heard = [next(&mut listener).await, next(&mut listener).await];
    assert!(heard.contains(&Signal::JobReady { kind: "screen".into() }), "{heard:?}");
}

#[tokio::test]
async fn changes_of_rounds_name_their_campaign_and_callers_may_add_news() {
    let db = database().await;
    let mut connection = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut connection, "c").await.unwrap();
    let (round_id, _) = fixture::round(&mut connection, &campaign, 1, &["GENE01"]).await.unwrap();
    let mut listener = db.store.listen().await.unwrap();
    rounds::approve(db.store.api(), round_id).await.unwrap();
    let Signal::Changed(event) = next(&mut listener).await else { panic!("no change") };
    assert_eq!((event.kind.as_str(), event.campaign_id), ("round", Some(campaign.id)));
    let other = Uuid::new_v4();
    events::notify(db.store.api(), "calibration", "x", Some(other)).await.unwrap();
    let Signal::Changed(event) = next(&mut listener).await else { panic!("no change") };
    assert_eq!((event.kind.as_str(), event.id.as_str()), ("calibration", "x"));
    assert_eq!(event.campaign_id, Some(other));
}

#[tokio::test]
async fn after_a_crash_of_the_server_the_listener_says_so_and_hears_again() {
    let server = TestPostgres::start();
    let db = server.database().await;
    let mut listener = db.store.listen().await.unwrap();
    server.crash_and_restart();
    assert_eq!(next(&mut listener).await, Signal::Reconnected);
    events::notify(db.store.api(), "news", "1", None).await.unwrap();
    assert_eq!(kind_and_id(next(&mut listener).await), ("news".into(), "1".into()));
}

#[tokio::test]
async fn a_database_that_is_away_is_told_apart_from_a_mistake() {
    let server = TestPostgres::start();
    let db = server.database().await;
    drop(server);
    let error = db.store.ping().await.unwrap_err();
    assert!(error.is_unavailable() && error.is_transient(), "{error:?}");
    let db = database().await;
    let mistake = sqlx::query("select no_such_column").execute(db.store.api()).await.unwrap_err();
    assert!(!nextwell_store::StoreError::from(mistake).is_transient());
}
