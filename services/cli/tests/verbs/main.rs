//! The verbs that run a model on a file, as a person types them, on tiny random checkpoints of
//! every family and on real T cells.

mod classifiers;
mod every_family;
mod program;
mod replay;
mod tables;
