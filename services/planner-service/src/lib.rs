//! The planner service: HTTP edge of `nextwell-planner` and `nextwell-store`.
//!
//! It serves the public API and the web UI, runs the jobs of the loop, and asks the model service
//! for everything that needs cells or a device. [`routes::api`] lists every route on one page;
//! [`jobs`] holds the steps of the loop.

mod calibration;
mod campaign;
mod client;
mod digest;
mod error;
mod events;
mod features;
mod gene_values;
mod genes;
pub mod jobs;
mod known;
mod lay_out;
mod learnt;
mod library;
mod limit_words;
mod limits;
mod loop_state;
mod model_versions;
mod plate_design;
mod pooled;
mod preview;
mod propose;
mod reagents;
mod replay_table;
mod replays;
mod results;
pub mod routes;
mod screen_orders;
mod screen_report;
mod screen_table;
mod settings;
mod tables;
mod ui;
mod wire;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use nextwell_contract::ChangeEvent;
use nextwell_store::Store;
use nextwell_store::events::Signal;
use tokio::net::TcpListener;
use tokio::sync::{Notify, OnceCell};
use tokio_util::sync::CancellationToken;

pub use client::ModelClient;
pub use error::ApiError;
pub use events::Events;

/// Version of nextwell, kept with every result.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How the service runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Base address of the model service.
    pub model_service: String,
    /// Name of this process in job leases.
    pub owner: String,
    /// Jobs run at the same time.
    pub workers: usize,
    /// Largest results file, bytes.
    pub max_upload_bytes: usize,
}

impl Config {
    /// Defaults for a model service at `model_service`.
    pub fn new(model_service: impl Into<String>) -> Self {
        Self {
            model_service: model_service.into(),
            owner: format!("planner-{}", std::process::id()),
            workers: 2,
            max_upload_bytes: 64 << 20,
        }
    }
}

/// What every handler and job sees; cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    model: ModelClient,
    events: Events,
    config: Config,
    job_ready: Notify,
    renamed: OnceCell<HashMap<String, String>>,
    tables: tables::Tables,
}

impl App {
    /// Joins a migrated store and a model service.
    ///
    /// # Errors
    /// When the model service's address is not a URL.
    pub fn new(store: Store, config: Config) -> anyhow::Result<Self> {
        let model = ModelClient::new(&config.model_service)?;
        let events = Events::default();
        let (job_ready, renamed) = (Notify::new(), OnceCell::new());
        let tables = tables::Tables::default();
        Ok(Self(Arc::new(Inner { store, model, events, config, job_ready, renamed, tables })))
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The model service.
    pub fn model(&self) -> &ModelClient {
        &self.0.model
    }

    /// Changes, for open event streams.
    pub fn events(&self) -> &Events {
        &self.0.events
    }

    /// How the service runs.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Approved symbols of the genes that a bundled feature source names by an older one. Asked of
    /// the model service once.
    async fn renamed(&self) -> Result<&HashMap<String, String>, ApiError> {
        let ask = || async {
            let names = nextwell_planner::features::bundled_symbols();
            let found =
                self.model().resolve(names.into_iter().map(str::to_owned).collect()).await?;
            let renamed = found.into_iter().filter_map(|gene| {
                let symbol = gene.symbol.filter(|symbol| *symbol != gene.query)?;
                Some((gene.query, symbol))
            });
            Ok(renamed.collect())
        };
        self.0.renamed.get_or_try_init(ask).await
    }

    /// Feature tables of campaigns.
    fn tables(&self) -> &tables::Tables {
        &self.0.tables
    }

    fn job_ready(&self) -> &Notify {
        &self.0.job_ready
    }
}

/// Serves until `shutdown` resolves: then no new request or job is taken, running requests are
/// finished, and the leases of running jobs are handed back.
///
/// # Errors
/// When the schema is not current or the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let listening = tokio::spawn(listen(app.clone(), stop.clone()));
    let workers = jobs::start_workers(&app, &stop);
    let served = axum::serve(listener, routes::router(app)).with_graceful_shutdown({
        let stop = stop.clone();
        async move {
            shutdown.await;
            stop.cancel();
        }
    });
    let outcome = served.await;
    stop.cancel();
    for worker in workers {
        worker.await?;
    }
    listening.await?;
    Ok(outcome?)
}

/// Turns the database's notifications into events and wake-ups.
async fn listen(app: App, stop: CancellationToken) {
    let mut listener = loop {
        match app.store().listen().await {
            Ok(listener) => break listener,
            Err(error) => tracing::warn!(%error, "cannot listen to the database yet"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
        }
    };
    loop {
        let signal = tokio::select! {
            () = stop.cancelled() => return,
            signal = listener.next() => signal,
        };
        match signal {
            Ok(Signal::JobReady { .. }) => app.job_ready().notify_waiters(),
            Ok(Signal::Reconnected) => app.job_ready().notify_waiters(),
            Ok(Signal::Changed(event)) => app.events().publish(ChangeEvent {
                kind: event.kind,
                id: event.id,
                campaign_id: event.campaign_id,
            }),
            Err(error) => {
                tracing::error!(%error, "the database listener failed; jobs are polled");
                return;
            }
        }
    }
}
