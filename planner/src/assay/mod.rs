//! Assay maths: reading results, normalising plates, quality and hit calls.
//!
//! Words: a *measurement* is a raw value, a *robust z* a normalised one, a *hit call* a decision.
//! Raw values are never changed; everything here can be recomputed from them.

mod error;
pub mod formats;
pub mod hits;
pub mod normalise;
pub mod qc;
pub mod results;
pub mod stats;

pub use error::AssayError;
