//! nextwell-tests
