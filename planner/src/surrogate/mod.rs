//! Surrogates: from measurements to a posterior over every candidate.

mod block_gp;
mod choice;
mod descent;
mod ensemble;
mod evidence;
mod exact;
mod intervals;
pub(crate) mod linalg;
mod outliers;
mod posterior;
mod process;
mod report;
mod ridge;
#[cfg(test)]
mod tests;
mod training;

pub use block_gp::BlockGp;
pub use choice::{Outliers, SurrogateChoice};
pub(crate) use ensemble::Ensemble;
pub use ensemble::MemberPredictions;
pub use exact::ExactBlocks;
pub(crate) use outliers::Robust;
pub use posterior::{Marginals, Posterior};
pub use report::{BlockWeight, ModelWeight, SurrogateReport};
pub use ridge::Ridge;
pub use training::{Observed, TrainingSet};

use crate::error::PlanError;
use crate::features::FeatureTable;

/// A fitted surrogate.
#[derive(Debug, Clone)]
pub struct Fitted<'t> {
    /// Posterior over all candidates of the table.
    pub posterior: Posterior<'t>,
    /// What the fit found.
    pub report: SurrogateReport,
}

/// Anything that turns measurements into a posterior.
///
/// A surrogate sees measured candidates only: a [`TrainingSet`] has no place for the value of an
/// unmeasured gene.
pub trait Surrogate: Send + Sync {
    /// Name for reports.
    fn name(&self) -> &'static str;

    /// Fit to `data`; with fewer than two measurements the posterior is the prior.
    ///
    /// # Errors
    /// [`PlanError::NotPositiveDefinite`] or [`PlanError::FitFailed`].
    fn fit<'t>(&self, table: &'t FeatureTable, data: &TrainingSet)
    -> Result<Fitted<'t>, PlanError>;

    /// Add the intervals of the learnt weights to a report of [`Self::fit`] on the same data, where
    /// the surrogate has any; left out of the fit because a replay never asks for them.
    ///
    /// # Errors
    /// As [`Self::fit`].
    fn add_intervals(
        &self,
        _table: &FeatureTable,
        _data: &TrainingSet,
        _report: &mut SurrogateReport,
    ) -> Result<(), PlanError> {
        Ok(())
    }
}
