//! Through the front door: the binary that users run, the public API, a real database.

mod bad_cells;
mod bad_models;
mod bad_results;
mod faults;
mod features;
mod frozen;
mod models;
mod offline;
mod planning;
mod plates;
mod pooled;
mod privacy;
mod replays;
mod screens;
mod turn;
