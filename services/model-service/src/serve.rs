//! Running the service until it is told to stop.

use std::future::{Future, IntoFuture};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app::App;
use crate::config::Config;
use crate::router::router;

/// How long running requests may take to end after the stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves on `listener` until `shutdown` ends.
///
/// Then no new work is taken, running work is cancelled at its next batch (its callers get a 503
/// with Retry-After), and the device thread is waited for.
///
/// # Errors
/// When the data directory or the device cannot be opened, or the listener fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let app = App::start(&config)?;
    let (stopping, stopped) = oneshot::channel();
    let queue_owner = Arc::clone(&app);
    let stop = async move {
        shutdown.await;
        queue_owner.queue.stop();
        // The other end is gone only when the server has ended already.
        let _ = stopping.send(());
    };
    let server = axum::serve(listener, router(Arc::clone(&app))).with_graceful_shutdown(stop);
    let too_late = async {
        match stopped.await {
            Ok(()) => tokio::time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    let served = tokio::select! {
        served = server.into_future() => served,
        () = too_late => {
            tracing::warn!("requests were still running {} s after the stop", GRACE.as_secs());
            Ok(())
        }
    };
    app.queue.stop();
    tokio::task::spawn_blocking(move || app.queue.join()).await?;
    Ok(served?)
}
