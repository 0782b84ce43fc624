//! Small matrices and h5ad files for tests.

use std::collections::BTreeMap;

use crate::cells::{CellMatrix, Gene, ObsColumn};

/// Three cells, three genes: tumour, blood, tumour.
pub(crate) fn small_matrix() -> CellMatrix {
    let gene = |ensembl: Option<&str>, symbol: &str| Gene {
        ensembl: ensembl.map(str::to_owned),
        symbol: symbol.to_owned(),
    };
    CellMatrix {
        genes: vec![
            gene(Some("ENSG00000107485"), "GATA3"),
            gene(Some("ENSG00000073861"), "TBX21"),
            gene(None, "NOVEL1"),
        ],
        cells: vec!["c1".into(), "c2".into(), "c3".into()],
        indptr: vec![0, 2, 3, 5],
        indices: vec![0, 2, 1, 1, 2],
        counts: vec![3.0, 1.0, 5.0, 2.0, 2.0],
        total_counts: vec![4.0, 5.0, 4.0],
        obs: BTreeMap::from([
            (
                "state".to_owned(),
                ObsColumn::from_labels(&[Some("tumour"), Some("blood"), Some("tumour")]),
            ),
            ("batch".to_owned(), ObsColumn::Numeric(vec![1.0, 2.0, 2.0])),
        ]),
    }
}
