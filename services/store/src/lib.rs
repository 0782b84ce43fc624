//! Every query of nextwell, checked at compile time, a file per noun.
//!
//! Functions are free and take an executor, so the caller chooses the transaction: anything that
//! must happen together is written to one `&mut *tx`. They return domain types; "not found" is
//! `None`. Constraints have names in the migrations, and [`StoreError`] carries that name.
//!
//! Row changes of jobs, rounds, uploads, screens and models announce themselves on the channel
//! [`events::CHANNEL`] in the transaction that makes them.

#[macro_use]
mod words;

pub mod audit;
pub mod campaigns;
pub mod candidates;
pub mod controls;
pub mod datasets;
mod error;
pub mod evaluations;
pub mod events;
pub mod feature_blocks;
pub mod gene_results;
pub mod guides;
pub mod idempotency;
pub mod jobs;
pub mod library;
pub mod measurements;
pub mod model_removal;
pub mod models;
pub mod overview;
pub mod picks;
pub mod plate_designs;
pub mod plate_qc;
pub mod plates;
pub mod pooled_rounds;
mod pools;
pub mod posteriors;
pub mod replays;
pub mod reservations;
pub mod rounds;
pub mod screen_orders;
pub mod screen_rows;
pub mod screen_scores;
pub mod screens;
pub mod targets;
#[cfg(feature = "testing")]
pub mod testing;
pub mod uploads;
pub mod well_map;

pub use error::{Result, StoreError};
pub use pools::{MIGRATOR, Store, Tx};
pub use words::UnknownWord;

// What callers need to name an executor or a pool without depending on sqlx themselves.
pub use sqlx::postgres::{PgConnection, PgPool};
pub use sqlx::types::time::{Date, OffsetDateTime};
pub use sqlx::types::uuid::Uuid;
