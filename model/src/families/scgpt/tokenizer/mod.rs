//! From counts to gene tokens and values.
//!
//! # What equals the reference, and what is fixed here
//! As in the reference's zero-shot path (`tasks/cell_emb.py`, `data_collator.py`): only genes of
//! the vocabulary with a count above zero are kept, raw counts are not normalised (quantile bins
//! depend on ranks only), the cell's own non-zero counts are cut into `n_bins - 1` bins at their
//! quantiles before any gene is left out for length, and `<cls>` comes first with the padding
//! value. The reference leaves three things to chance or to the order of columns; here:
//!
//! | choice | reference | default | with a seed |
//! |---|---|---|---|
//! | bin of a count equal to one or more edges | uniform draw between them | the middle, `u = 0.5` | draw of (seed, cell, gene) |
//! | genes beyond the length | random subset | highest counts, ties by token | subset by draws of (seed, cell, gene) |
//! | order of genes (a set to the model) | columns | by token | by token |
//!
//! Draws are made per gene and not in sequence, so that editing one gene leaves the others' bins
//! and places alone. Counts of several columns of one gene are added.

mod binning;
mod columns;
mod counts;
mod draws;
mod edits;
mod log_normalised;
mod vocabulary;

pub use binning::{QuantileBins, edges_of};
pub use counts::CountEncoder;
pub use draws::Draws;
pub use log_normalised::{LogEncoder, Scope};
pub use vocabulary::Vocabulary;

pub(super) use columns::Columns;
