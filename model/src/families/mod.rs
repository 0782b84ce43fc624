//! The model families: one folder each, one line each in [`families!`].
//!
//! A folder holds the family's configuration, key maps, net, tokenizer and edits. Everything
//! outside sees [`CellModel`] only. To add a family, see CONTRIBUTING.md.

mod card;
mod cells;
mod error;
pub mod genecompass;
pub mod geneformer;
mod model;
mod open;
pub mod scbert;
pub mod scfoundation;
pub mod scgpt;
mod verify;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

pub use crate::encoder::stack::Attention;
pub use card::{EmbeddingKind, Licence, ModelCard, Sizes, VocabularyCard};
pub use cells::{
    CellEncoder, CellTokens, Direction, Edit, Edited, EncodeOptions, GeneToken, Species,
    at_percentile,
};
pub use error::FamilyError;
pub use model::{
    CellModel, Classes, Classifier, DepthEnhancer, FirstOrder, GeneClassifier,
    PerturbationPredictor,
};
pub use open::{Kernels, OpenOptions};
pub use verify::{Parity, verify};

/// Writes the enum and everything that depends on the family's name from one list.
macro_rules! families {
    ($($(#[$doc:meta])* $variant:ident in $folder:ident,)*) => {
        /// A family of cellular foundation models.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Family {
            $($(#[$doc])* $variant,)*
        }

        impl Family {
            /// All of them.
            pub const ALL: &[Family] = &[$(Family::$variant,)*];

            /// Its name in commands and in the API.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($folder),)* }
            }

            /// Licence of the published weights.
            pub fn licence(self) -> &'static Licence {
                match self { $(Self::$variant => &$folder::LICENCE,)* }
            }

            /// Whether `dir` holds a checkpoint of this family, by its files and configuration.
            fn detects(self, dir: &Path) -> bool {
                match self { $(Self::$variant => $folder::detects(dir),)* }
            }

            /// Opens a checkpoint directory of this family.
            ///
            /// # Errors
            /// The device cannot be had; the checkpoint or its vocabulary cannot be read.
            pub fn open(
                self,
                dir: &Path,
                options: OpenOptions,
            ) -> Result<Box<dyn CellModel>, FamilyError> {
                match self { $(Self::$variant => $folder::open(dir, options),)* }
            }

            /// Sizes that [`random`](Self::random) knows, first the smallest.
            pub fn random_sizes(self) -> &'static [&'static str] {
                match self { $(Self::$variant => $folder::RANDOM_SIZES,)* }
            }

            /// Writes a checkpoint with seeded random weights and its vocabulary to `dir`, in the
            /// published layout of keys.
            ///
            /// # Errors
            /// An unknown size, or a failed write.
            pub fn random(self, dir: &Path, size: &str, seed: u64) -> Result<(), FamilyError> {
                match self { $(Self::$variant => $folder::random(dir, size, seed),)* }
            }
        }
    };
}

families! {
    /// Geneformer V1, V2 and classifiers made of them.
    Geneformer in geneformer,
    /// scBERT: cell types from a Performer over all genes (Yang et al. 2022).
    ScBert in scbert,
    /// A masked autoencoder of expression that knows read depth (Hao et al. 2024).
    ScFoundation in scfoundation,
    /// scGPT (Cui et al. 2024).
    ScGpt in scgpt,
    /// GeneCompass (Yang et al. 2024): human and mouse, with prior knowledge.
    GeneCompass in genecompass,
}

impl Family {
    /// The family whose checkpoint `dir` holds.
    ///
    /// # Errors
    /// [`FamilyError::NotAModel`] when it is none of them.
    pub fn of(dir: &Path) -> Result<Self, FamilyError> {
        Self::ALL
            .iter()
            .copied()
            .find(|family| family.detects(dir))
            .ok_or_else(|| FamilyError::NotAModel { dir: dir.to_owned() })
    }
}

/// Opens a checkpoint directory of any family.
///
/// # Errors
/// As [`Family::of`] and [`Family::open`].
pub fn open(dir: &Path, options: OpenOptions) -> Result<Box<dyn CellModel>, FamilyError> {
    Family::of(dir)?.open(dir, options)
}

/// Opens a checkpoint directory for first-order estimates of deletions, on the CPU.
///
/// # Errors
/// As [`open`]; [`FamilyError::Unsupported`] for a family that has none.
pub fn open_first_order(dir: &Path) -> Result<Box<dyn FirstOrder>, FamilyError> {
    match Family::of(dir)? {
        Family::Geneformer => geneformer::first_order(dir),
        family => Err(FamilyError::Unsupported {
            family,
            what: "mode",
            found: "gradient".to_owned(),
            available: "exact".to_owned(),
        }),
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = FamilyError;

    fn from_str(name: &str) -> Result<Self, FamilyError> {
        let same = |family: &&Family| family.name().eq_ignore_ascii_case(name);
        Self::ALL
            .iter()
            .find(same)
            .copied()
            .ok_or_else(|| FamilyError::UnknownFamily { found: name.to_owned() })
    }
}
