//! Gene names.

use axum::Json;
use nextwell_contract::worker::{ResolveRequest, ResolvedGene};

use crate::app::blocking;
use crate::extract::Body;
use crate::failure::Failure;
use crate::report::resolved_gene;

/// `POST /v1/genes/resolve`: one answer per name, in order. 200.
pub async fn resolve(
    Body(request): Body<ResolveRequest>,
) -> Result<Json<Vec<ResolvedGene>>, Failure> {
    let resolved =
        blocking(move || Ok(request.names.iter().map(|name| resolved_gene(name)).collect()));
    resolved.await.map(Json)
}
