//! What can go wrong between us and the database.

use crate::words::UnknownWord;

/// Result of every function of this crate.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What can go wrong between us and the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A row with the same unique value exists; `constraint` is its name in the migrations.
    #[error("{table} already holds such a row (constraint `{constraint}`)")]
    Conflict {
        /// Table that refused the row.
        table: String,
        /// Unique constraint or index.
        constraint: String,
    },
    /// The database refused a value: a check, a missing reference, an append-only table.
    #[error("{table} refused the row (constraint `{constraint}`): {message}")]
    Refused {
        /// Table that refused the row.
        table: String,
        /// Constraint that was broken.
        constraint: String,
        /// The database's own words.
        message: String,
    },
    /// Something that must exist for this operation does not.
    #[error("no {what} `{id}`; it was never there or the address is wrong")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// What it was looked for by.
        id: String,
    },
    /// Another worker owns the job now, or it has ended: stop and write nothing.
    #[error("lease {token} on job {job_id} is lost; another worker owns the job or it has ended")]
    LeaseLost {
        /// The job.
        job_id: i64,
        /// The fencing token that is no longer the job's.
        token: i64,
    },
    /// A job cannot be completed while shards are missing.
    #[error("job {job_id} has {missing} shards without a result; compute them before completing")]
    ShardsMissing {
        /// The job.
        job_id: i64,
        /// How many shards have no result.
        missing: i64,
    },
    /// An idempotency key was used before, for other content.
    #[error("idempotency key `{key}` was used before with other content; use a new key")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// A row that this program cannot read.
    #[error("{table}.{column} holds {found:?}, which this version cannot read; upgrade it")]
    Inconsistent {
        /// Table of the row.
        table: &'static str,
        /// Column that cannot be read.
        column: &'static str,
        /// What it holds.
        found: String,
    },
    /// The database cannot be reached now. Answer 503 and try again later.
    #[error("the database cannot be reached: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The statement waited too long or lost against another transaction. Trying again is right.
    #[error("the database is busy: {0}")]
    Busy(#[source] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("migrations cannot be applied: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A fault of ours or of the driver.
    #[error("the database driver failed: {0}")]
    Driver(#[source] sqlx::Error),
}

impl StoreError {
    /// The broken constraint, when one was broken.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict { constraint, .. } | Self::Refused { constraint, .. } => {
                Some(constraint)
            }
            _ => None,
        }
    }

    /// Whether the database is away (answer 503).
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether doing the same again later may work.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Busy(_))
    }
}

impl From<UnknownWord> for StoreError {
    fn from(word: UnknownWord) -> Self {
        Self::Inconsistent { table: word.table, column: word.column, found: word.found }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unavailable(error)
            }
            E::ColumnDecode { source, .. } => match source.downcast_ref::<UnknownWord>() {
                Some(word) => word.clone().into(),
                None => Self::Driver(error),
            },
            E::Database(_) => from_database(error),
            _ => Self::Driver(error),
        }
    }
}

/// Sorts an error that the server itself reported, by SQLSTATE.
fn from_database(error: sqlx::Error) -> StoreError {
    let Some(reported) = error.as_database_error() else { return StoreError::Driver(error) };
    let code = reported.code().unwrap_or_default().into_owned();
    let table = reported.table().unwrap_or_default().to_owned();
    let constraint = reported.constraint().unwrap_or_default().to_owned();
    match code.as_str() {
        "23505" => StoreError::Conflict { table, constraint },
        code if code.starts_with("23") => {
            StoreError::Refused { table, constraint, message: reported.message().to_owned() }
        }
        // a NUL character in a text or in a JSON string, which Postgres cannot hold
        "22021" | "22P05" => StoreError::Refused {
            table,
            constraint: "text_without_nul".into(),
            message: reported.message().to_owned(),
        },
        // connection class, server stopping or starting, too many clients, a standby
        code if code.starts_with("08") || code.starts_with("57P") => StoreError::Unavailable(error),
        "53300" | "25006" => StoreError::Unavailable(error),
        // serialisation, deadlock, lock and statement time-outs, idle in transaction
        "40001" | "40P01" | "55P03" | "57014" | "25P03" => StoreError::Busy(error),
        _ => StoreError::Driver(error),
    }
}

/// Turns "no row" of an update that must hit one into [`StoreError::NotFound`].
pub(crate) fn found<T>(row: Option<T>, what: &'static str, id: impl ToString) -> Result<T> {
    row.ok_or_else(|| StoreError::NotFound { what, id: id.to_string() })
}
