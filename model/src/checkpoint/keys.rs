//! Key maps: from the path of a parameter in a Burn module to its published name.
//!
//! `{i}` stands for a layer's number. Leaves: `weight` and `gamma` are published as `weight`,
//! `bias` and `beta` as `bias`. Linear weights are stored `[out, in]`, Burn's are `[in, out]`.
//!
//! | module in Burn | published |
//! |---|---|
//! | `embeddings.word`, `.position`, `.token_type` | `bert.embeddings.{word,position,token_type}_embeddings` |
//! | `embeddings.norm` | `bert.embeddings.LayerNorm` |
//! | `layers.{i}.attention.{query,key,value}` | `bert.encoder.layer.{i}.attention.self.{query,key,value}` |
//! | `layers.{i}.attention.output` | `bert.encoder.layer.{i}.attention.output.dense` |
//! | `layers.{i}.attention_norm` | `bert.encoder.layer.{i}.attention.output.LayerNorm` |
//! | `layers.{i}.intermediate`, `.output` | `bert.encoder.layer.{i}.{intermediate,output}.dense` |
//! | `layers.{i}.output_norm` | `bert.encoder.layer.{i}.output.LayerNorm` |
//! | vocabulary head: `dense`, `norm`, `bias` | `cls.predictions.transform.{dense,LayerNorm}`, `cls.predictions.bias` |
//! | cell classifier: `pooler`, `classifier` | `bert.pooler.dense`, `classifier` |
//! | gene classifier: `classifier` | `classifier` |

/// How a module stores its matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Linear map: transposed between the two.
    Linear,
    /// Table, norm or plain vector: stored alike.
    Plain,
}

/// Module in Burn, module as published, and how its matrix is stored.
pub type KeyMap = &'static [(&'static str, &'static str, Kind)];

/// The encoder.
pub const BODY: KeyMap = &[
    ("embeddings.word", "bert.embeddings.word_embeddings", Kind::Plain),
    ("embeddings.position", "bert.embeddings.position_embeddings", Kind::Plain),
    ("embeddings.token_type", "bert.embeddings.token_type_embeddings", Kind::Plain),
    ("embeddings.norm", "bert.embeddings.LayerNorm", Kind::Plain),
    ("layers.{i}.attention.query", "bert.encoder.layer.{i}.attention.self.query", Kind::Linear),
    ("layers.{i}.attention.key", "bert.encoder.layer.{i}.attention.self.key", Kind::Linear),
    ("layers.{i}.attention.value", "bert.encoder.layer.{i}.attention.self.value", Kind::Linear),
    ("layers.{i}.attention.output", "bert.encoder.layer.{i}.attention.output.dense", Kind::Linear),
    ("layers.{i}.attention_norm", "bert.encoder.layer.{i}.attention.output.LayerNorm", Kind::Plain),
    ("layers.{i}.intermediate", "bert.encoder.layer.{i}.intermediate.dense", Kind::Linear),
    ("layers.{i}.output", "bert.encoder.layer.{i}.output.dense", Kind::Linear),
    ("layers.{i}.output_norm", "bert.encoder.layer.{i}.output.LayerNorm", Kind::Plain),
];

/// The vocabulary head; its decoder is the word table.
pub const MLM: KeyMap = &[
    ("dense", "cls.predictions.transform.dense", Kind::Linear),
    ("norm", "cls.predictions.transform.LayerNorm", Kind::Plain),
    ("", "cls.predictions", Kind::Plain),
];

/// The classifier of cells.
pub const SEQUENCE_CLASSIFIER: KeyMap =
    &[("pooler", "bert.pooler.dense", Kind::Linear), ("classifier", "classifier", Kind::Linear)];

/// The classifier of genes.
pub const TOKEN_CLASSIFIER: KeyMap = &[("classifier", "classifier", Kind::Linear)];

/// A known copy of another tensor: key and the key it must equal.
pub const TIED: [(&str, &str); 2] = [
    ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
    ("cls.predictions.decoder.bias", "cls.predictions.bias"),
];

/// Keys that published checkpoints may hold beside the ones above, and that no result depends
/// on: old position buffers, and heads of other training tasks.
pub fn is_optional(key: &str) -> bool {
    key == "bert.embeddings.position_ids"
        || key == "bert.embeddings.token_type_ids"
        || key.starts_with("bert.pooler.")
        || key.starts_with("cls.seq_relationship.")
}

/// Published name of the parameter at `path`, and whether its matrix is stored transposed; `None`
/// if the map does not know it.
pub fn published_name(map: KeyMap, path: &[String]) -> Option<(String, Kind)> {
    let (leaf, modules) = path.split_last()?;
    let leaf = match leaf.as_str() {
        "weight" | "gamma" => "weight",
        "bias" | "beta" => "bias",
        _ => return None,
    };
    let is_number = |s: &&String| s.bytes().all(|b| b.is_ascii_digit());
    let number = modules.iter().find(is_number);
    let pattern: Vec<&str> =
        modules.iter().map(|s| if is_number(&s) { "{i}" } else { s.as_str() }).collect();
    let pattern = pattern.join(".");
    let (_, published, kind) = map.iter().find(|(burn, ..)| *burn == pattern)?;
    let module = match number {
        Some(i) => published.replace("{i}", i),
        None => (*published).to_owned(),
    };
    Some((format!("{module}.{leaf}"), *kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(map: KeyMap, path: &str) -> Option<(String, Kind)> {
        let path: Vec<String> = path.split('.').map(Into::into).collect();
        published_name(map, &path)
    }

    #[test]
    fn paths_become_published_names() {
        assert_eq!(
            name(BODY, "layers.11.attention_norm.gamma"),
            Some(("bert.encoder.layer.11.attention.output.LayerNorm.weight".into(), Kind::Plain))
        );
        assert_eq!(name(MLM, "bias"), Some(("cls.predictions.bias".into(), Kind::Plain)));
        assert_eq!(name(BODY, "layers.0.gate.weight"), None);
        assert_eq!(name(BODY, "embeddings.norm.running_mean"), None);
    }
}
