//! Reading files of every form, and refusing damaged ones.

use std::path::{Path, PathBuf};

use super::*;
use crate::cells::fixtures::{H5ad, Storage, write_h5ad};

fn read(content: &H5ad) -> Result<(CellMatrix, ValidationReport), CellsError> {
    let dir = tempfile::tempdir().unwrap();
    read_h5ad(&write_h5ad(dir.path(), content), &ReadLimits::default())
}

fn refusal(content: &H5ad) -> String {
    read(content).unwrap_err().to_string()
}

fn labels(matrix: &CellMatrix, column: &str) -> Vec<Option<String>> {
    let column = &matrix.obs[column];
    (0..matrix.n_cells()).map(|cell| column.label(cell).map(str::to_owned)).collect()
}

#[test]
fn rows_columns_and_dense_matrices_give_the_same_counts() {
    let (expected, report) = read(&H5ad::default()).unwrap();
    assert_eq!(expected.row(0), (&[0, 2][..], &[3.0, 1.0][..]));
    assert_eq!(expected.row(3), (&[][..], &[][..]));
    assert_eq!(expected.total_counts, vec![4.0, 5.0, 4.0, 0.0]);
    assert_eq!(report.counts_source, "X");
    for storage in [Storage::Csc, Storage::Dense] {
        let (found, _) = read(&H5ad { storage, ..H5ad::default() }).unwrap();
        // By digest: a missing number is not equal to itself.
        assert_eq!(found.digest().unwrap(), expected.digest().unwrap(), "{storage:?}");
    }
}

#[test]
fn obs_columns_of_every_form_are_read_with_their_missing_values() {
    for nullable in [false, true] {
        let (matrix, _) = read(&H5ad { nullable, ..H5ad::default() }).unwrap();
        assert_eq!(matrix.cells, vec!["c1", "c2", "c3", "c4"]);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(labels(&matrix, "state"), vec![some("tumour"), some(""), some("tumour"), None]);
        assert_eq!(labels(&matrix, "sample")[..2], [some("s2"), some("s1")]);
        assert_eq!(labels(&matrix, "doublet")[..2], [some("True"), some("False")]);
        let ObsColumn::Numeric(age) = &matrix.obs["age"] else { panic!("age is not numeric") };
        assert!(age[2].is_nan() && age[3] == 50.0);
        assert_eq!(matrix.cells_where("doublet", "True").unwrap(), vec![0, 3]);
    }
}

#[test]
fn counts_are_looked_for_in_x_then_the_counts_layer_then_raw_then_other_layers() {
    let counts = H5ad::default().x;
    let normalised: Vec<Vec<f64>> =
        counts.iter().map(|row| row.iter().map(|v| v * 0.37).collect()).collect();
    let with = |x, layers, raw| H5ad { x, layers, raw, ..H5ad::default() };
    let raw = || Some((vec!["GATA3", "TBX21", "NOVEL1"], counts.clone()));

    let layer = with(normalised.clone(), vec![("counts", counts.clone())], raw());
    let (matrix, report) = read(&layer).unwrap();
    assert_eq!(report.counts_source, "layers/counts");
    assert!(report.warnings.iter().any(|w| w.contains("X holds")), "{:?}", report.warnings);
    assert_eq!(matrix.total_counts[0], 4.0);

    let other = vec![("a_spliced", counts.clone())];
    assert_eq!(
        read(&with(normalised.clone(), other.clone(), raw())).unwrap().1.counts_source,
        "raw/X"
    );
    let (_, report) = read(&with(normalised.clone(), other, None)).unwrap();
    assert_eq!(report.counts_source, "layers/a_spliced");

    let message = refusal(&with(normalised.clone(), vec![("scaled", normalised)], None));
    assert!(message.contains("X holds 0.37") && message.contains("layers/scaled"), "{message}");
    assert!(message.contains("cell c1"), "{message}");
}

#[test]
fn raw_counts_bring_their_own_genes() {
    let content = H5ad {
        x: vec![vec![0.5, 1.0]],
        genes: vec!["GATA3", "TBX21"],
        raw: Some((vec!["ACTB", "GATA3", "TBX21"], vec![vec![9.0, 1.0, 2.0]])),
        ..H5ad::default()
    };
    let (matrix, _) = read(&content).unwrap();
    assert_eq!(matrix.genes[0].symbol, "ACTB");
    assert_eq!(matrix.total_counts, vec![12.0]);
}

#[test]
fn impossible_counts_are_refused_with_cell_and_gene() {
    for (value, shown) in [(f64::NAN, "NaN"), (-2.0, "-2"), (f64::INFINITY, "inf")] {
        for storage in [Storage::Csr, Storage::Csc, Storage::Dense] {
            let mut content = H5ad { storage, ..H5ad::default() };
            content.x[1][1] = value;
            let message = refusal(&content);
            let names = ["X holds", shown, "cell c2", "gene TBX21"];
            assert!(names.iter().all(|name| message.contains(name)), "{storage:?}: {message}");
        }
    }
}

