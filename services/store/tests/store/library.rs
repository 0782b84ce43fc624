//! The guide library: volumes, what is set aside, what comes back.

use nextwell_store::library::{self, LibraryPlate, LibraryWell, NewLibraryUpload};
use nextwell_store::plate_designs::{self, PlateDesign};
use nextwell_store::reservations::{self, Reservation};
use nextwell_store::testing::{database, fixture};
use nextwell_store::{PgConnection, StoreError, Uuid, rounds};

fn file(campaign_id: Uuid, digest: &str, volume_ul: f64) -> NewLibraryUpload {
    let well = |name: &str, symbol: &str| LibraryWell {
        plate_barcode: "SRC01".into(),
        well: name.into(),
        guide_id: format!("{symbol}_g1"),
        symbol: symbol.into(),
        ensembl_id: String::new(),
        sequence: String::new(),
        volume_ul,
        concentration_um: Some(10.0),
        lot: "L1".into(),
        expires_on: None,
        available_on: None,
    };
    NewLibraryUpload {
        id: Uuid::new_v4(),
        campaign_id,
        digest: digest.into(),
        file_name: "library.csv".into(),
        plates: vec![LibraryPlate { barcode: "SRC01".into(), format: 96, dead_volume_ul: 20.0 }],
        wells: vec![well("A01", "GENE01"), well("A02", "GENE02")],
    }
}

async fn reserved(connection: &mut PgConnection, campaign_id: Uuid) -> Vec<(f64, f64)> {
    let stock = library::stock(connection, campaign_id).await.unwrap();
    stock.iter().map(|well| (well.volume_ul, well.reserved_ul)).collect()
}

#[tokio::test]
async fn volume_is_set_aside_once_given_back_on_release_and_told_anew_by_an_upload() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    let campaign = fixture::campaign(&mut tx, "library").await.unwrap();
    assert!(!library::exists(&mut *tx, campaign.id).await.unwrap());
    library::insert(&mut tx, &file(campaign.id, "one", 40.0)).await.unwrap();
    assert!(library::exists(&mut *tx, campaign.id).await.unwrap());
    let (round, plate_id) =
        fixture::round(&mut tx, &campaign, 1, &["GENE01", "GENE02"]).await.unwrap();
    let wanted = Reservation {
        plate_id,
        well: "A01".into(),
        source_plate: "SRC01".into(),
        source_well: "A01".into(),
        volume_nl: 2500.0,
    };
    for _ in 0..2 {
        reservations::insert_all(&mut *tx, campaign.id, std::slice::from_ref(&wanted))
            .await
            .unwrap();
    }
    assert_eq!(reservations::of_round(&mut *tx, round).await.unwrap(), [wanted]);
    assert_eq!(reserved(&mut tx, campaign.id).await, [(40.0, 2.5), (40.0, 0.0)]);
    tx.commit().await.unwrap();

    let mut tx = db.store.begin().await.unwrap();
    library::insert(&mut tx, &file(campaign.id, "two", 37.5)).await.unwrap();
    assert_eq!(reserved(&mut tx, campaign.id).await[0], (37.5, 2.5), "the round still waits");
    rounds::approve(&mut *tx, round).await.unwrap();
    rounds::mark_results_in(&mut *tx, round).await.unwrap();
    assert_eq!(reserved(&mut tx, campaign.id).await[0], (37.5, 0.0), "taken before the upload");
    assert_eq!(reservations::release(&mut *tx, round).await.unwrap(), 1);
    assert_eq!(reservations::of_round(&mut *tx, round).await.unwrap(), []);
    assert_eq!(library::uploads(&mut *tx, campaign.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_library_file_twice_is_known() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    let campaign = fixture::campaign(&mut tx, "twice").await.unwrap();
    library::insert(&mut tx, &file(campaign.id, "one", 40.0)).await.unwrap();
    let known = library::by_digest(&mut *tx, campaign.id, "one").await.unwrap().unwrap();
    assert_eq!((known.file_name.as_str(), known.n_wells), ("library.csv", 2));
    let again = library::insert(&mut tx, &file(campaign.id, "one", 40.0)).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict { .. }), "{again}");
}

#[tokio::test]
async fn a_campaign_without_a_design_has_one_unnamed_donor() {
    let db = database().await;
    let mut tx = db.store.begin().await.unwrap();
    let campaign = fixture::campaign(&mut tx, "design").await.unwrap();
    assert_eq!(plate_designs::get(&mut *tx, campaign.id).await.unwrap(), PlateDesign::default());
    let design = PlateDesign {
        donors: vec!["D1".into(), "D2".into()],
        replicates: 2,
        untreated_wells: Some(0),
        ..PlateDesign::default()
    };
    plate_designs::put(&mut *tx, campaign.id, &design).await.unwrap();
    assert_eq!(plate_designs::get(&mut *tx, campaign.id).await.unwrap(), design);
}
