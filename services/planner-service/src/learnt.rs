//! Writing model versions down.

use nextwell_contract::ModelInfo;
use nextwell_store::models::{self, ModelState, ModelVersion, NewModelVersion};
use nextwell_store::{PgConnection, Uuid};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::wire;

/// Writes the start of a lineage: pretrained or imported. The same files again are the same row.
pub async fn insert_base(
    tx: &mut PgConnection,
    info: &ModelInfo,
    name: &str,
    dataset_digest: Option<&str>,
) -> Result<ModelVersion, ApiError> {
    let new = NewModelVersion {
        state: ModelState::Base,
        name: name.to_owned(),
        parent_digest: None,
        dataset_digest: dataset_digest.map(str::to_owned),
        ..version(info)
    };
    Ok(models::insert(tx, &new).await?)
}

/// Writes a fine-tuned version as a candidate.
pub async fn insert_candidate(
    tx: &mut PgConnection,
    info: &ModelInfo,
    name: &str,
    parent_digest: &str,
    dataset_digest: &str,
) -> Result<ModelVersion, ApiError> {
    let new = NewModelVersion {
        name: name.to_owned(),
        parent_digest: Some(parent_digest.to_owned()),
        dataset_digest: Some(dataset_digest.to_owned()),
        ..version(info)
    };
    Ok(models::insert(tx, &new).await?)
}

fn version(info: &ModelInfo) -> NewModelVersion {
    NewModelVersion {
        id: Uuid::now_v7(),
        digest: info.digest.clone(),
        family: info.family.clone(),
        name: String::new(),
        parent_digest: None,
        dataset_digest: None,
        info: described(info),
        card: info.card.as_ref().and_then(|card| wire::encode(card).ok()),
        state: ModelState::Candidate,
    }
}

/// The model service's description with the numbers that the list shows.
fn described(info: &ModelInfo) -> Value {
    let mut described = match &info.info {
        Value::Object(map) => map.clone(),
        other => serde_json::Map::from_iter([("info".to_owned(), other.clone())]),
    };
    described.insert("n_parameters".into(), json!(info.n_parameters));
    described.insert("has_head".into(), json!(info.has_head));
    Value::Object(described)
}
