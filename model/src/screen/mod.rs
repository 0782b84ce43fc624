//! In-silico perturbation screens: what knocking out or over-expressing a gene does to a cell's
//! embedding, and whether that moves it towards a goal state.
//!
//! The measures and edits are those of the Geneformer perturber; unlike it, the vocabulary head is
//! never computed, the encoder stops at the needed layer, and shifts are taken in `f64` from the
//! difference of normalised embeddings. A result does not depend on batch size, number of shards
//! or their order.
//!
//! | step | where |
//! |---|---|
//! | what to screen | [`ScreenSpec`], [`Targets`], [`Perturbation`] |
//! | which cells, targets and blocks, and what they cost | [`plan()`], [`ScreenPlan`] |
//! | the model's input before and after an edit | [`Source`] |
//! | blocks of cells × targets, in any order | [`Screener`] |
//! | what is computed, on disk | [`RunDir`] |
//! | estimates of every knock-out at once, and what they are worth | [`first_order_screen`] |
//! | statistics, confounding, baselines | [`report`] |
//! | effect of one edit in one cell | [`UnitVector::shift`], [`gene_cosines`] |

mod cache;
mod cosine;
mod edit;
mod edits;
mod effect;
mod error;
mod estimate;
mod gradient;
mod map;
mod measure;
mod noise;
mod originals;
mod perturbation;
mod plan;
pub mod report;
mod run_dir;
mod runner;
mod shard_file;
mod shards;
mod source;
mod spec;
mod state;
mod summary;
#[cfg(test)]
mod tests;
mod values;
mod watch;

pub use cosine::{GeneStates, gene_cosines, mean_cosine};
pub use edit::{Edit, TokenLayout, hidden_state, layout};
pub use effect::UnitVector;
pub use error::ScreenError;
pub use estimate::{Estimate, Speed, estimate, first_order_estimate, measure_speed, memory};
pub use gradient::{
    Estimated, FirstOrderCheck, FirstOrderScreen, FirstOrderSettings, first_order_screen,
};
pub use map::{MapGroup, MapPoint};
pub use perturbation::Perturbation;
pub use plan::{COSINE, PlannedState, ScreenPlan, Shard, plan};
pub use run_dir::{Provenance, RunDir};
pub use runner::Screener;
pub use source::{Original, Source};
pub use spec::{CellState, ScreenSpec, StateSummary, Targets};
pub use state::StateEmbedding;
pub use summary::{ShiftTest, test_shifts};
pub use values::{GeneShift, RowId, RowSource, RowValues, ScreenCell, ShardValues, Target};
pub use watch::Watch;
