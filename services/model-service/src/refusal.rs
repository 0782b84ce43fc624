//! The model crate's errors as problems with stable codes.

use nextwell_model::cells::CellsError;
use nextwell_model::checkpoint::CheckpointError;
use nextwell_model::encoder::EncoderError;
use nextwell_model::families::FamilyError;
use nextwell_model::families::geneformer::tokenizer::TokenizerError;
use nextwell_model::learn::LearnError;
use nextwell_model::screen::ScreenError;
use nextwell_model::uses::UseError;

use crate::failure::Failure;

/// Stable code of an error about cells.
pub fn cells_code(error: &CellsError) -> &'static str {
    match error {
        CellsError::Io { .. } => "unreadable_file",
        CellsError::NotHdf5 { .. } => "not_hdf5",
        CellsError::Form { .. } => "not_anndata",
        CellsError::NotSelfContained { .. } => "not_self_contained",
        CellsError::TooLarge { .. } => "over_limit",
        CellsError::NoCounts { .. } => "no_raw_counts",
        CellsError::BadCount { .. } => "bad_count",
        CellsError::UnknownColumn { .. } => "unknown_column",
        CellsError::UnknownValue { .. } => "unknown_state",
        CellsError::NoSuchCell { .. } | CellsError::NoCells => "no_cells",
        _ => "damaged_file",
    }
}

impl From<CellsError> for Failure {
    fn from(error: CellsError) -> Self {
        match &error {
            CellsError::Io { source, .. } => Self::io("cells", source),
            _ => Self::new(422, cells_code(&error), "These cells cannot be used so")
                .detail(error.to_string()),
        }
    }
}

impl From<TokenizerError> for Failure {
    fn from(error: TokenizerError) -> Self {
        Self::new(422, "vocabulary_does_not_fit", "Cells, model and vocabulary do not fit")
            .detail(error.to_string())
    }
}

impl From<ScreenError> for Failure {
    fn from(error: ScreenError) -> Self {
        let detail = error.to_string();
        let refused =
            |status, code| Self::new(status, code, "This screen cannot be run").detail(detail);
        match error {
            ScreenError::Cells(error) => error.into(),
            ScreenError::Tokenizer(error) => error.into(),
            ScreenError::Cancelled => Self::cancelled(),
            ScreenError::Encoder(error) => error.into(),
            ScreenError::Family(error) => error.into(),
            ScreenError::Io { source, .. } => Self::io("a screen's values", &source),
            ScreenError::BadFile { .. } | ScreenError::Incomplete { .. } => Self::internal(error),
            ScreenError::NoSuchShard { .. } => refused(404, "no_such_shard"),
            ScreenError::NoSuchLayer { .. } => refused(422, "no_such_layer"),
            ScreenError::NoUsableCell { .. } => refused(422, "no_usable_cell"),
            ScreenError::EmbeddingNotFinite { .. } => refused(422, "not_finite"),
            ScreenError::Empty { .. }
            | ScreenError::Duplicate { .. }
            | ScreenError::BadSetting { .. } => refused(422, "bad_screen"),
        }
    }
}

impl From<LearnError> for Failure {
    fn from(error: LearnError) -> Self {
        let detail = error.to_string();
        let refused = |code| Self::new(422, code, "This cannot be learnt").detail(&detail);
        match error {
            LearnError::Cells(error) => error.into(),
            LearnError::Tokenizer(error) => error.into(),
            LearnError::Encoder(error) => error.into(),
            LearnError::Checkpoint(error) => error.into(),
            LearnError::Cancelled => Self::cancelled(),
            LearnError::TooFewGenes { .. } => refused("too_few_genes"),
            LearnError::TooFewCells { .. } => refused("too_few_cells"),
            LearnError::NotFinite { .. } => refused("not_finite"),
            LearnError::BadSetting { .. } => refused("bad_setting"),
            LearnError::Diverged { .. } => refused("training_diverged"),
            LearnError::LengthMismatch { .. }
            | LearnError::Version(_)
            | LearnError::File { .. } => Self::internal(detail),
        }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        let code = match &error {
            CheckpointError::Io { source, .. } => return Self::io("a model", source),
            CheckpointError::Write { .. } => return Self::internal(error),
            CheckpointError::Json { .. } | CheckpointError::Config { .. } => "bad_model_config",
            CheckpointError::NoWeights { .. } => "incomplete_model",
            CheckpointError::Damaged { .. }
            | CheckpointError::WrongMagic { .. }
            | CheckpointError::HeaderTooLarge { .. }
            | CheckpointError::TensorOutside { .. } => "damaged_checkpoint",
            CheckpointError::Forbidden { .. } => "forbidden_pickle",
            CheckpointError::Keys { .. } | CheckpointError::Untied { .. } => "wrong_weights",
            CheckpointError::NotFinite { .. } => "not_finite",
        };
        Self::new(422, code, "This model cannot be used").detail(error.to_string())
    }
}

impl From<FamilyError> for Failure {
    fn from(error: FamilyError) -> Self {
        let refused = |code: &str| {
            Self::new(422, code, "This model cannot be used").detail(error.to_string())
        };
        match error {
            FamilyError::Checkpoint(error) => error.into(),
            FamilyError::Tokenizer(error) => error.into(),
            FamilyError::Encoder(error) => error.into(),
            FamilyError::Device(error) => {
                Self::new(503, "device_gone", "The device cannot be used").detail(error.to_string())
            }
            FamilyError::NotAModel { .. } | FamilyError::UnknownFamily { .. } => {
                refused("not_a_model")
            }
            FamilyError::Vocabulary { .. } | FamilyError::NoGeneKnown { .. } => {
                refused("vocabulary_does_not_fit")
            }
            FamilyError::Unsupported { .. } => refused("unsupported"),
            FamilyError::BadCell { .. } => refused("cell_does_not_fit"),
        }
    }
}

impl From<UseError> for Failure {
    fn from(error: UseError) -> Self {
        let refused = |code: &str| {
            Self::new(422, code, "The model cannot be used so").detail(error.to_string())
        };
        match error {
            UseError::Cells(error) => error.into(),
            UseError::Family(error) => error.into(),
            UseError::Cancelled => Self::cancelled(),
            UseError::TooFewCells { .. } => refused("too_few_cells"),
            UseError::BadSetting { .. } => refused("bad_setting"),
            _ => refused("unsupported"),
        }
    }
}

impl From<EncoderError> for Failure {
    fn from(error: EncoderError) -> Self {
        let refused = |code| {
            Self::new(422, code, "The model cannot be run on these cells").detail(error.to_string())
        };
        match error {
            EncoderError::Checkpoint(error) => error.into(),
            EncoderError::Device(error) => {
                Self::new(503, "device_gone", "The device cannot be used").detail(error.to_string())
            }
            EncoderError::Config(_) | EncoderError::WeightSize { .. } => refused("wrong_weights"),
            EncoderError::NoSuchLayer { .. } => refused("no_such_layer"),
            EncoderError::UnknownToken { .. } => refused("vocabulary_does_not_fit"),
            EncoderError::Empty { .. }
            | EncoderError::TooLong { .. }
            | EncoderError::NothingToPool { .. } => refused("cell_does_not_fit"),
        }
    }
}
