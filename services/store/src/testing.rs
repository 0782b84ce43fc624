//! A private Postgres for tests, and a migrated database for each of them.
//!
//! With `NEXTWELL_TEST_DATABASE_URL` set, databases are made on that server, and no server is
//! started: a test runner that gives each test a process shares one server so. Otherwise each
//! process starts its own. Nothing of a server that runs already is touched.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::{Store, Uuid};

pub mod fixture;
mod server;

use server::Server;

/// A Postgres server that tests may make databases on.
#[derive(Debug)]
pub struct TestPostgres {
    url: String,
    // None: the server is someone else's. Ours stops when the process ends.
    server: Option<Server>,
}

/// A database of its own for one test, migrated. Keep it for as long as the test runs: the database
/// is dropped with it, and whatever is still connected is cut off.
#[derive(Debug)]
pub struct TestDatabase {
    /// The store on this database.
    pub store: Store,
    /// Its URL, for a second store or another process.
    pub url: String,
    server: String,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = self.url.rsplit('/').find_map(|part| {
            part.split('?').next().filter(|name| name.starts_with("nextwell_test_"))
        });
        let Some(name) = name else { return };
        let statement = format!("drop database if exists {name} with (force)");
        let server = self.server.clone();
        // A test's own runtime cannot be waited for here, hence a thread with another. A server
        // that the test has stopped has taken its databases with it, so errors are no matter.
        let cleaner = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                let _ = runtime.block_on(administer(&server, &statement));
            }
        });
        let _ = cleaner.join();
    }
}

/// Runs one statement on the server's maintenance database.
async fn administer(server: &str, statement: &str) -> sqlx::Result<()> {
    let options: PgConnectOptions = server.parse()?;
    let mut connection: PgConnection = options.connect().await?;
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
    connection.close().await
}

impl TestPostgres {
    /// The server of this process, started at first use and stopped when the process ends, even
    /// by a kill.
    ///
    /// # Panics
    /// When no Postgres is installed or it does not start: the tests cannot run then.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<TestPostgres> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("NEXTWELL_TEST_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Self { url, server: None },
            _ => Self::start(),
        })
    }

    /// A server of its own, for tests that stop it or cut its connections. It ends with the value.
    ///
    /// # Panics
    /// As [`TestPostgres::shared`].
    pub fn start() -> Self {
        let server = Server::start().unwrap_or_else(|error| {
            panic!("the tests need PostgreSQL (Debian: apt install postgresql): {error}")
        });
        Self { url: server.url(), server: Some(server) }
    }

    /// URL of the server's maintenance database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the server at once, as a power cut would, and starts it again.
    ///
    /// # Panics
    /// When the server is not ours, or does not come back.
    pub fn crash_and_restart(&self) {
        let server = self.server.as_ref().expect("only a server started by this process");
        server.stop_immediately().expect("pg_ctl stop");
        server.start_again().expect("pg_ctl start");
    }

    /// An empty database, not migrated.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn empty_database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Process ids come again while a shared server lives on.
        let started = Uuid::now_v7().simple().to_string();
        let name = format!("nextwell_test_{started}_{number}");
        administer(&self.url, &format!("create database {name} template template0"))
            .await
            .expect("the test server makes databases");
        with_database(&self.url, &name)
    }

    /// A migrated database.
    ///
    /// # Panics
    /// When the server refuses or a migration fails.
    pub async fn database(&self) -> TestDatabase {
        let url = self.empty_database().await;
        let store = Store::connect(&url).await.expect("the test server answers");
        store.migrate().await.expect("migrations apply to an empty database");
        TestDatabase { store, url, server: self.url.clone() }
    }
}

/// A migrated database on the shared server: the usual first line of a test.
///
/// # Panics
/// As [`TestPostgres::shared`] and [`TestPostgres::database`].
pub async fn database() -> TestDatabase {
    TestPostgres::shared().database().await
}

/// `url` with another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url, String::new()),
    };
    let start = address.find("://").map_or(0, |at| at + 3);
    let host_end = address[start..].find('/').map_or(address.len(), |at| start + at);
    format!("{}/{name}{query}", &address[..host_end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced_whatever_its_form() {
        for (url, expected) in [
            ("postgres://u@h:1/old", "postgres://u@h:1/new"),
            ("postgres://u@h:1", "postgres://u@h:1/new"),
            ("postgres://u@h:1/old?host=/tmp/a", "postgres://u@h:1/new?host=/tmp/a"),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }

    #[tokio::test]
    async fn a_database_goes_with_its_test_even_while_connected() {
        let server = TestPostgres::shared();
        let db = server.database().await;
        let (url, store) = (db.url.clone(), db.store.clone());
        let _busy = store.begin().await.unwrap();
        drop(db);
        let refused = Store::connect(&url).await.unwrap_err();
        assert!(refused.to_string().contains("does not exist"), "{refused}");
    }

    #[tokio::test]
    async fn two_databases_on_one_server_do_not_see_each_other() {
        let (one, two) = (database().await, database().await);
        assert_ne!(one.url, two.url);
        assert!(one.store.schema_is_current().await.unwrap());
        assert!(two.store.schema_is_current().await.unwrap());
    }
}
