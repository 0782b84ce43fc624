//! `nextwell serve`: both services in one process, or each alone.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use nextwell_store::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::postgres::PrivatePostgres;

/// Which half to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Half {
    /// API, jobs and web UI; needs a model service elsewhere
    Planner,
    /// Cells, models and screens; needs no database
    Model,
}

/// How to serve.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Folder that holds everything this server keeps
    #[arg(long, env = "NEXTWELL_DATA", default_value = ".nextwell")]
    pub data: PathBuf,
    /// Address of the API and the web UI; port 0 takes a free one
    #[arg(long, env = "NEXTWELL_LISTEN", default_value = "127.0.0.1:7300")]
    pub listen: SocketAddr,
    /// Postgres to use; a private one in the data folder when not given
    #[arg(long, env = "NEXTWELL_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Device of the models: auto, cpu or cuda:N
    #[arg(long, env = "NEXTWELL_DEVICE", default_value = "auto")]
    pub device: nextwell_model_service::DeviceChoice,
    /// Run one half only
    #[arg(long)]
    pub only: Option<Half>,
    /// Address of a model service that runs elsewhere
    #[arg(long, env = "NEXTWELL_MODEL_SERVICE")]
    pub model_service: Option<String>,
}

/// Serves until Ctrl-C or SIGTERM.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let stop = stop_on_signal()?;
    if args.only == Some(Half::Model) {
        let (address, service) = start_model(&args, args.listen, &stop).await?;
        println!("nextwell model service listens on http://{address}");
        service.await??;
        return Ok(ExitCode::SUCCESS);
    }
    let server = Server::start(&args, &stop).await?;
    println!("nextwell listens on http://{}", server.address);
    server.wait().await?;
    Ok(ExitCode::SUCCESS)
}

/// A running server: planner service, usually a model service, perhaps a private Postgres.
pub struct Server {
    /// Where the API and the web UI are.
    pub address: SocketAddr,
    planner: JoinHandle<anyhow::Result<()>>,
    model: Option<JoinHandle<anyhow::Result<()>>>,
    postgres: Option<PrivatePostgres>,
    stop: CancellationToken,
}

impl Server {
    /// Starts database, model service and planner service, in this order.
    ///
    /// # Errors
    /// When one of them does not start; what had started is stopped again.
    pub async fn start(args: &Args, stop: &CancellationToken) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&args.data)
            .with_context(|| format!("cannot make the data folder {}", args.data.display()))?;
        let postgres = match &args.database_url {
            Some(_) => None,
            None => Some(start_postgres(&args.data).await?),
        };
        match Self::with_database(args, stop, postgres.as_ref()).await {
            Ok((address, planner, model)) => {
                Ok(Self { address, planner, model, postgres, stop: stop.clone() })
            }
            Err(error) => {
                if let Some(postgres) = postgres {
                    postgres.stop();
                }
                Err(error)
            }
        }
    }

    async fn with_database(
        args: &Args,
        stop: &CancellationToken,
        postgres: Option<&PrivatePostgres>,
    ) -> anyhow::Result<(
        SocketAddr,
        JoinHandle<anyhow::Result<()>>,
        Option<JoinHandle<anyhow::Result<()>>>,
    )> {
        let url = postgres.map(PrivatePostgres::url).or(args.database_url.as_deref());
        let store = Store::connect(url.unwrap_or_default())
            .await
            .context("cannot reach the database; check --database-url")?;
        store.migrate().await?;
        // Bind before anything heavy starts: an address in use is said at once.
        let listener = TcpListener::bind(args.listen).await.with_context(|| {
            format!("cannot listen on {}; is another nextwell running? Use --listen", args.listen)
        })?;
        let address = listener.local_addr()?;
        let (model_address, model) = match &args.model_service {
            Some(url) => (url.clone(), None),
            None => {
                let any = SocketAddr::from(([127, 0, 0, 1], 0));
                let (address, service) = start_model(args, any, stop).await?;
                (format!("http://{address}"), Some(service))
            }
        };
        let config = nextwell_planner_service::Config::new(model_address);
        let app = nextwell_planner_service::App::new(store, config)?;
        let stopped = stop.clone();
        let planner = tokio::spawn(nextwell_planner_service::serve(app, listener, async move {
            stopped.cancelled().await;
        }));
        Ok((address, planner, model))
    }

    /// Waits until the services have ended, then stops what was started for them.
    ///
    /// # Errors
    /// When a service failed.
    pub async fn wait(self) -> anyhow::Result<()> {
        let planner = self.planner.await;
        self.stop.cancel();
        let model = match self.model {
            Some(model) => Some(model.await),
            None => None,
        };
        if let Some(postgres) = self.postgres {
            tokio::task::spawn_blocking(move || postgres.stop()).await?;
        }
        planner??;
        if let Some(model) = model {
            model??;
        }
        Ok(())
    }
}

async fn start_postgres(data: &Path) -> anyhow::Result<PrivatePostgres> {
    let data = data.to_owned();
    tokio::task::spawn_blocking(move || PrivatePostgres::start(&data)).await?
}

async fn start_model(
    args: &Args,
    listen: SocketAddr,
    stop: &CancellationToken,
) -> anyhow::Result<(SocketAddr, JoinHandle<anyhow::Result<()>>)> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let inspect = vec![program.into_os_string(), OsString::from("inspect-file")];
    let mut config = nextwell_model_service::Config::new(args.data.join("model-service"), inspect);
    config.device = args.device;
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let stopped = stop.clone();
    let service = nextwell_model_service::serve(config, listener, async move {
        stopped.cancelled().await;
    });
    Ok((address, tokio::spawn(service)))
}

/// A token that Ctrl-C or SIGTERM cancels; a second signal ends the process at once.
pub fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        for signals in 1.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if signals > 1 {
                std::process::exit(130);
            }
            cancelled.cancel();
        }
    });
    Ok(stop)
}
