//! Results files: stored once, revised and never overwritten.

use nextwell_store::campaigns::Campaign;
use nextwell_store::idempotency::{self, KeyUse};
use nextwell_store::measurements::{self, NewMeasurement, Recorded};
use nextwell_store::testing::{TestDatabase, database, fixture};
use nextwell_store::uploads::{self, NewUpload, UploadState};
use nextwell_store::{PgConnection, StoreError, Uuid};
use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

fn new_upload(campaign: &Campaign, content: &str) -> NewUpload {
    NewUpload {
        id: Uuid::new_v4(),
        campaign_id: campaign.id,
        digest: format!("{:x?}", Sha256::digest(content)),
        file_name: "plate.csv".into(),
        content: content.as_bytes().to_vec(),
        report: json!({"errors": []}),
        state: UploadState::Checked,
    }
}

async fn upload(connection: &mut PgConnection, campaign: &Campaign, content: &str) -> Uuid {
    uploads::insert(connection, &new_upload(campaign, content)).await.unwrap().upload.id
}

fn value(plate_id: Uuid, well: &str, value: f64) -> NewMeasurement {
    NewMeasurement { plate_id, well: well.into(), readout: "IL2RA".into(), value }
}

async fn planned(db: &TestDatabase) -> (Campaign, Uuid) {
    let mut connection = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut connection, "c").await.unwrap();
    let (_, plate) =
        fixture::round(&mut connection, &campaign, 1, &["GENE01", "GENE02"]).await.unwrap();
    (campaign, plate)
}

#[tokio::test]
async fn the_same_file_twice_is_one_upload_with_its_bytes_unchanged() {
    let db = database().await;
    let (campaign, _) = planned(&db).await;
    let mut connection = db.store.api().acquire().await.unwrap();
    let first = upload(&mut connection, &campaign, "well,value\r\nA01,1\0").await;
    let second = upload(&mut connection, &campaign, "well,value\r\nA01,1\0").await;
    assert_eq!(first, second);
    assert_eq!(uploads::list(db.store.api(), campaign.id).await.unwrap().len(), 1);
    let content = uploads::content(db.store.api(), first).await.unwrap().unwrap();
    assert_eq!(content, b"well,value\r\nA01,1\0");
    assert!(uploads::accept(db.store.api(), first).await.unwrap());
    assert!(!uploads::accept(db.store.api(), first).await.unwrap(), "accepted once");
    assert!(!uploads::reject(db.store.api(), first).await.unwrap());
}

#[tokio::test]
async fn a_file_name_that_postgres_cannot_hold_is_refused_and_no_fault_of_ours() {
    let db = database().await;
    let (campaign, _) = planned(&db).await;
    let mut connection = db.store.api().acquire().await.unwrap();
    let named = NewUpload { file_name: "a\0b.csv".into(), ..new_upload(&campaign, "x") };
    let error = uploads::insert(&mut connection, &named).await.unwrap_err();
    assert_eq!(error.constraint(), Some("text_without_nul"), "{error}");
    let reported = NewUpload { report: json!({"cell": "\0"}), ..new_upload(&campaign, "x") };
    let error = uploads::insert(&mut connection, &reported).await.unwrap_err();
    assert_eq!(error.constraint(), Some("text_without_nul"), "{error}");
}

#[tokio::test]
async fn a_second_value_of_a_well_is_a_revision_and_an_equal_one_is_nothing() {
    let db = database().await;
    let (campaign, plate) = planned(&db).await;
    let mut c = db.store.api().acquire().await.unwrap();
    let one = upload(&mut c, &campaign, "one").await;
    let two = upload(&mut c, &campaign, "two").await;
    let values = [value(plate, "A01", 1.0), value(plate, "A02", 2.0)];
    let recorded = measurements::record(&mut c, one, &values).await.unwrap();
    assert_eq!(recorded, Recorded { new: 2, revised: 0, unchanged: 0 });
    let values = [value(plate, "A01", 1.0), value(plate, "A02", 2.5), value(plate, "H01", 0.1)];
    let recorded = measurements::record(&mut c, two, &values).await.unwrap();
    assert_eq!(recorded, Recorded { new: 1, revised: 1, unchanged: 1 });
    let latest = measurements::of_plate(db.store.api(), plate).await.unwrap();
    let latest: Vec<_> = latest.iter().map(|m| (m.well.as_str(), m.value, m.revision)).collect();
    assert_eq!(latest, [("A01", 1.0, 1), ("A02", 2.5, 2), ("H01", 0.1, 1)]);
    let history = measurements::history(db.store.api(), plate, "A02").await.unwrap();
    assert_eq!(history.iter().map(|m| m.value).collect::<Vec<_>>(), [2.0, 2.5]);
}