#[test]
fn ensembl_ids_come_from_the_index_a_column_or_the_symbol() {
    let ids = vec!["ENSG00000107485.18", "ENSG00000073861.3", "ENSG00000999999"];
    let indexed = H5ad {
        genes: ids.clone(),
        var_column: Some(("gene_name", vec!["GATA3", "TBX21", "NEW"])),
        ..H5ad::default()
    };
    let (matrix, report) = read(&indexed).unwrap();
    assert_eq!(matrix.genes[0].ensembl.as_deref(), Some("ENSG00000107485"));
    assert_eq!((matrix.genes[2].symbol.as_str(), report.genes_with_ensembl), ("NEW", 3));

    let column = H5ad { var_column: Some(("gene_ids", ids)), ..H5ad::default() };
    let (matrix, report) = read(&column).unwrap();
    assert_eq!(matrix.genes[1].ensembl.as_deref(), Some("ENSG00000073861"));
    assert_eq!(report.genes_mapped_by_symbol, 0);

    let (matrix, report) = read(&H5ad::default()).unwrap();
    assert_eq!(matrix.genes[0].ensembl.as_deref(), Some("ENSG00000107485"));
    assert_eq!((report.genes_mapped_by_symbol, report.genes_with_ensembl), (2, 2));
}

#[test]
fn columns_of_one_gene_are_added_and_reported() {
    let repeated = H5ad { genes: vec!["GATA3", "TBX21", "GATA3"], ..H5ad::default() };
    let (matrix, report) = read(&repeated).unwrap();
    assert_eq!((matrix.n_genes(), report.duplicates_collapsed), (2, 1));
    assert_eq!(matrix.row(0), (&[0][..], &[4.0][..]));
    assert_eq!(matrix.total_counts[0], 4.0);
}

#[test]
fn an_earlier_symbol_is_not_added_to_the_gene_that_has_the_name_now() {
    let both = H5ad { genes: vec!["WARS1", "WARS", "ACTB"], ..H5ad::default() };
    let (matrix, report) = read(&both).unwrap();
    assert_eq!((matrix.n_genes(), report.duplicates_collapsed), (3, 0));
    assert_eq!(matrix.genes[1].ensembl, None);
}

#[test]
fn files_over_a_limit_are_refused_with_both_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = write_h5ad(dir.path(), &H5ad::default());
    let whole = ReadLimits::default();
    let cases = [
        (ReadLimits { max_cells: 3, ..whole }, "4 cells"),
        (ReadLimits { max_genes: 2, ..whole }, "3 genes"),
        (ReadLimits { max_nonzeros: 4, ..whole }, "5 stored values"),
        (ReadLimits { max_columns: 5, ..whole }, "6 columns"),
    ];
    for (limits, found) in cases {
        let message = read_h5ad(&path, &limits).unwrap_err().to_string();
        assert!(message.contains(found), "{message}");
    }
}

#[test]
fn links_out_of_the_file_are_refused() {
    for link in ["external", "soft"] {
        let dir = tempfile::tempdir().unwrap();
        let path = write_h5ad(dir.path(), &H5ad::default());
        let file = hdf5_metno::File::open_rw(&path).unwrap();
        let obs = file.group("obs").unwrap();
        match link {
            "external" => obs.link_external("/etc/passwd", "/", "secret").unwrap(),
            _ => obs.link_soft("/uns/far", "secret").unwrap(),
        }
        file.close().unwrap();
        let error = read_h5ad(&path, &ReadLimits::default()).unwrap_err();
        assert!(matches!(error, CellsError::NotSelfContained { .. }), "{link}: {error}");
        assert!(error.to_string().contains("obs/secret"), "{error}");
    }
}

#[test]
fn a_dataset_stored_in_another_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = write_h5ad(dir.path(), &H5ad::default());
    let file = hdf5_metno::File::open_rw(&path).unwrap();
    let obs = file.group("obs").unwrap();
    let outside = obs.new_dataset::<f64>().external("/etc/passwd", 0, 32).shape(4);
    outside.create("leak").unwrap();
    file.close().unwrap();
    let error = read_h5ad(&path, &ReadLimits::default()).unwrap_err().to_string();
    assert!(error.contains("obs/leak is stored in another file"), "{error}");
}

#[test]
fn what_is_not_a_cell_file_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("page.h5ad");
    std::fs::write(&page, "<html>please log in</html>").unwrap();
    let message = read_h5ad(&page, &ReadLimits::default()).unwrap_err().to_string();
    assert!(message.contains("not an HDF5 file") && message.contains("<html>"), "{message}");

    let missing = dir.path().join("missing.h5ad");
    assert!(matches!(read_h5ad(&missing, &ReadLimits::default()), Err(CellsError::Io { .. })));

    let other = dir.path().join("other.h5");
    hdf5_metno::File::create(&other).unwrap().create_group("weights").unwrap();
    let message = read_h5ad(&other, &ReadLimits::default()).unwrap_err().to_string();
    assert!(message.contains("at obs") && message.contains("weights"), "{message}");
}

