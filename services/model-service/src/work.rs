//! Long work: answered from its kept bytes, or done once on the device and kept.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Serialize;

use crate::app::{App, request_digest};
use crate::device::Device;
use crate::extract::JsonBytes;
use crate::failure::Failure;
use crate::queue::Run;

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
    T: Serialize,
{
    let request = request_digest(kind, &work)?;
    if let Some(kept) = app.kept(&request)? {
        return Ok(JsonBytes(kept));
    }
    let listed = app.progress.register(headers)?;
    let owner = Arc::clone(&app);
    let answer = app.queue.run(listed.progress.clone(), move |device, run| {
        // An equal request may have been answered while this one waited.
        if let Some(kept) = owner.kept(&request)? {
            return Ok(kept);
        }
        tracing::info!(kind, request = %request, "started {kind}");
        let answer = job(&owner, device, run, &work)?;
        owner.keep(&request, &answer)
    });
    answer.await.map(JsonBytes)
}
