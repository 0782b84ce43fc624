//! In-silico perturbation screens: what knocking out or over-expressing a gene does to a cell's
//! embedding, and whether that moves it towards a goal state.
//!
//! The measures and edits are those of the Geneformer perturber; unlike it, the vocabulary head is
//! never computed, the encoder stops at the needed layer, and shifts are taken in `f64` from the
//! difference of normalised embeddings. A result does not depend on batch size, number of shards
//! or their order.

mod batch;
mod context;
mod cosine;
mod edit;
mod effect;
mod error;
mod plan;
mod row;
mod spec;
mod state;
mod summary;
#[cfg(test)]
mod tests;

pub use batch::{Reading, Watch};
pub use context::ScreenContext;
pub use cosine::{Comparison, compare};
pub use edit::{Edit, TokenLayout};
pub use effect::UnitVector;
pub use error::ScreenError;
pub use plan::{ScreenPlan, hidden_state, layout, plan};
pub use row::{CellShift, ScreenRow, ShardResult};
pub use spec::{CellState, Perturbation, ScreenSpec};
pub use state::StateEmbedding;
pub use summary::{ShiftTest, summarise, test_shifts};
