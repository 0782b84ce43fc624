//! A tiny world for tests: thirty genes, cells of two states and three donors, a random net.

use std::collections::BTreeMap;

use crate::cells::{CellMatrix, Gene, ObsColumn};
use crate::checkpoint::LoadReport;
use crate::device::Cpu;
use crate::families::geneformer::tokenizer::{Vocabulary, VocabularyEntry};
use crate::families::geneformer::{self, Geneformer, GeneformerConfig, Loaded};
use crate::families::{self, CellModel, OpenOptions};
use crate::nets::heads::MlmHead;
use crate::nets::seeded::seeded;

/// Genes of the world.
pub(crate) const GENES: usize = 30;

/// Ensembl id of gene `gene`.
pub(crate) fn gene_id(gene: usize) -> String {
    format!("ENSG{gene:011}")
}

/// The genes after two special tokens, all medians 1; the last gene of the cells is unknown.
pub(crate) fn vocabulary() -> Vocabulary {
    let special = |token_id: u32, name: &str| VocabularyEntry {
        ensembl_id: name.to_owned(),
        token_id,
        nonzero_median: None,
        symbol: None,
    };
    let mut entries = vec![special(0, "<pad>"), special(1, "<mask>")];
    entries.extend((0..GENES).map(|gene| VocabularyEntry {
        ensembl_id: gene_id(gene),
        token_id: gene as u32 + 2,
        nonzero_median: Some(1.0),
        symbol: Some(format!("G{gene}")),
    }));
    Vocabulary::from_entries(entries).unwrap()
}

/// `n` cells, alternately of state `tumour` and `normal`, each with about half of the genes.
pub(crate) fn cells(n: usize) -> CellMatrix {
    let mut matrix = CellMatrix {
        genes: (0..=GENES)
            .map(|gene| Gene { ensembl: Some(gene_id(gene)), symbol: format!("G{gene}") })
            .collect(),
        indptr: vec![0],
        ..CellMatrix::default()
    };
    for cell in 0..n {
        for gene in 0..=GENES {
            let draw = (cell * 31 + gene * 17 + cell * gene * 7) % 11;
            if draw > 4 {
                matrix.indices.push(gene as u32);
                matrix.counts.push((draw * (gene % 5 + 1) + gene) as f32);
            }
        }
        matrix.indptr.push(matrix.indices.len() as u64);
        matrix.cells.push(format!("cell{cell}"));
        let (_, counts) = matrix.row(cell);
        matrix.total_counts.push(counts.iter().map(|c| f64::from(*c)).sum());
    }
    let column = |name: &dyn Fn(usize) -> String| {
        ObsColumn::from_labels(&(0..n).map(|cell| Some(name(cell))).collect::<Vec<_>>())
    };
    let state = |cell: usize| if cell.is_multiple_of(2) { "tumour" } else { "normal" }.to_owned();
    matrix.obs = BTreeMap::from([
        ("state".to_owned(), column(&state)),
        ("donor".to_owned(), column(&|cell| format!("d{}", cell / 2 % 3))),
    ]);
    matrix.validate().unwrap();
    matrix
}

/// A net of two layers, 16 wide, for cells of at most `max_len` tokens.
pub(crate) fn net(max_len: usize) -> (GeneformerConfig, Geneformer<Cpu>) {
    let config = GeneformerConfig::with_sizes(GENES + 2, 16, 2, 2, 24, max_len);
    let net = seeded::<Cpu, _>(config.init(&Default::default()), 5, 0.3, 0.1);
    (config, net)
}

/// The same net as a model of the family, for cells of at most `max_len` tokens.
pub(crate) fn model(max_len: usize) -> std::sync::Arc<dyn CellModel> {
    let (config, net) = net(max_len);
    let dir = tempfile::tempdir().unwrap();
    let report = LoadReport::default();
    let head = MlmHead::<Cpu>::init(&config.layer_sizes(), config.vocab_size, &Default::default());
    let mlm = Some(head);
    let loaded = Loaded { config, net, mlm, classifier: None, token_classifier: None, report };
    geneformer::save(dir.path(), &loaded).unwrap();
    vocabulary().write_csv(&dir.path().join("vocabulary.csv")).unwrap();
    families::open(dir.path(), OpenOptions::default()).unwrap().into()
}
