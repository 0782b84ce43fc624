//! Learning: pretraining by masked genes, fine-tuning on measured effects, evaluation on held-out
//! genes, and the rule that promotes a version.

mod adam;
mod corpus;
mod decide;
mod error;
mod evaluate;
mod features;
mod finetune;
mod head;
mod masked_model;
mod model_dir;
mod predict;
mod pretrain;
mod problem;
mod record;
mod reference;
mod ridge;
pub mod split;
mod tensors;
#[cfg(test)]
mod tests;
mod top_layer;
mod vocabulary_file;

pub use decide::{Decision, PromotionRule, decide};
pub use error::LearnError;
pub use evaluate::{Contenders, Evaluation, Score, evaluate};
pub use finetune::{
    FEWEST_GENES, FineTuneRequest, FineTuneSettings, FineTuned, Measurement, finetune, target,
};
pub use head::{EffectHead, Prediction};
pub use predict::{Comparison, ModelView, evaluate_versions, predict};
pub use pretrain::{LossCurve, PretrainConfig, Pretrained, pretrain, pretrain_to};
pub use record::{CurvePoint, TrainingRecord};
pub use reference::Reference;
