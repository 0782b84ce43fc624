//! Connections: separate small pools, so that a slow report cannot starve a heartbeat.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Postgres, Transaction};

use crate::error::{Result, StoreError};
use crate::events::Listener;

/// A transaction of the store; roll-back on drop.
pub type Tx = Transaction<'static, Postgres>;

/// The migrations of the repository, embedded.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    options: PgConnectOptions,
    api: PgPool,
    jobs: PgPool,
    heartbeat: PgPool,
}

impl Store {
    /// Connects to `url` (`postgres://user@host:port/database`, `?host=/dir` for a socket).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no server answers, [`StoreError::Driver`] for a bad URL.
    pub async fn connect(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        Self::connect_with(options).await
    }

    /// Connects with ready-made options; see [`Store::connect`].
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_with(options: PgConnectOptions) -> Result<Self> {
        let store = Self {
            api: pool(&options, "nextwell api", 8, 5, "30s"),
            jobs: pool(&options, "nextwell jobs", 4, 10, "5min"),
            heartbeat: pool(&options, "nextwell heartbeat", 2, 3, "3s"),
            options,
        };
        store.ping().await?;
        Ok(store)
    }

    /// Pool for requests: many, short.
    pub fn api(&self) -> &PgPool {
        &self.api
    }

    /// Pool for the work of jobs: few, may take minutes.
    pub fn jobs(&self) -> &PgPool {
        &self.jobs
    }

    /// Pool for heartbeats alone.
    pub fn heartbeat(&self) -> &PgPool {
        &self.heartbeat
    }

    /// Begins a transaction of a request.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(self.api.begin().await?)
    }

    /// Begins a transaction of a job.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn begin_job(&self) -> Result<Tx> {
        Ok(self.jobs.begin().await?)
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it gives none.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query_scalar!(r#"select 1 as "one!""#).fetch_one(&self.api).await?;
        Ok(())
    }

    /// Brings the schema up to date. Several processes may call this at once.
    ///
    /// # Errors
    /// [`StoreError::Migrate`], also when the database has been migrated by a newer version.
    pub async fn migrate(&self) -> Result<()> {
        // A migration may outlast the statement time-out of the pools, and it holds a lock that
        // must not go back into a pool with the connection.
        let mut connection =
            sqlx::ConnectOptions::connect(&self.options).await.map_err(StoreError::from)?;
        let outcome = MIGRATOR.run_direct(None, &mut connection, false).await;
        sqlx::Connection::close(connection).await.ok();
        Ok(outcome?)
    }

    /// Whether the schema is the one this program was built for.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn schema_is_current(&self) -> Result<bool> {
        let wanted = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
        // Unchecked: the table belongs to sqlx, not to our migrations.
        let exists: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
            .fetch_one(&self.api)
            .await?;
        if !exists {
            return Ok(false);
        }
        let applied: Option<i64> =
            sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
                .fetch_one(&self.api)
                .await?;
        Ok(applied == Some(wanted))
    }

    /// Opens a listener on its own connection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn listen(&self) -> Result<Listener> {
        Listener::connect(self.options.clone()).await
    }

    /// Closes all pools after their connections have come back.
    pub async fn close(&self) {
        self.api.close().await;
        self.jobs.close().await;
        self.heartbeat.close().await;
    }
}

fn pool(
    options: &PgConnectOptions,
    name: &str,
    connections: u32,
    acquire_seconds: u64,
    statement_timeout: &str,
) -> PgPool {
    let options = options.clone().application_name(name).options([
        ("statement_timeout", statement_timeout),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "60s"),
        ("TimeZone", "UTC"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(acquire_seconds))
        .connect_lazy_with(options)
}
