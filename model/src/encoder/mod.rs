//! Inference: hidden states and pooled cells from token sequences, without any head.
//!
//! Two implementations of one trait: [`fast::FastEncoder`] on the CPU (weights exported once from
//! the Burn module, fused kernels of ours) and [`reference::BurnEncoder`], Burn's own forward
//! pass, which is the definition of the model and what runs on CUDA.

mod attention;
pub mod bench;
mod error;
mod fast;
mod fused;
mod kernels;
mod matmul;
pub mod performer;
mod performer_fused;
mod pooling;
mod reference;
pub mod stack;
mod weights;

use std::path::Path;

use burn::tensor::backend::Backend;

pub use error::EncoderError;
pub use fast::FastEncoder;
pub use pooling::Pooling;
pub use reference::BurnEncoder;

use crate::device::{self, Cpu, Device, DeviceChoice};
use crate::families::geneformer::{self, Geneformer, GeneformerConfig, Loaded};

/// Turns token sequences into hidden states.
///
/// The result for a sequence depends on that sequence only: not on its neighbours in the call,
/// nor on the number of threads.
pub trait Encoder: Send + Sync {
    /// Sizes of the model.
    fn config(&self) -> &GeneformerConfig;

    /// Device the model runs on.
    fn device(&self) -> Device;

    /// Hidden state `layer` of each sequence; layers above it are not run.
    ///
    /// # Shapes
    /// `layer` counts from 0 (embedding output) to the number of layers (last output). Each result
    /// is row-major `[tokens, hidden]` of its sequence.
    /// # Errors
    /// A sequence that is empty, too long or holds an unknown token; a layer past the last.
    fn hidden_at(&self, sequences: &[&[u32]], layer: usize) -> Result<Vec<Vec<f32>>, EncoderError>;

    /// One vector `[hidden]` per sequence: hidden state `layer`, pooled.
    ///
    /// # Errors
    /// As [`hidden_at`](Self::hidden_at), and a sequence in which `pooling` leaves nothing.
    fn pooled(
        &self,
        sequences: &[&[u32]],
        layer: usize,
        pooling: Pooling,
    ) -> Result<Vec<Vec<f32>>, EncoderError>;

    /// [`pooled`](Self::pooled) of edited versions of one sequence: the same bits, faster where work
    /// that the versions share can be done once.
    ///
    /// # Errors
    /// As [`pooled`](Self::pooled).
    fn pooled_edited(
        &self,
        _original: &[u32],
        edited: &[&[u32]],
        layer: usize,
        pooling: Pooling,
    ) -> Result<Vec<Vec<f32>>, EncoderError> {
        self.pooled(edited, layer, pooling)
    }

    /// Attention of all layers in one sequence, between and towards `positions`.
    ///
    /// # Errors
    /// As [`hidden_at`](Self::hidden_at); a position past the end of the sequence is the caller's
    /// mistake and panics.
    fn attention(
        &self,
        sequence: &[u32],
        positions: &[usize],
    ) -> Result<stack::Attention, EncoderError>;
}

/// Opens a checkpoint directory for inference.
///
/// # Errors
/// The device cannot be had, or the checkpoint cannot be read.
pub fn open(dir: &Path, choice: DeviceChoice) -> Result<Box<dyn Encoder>, EncoderError> {
    match device::resolve(choice)? {
        Device::Cpu => {
            let Loaded { config, net, .. } = geneformer::load::<Cpu>(dir, &Default::default())?;
            Ok(Box::new(FastEncoder::of_owned(&config, net)?))
        }
        Device::Cuda(index) => open_cuda(dir, index),
    }
}

#[cfg(feature = "cuda")]
fn open_cuda(dir: &Path, index: usize) -> Result<Box<dyn Encoder>, EncoderError> {
    let burn_device = device::gpu(index);
    let Loaded { config, net, .. } = geneformer::load::<device::Gpu>(dir, &burn_device)?;
    Ok(Box::new(BurnEncoder::new(config, net, burn_device, Device::Cuda(index))))
}

#[cfg(not(feature = "cuda"))]
fn open_cuda(_dir: &Path, index: usize) -> Result<Box<dyn Encoder>, EncoderError> {
    Err(device::DeviceError::NotBuilt { index }.into())
}

/// The CPU encoder of a net in memory, for example one that was just fine-tuned; weights are
/// copied.
///
/// # Errors
/// `config` does not validate, or its sizes are not those of `net`.
pub fn from_net<B: Backend>(
    config: &GeneformerConfig,
    net: &Geneformer<B>,
) -> Result<Box<dyn Encoder>, EncoderError> {
    Ok(Box::new(FastEncoder::new(config, net)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/geneformer/tiny_v1")
    }

    #[test]
    fn a_checkpoint_opens_on_the_cpu_and_an_absent_gpu_is_an_error() {
        let encoder = open(&golden(), DeviceChoice::Cpu).unwrap();
        let layers = encoder.config().num_hidden_layers;
        let cells = encoder.pooled(&[&[5, 4, 3], &[7]], layers, Pooling::mean(false)).unwrap();
        assert_eq!(cells.len(), 2);
        assert_eq!(encoder.device(), Device::Cpu);
        if !device::probe().cuda_usable() {
            let Err(error) = open(&golden(), DeviceChoice::Cuda(0)) else {
                panic!("opened on a GPU that is not there");
            };
            assert!(error.to_string().contains("--device cpu"), "{error}");
        }
    }

    #[test]
    fn a_gpu_gives_what_the_cpu_gives() {
        if !device::probe().cuda_usable() {
            println!("skipped: {}", device::probe());
            return;
        }
        let cells: [&[u32]; 3] = [&[5, 4, 3, 9], &[7, 8, 9, 10], &[11]];
        let encode = |choice| {
            let encoder = open(&golden(), choice).unwrap();
            encoder.hidden_at(&cells, encoder.config().num_hidden_layers).unwrap().concat()
        };
        let (cpu, gpu) = (encode(DeviceChoice::Cpu), encode(DeviceChoice::Cuda(0)));
        for (a, b) in cpu.iter().zip(&gpu) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }
}
