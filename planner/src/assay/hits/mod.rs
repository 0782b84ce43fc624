//! From wells to genes to hit calls.
//!
//! What the planner learns from is the continuous [`GeneEstimate`] with its standard error, not
//! the call.

mod donors;
mod fdr;
mod gene_over_donors;
mod genes;
mod rra;
mod rule;

pub use donors::{DonorEstimate, DonorValue, block_by_donor, paired_ssmd, t_p};
pub use fdr::{benjamini_hochberg, empirical_p, normal_p};
pub use gene_over_donors::{GeneOverDonors, over_donors};
pub use genes::{GeneEstimate, estimate_genes};
pub use rra::alpha_rra;
pub use rule::{Direction, HitCall, HitRule, Sides, call_hits};
