//! The store against a real Postgres.

mod audit;
mod events;
mod exactly_once;
mod library;
mod loop_tables;
mod migrations;
mod model_removal;
mod pooled;
mod queue_model;
mod queue_rules;
mod replays;
mod screen_orders;
mod uploads;
