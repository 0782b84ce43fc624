//! nextwell-planner
