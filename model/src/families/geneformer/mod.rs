//! Geneformer (V1, V2 and fine-tuned classifiers).

pub mod config;
mod detect;
mod edit;
mod gradient;
pub mod keys;
mod kinds;
mod load;
mod model;
pub mod net;
mod random;
pub mod tokenizer;
mod vocabulary_of;

use super::Licence;

pub use config::GeneformerConfig;
pub use detect::detects;
pub use edit::GeneformerEncoder;
pub use gradient::first_order;
pub use load::{Loaded, WEIGHT_FILES, load, read_config, save};
pub use model::open;
pub use net::Geneformer;
pub use random::{RANDOM_SIZES, random};
pub use vocabulary_of::{VocabularySource, vocabulary_of};

/// Licence of the published weights.
pub const LICENCE: Licence = Licence {
    name: "Apache-2.0",
    note: "free to use, change and pass on, also commercially, with the licence and its notices; \
           some checkpoints fine-tuned by others have their own licence (the CELLxGENE one of CZI \
           is CC BY 4.0)",
    source: "model card of ctheodoris/Geneformer",
};
