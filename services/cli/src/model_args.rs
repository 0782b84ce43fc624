//! What every verb that runs a model on a file asks for, and what it opens.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nextwell_model::cells::{CellMatrix, H5adWriter};
use nextwell_model::device::DeviceChoice;
use nextwell_model::families::{self, CellModel, EncodeOptions, OpenOptions, Species};
use nextwell_model::uses::{Coverage, UseError, Watch, coverage, translation};
use nextwell_model::versions::digest_model_dir;
use serde_json::{Value, json};

use crate::{models, progress};

/// Cells, model and how to read the one with the other.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelArgs {
    /// AnnData file with raw counts
    #[arg(value_name = "CELLS.h5ad")]
    cells: PathBuf,
    /// Model directory of any family
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Species of the cells
    #[arg(long, value_enum, default_value_t = SpeciesName::Human)]
    species: SpeciesName,
    /// Longest input in tokens; the model's own context when not given
    #[arg(long, value_name = "TOKENS")]
    max_len: Option<usize>,
    /// Seed of the encoding's random choices, where the family has any; its written deterministic
    /// rule when not given
    #[arg(long, value_name = "N")]
    encoding_seed: Option<u64>,
    /// Device: auto, cpu or cuda:N
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Print a summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// A species by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SpeciesName {
    Human,
    Mouse,
}

/// Cells and model, ready.
pub struct Session {
    /// The cells.
    pub cells: CellMatrix,
    /// The model.
    pub model: Box<dyn CellModel>,
    /// How cells are encoded.
    pub options: EncodeOptions,
    /// Digest of the model's files.
    digest: String,
    cancel: Arc<AtomicBool>,
}

impl ModelArgs {
    /// Reads the cells and opens the model. From now on Ctrl-C ends the work at its next batch.
    ///
    /// # Errors
    /// Unreadable cells or checkpoint; a device that cannot be had.
    pub fn open(&self) -> anyhow::Result<Session> {
        let cells = models::read_cells(&self.cells)?;
        let options = OpenOptions { device: self.device, ..OpenOptions::default() };
        let model = families::open(&self.model, options)?;
        let species = match self.species {
            SpeciesName::Human => Species::Human,
            SpeciesName::Mouse => Species::Mouse,
        };
        let options = EncodeOptions {
            max_len: self.max_len,
            species,
            seed: self.encoding_seed,
            ..EncodeOptions::default()
        };
        if let Some(human) = translation(model.as_ref(), &cells, &options) {
            eprintln!("nextwell: {}", human.summary());
        }
        let digest = digest_model_dir(&self.model)?;
        Ok(Session { cells, model, options, digest, cancel: cancelled_by_ctrl_c() })
    }
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the process at once.
pub fn cancelled_by_ctrl_c() -> Arc<AtomicBool> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        }
    });
    cancel
}

impl Session {
    /// Runs a long step under a progress bar.
    ///
    /// # Errors
    /// As the step.
    pub fn watched<T>(
        &self,
        name: &str,
        step: impl FnOnce(Watch<'_>) -> Result<T, UseError>,
    ) -> anyhow::Result<T> {
        let bar = progress::bar(name, 1);
        let shown = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let result = step(Watch { progress: &shown, cancel: &self.cancel });
        bar.finish();
        Ok(result?)
    }

    /// How much of the cells the model can see.
    ///
    /// # Errors
    /// As [`coverage`].
    pub fn coverage(&self) -> anyhow::Result<Coverage> {
        self.watched("coverage", |watch| {
            coverage(self.model.as_ref(), &self.cells, &self.options, watch)
        })
    }

    /// Where results come from, for summaries.
    pub fn origin(&self) -> Value {
        let card = self.model.card();
        json!({
            "family": card.family.name(),
            "variant": card.variant,
            "model_digest": self.digest,
            "device": self.model.device().to_string(),
            "species": self.options.species,
        })
    }

    /// Starts an AnnData file with the cells and where what follows comes from.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path, verb: &str) -> anyhow::Result<H5adWriter<'_>> {
        let card = self.model.card();
        let mut file = H5adWriter::create(path, &self.cells)?;
        file.note("tool", "nextwell")?;
        file.note("tool_version", env!("CARGO_PKG_VERSION"))?;
        file.note("verb", verb)?;
        file.note("model_family", card.family.name())?;
        file.note("model_variant", &card.variant)?;
        file.note("model_digest", &self.digest)?;
        file.note("model_licence", card.family.licence().name)?;
        file.note("vocabulary_digest", &card.vocabulary.digest)?;
        let species = match self.options.species {
            Species::Human => "human",
            Species::Mouse => "mouse",
        };
        file.note("species", species)?;
        Ok(file)
    }
}

/// Coverage in words.
pub fn print_coverage(found: &Coverage) {
    println!(
        "genes     {} of {} measured genes are known to the model ({} of its {} are measured)",
        found.genes_known, found.genes, found.vocabulary_measured, found.vocabulary
    );
    println!("counts    {:.1} % of the counts are of known genes", found.counts_share * 100.0);
    println!(
        "context   {} of {} cells lose genes to the length of the input (mean {:.1}, most {})",
        found.cells_truncated, found.cells, found.truncated_mean, found.truncated_max
    );
    if found.cells_blank > 0 {
        println!("blank     {} cells express no known gene", found.cells_blank);
    }
    let names: Vec<&str> = found.unknown_genes.iter().map(|gene| gene.symbol.as_str()).collect();
    if !names.is_empty() {
        println!("unknown   {} (most counts first)", names.join(", "));
    }
}
