//! nextwell-store
