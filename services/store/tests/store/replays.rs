//! Replays: once per order, out of sight when removed, done with a report.

use nextwell_store::jobs::{self, NewJob};
use nextwell_store::replays::{self, NewReplay};
use nextwell_store::screens::ScreenState;
use nextwell_store::testing::database;
use nextwell_store::{StoreError, Uuid};
use serde_json::json;

fn order(digest: &str) -> NewReplay {
    NewReplay {
        id: Uuid::now_v7(),
        name: format!("{digest}.csv"),
        content: b"gene,score\nMYB,1\n".to_vec(),
        spec: json!({"rounds": 2}),
        spec_digest: digest.into(),
        code_version: "0.1.0".into(),
    }
}

#[tokio::test]
async fn the_same_order_is_one_replay_whose_state_is_that_of_its_job() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    let first = replays::insert(&mut tx, &order("a")).await.unwrap();
    let again = replays::insert(&mut tx, &order("a")).await.unwrap();
    assert_eq!((first.id, first.state, first.total), (again.id, ScreenState::Waiting, 0));
    assert_eq!(replays::content(&mut *tx, first.id).await.unwrap(), b"gene,score\nMYB,1\n");
    let job = jobs::enqueue(&mut tx, &NewJob::new("replay", json!({})).shards(6)).await.unwrap();
    replays::set_job(&mut *tx, first.id, job.id).await.unwrap();
    jobs::record_shard(&mut tx, job.id, 0, "d", &json!({})).await.unwrap();
    jobs::cancel(&mut tx, job.id).await.unwrap();
    let cancelled = replays::get(&mut *tx, first.id).await.unwrap().unwrap();
    assert_eq!((cancelled.state, cancelled.done, cancelled.total), (ScreenState::Cancelled, 1, 6));
    replays::finish(&mut *tx, first.id, &json!({"screen": "a"})).await.unwrap();
    let done = replays::get(&mut *tx, first.id).await.unwrap().unwrap();
    assert_eq!((done.state, done.report), (ScreenState::Done, Some(json!({"screen": "a"}))));
}

#[tokio::test]
async fn a_removed_replay_is_out_of_sight_until_it_is_ordered_again() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    let first = replays::insert(&mut tx, &order("a")).await.unwrap();
    replays::insert(&mut tx, &order("b")).await.unwrap();
    replays::remove(&mut *tx, first.id).await.unwrap();
    assert_eq!(replays::get(&mut *tx, first.id).await.unwrap(), None);
    assert_eq!(replays::list(&mut *tx, 10, 0).await.unwrap().len(), 1);
    let twice = replays::remove(&mut *tx, first.id).await.unwrap_err();
    assert!(matches!(twice, StoreError::NotFound { what: "replay", .. }), "{twice}");
    let back = replays::insert(&mut tx, &order("a")).await.unwrap();
    assert_eq!(back.id, first.id);
    let names: Vec<String> =
        replays::list(&mut *tx, 10, 0).await.unwrap().into_iter().map(|r| r.name).collect();
    assert_eq!(names.len(), 2);
}
