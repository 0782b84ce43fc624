//! Kinds of embedding: which hidden state, pooled how.

use super::tokenizer::VocabularyVersion;
use crate::encoder::Pooling;
use crate::families::{EmbeddingKind, Family, FamilyError};

const FIRST: &str = "first";
const CLS: &str = "cls";
const CLS_SECOND_LAST: &str = "cls_second_last";
const MEAN: &str = "mean";
const MEAN_SECOND_LAST: &str = "mean_second_last";

/// The kinds that the card lists.
pub(super) fn kinds(version: VocabularyVersion, width: usize) -> Vec<EmbeddingKind> {
    let kind = |name, what| EmbeddingKind { name, what, width };
    let mean = [
        kind(MEAN, "mean over the genes' hidden states, last layer"),
        kind(MEAN_SECOND_LAST, "mean over the genes' hidden states, second to last layer"),
    ];
    match version {
        VocabularyVersion::V1 => {
            let first = kind(FIRST, "hidden state of the highest ranked gene, last layer");
            mean.into_iter().chain([first]).collect()
        }
        VocabularyVersion::V2 => {
            let cls = [
                kind(CLS, "hidden state of <cls>, last layer"),
                kind(CLS_SECOND_LAST, "hidden state of <cls>, second to last layer"),
            ];
            cls.into_iter().chain(mean).collect()
        }
    }
}

/// Hidden state and pooling of a kind: one that the card lists, or one of its kinds at another
/// layer, `mean@-3`.
pub(super) fn reading(
    kind: &str,
    version: VocabularyVersion,
    layers: usize,
) -> Result<(usize, Pooling), FamilyError> {
    let known: Vec<&str> = kinds(version, 0).iter().map(|kind| kind.name).collect();
    let unknown = || {
        let available = format!("{}, and each at another layer, as {MEAN}@-3", known.join(", "));
        unsupported("embedding", kind.to_owned(), available)
    };
    let (base, layer) = match kind.split_once('@') {
        Some((base, layer)) => (base, layer.parse::<i32>().map_err(|_| unknown())?),
        None => (kind, 0),
    };
    if !known.contains(&base) {
        return Err(unknown());
    }
    let mean = Pooling::mean(version == VocabularyVersion::V2);
    let (emb_layer, pooling) = match base {
        MEAN => (layer, mean),
        MEAN_SECOND_LAST => (layer.saturating_sub(1), mean),
        CLS_SECOND_LAST => (layer.saturating_sub(1), Pooling::Position(0)),
        _ => (layer, Pooling::Position(0)),
    };
    Ok((hidden_state(emb_layer, layers)?, pooling))
}

/// The kind that a screen reads at a layer counted from the last.
pub(super) fn at_layer(
    emb_layer: i32,
    version: VocabularyVersion,
    layers: usize,
) -> Result<String, FamilyError> {
    hidden_state(emb_layer, layers)?;
    let [last, second_last] = match version {
        VocabularyVersion::V1 => [MEAN, MEAN_SECOND_LAST],
        VocabularyVersion::V2 => [CLS, CLS_SECOND_LAST],
    };
    Ok(match emb_layer {
        0 => last.to_owned(),
        -1 => second_last.to_owned(),
        deeper => format!("{last}@{deeper}"),
    })
}

/// Index into the hidden states of a layer counted from the last one.
fn hidden_state(emb_layer: i32, layers: usize) -> Result<usize, FamilyError> {
    let index = usize::try_from(layers as i64 + i64::from(emb_layer)).ok();
    index.filter(|index| *index <= layers).ok_or_else(|| {
        let available = format!("layers 0, the last, to -{layers}, the embedding output");
        unsupported("embedding layer", emb_layer.to_string(), available)
    })
}

pub(super) fn unsupported(what: &'static str, found: String, available: String) -> FamilyError {
    FamilyError::Unsupported { family: Family::Geneformer, what, found, available }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_at_any_layer_there_is() {
        let v1 = |kind| reading(kind, VocabularyVersion::V1, 6);
        assert_eq!(v1("mean").unwrap(), (6, Pooling::mean(false)));
        assert_eq!(v1("mean_second_last").unwrap(), v1("mean@-1").unwrap());
        assert_eq!(v1("first@-6").unwrap(), (0, Pooling::Position(0)));
        for bad in ["mean@-7", "mean@1", "cls", "mean@x", ""] {
            assert!(v1(bad).is_err(), "{bad}");
        }
        let kind = |emb_layer| at_layer(emb_layer, VocabularyVersion::V2, 6);
        assert_eq!(kind(-1).unwrap(), "cls_second_last");
        assert_eq!(kind(-3).unwrap(), "cls@-3");
        assert!(kind(-7).unwrap_err().to_string().contains("-7"));
    }
}
