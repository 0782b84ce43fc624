//! nextwell-model
