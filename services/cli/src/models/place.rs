//! A model by directory or by the digest of a version on a server.

use std::path::PathBuf;

use anyhow::bail;
use nextwell_contract::ModelVersion;

use crate::api::Api;

/// Fewest characters of a digest.
const FEWEST: usize = 4;

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory on this machine.
    Directory(PathBuf),
    /// A version of a server, by the start of its digest.
    Version(String),
}

impl Place {
    /// A directory if there is one of that name, else a digest.
    ///
    /// # Errors
    /// A text that is neither.
    pub fn of(text: &str) -> anyhow::Result<Self> {
        let path = PathBuf::from(text);
        if path.is_dir() {
            return Ok(Self::Directory(path));
        }
        let is_digest = (FEWEST..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest {
            return Ok(Self::Version(text.to_ascii_lowercase()));
        }
        bail!("{text} is neither a directory nor the start of a model's digest")
    }
}

/// The one version of a server whose digest starts so.
///
/// # Errors
/// None or several.
pub async fn version(api: &Api, start: &str) -> anyhow::Result<ModelVersion> {
    let models: Vec<ModelVersion> = api.get("/api/models").await?;
    let mut found: Vec<ModelVersion> =
        models.into_iter().filter(|model| model.digest.starts_with(start)).collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => bail!("the server has no model {start}; see `nextwell models list`"),
        n => bail!("{n} models of the server start with {start}; give more of the digest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_wins_over_a_digest_and_other_texts_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_str().unwrap();
        assert_eq!(Place::of(path).unwrap(), Place::Directory(dir.path().to_owned()));
        assert_eq!(Place::of("AB12cd").unwrap(), Place::Version("ab12cd".into()));
        for text in ["abc", "no-such-dir", ""] {
            assert!(Place::of(text).is_err(), "{text}");
        }
    }
}
