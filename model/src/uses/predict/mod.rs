//! Expression after a perturbation, and how it compares with what was measured.

mod evaluate;
mod forecast;
mod moments;

pub use evaluate::{Contender, PredictionScore, evaluate};
pub use forecast::{Forecast, ForecastGene, ForecastSettings, forecast};
pub use moments::Moments;
