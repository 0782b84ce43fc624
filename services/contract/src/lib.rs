//! The words both services speak: serde types with an OpenAPI schema, one file per noun,
//! and the `application/problem+json` body of every error. No logic lives here.
//!
//! [`worker`] is the model service's API (planner service → model service);
//! everything else is the public API (browser, `nextwell` command, notebooks → planner service).

pub mod calibration;
pub mod campaign;
pub mod card;
pub mod coverage;
pub mod dataset;
pub mod embedding;
pub mod features;
pub mod job;
pub mod library;
pub mod loop_state;
pub mod mageck;
pub mod model;
pub mod plan;
pub mod pooled;
pub mod problem;
pub mod replay;
pub mod result;
pub mod round;
pub mod screen;
pub mod screening;
pub mod target;
pub mod worker;

pub use calibration::*;
pub use campaign::*;
pub use card::*;
pub use coverage::*;
pub use dataset::*;
pub use embedding::*;
pub use features::*;
pub use job::*;
pub use library::*;
pub use loop_state::*;
pub use mageck::*;
pub use model::*;
pub use plan::*;
pub use pooled::*;
pub use problem::*;
pub use replay::*;
pub use result::*;
pub use round::*;
pub use screen::*;
pub use screening::*;
pub use target::*;
