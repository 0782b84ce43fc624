//! What a finished screen says, and how far to trust it.
//!
//! Effects stream through row by row; nothing but one row's values and the background is in
//! memory. No number depends on how the screen was cut into blocks.
//!
//! | column | what | source |
//! |---|---|---|
//! | mean, sd | over start cells | |
//! | interval over cells | Student's t | too narrow where cells share donors |
//! | interval over donors, `p_donor` | cluster-robust standard error, t with donors - 1 degrees | Cameron and Miller 2015, J. Hum. Resour. 50:317 |
//! | `p`, `q` | rank-sum against all effects; Benjamini–Hochberg over targets | Geneformer's `goal_state_shift` |
//! | impact | component of a two-component mixture of mean cosines, ordered by mean | Geneformer's `mixture_model` |
//! | expression-matched | mean effect of the targets of nearest mean expression | |

mod background;
mod confounding;
mod consensus;
mod evaluation;
mod export;
mod expression;
mod joint;
mod row;
mod summary;
mod table;
#[cfg(test)]
mod tests;

pub use confounding::{Confounding, Matched};
pub use consensus::{Agreement, ConsensusRow, RankedTable, agreement, consensus};
pub use evaluation::{Enrichment, Evaluation, RankedRow, Ranking, evaluate, rankings};
pub use export::{symbols, write_values};
pub use expression::{TargetExpression, target_expression};
pub use row::{DonorMean, Effect, NullTest};
pub use summary::summarise;
pub use table::{Report, ReportOptions, ReportRow};
