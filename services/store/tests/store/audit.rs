//! The audit is append-only and shows when it was tampered with.

use nextwell_store::audit::{self, NewAuditEvent};
use nextwell_store::testing::database;
use nextwell_store::{Store, StoreError};
use serde_json::json;

fn event(subject: &str) -> NewAuditEvent {
    NewAuditEvent {
        actor: "ada".into(),
        action: "round.approve".into(),
        subject: subject.into(),
        campaign_id: None,
        details: json!({"wells": 32}),
    }
}

async fn refused(store: &Store, statement: &'static str) -> bool {
    let error: StoreError =
        sqlx::query(statement).execute(store.api()).await.map(|_| ()).unwrap_err().into();
    error.constraint() == Some("audit_events_append_only")
}

#[tokio::test]
async fn what_is_written_can_be_neither_changed_nor_removed() {
    let db = database().await;
    audit::append(db.store.api(), &event("round 1")).await.unwrap();
    assert!(refused(&db.store, "update audit_events set actor = 'eve'").await);
    assert!(refused(&db.store, "delete from audit_events").await);
    assert!(refused(&db.store, "truncate audit_events").await);
    let events = audit::list(db.store.api(), None, None, 10).await.unwrap();
    assert_eq!((events.len(), events[0].actor.as_str()), (1, "ada"));
    assert_eq!(audit::first_broken(db.store.api()).await.unwrap(), None);
}

#[tokio::test]
async fn the_chain_does_not_fork_when_many_append_at_once() {
    let db = database().await;
    let append = |subject: String| {
        let store = db.store.clone();
        async move {
            let mut tx = store.begin().await.unwrap();
            audit::append(&mut *tx, &event(&subject)).await.unwrap();
            // some roll back, and leave no gap
            if subject.ends_with('3') { tx.rollback().await } else { tx.commit().await }.unwrap();
        }
    };
    let tasks: Vec<_> = (0..24).map(|n| tokio::spawn(append(format!("s{n}")))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let events = audit::list(db.store.api(), None, None, 100).await.unwrap();
    let numbers: Vec<i64> = events.iter().rev().map(|e| e.id).collect();
    assert_eq!(numbers, (1..=21).collect::<Vec<_>>());
    for pair in events.windows(2) {
        assert_eq!(pair[0].prev_hash, pair[1].hash);
    }
    assert_eq!(audit::first_broken(db.store.api()).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_behind_our_back_breaks_the_chain_where_it_was_made() {
    for (tampering, expected) in [
        ("update audit_events set details = '{}' where id = 2", 2),
        ("update audit_events set at = at + interval '1 second' where id = 3", 3),
        ("delete from audit_events where id = 1", 2),
        ("update audit_events set hash = '\\x00' where id = 1", 1),
    ] {
        let db = database().await;
        for number in 1..=3 {
            audit::append(db.store.api(), &event(&format!("round {number}"))).await.unwrap();
        }
        let mut tx = db.store.begin().await.unwrap();
        sqlx::query("alter table audit_events disable trigger user")
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(tampering).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let broken = audit::first_broken(db.store.api()).await.unwrap();
        assert_eq!(broken, Some(expected), "{tampering}");
    }
}

#[tokio::test]
async fn the_hash_does_not_depend_on_the_session_s_settings() {
    let db = database().await;
    audit::append(db.store.api(), &event("round 1")).await.unwrap();
    let mut tx = db.store.begin().await.unwrap();
    sqlx::query("set local timezone = 'Asia/Tokyo'").execute(&mut *tx).await.unwrap();
    sqlx::query("set local datestyle = 'German'").execute(&mut *tx).await.unwrap();
    assert_eq!(audit::first_broken(&mut *tx).await.unwrap(), None);
}