#[test]
fn a_file_cut_anywhere_is_an_error_and_never_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let whole = std::fs::read(write_h5ad(dir.path(), &H5ad::default())).unwrap();
    let cut = dir.path().join("cut.h5ad");
    for part in 0..64 {
        let length = whole.len() * part / 64;
        std::fs::write(&cut, &whole[..length]).unwrap();
        let error = read_h5ad(&cut, &ReadLimits::default()).unwrap_err();
        let named = matches!(error, CellsError::NotHdf5 { .. } | CellsError::Damaged { .. });
        assert!(named, "cut at {length}: {error}");
    }
}

#[test]
fn totals_larger_than_the_counts_are_pointed_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = write_h5ad(dir.path(), &H5ad::default());
    let file = hdf5_metno::File::open_rw(&path).unwrap();
    let totals = file.group("obs").unwrap().new_dataset_builder();
    totals.with_data(&[40.0, 50.0, 40.0, 10.0]).create("nUMI").unwrap();
    file.close().unwrap();
    let (_, report) = read_h5ad(&path, &ReadLimits::default()).unwrap();
    assert!(
        report.warnings.iter().any(|w| w.contains("10.0 % of obs[\"nUMI\"]")),
        "{:?}",
        report.warnings
    );
}

#[test]
fn categories_as_anndata_kept_them_before_0_8_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = write_h5ad(dir.path(), &H5ad::default());
    let file = hdf5_metno::File::open_rw(&path).unwrap();
    let obs = file.group("obs").unwrap();
    obs.new_dataset_builder().with_data(&[0_i8, 1, -1, 0]).create("louvain").unwrap();
    let old = obs.create_group("__categories").unwrap();
    old.new_dataset_builder().with_data(&[7_i64, 9]).create("louvain").unwrap();
    file.close().unwrap();
    let (matrix, _) = read_h5ad(&path, &ReadLimits::default()).unwrap();
    assert_eq!(matrix.cells_where("louvain", "7").unwrap(), vec![0, 3]);
    assert_eq!(matrix.obs["louvain"].label(2), None);
}

#[test]
fn a_column_of_unknown_form_is_left_out_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let path = write_h5ad(dir.path(), &H5ad::default());
    let file = hdf5_metno::File::open_rw(&path).unwrap();
    file.group("obs").unwrap().create_group("odd").unwrap();
    file.close().unwrap();
    let (matrix, report) = read_h5ad(&path, &ReadLimits::default()).unwrap();
    assert!(!matrix.obs.contains_key("odd"));
    assert!(report.warnings.iter().any(|w| w.contains("obs/odd was left out")));
}

/// Shared research data, present on some machines only.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

#[test]
fn real_tumour_t_cells_are_read_with_their_states() {
    let Some(path) = shared("data/sc_tcells_wu2020/wu2020_tcells_200.h5ad") else { return };
    let (matrix, report) = read_h5ad(&path, &ReadLimits::default()).unwrap();
    assert_eq!((report.n_cells, report.counts_source.as_str()), (200, "X"));
    assert_eq!(matrix.cells_where("source", "Tumor").unwrap().len(), 95);
    assert_eq!(matrix.cells_where("source", "Blood").unwrap().len(), 20);
    assert!(report.genes_with_ensembl > 20_000, "{}", report.genes_with_ensembl);
    let bytes = matrix.to_bytes().unwrap();
    assert_eq!(CellMatrix::read(&bytes).unwrap().digest().unwrap(), matrix.digest().unwrap());
}

#[test]
fn real_perturbation_files_of_three_conventions_are_read() {
    let gears = [("ctrl", 20), ("GATA3+ctrl", 12), ("ctrl+BATF", 10), ("IRF4+ctrl", 10)];
    let scperturb = [("control", 20), ("GATA3", 15), ("BATF_IRF4", 10), ("KMT2D", 10)];
    for (name, column, groups) in [
        ("perturbseq_gears", "condition", gears),
        ("perturbseq_gears_nullable", "condition", gears),
        ("perturbseq_scperturb", "perturbation", scperturb),
    ] {
        let Some(path) = shared(&format!("golden/assay/{name}.h5ad")) else { return };
        let (matrix, report) = read_h5ad(&path, &ReadLimits::default()).unwrap();
        assert_eq!((report.n_cells, report.n_genes), (60, 20), "{name}");
        for (group, cells) in groups {
            assert_eq!(matrix.cells_where(column, group).unwrap().len(), cells, "{name} {group}");
        }
    }
}

#[test]
fn other_real_files_are_read() {
    for (name, cells, genes) in [
        ("sc_pbmc5k_10x/pbmc_5k_protein_v3_200", 200, 16_581),
        ("sc_pbmc68k_reduced/pbmc68k_reduced_counts", 700, 765),
        ("sc_cropseq_hill2018/hill2018_cropseq_28genes", 6_229, 28),
    ] {
        let Some(path) = shared(&format!("data/{name}.h5ad")) else { return };
        let (_, report) = read_h5ad(&path, &ReadLimits::default()).unwrap();
        assert_eq!(report.n_cells, cells, "{name}");
        assert_eq!(report.n_genes + report.duplicates_collapsed, genes, "{name}");
    }
}
