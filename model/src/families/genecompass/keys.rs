//! GeneCompass's keys: Hugging Face's names of a BERT model, with its own embedding block, class
//! token and value head.

use crate::checkpoint::keys::{KeyMap, Kind};

/// The encoder. The tables of prior knowledge are buffers of the reference, not weights.
pub const BODY: KeyMap = &[
    ("embeddings.word", "bert.embeddings.word_embeddings", Kind::Plain),
    ("embeddings.promoter.table", "bert.embeddings.promoter_knowledge", Kind::Plain),
    ("embeddings.promoter.linear", "bert.embeddings.promoter_embeddings.linear1", Kind::Linear),
    ("embeddings.co_exp.table", "bert.embeddings.co_exp_knowledge", Kind::Plain),
    ("embeddings.co_exp.linear", "bert.embeddings.co_exp_embeddings.linear1", Kind::Linear),
    ("embeddings.gene_family.table", "bert.embeddings.gene_family_knowledge", Kind::Plain),
    (
        "embeddings.gene_family.linear",
        "bert.embeddings.gene_family_embeddings.linear1",
        Kind::Linear,
    ),
    ("embeddings.peca_grn.table", "bert.embeddings.peca_grn_knowledge", Kind::Plain),
    ("embeddings.peca_grn.linear", "bert.embeddings.peca_grn_embeddings.linear1", Kind::Linear),
    ("embeddings.mix.fc", "bert.embeddings.concat_embeddings.cat_fc", Kind::Linear),
    ("embeddings.mix.norm", "bert.embeddings.concat_embeddings.cat_ln", Kind::Plain),
    ("embeddings.mix.projection", "bert.embeddings.concat_embeddings.cat_proj", Kind::Linear),
    ("embeddings.position", "bert.embeddings.position_embeddings", Kind::Plain),
    ("embeddings.token_type", "bert.embeddings.token_type_embeddings", Kind::Plain),
    ("embeddings.norm", "bert.embeddings.LayerNorm", Kind::Plain),
    ("class", "bert.cls_embedding", Kind::Plain),
    ("layers.{i}.attention.query", "bert.encoder.layer.{i}.attention.self.query", Kind::Linear),
    ("layers.{i}.attention.key", "bert.encoder.layer.{i}.attention.self.key", Kind::Linear),
    ("layers.{i}.attention.value", "bert.encoder.layer.{i}.attention.self.value", Kind::Linear),
    ("layers.{i}.attention.output", "bert.encoder.layer.{i}.attention.output.dense", Kind::Linear),
    ("layers.{i}.attention_norm", "bert.encoder.layer.{i}.attention.output.LayerNorm", Kind::Plain),
    ("layers.{i}.intermediate", "bert.encoder.layer.{i}.intermediate.dense", Kind::Linear),
    ("layers.{i}.output", "bert.encoder.layer.{i}.output.dense", Kind::Linear),
    ("layers.{i}.output_norm", "bert.encoder.layer.{i}.output.LayerNorm", Kind::Plain),
];

/// Tables of prior knowledge `[vocab, width]` with the weight `[hidden, width]` of their maps, in
/// the order of the embedding.
pub const PRIORS: [(&str, &str); 4] = [
    ("bert.embeddings.promoter_knowledge", "bert.embeddings.promoter_embeddings.linear1.weight"),
    ("bert.embeddings.co_exp_knowledge", "bert.embeddings.co_exp_embeddings.linear1.weight"),
    (
        "bert.embeddings.gene_family_knowledge",
        "bert.embeddings.gene_family_embeddings.linear1.weight",
    ),
    ("bert.embeddings.peca_grn_knowledge", "bert.embeddings.peca_grn_embeddings.linear1.weight"),
];

/// The head that tells which gene a masked one is; its decoder is the word table.
pub const ID_HEAD: KeyMap = &[
    ("dense", "cls.predictions.transform.dense", Kind::Linear),
    ("norm", "cls.predictions.transform.LayerNorm", Kind::Plain),
    ("", "cls.predictions", Kind::Plain),
];

/// The head that tells the expression value of a masked gene.
pub const VALUE_HEAD: KeyMap = &[
    ("dense", "cls4value.predictions.transform.dense", Kind::Linear),
    ("norm", "cls4value.predictions.transform.LayerNorm", Kind::Plain),
    ("decoder.weight", "cls4value.predictions.decoder.weight", Kind::Linear),
    ("decoder.bias", "cls4value.predictions.bias", Kind::Plain),
];

/// The classifier of cells.
pub const SEQUENCE_CLASSIFIER: KeyMap =
    &[("pooler", "bert.pooler.dense", Kind::Linear), ("classifier", "classifier", Kind::Linear)];

/// The classifier of genes.
pub const TOKEN_CLASSIFIER: KeyMap = &[("classifier", "classifier", Kind::Linear)];

/// Human token to the token whose prior knowledge a mouse cell uses, `[vocab]`.
pub const HOMOLOGUES: &str = "bert.embeddings.homologous_index";

/// Factor of the prior knowledge, which grows to 1 during the first steps of training.
pub const ALPHA: &str = "emb_warmup.alpha";

/// A known copy of another tensor: key and the key it must equal.
pub const TIED: [(&str, &str); 3] = [
    ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
    ("cls.predictions.decoder.bias", "cls.predictions.bias"),
    ("cls4value.predictions.decoder.bias", "cls4value.predictions.bias"),
];

/// Keys that checkpoints may hold beside the ones above, and that no result depends on: position
/// buffers, the step counter of the warm-up, and heads of other training tasks.
pub fn is_optional(key: &str) -> bool {
    key == "bert.embeddings.position_ids"
        || key == "bert.embeddings.token_type_ids"
        || key == "emb_warmup.steps"
        || key.starts_with("bert.pooler.")
        || key.starts_with("cls.seq_relationship.")
}
