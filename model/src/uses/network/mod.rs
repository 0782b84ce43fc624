//! Targets of a transcription factor, by how far its knock-out moves the embeddings of other genes.

mod coexpression;
mod edges;
mod score;
mod shifts;

pub use coexpression::coexpression;
pub use edges::Edges;
pub use score::{NetworkScore, human, score};
pub use shifts::{GeneShift, Network, NetworkSettings, network};
