//! Import of published checkpoints.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart};
use axum::http::HeaderMap;
use nextwell_contract::ModelInfo;
use nextwell_model::learn::TrainingRecord;
use nextwell_model::versions::is_model_file;

use super::upload::{check_announced, save};
use crate::app::{App, blocking};
use crate::device::adopt;
use crate::failure::Failure;

/// Training record of a model that was made elsewhere.
const RECORD: &str = "nextwell.json";
/// Longest name of a file.
const LONGEST_NAME: usize = 128;
/// Most files of one model.
const MOST_FILES: usize = 64;

/// `POST /v1/models`: multipart, one part per file of a published checkpoint of any family.
/// 200, 400, 413, 422.
///
/// The files are read in a limited child process and kept as they are.
pub async fn import(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Json<ModelInfo>, Failure> {
    check_announced(&headers, app.max_upload_bytes)?;
    let scratch = app.files.scratch()?;
    let bytes = save_parts(parts, scratch.path(), app.max_upload_bytes).await?;
    let card = app.inspector.describe_model(scratch.path(), bytes).await?;
    let work = move || {
        let folder = scratch.path();
        TrainingRecord::load(folder)
            .map_err(|error| {
                Failure::new(422, "bad_record", "The training record cannot be read")
                    .detail(error.to_string())
            })
            .and_then(|_| adopt(&app, folder, card))
            .map_err(|failure| failure.relative_to(folder))
    };
    blocking(work).await.map(Json)
}

/// Streams every part that can belong to a model to a file of its name, reads past the others (a
/// README), and answers the bytes of all.
async fn save_parts(mut parts: Multipart, folder: &FilePath, limit: u64) -> Result<u64, Failure> {
    let mut left = limit;
    let mut names = Vec::new();
    loop {
        let part = parts.next_field().await.map_err(|error| {
            Failure::new(400, "bad_multipart", "The form cannot be read").detail(format!(
                "{}; send each file as one part of multipart/form-data",
                error.body_text()
            ))
        })?;
        let Some(part) = part else { return Ok(limit - left) };
        let name = file_name(&part)?;
        if names.contains(&name) {
            return Err(refused("duplicate_file", "A file was sent twice")
                .detail(format!("{name}; send each file once")));
        }
        if names.len() == MOST_FILES {
            return Err(refused("too_many_files", "These are too many files")
                .detail(format!("more than {MOST_FILES}; send the files of one checkpoint")));
        }
        let path = folder.join(&name);
        left -= save(part, &path, left).await?.1;
        if !is_model_file(&name) && name != RECORD {
            tokio::fs::remove_file(&path)
                .await
                .map_err(|error| Failure::io("an upload", &error))?;
        }
        names.push(name);
    }
}

/// The name of a part, if it is a plain name without any path.
fn file_name(part: &Field<'_>) -> Result<String, Failure> {
    let name = part.file_name().or(part.name()).unwrap_or_default();
    if is_plain(name) {
        return Ok(name.to_owned());
    }
    let shown: String = name.chars().take(80).collect();
    Err(refused("bad_file_name", "This is not the name of a file of a model").detail(format!(
        "found {shown:?}; expected a plain name: at most {LONGEST_NAME} letters, digits, dots, \
         dashes and underscores, not beginning with a dot"
    )))
}

/// Whether a name stays in its folder, whatever the file system.
fn is_plain(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.')
}

fn refused(code: &str, title: &str) -> Failure {
    Failure::new(400, code, title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_lead_elsewhere_is_not_plain() {
        let good = ["config.json", "models.ckpt", "OS_scRNA_gene_index.19264.tsv", "README.md"];
        assert!(good.into_iter().all(is_plain));
        let long = "a".repeat(LONGEST_NAME + 1);
        let bad = [
            "",
            ".json",
            "..",
            "../config.json",
            "/etc/x.json",
            "a/b.json",
            "a\\b.json",
            "c:x.json",
            "x.json\0",
            "nai\u{308}ve.json",
            "a b.json",
            &long,
        ];
        for name in bad {
            assert!(!is_plain(name), "{name:?}");
        }
    }
}
