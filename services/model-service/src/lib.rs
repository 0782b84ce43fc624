//! nextwell-model-service
