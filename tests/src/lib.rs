//! What end-to-end tests need: a real server, a lab, and a campaign small enough for a test.