#[tokio::test]
async fn wells_that_are_not_there_and_values_that_are_no_numbers_are_refused_by_name() {
    let db = database().await;
    let (campaign, plate) = planned(&db).await;
    let mut c = db.store.api().acquire().await.unwrap();
    let id = upload(&mut c, &campaign, "one").await;
    for (bad, constraint) in [
        (value(plate, "B07", 1.0), "measurements_well_known"),
        (value(plate, "A01", f64::NAN), "measurements_value_finite"),
        (value(plate, "A01", f64::INFINITY), "measurements_value_finite"),
    ] {
        let good = value(plate, "A02", 1.0);
        let error = measurements::record(&mut c, id, &[good, bad]).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }));
        assert_eq!(error.constraint(), Some(constraint));
        let written = measurements::of_plate(db.store.api(), plate).await.unwrap();
        assert!(written.is_empty(), "nothing half-written");
    }
}

#[tokio::test]
async fn two_uploads_of_one_plate_at_once_leave_two_revisions() {
    let db = database().await;
    let (campaign, plate) = planned(&db).await;
    let mut c = db.store.api().acquire().await.unwrap();
    let mut uploads = Vec::new();
    for n in 0..4 {
        uploads.push((upload(&mut c, &campaign, &n.to_string()).await, f64::from(n)));
    }
    let record = |(id, x): (Uuid, f64)| {
        let store = db.store.clone();
        async move {
            let mut tx = store.begin().await.unwrap();
            measurements::record(&mut tx, id, &[value(plate, "A01", x)]).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let tasks: Vec<_> = uploads.into_iter().map(|u| tokio::spawn(record(u))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let history = measurements::history(db.store.api(), plate, "A01").await.unwrap();
    assert_eq!(history.iter().map(|m| m.revision).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_a_reused_key_is_refused() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    assert_eq!(idempotency::begin(&mut tx, "k", "d1").await.unwrap(), KeyUse::First);
    idempotency::finish(&mut *tx, "k", &json!({"id": 1})).await.unwrap();
    tx.rollback().await.unwrap();

    let mut tx = db.store.begin().await.unwrap();
    let first = idempotency::begin(&mut tx, "k", "d1").await.unwrap();
    assert_eq!(first, KeyUse::First, "work rolled back leaves no key");
    // The second request waits for the first one's end, then repeats its answer.
    let store = db.store.clone();
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await.unwrap();
        idempotency::begin(&mut tx, "k", "d1").await.unwrap()
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    idempotency::finish(&mut *tx, "k", &json!({"id": 2})).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), KeyUse::Repeat(json!({"id": 2})));
    let mut tx = db.store.begin().await.unwrap();
    let reused = idempotency::begin(&mut tx, "k", "d2").await;
    assert!(matches!(reused, Err(StoreError::KeyReused { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Files of different wells may come late, twice and in any order.
    #[test]
    fn order_and_repeats_of_files_do_not_matter(
        arrivals in proptest::sample::subsequence(vec![0, 1, 2, 0, 1, 2], 6).prop_shuffle()
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let db = database().await;
            let (campaign, plate) = planned(&db).await;
            let mut c = db.store.api().acquire().await.unwrap();
            for file in arrivals {
                let id = upload(&mut c, &campaign, &file.to_string()).await;
                let well = ["A01", "A02", "H01"][file];
                measurements::record(&mut c, id, &[value(plate, well, file as f64)]).await.unwrap();
            }
            let end = measurements::of_plate(db.store.api(), plate).await.unwrap();
            let end: Vec<_> = end.iter().map(|m| (m.well.clone(), m.value, m.revision)).collect();
            let wanted =
                [("A01", 0.0), ("A02", 1.0), ("H01", 2.0)].map(|(w, v)| (w.to_owned(), v, 1));
            assert_eq!(end, wanted);
            drop(c);
            db.store.close().await;
        });
    }
}
