//! nextwell-planner-service
