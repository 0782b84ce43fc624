//! From wells to genes to hit calls.
//!
//! What the planner learns from is the continuous [`GeneEstimate`] with its standard error, not
//! the call.

mod fdr;
mod genes;
mod rule;

pub use fdr::{benjamini_hochberg, empirical_p, normal_p};
pub use genes::{GeneEstimate, estimate_genes};
pub use rule::{Direction, HitCall, HitRule, Sides, call_hits};
