//! Long work: answered from its kept bytes, or done once on the device and kept.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::{App, request_digest};
use crate::device::Device;
use crate::digest::Digest;
use crate::extract::JsonBytes;
use crate::failure::Failure;
use crate::queue::Run;

/// Does `work` on the device when its turn comes; nothing is kept.
///
/// # Errors
/// 429, 503 as the queue; what `job` answers.
pub async fn queued<W: Send + 'static, T: Send + 'static>(
    app: Arc<App>,
    headers: &HeaderMap,
    work: W,
    job: impl FnOnce(&App, &mut Device, &Run, &W) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let listed = app.progress.register(headers)?;
    let owner = Arc::clone(&app);
    let done =
        app.queue.run(listed.progress.clone(), move |device, run| job(&owner, device, run, &work));
    done.await
}

/// Answers `work`: the same request again gets the same bytes, at once.
///
/// # Errors
/// 429, 503 as the queue; what `job` answers.
pub async fn long_work<W, T>(
    app: Arc<App>,
    kind: &'static str,
    headers: &HeaderMap,
    work: W,
    job: impl FnOnce(&App, &mut Device, &Run, &W) -> Result<T, Failure> + Send + 'static,
) -> Result<JsonBytes, Failure>
where
    W: Serialize + Send + 'static,
    T: Serialize + DeserializeOwned + 'static,
{
    long_work_that(|_, _| true, app, kind, headers, work, job).await
}

/// As [`long_work`], but a kept answer counts only while it `stands`: what it names may have been
/// removed since.
///
/// # Errors
/// As [`long_work`].
pub async fn long_work_that<W, T>(
    stands: fn(&App, T) -> bool,
    app: Arc<App>,
    kind: &'static str,
    headers: &HeaderMap,
    work: W,
    job: impl FnOnce(&App, &mut Device, &Run, &W) -> Result<T, Failure> + Send + 'static,
) -> Result<JsonBytes, Failure>
where
    W: Serialize + Send + 'static,
    T: Serialize + DeserializeOwned + 'static,
{
    let request = request_digest(kind, &work)?;
    if let Some(kept) = standing(&app, &request, stands)? {
        return Ok(JsonBytes(kept));
    }
    let listed = app.progress.register(headers)?;
    let owner = Arc::clone(&app);
    let answer = app.queue.run(listed.progress.clone(), move |device, run| {
        // An equal request may have been answered while this one waited.
        if let Some(kept) = standing(&owner, &request, stands)? {
            return Ok(kept);
        }
        tracing::info!(kind, request = %request, "started {kind}");
        let answer = job(&owner, device, run, &work)?;
        owner.keep(&request, &answer)
    });
    answer.await.map(JsonBytes)
}

fn standing<T: DeserializeOwned>(
    app: &App,
    request: &Digest,
    stands: fn(&App, T) -> bool,
) -> Result<Option<Vec<u8>>, Failure> {
    let kept = app.kept(request)?;
    // What an older version kept and this one cannot read is computed again.
    let good = |bytes: &Vec<u8>| serde_json::from_slice(bytes).is_ok_and(|t| stands(app, t));
    Ok(kept.filter(good))
}
