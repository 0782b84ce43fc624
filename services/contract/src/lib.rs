//! nextwell-contract
