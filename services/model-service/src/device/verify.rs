//! A stored model on this device beside its definition.

use nextwell_contract::ModelParity;
use nextwell_model::families::{self, Parity};
use time::OffsetDateTime;

use super::Device;
use crate::app::App;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::queue::Run;

/// Opens the model twice, one after the other, and compares.
pub fn verify(
    app: &App,
    device: &mut Device,
    run: &Run,
    digest: &Digest,
) -> Result<ModelParity, Failure> {
    run.progress.set(0, 1, "comparing with the definition");
    // Room: the comparison loads the model itself.
    device.opened.clear();
    let found = families::verify(&app.files.model(digest), device.choice)?;
    Ok(ModelParity {
        holds: found.holds(),
        tolerance: Parity::TOLERANCE,
        embedding: found.embedding,
        cells: found.cells as u64,
        tokens: found.tokens as u64,
        largest_difference: found.largest_difference,
        batch_invariant: found.batch_invariant,
        device: app.info.device.clone(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        seconds: found.seconds,
        verified_at: OffsetDateTime::now_utc(),
    })
}
