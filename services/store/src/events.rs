//! News from the database: which row changed, and which kind of job is waiting.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgExecutor;
use sqlx::postgres::{PgConnectOptions, PgListener, PgNotification, PgPoolOptions};

use crate::{Result, Uuid};

/// Channel of row changes; payload `{"kind", "id", "campaign_id"}`.
pub const CHANNEL: &str = "nextwell_events";
/// Channel of waiting jobs; the payload is the job's kind.
pub const JOBS_CHANNEL: &str = "nextwell_jobs";

/// A row changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `job`, `round`, `upload`, `screen`, `model`, or a kind given to [`notify`].
    pub kind: String,
    /// The row's id as text (a number for jobs, a UUID else).
    pub id: String,
    /// Campaign the row belongs to, if it belongs to one.
    pub campaign_id: Option<Uuid>,
}

/// What a [`Listener`] heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A row changed.
    Changed(Event),
    /// A job of this kind waits.
    JobReady {
        /// Kind of the job.
        kind: String,
    },
    /// The connection was lost and is back. Anything may have happened meanwhile: look again.
    Reconnected,
}

/// Announces a change that no trigger announces, when the executor's transaction commits.
///
/// # Errors
/// Those of the database.
pub async fn notify(
    executor: impl PgExecutor<'_>,
    kind: &str,
    id: &str,
    campaign_id: Option<Uuid>,
) -> Result<()> {
    let payload = json!({"kind": kind, "id": id, "campaign_id": campaign_id}).to_string();
    sqlx::query!("select pg_notify('nextwell_events', $1)", payload).execute(executor).await?;
    Ok(())
}

/// A connection that listens. It listens from the moment it exists: open it *before* the first
/// look at the tables, and nothing falls between. Polling stays necessary: a signal is a hint.
pub struct Listener {
    options: PgConnectOptions,
    inner: PgListener,
    lost: bool,
}

impl Listener {
    pub(crate) async fn connect(options: PgConnectOptions) -> Result<Self> {
        let inner = subscribe(options.clone()).await?;
        Ok(Self { options, inner, lost: false })
    }

    /// Waits for the next signal, reconnecting for as long as the database is away.
    ///
    /// # Errors
    /// Those that waiting does not mend, such as a refused password.
    pub async fn next(&mut self) -> Result<Signal> {
        loop {
            if self.lost {
                self.reconnect().await?;
                self.lost = false;
                return Ok(Signal::Reconnected);
            }
            match self.inner.try_recv().await {
                Ok(Some(notification)) => {
                    if let Some(signal) = signal(&notification) {
                        return Ok(signal);
                    }
                    tracing::warn!(payload = notification.payload(), "unreadable notification");
                }
                Ok(None) => return Ok(Signal::Reconnected),
                Err(error) => {
                    tracing::warn!(%error, "listener lost its connection");
                    self.lost = true;
                }
            }
        }
    }

    async fn reconnect(&mut self) -> Result<()> {
        loop {
            match subscribe(self.options.clone()).await {
                Ok(inner) => {
                    self.inner = inner;
                    return Ok(());
                }
                Err(error) if error.is_unavailable() => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

async fn subscribe(options: PgConnectOptions) -> Result<PgListener> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(options.application_name("nextwell listener"))
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.ignore_pool_close_event(true);
    listener.listen_all([CHANNEL, JOBS_CHANNEL]).await?;
    Ok(listener)
}

fn signal(notification: &PgNotification) -> Option<Signal> {
    if notification.channel() == JOBS_CHANNEL {
        return Some(Signal::JobReady { kind: notification.payload().to_owned() });
    }
    let payload: Value = serde_json::from_str(notification.payload()).ok()?;
    let campaign_id = match payload.get("campaign_id") {
        Some(Value::String(text)) => Some(text.parse().ok()?),
        _ => None,
    };
    Some(Signal::Changed(Event {
        kind: payload.get("kind")?.as_str()?.to_owned(),
        id: payload.get("id")?.as_str()?.to_owned(),
        campaign_id,
    }))
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("lost", &self.lost).finish_non_exhaustive()
    }
}
