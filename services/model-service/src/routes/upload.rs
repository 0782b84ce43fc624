//! Bodies that go to disk while they arrive.

use std::path::Path;

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::digest::{Digest, Hasher};
use crate::failure::Failure;

/// Writes a stream to `path` and answers its digest and size; never more than `limit` bytes.
///
/// # Errors
/// 413 `file_too_large`, 400 `upload_broken` when the caller breaks off, 507 `disk_full`.
pub async fn save<E: std::fmt::Display>(
    mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin,
    path: &Path,
    limit: u64,
) -> Result<(Digest, u64), Failure> {
    let io = |error| Failure::io("an upload", &error);
    let mut file = File::create(path).await.map_err(io)?;
    let mut hasher = Hasher::default();
    let mut size = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            Failure::new(400, "upload_broken", "The upload broke off")
                .detail(format!("{size} bytes had arrived; send the file again"))
                .cause(error)
        })?;
        size += chunk.len() as u64;
        if size > limit {
            return Err(too_large(limit));
        }
        hasher.update(&chunk);
        file.write_all(&chunk).await.map_err(io)?;
    }
    file.flush().await.map_err(io)?;
    Ok((hasher.finish(), size))
}

/// Refuses a body that announces more than `limit` bytes before it is sent.
///
/// # Errors
/// 413 `file_too_large`.
pub fn check_announced(headers: &HeaderMap, limit: u64) -> Result<(), Failure> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > limit => Err(too_large(limit)),
        _ => Ok(()),
    }
}

fn too_large(limit: u64) -> Failure {
    Failure::new(413, "file_too_large", "The file is too large").detail(format!(
        "more than the {limit} bytes allowed; subset it, or raise the limit of the model service"
    ))
}
