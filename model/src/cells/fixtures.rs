//! Small matrices and h5ad files for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hdf5_metno::types::VarLenUnicode;
use hdf5_metno::{File, Group};

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

/// How the matrix of a test file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    Csr,
    Csc,
    Dense,
}

/// A test file: four cells of which the last has no counts.
#[derive(Debug, Clone)]
pub(crate) struct H5ad {
    pub storage: Storage,
    /// `X`, a row per cell.
    pub x: Vec<Vec<f64>>,
    pub layers: Vec<(&'static str, Vec<Vec<f64>>)>,
    pub raw: Option<(Vec<&'static str>, Vec<Vec<f64>>)>,
    pub genes: Vec<&'static str>,
    /// A further column of var.
    pub var_column: Option<(&'static str, Vec<&'static str>)>,
    /// Whether strings are written with a mask, as anndata does with pandas 3.
    pub nullable: bool,
}

impl Default for H5ad {
    fn default() -> Self {
        Self {
            storage: Storage::Csr,
            x: vec![
                vec![3.0, 0.0, 1.0],
                vec![0.0, 5.0, 0.0],
                vec![0.0, 2.0, 2.0],
                vec![0.0, 0.0, 0.0],
            ],
            layers: Vec::new(),
            raw: None,
            genes: vec!["GATA3", "TBX21", "NOVEL1"],
            var_column: None,
            nullable: false,
        }
    }
}

/// Writes the file and returns its path.
pub(crate) fn write_h5ad(dir: &Path, content: &H5ad) -> PathBuf {
    let path = dir.join("cells.h5ad");
    let file = File::create(&path).unwrap();
    write_frame(&file, "var", &content.genes, content.nullable);
    if let Some((name, labels)) = &content.var_column {
        write_strings(&file.group("var").unwrap(), name, labels, content.nullable);
    }
    let cells = ["c1", "c2", "c3", "c4"];
    let obs = write_frame(&file, "obs", &cells[..content.x.len()], content.nullable);
    if content.x.len() == 4 {
        write_obs_columns(&obs, content.nullable);
    }
    write_matrix(&file, "X", &content.x, content.storage);
    if !content.layers.is_empty() {
        let layers = file.create_group("layers").unwrap();
        for (name, values) in &content.layers {
            write_matrix(&layers, name, values, content.storage);
        }
    }
    if let Some((genes, values)) = &content.raw {
        let raw = file.create_group("raw").unwrap();
        write_frame(&raw, "var", genes, content.nullable);
        write_matrix(&raw, "X", values, content.storage);
    }
    file.close().unwrap();
    path
}

fn text(value: &str) -> VarLenUnicode {
    value.parse().unwrap()
}

fn write_attribute(group: &Group, name: &str, value: &str) {
    let attribute = group.new_attr::<VarLenUnicode>().create(name).unwrap();
    attribute.write_scalar(&text(value)).unwrap();
}

fn write_values<T: hdf5_metno::H5Type>(group: &Group, name: &str, values: &[T]) {
    group.new_dataset_builder().with_data(values).create(name).unwrap();
}

fn write_strings(parent: &Group, name: &str, labels: &[&str], nullable: bool) {
    let labels: Vec<VarLenUnicode> = labels.iter().map(|label| text(label)).collect();
    if !nullable {
        return write_values(parent, name, &labels);
    }
    let group = parent.create_group(name).unwrap();
    write_attribute(&group, "encoding-type", "nullable-string-array");
    write_values(&group, "values", &labels);
    write_values(&group, "mask", &vec![false; labels.len()]);
}

fn write_frame(parent: &Group, name: &str, index: &[&str], nullable: bool) -> Group {
    let group = parent.create_group(name).unwrap();
    write_attribute(&group, "encoding-type", "dataframe");
    write_attribute(&group, "_index", "_index");
    write_strings(&group, "_index", index, nullable);
    group
}

/// A column of each form: categorical, strings, numbers, booleans, nullable integers.
fn write_obs_columns(obs: &Group, nullable: bool) {
    let state = obs.create_group("state").unwrap();
    write_attribute(&state, "encoding-type", "categorical");
    write_values(&state, "codes", &[1_i8, 0, 1, -1]);
    write_strings(&state, "categories", &["", "tumour"], nullable);
    write_strings(obs, "sample", &["s2", "s1", "s1", "s2"], nullable);
    write_values(obs, "score", &[0.5_f32, 1.5, f32::NAN, 2.0]);
    write_values(obs, "doublet", &[true, false, false, true]);
    let age = obs.create_group("age").unwrap();
    write_attribute(&age, "encoding-type", "nullable-integer");
    write_values(&age, "values", &[30_i64, 40, 0, 50]);
    write_values(&age, "mask", &[false, false, true, false]);
}

fn write_matrix(parent: &Group, name: &str, rows: &[Vec<f64>], storage: Storage) {
    let shape = [rows.len(), rows[0].len()];
    let group = match storage {
        Storage::Dense => {
            let flat: Vec<f64> = rows.concat();
            let dataset = parent.new_dataset::<f64>().shape(shape).create(name).unwrap();
            return dataset.write_raw(&flat).unwrap();
        }
        Storage::Csr | Storage::Csc => parent.create_group(name).unwrap(),
    };
    let by_row = storage == Storage::Csr;
    write_attribute(&group, "encoding-type", if by_row { "csr_matrix" } else { "csc_matrix" });
    let stated = group.new_attr::<i64>().shape(2).create("shape").unwrap();
    stated.write_raw(&[shape[0] as i64, shape[1] as i64]).unwrap();
    let (major, minor) = if by_row { (shape[0], shape[1]) } else { (shape[1], shape[0]) };
    let (mut data, mut indices, mut indptr) = (Vec::new(), Vec::new(), vec![0_i32]);
    let value = |outer: usize, inner: usize| {
        let (row, column) = if by_row { (outer, inner) } else { (inner, outer) };
        rows[row][column]
    };
    for outer in 0..major {
        // Backwards, because nothing says that indices are sorted.
        for inner in (0..minor).rev().filter(|&inner| value(outer, inner) != 0.0) {
            data.push(value(outer, inner) as f32);
            indices.push(inner as i32);
        }
        indptr.push(data.len() as i32);
    }
    write_values(&group, "data", &data);
    write_values(&group, "indices", &indices);
    write_values(&group, "indptr", &indptr);
}
