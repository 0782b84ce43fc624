//! Each migration runs over the rows that the ones before it could hold.
//!
//! `tests/data/NNNN_name.sql` fills the tables of migration NNNN as the program of that time would
//! have; the next migration then meets a database that is not empty.

use std::path::PathBuf;

use nextwell_store::testing::TestPostgres;
use nextwell_store::*;
use sqlx::{AssertSqlSafe, Connection};

fn data_file(version: i64) -> Option<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let prefix = format!("{version:04}_");
    std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&prefix))
}

/// A database with every migration applied, each over the data of those before.
async fn filled_database() -> Store {
    let url = TestPostgres::shared().empty_database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for migration in MIGRATOR.iter() {
        MIGRATOR.run_direct(Some(migration.version), &mut connection, false).await.unwrap();
        match data_file(migration.version) {
            Some(path) => {
                let statements = std::fs::read_to_string(&path).unwrap();
                sqlx::raw_sql(AssertSqlSafe(statements))
                    .execute(&mut connection)
                    .await
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
            None => assert!(
                !migration.sql.as_str().contains("create table"),
                "migration {} adds a table: add rows for it in tests/data",
                migration.version
            ),
        }
    }
    connection.close().await.unwrap();
    Store::connect(&url).await.unwrap()
}

#[tokio::test]
async fn migrations_run_over_a_database_that_is_not_empty() {
    let store = filled_database().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    .fetch_all(store.api())
    .await
    .unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(store.api())
            .await
            .unwrap();
        assert!(count > 0, "{table} has no row in tests/data");
    }
    assert!(store.schema_is_current().await.unwrap());
    store.migrate().await.unwrap();
}

#[tokio::test]
async fn rows_of_every_age_can_be_read() {
    let store = filled_database().await;
    let pool = store.api();
    let campaign = campaigns::list(pool, true).await.unwrap().remove(0);
    let mut connection = pool.acquire().await.unwrap();
    let overview = overview::overview(&mut connection, campaign.id).await.unwrap();
    assert_eq!((overview.hits, overview.measured, overview.rounds.len()), (1, 1, 1));
    let round = rounds::latest(pool, campaign.id).await.unwrap().unwrap();
    assert_eq!(picks::list(pool, round.id).await.unwrap().len(), 1);
    assert_eq!(posteriors::list(pool, round.id).await.unwrap().len(), 1);
    let plate = plates::of_round(pool, round.id).await.unwrap().remove(0);
    let map = well_map::of_plate(pool, plate.id).await.unwrap();
    assert_eq!((map[0].value, map[0].hit), (Some(12.5), Some(true)));
    assert_eq!(plate_qc::of_plate(pool, plate.id).await.unwrap().len(), 1);
    let targets = targets::page(pool, campaign.id, &Default::default()).await.unwrap();
    assert_eq!(targets.total, 1);
    let screen = screens::latest_done(pool, campaign.id).await.unwrap().unwrap();
    assert_eq!(screen_scores::list(pool, screen.id).await.unwrap().len(), 1);
    assert_eq!(candidates::list(pool, campaign.id).await.unwrap().len(), 1);
    assert_eq!(controls::list(pool, campaign.id).await.unwrap().len(), 1);
    assert_eq!(uploads::list(pool, campaign.id).await.unwrap().len(), 1);
    assert_eq!(evaluations::list(pool, campaign.id).await.unwrap().len(), 1);
    assert_eq!(models::lineage(pool, "m1").await.unwrap().len(), 2);
    assert_eq!(datasets::list(pool).await.unwrap().len(), 1);
    let job = jobs::list(pool, &Default::default()).await.unwrap().remove(0);
    assert_eq!(jobs::shard_results(pool, job.id).await.unwrap().len(), 1);
    assert_eq!(jobs::conflicts(pool, job.id).await.unwrap().len(), 1);
    assert_eq!(audit::first_broken(pool).await.unwrap(), None);
}

#[tokio::test]
async fn two_processes_may_migrate_at_once() {
    let url = TestPostgres::shared().empty_database().await;
    let (one, two) = (Store::connect(&url).await.unwrap(), Store::connect(&url).await.unwrap());
    assert!(!one.schema_is_current().await.unwrap());
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    first.unwrap();
    second.unwrap();
    assert!(one.schema_is_current().await.unwrap());
}
