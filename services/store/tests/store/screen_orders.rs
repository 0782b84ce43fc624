//! Screens ordered on their own: once per spec, rows page by page, done only with a report.

use nextwell_store::jobs::{self, NewJob};
use nextwell_store::screen_orders::{self, NewScreenOrder, ScreenOrder};
use nextwell_store::screen_rows::{self, RowQuery, RowSort, ScreenRow};
use nextwell_store::screens::{self, ScreenState};
use nextwell_store::testing::{database, fixture};
use nextwell_store::{PgConnection, StoreError, Uuid};
use serde_json::json;

fn order(spec: &str) -> NewScreenOrder {
    NewScreenOrder {
        id: Uuid::new_v4(),
        name: format!("screen {spec}"),
        model_digest: fixture::MODEL.into(),
        dataset_digest: fixture::DATASET.into(),
        spec: json!({"start": {"value": "Tumor"}, "goal": {"value": "NAT"}, "spec": spec}),
        spec_digest: spec.into(),
        seed: 1,
        code_version: "0.1.0".into(),
    }
}

fn row(place: i32, label: &str, mean: Option<f64>) -> ScreenRow {
    ScreenRow {
        place,
        label: label.into(),
        genes: label.split('+').map(|symbol| format!("ENSG_{symbol}")).collect(),
        perturbation: "knock_out".into(),
        rank: mean.map(|_| place + 1),
        mean,
        q: mean.map(|mean| mean.abs().min(1.0)),
        n_cells: 10,
        significant: mean > Some(0.2),
        transcription_factor: label.starts_with("TF"),
        druggable: false,
        content: json!({"label": label, "detection_rate": f64::from(place) / 10.0}),
    }
}

async fn finished(tx: &mut PgConnection, spec: &str) -> ScreenOrder {
    let stored = screen_orders::insert(&mut *tx, &order(spec)).await.unwrap();
    let rows = [
        row(0, "TF1", Some(0.5)),
        row(1, "A+B", Some(0.1)),
        row(2, "C", Some(-0.3)),
        row(3, "TF2", None),
    ];
    screen_rows::insert_all(&mut *tx, stored.id, &rows).await.unwrap();
    screen_rows::insert_all(&mut *tx, stored.id, &rows[..2]).await.unwrap();
    screen_orders::finish(&mut *tx, stored.id, &json!({"measures": ["NAT"]})).await.unwrap();
    screen_orders::get(tx, stored.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_same_spec_is_one_screen_whose_state_is_that_of_its_job() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    fixture::campaign(&mut tx, "T cells").await.unwrap();
    let first = screen_orders::insert(&mut tx, &order("a")).await.unwrap();
    let again = screen_orders::insert(&mut tx, &order("a")).await.unwrap();
    assert_eq!((first.id, first.state, first.n_shards), (again.id, ScreenState::Waiting, 0));
    let job = jobs::enqueue(&mut tx, &NewJob::new("perturb", json!({}))).await.unwrap();
    screens::set_job(&mut *tx, first.id, job.id).await.unwrap();
    jobs::cancel(&mut tx, job.id).await.unwrap();
    let cancelled = screen_orders::get(&mut *tx, first.id).await.unwrap().unwrap();
    assert_eq!(cancelled.state, ScreenState::Cancelled);
    assert_eq!((cancelled.model_name.as_str(), cancelled.dataset_name.as_str()), ("base", "cells"));
    jobs::rerun(&mut tx, job.id, "api").await.unwrap();
    let waiting = screen_orders::get(&mut *tx, first.id).await.unwrap().unwrap();
    assert_eq!(waiting.state, ScreenState::Waiting);
    screen_orders::set_shards(&mut *tx, first.id, 4).await.unwrap();
    assert_eq!(screen_orders::report(&mut *tx, first.id).await.unwrap(), None);
    // Without a report it cannot be done.
    let refused = screens::set_state(&mut *tx, first.id, ScreenState::Done).await.unwrap_err();
    assert_eq!(refused.constraint(), Some("screens_alone_reported"));
}

#[tokio::test]
async fn rows_are_filtered_sorted_and_counted_over_all_pages() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    fixture::campaign(&mut tx, "T cells").await.unwrap();
    let screen = finished(&mut tx, "a").await;
    assert_eq!(screen.state, ScreenState::Done);
    tx.commit().await.unwrap();
    let labels = async |query: RowQuery| {
        let (rows, total) = screen_rows::page(db.store.api(), screen.id, &query).await.unwrap();
        let label = |row: serde_json::Value| row["label"].as_str().unwrap().to_owned();
        (rows.into_iter().map(label).collect::<Vec<_>>().join(" "), total)
    };
    let all = RowQuery::default;
    assert_eq!(labels(all()).await, ("TF1 A+B C TF2".into(), 4));
    let down = RowQuery { sort: RowSort::Mean, descending: true, limit: 2, ..all() };
    assert_eq!(labels(down).await, ("TF1 A+B".into(), 4));
    let up = RowQuery { sort: RowSort::Mean, ..all() };
    assert_eq!(labels(up).await, ("C A+B TF1 TF2".into(), 4), "what has no mean comes last");
    let name = RowQuery { sort: RowSort::Label, descending: true, ..all() };
    assert_eq!(labels(name).await, ("TF2 TF1 C A+B".into(), 4));
    let detected = RowQuery { sort: RowSort::Detection, descending: true, ..all() };
    assert_eq!(labels(detected).await.0, "TF2 C A+B TF1");
    assert_eq!(labels(RowQuery { factors: true, ..all() }).await, ("TF1 TF2".into(), 2));
    assert_eq!(labels(RowQuery { significant: true, ..all() }).await, ("TF1".into(), 1));
    assert_eq!(labels(RowQuery { positive: Some(false), ..all() }).await, ("C".into(), 1));
    assert_eq!(labels(RowQuery { search: Some("ensg_b".into()), ..all() }).await.0, "A+B");
    let other = RowQuery { perturbation: Some("over_expression".into()), ..all() };
    assert_eq!(labels(other).await, (String::new(), 0));
    let ranked = screen_rows::ranked(db.store.api(), screen.id, "knock_out").await.unwrap();
    assert_eq!(ranked.iter().map(|row| row.rank).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn screens_of_the_same_cells_and_states_are_alike_and_campaigns_do_not_see_them() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    let campaign = fixture::campaign(&mut tx, "T cells").await.unwrap();
    let (one, two) = (finished(&mut tx, "a").await, finished(&mut tx, "b").await);
    screen_orders::insert(&mut tx, &order("unfinished")).await.unwrap();
    let state = |value: &str| json!({"value": value});
    let (tumour, normal) = (state("Tumor"), state("NAT"));
    let alike = screen_orders::alike(&mut *tx, fixture::DATASET, &tumour, &normal, 9);
    let ids: std::collections::BTreeSet<Uuid> =
        alike.await.unwrap().into_iter().map(|screen| screen.id).collect();
    assert_eq!(ids, [one.id, two.id].into());
    let other = screen_orders::alike(&mut *tx, fixture::DATASET, &normal, &normal, 9);
    assert!(other.await.unwrap().is_empty());
    assert!(screens::list(&mut *tx, campaign.id).await.unwrap().is_empty());
    assert_eq!(screens::get(&mut *tx, one.id).await.unwrap(), None);
    assert_eq!(screen_orders::list(&mut *tx, 2, 1).await.unwrap().len(), 2);
    let missing = screen_orders::finish(&mut *tx, Uuid::new_v4(), &json!({})).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { .. }), "{missing}");
}
