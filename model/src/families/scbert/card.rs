//! What is known about an scBERT without running it.

use burn::module::Module;
use burn::tensor::backend::Backend;

use super::genes::GeneOrder;
use super::load::Loaded;
use crate::families::{EmbeddingKind, Family, Licence, ModelCard, Sizes};

/// Licence of the published weights.
pub const LICENCE: Licence = Licence {
    name: "GPL-3.0",
    note: "The authors put their code and the weights under the GNU General Public License 3.0: who \
           passes the weights on, also fine-tuned ones, does so under its terms.",
    source: "LICENSE in github.com/TencentAILabHealthcare/scBERT",
};

/// Mean over all genes of the model; the default.
pub const MEAN: &str = "mean";
/// Mean over the genes with a bin above 0.
pub const MEAN_EXPRESSED: &str = "mean_expressed";
/// First hidden layer of the annotation head.
pub const FIRST: &str = "fc1";
/// Second hidden layer of the annotation head.
pub const SECOND: &str = "fc2";

pub(super) fn card<B: Backend>(
    loaded: &Loaded<B>,
    order: &GeneOrder,
    labels: Vec<String>,
) -> ModelCard {
    let config = &loaded.config;
    let projections = config.depth * config.nb_features * config.dim_head;
    let heads = loaded.bins.as_ref().map_or(0, Module::num_params)
        + loaded.annotation.as_ref().map_or(0, Module::num_params);
    let kind = |name, what, width| EmbeddingKind { name, what, width };
    let mut embeddings = vec![
        kind(MEAN, "mean over all genes of the normed encodings", config.dim),
        kind(MEAN_EXPRESSED, "the same over the genes with a bin above 0", config.dim),
    ];
    if let Some(head) = &loaded.annotation {
        let width = |map: &burn::nn::Linear<B>| map.weight.dims()[1];
        let (first, second) = (width(&head.first), width(&head.second));
        embeddings.push(kind(FIRST, "first hidden layer of the annotation head", first));
        embeddings.push(kind(SECOND, "second hidden layer of the annotation head", second));
    }
    ModelCard {
        family: Family::ScBert,
        variant: if loaded.annotation.is_some() { "annotation" } else { "pretrained" }.to_owned(),
        sizes: Sizes {
            layers: config.depth,
            hidden: config.dim,
            heads: config.heads,
            ffn: config.layer_sizes().ffn,
            context: config.max_seq_len,
            parameters: (loaded.net.num_params() + heads - projections) as u64,
        },
        vocabulary: order.card(),
        embeddings,
        labels,
        report: loaded.report.clone(),
    }
}
