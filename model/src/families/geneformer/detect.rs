//! Which directories hold a Geneformer.

use std::path::Path;

use serde_json::Value;

use super::WEIGHT_FILES;
use crate::checkpoint::read_json;

/// Settings of GeneCompass, which has the same files.
const KNOWLEDGE: [&str; 6] = [
    "use_values",
    "use_promoter",
    "use_co_exp",
    "use_gene_family",
    "use_peca_grn",
    "homologs_human_to_mouse",
];

/// Whether `dir` holds a Hugging Face BERT without knowledge embeddings: its `config.json` says so,
/// or says nothing and its weights have one of the usual names.
pub fn detects(dir: &Path) -> bool {
    let Ok(config) = read_json::<Value>(&dir.join("config.json")) else {
        return false;
    };
    if KNOWLEDGE.iter().any(|key| config.get(key).is_some()) {
        return false;
    }
    match config.get("model_type").and_then(Value::as_str) {
        Some(kind) => kind == "bert",
        None => {
            config.get("vocab_size").is_some()
                && WEIGHT_FILES.iter().any(|name| dir.join(name).is_file())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bert_is_a_geneformer_unless_it_has_knowledge_embeddings() {
        let dir = tempfile::tempdir().unwrap();
        let with = |config: &str| {
            std::fs::write(dir.path().join("config.json"), config).unwrap();
            detects(dir.path())
        };
        assert!(with(r#"{"model_type":"bert","vocab_size":9}"#));
        assert!(!with(r#"{"model_type":"bert","vocab_size":9,"use_promoter":true}"#));
        assert!(!with(r#"{"model_type":"gpt2","vocab_size":9}"#));
        assert!(!with(r#"{"vocab_size":9}"#), "no weights beside it");
        assert!(!with("not JSON"));
    }
}
