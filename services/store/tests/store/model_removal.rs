//! Removing a model version: only when nothing depends on it, and never without a trace.

use nextwell_store::model_removal::{self, ModelUsage};
use nextwell_store::models::{self, ModelState, NewModelVersion};
use nextwell_store::testing::{database, fixture};
use nextwell_store::{StoreError, Uuid, audit, campaigns};
use serde_json::json;

fn version(digest: &str, parent: Option<&str>) -> NewModelVersion {
    NewModelVersion {
        id: Uuid::new_v4(),
        digest: digest.into(),
        family: "scgpt".into(),
        name: format!("model {digest}"),
        parent_digest: parent.map(str::to_owned),
        dataset_digest: None,
        info: json!({}),
        card: Some(json!({"licence": {"name": "MIT"}})),
        state: ModelState::Base,
    }
}

#[tokio::test]
async fn a_model_that_nothing_depends_on_is_removed_and_the_audit_says_what_it_was() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    models::insert(&mut tx, &version("free", None)).await.unwrap();
    assert!(models::set_parity(&mut *tx, "free", &json!({"holds": true})).await.unwrap());
    let usage = model_removal::usage(&mut tx, "free").await.unwrap();
    assert_eq!((usage.is_empty(), &usage), (true, &ModelUsage::default()));
    model_removal::lock(&mut *tx, "free").await.unwrap();
    let removed = model_removal::remove(&mut tx, "free", "api").await.unwrap().unwrap();
    assert_eq!(removed.parity, Some(json!({"holds": true})));
    assert_eq!(models::by_digest(&mut *tx, "free").await.unwrap(), None);
    assert_eq!(model_removal::remove(&mut tx, "free", "api").await.unwrap(), None);
    let events = audit::list(&mut *tx, None, None, 10).await.unwrap();
    assert_eq!(events.len(), 1, "nothing is noted of what was not there");
    assert_eq!((events[0].action.as_str(), events[0].subject.as_str()), ("model.remove", "free"));
    assert_eq!(events[0].details["card"]["licence"]["name"], "MIT");
    // The digest is free again.
    models::insert(&mut tx, &version("free", None)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(audit::first_broken(db.store.api()).await.unwrap(), None);
}

#[tokio::test]
async fn a_model_of_a_campaign_or_a_parent_is_listed_as_used_and_cannot_be_removed() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    let campaign = fixture::campaign(&mut tx, "T cells").await.unwrap();
    let used = campaigns::get(&mut *tx, campaign.id).await.unwrap().unwrap().model_digest;
    models::insert(&mut tx, &version("parent", None)).await.unwrap();
    models::insert(&mut tx, &version("child", Some("parent"))).await.unwrap();
    let usage = model_removal::usage(&mut tx, &used).await.unwrap();
    assert_eq!(usage.campaigns, [(campaign.id, "T cells".to_owned())]);
    let usage = model_removal::usage(&mut tx, "parent").await.unwrap();
    assert_eq!(usage.children, [("child".to_owned(), "model child".to_owned())]);
    tx.commit().await.unwrap();
    for (digest, constraint) in
        [(used.as_str(), "campaigns_model_known"), ("parent", "model_versions_parent_known")]
    {
        let mut tx = db.store.begin().await.unwrap();
        let refused = model_removal::remove(&mut tx, digest, "api").await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
        assert_eq!(refused.constraint(), Some(constraint));
    }
    assert!(models::by_digest(db.store.api(), &used).await.unwrap().is_some());
}
