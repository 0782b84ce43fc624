//! A small AnnData file, as anndata 0.8 and later write it.

use std::path::Path;
use std::str::FromStr;

use hdf5_metno::types::VarLenUnicode;
use hdf5_metno::{File, Group, Location, Result};
use nextwell_model::families::geneformer::tokenizer::Vocabulary;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Cells of the fixture: every second one is `tumour`.
pub const CELLS: usize = 48;
/// Genes of the fixture: the first of the bundled vocabulary.
pub const GENES: usize = 60;
const DONORS: usize = 4;

/// Ensembl ids of the fixture's genes.
pub fn genes() -> Vec<String> {
    let genes = Vocabulary::geneformer_v1().genes();
    genes.take(GENES).map(|gene| gene.ensembl_id.clone()).collect()
}

/// Writes the fixture with its own genes: see [`write_h5ad_of`].
pub fn write_h5ad(path: &Path, seed: u64) -> Result<()> {
    write_h5ad_of(path, seed, &genes())
}

/// Writes [`GENES`] genes: counts whose first ten genes are high in `tumour`, the next ten in `blood`.
pub fn write_h5ad_of(path: &Path, seed: u64, genes: &[String]) -> Result<()> {
    let file = File::create(path)?;
    encoding(&file, "anndata", "0.1.0")?;
    write_counts(&file, seed)?;
    let obs = file.create_group("obs")?;
    let cells: Vec<String> = (0..CELLS).map(|cell| format!("cell{cell}")).collect();
    write_frame(&obs, &cells, &["state", "donor"])?;
    let states: Vec<i8> = (0..CELLS).map(|cell| (cell % 2) as i8).collect();
    write_categorical(&obs, "state", &states, &["blood", "tumour"])?;
    let donors: Vec<i8> = (0..CELLS).map(|cell| (cell / 2 % DONORS) as i8).collect();
    write_categorical(&obs, "donor", &donors, &["d1", "d2", "d3", "d4"])?;
    let var = file.create_group("var")?;
    write_frame(&var, genes, &[])?;
    file.close()
}

fn write_counts(file: &File, seed: u64) -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut data, mut indices, mut indptr) = (Vec::new(), Vec::new(), vec![0_i32]);
    for cell in 0..CELLS {
        for gene in 0..GENES {
            let high = gene / 10 == 1 - cell % 2;
            let count = rng.random_range(0..4) + if high { rng.random_range(5..15) } else { 0 };
            if count > 0 {
                data.push(count as f32);
                indices.push(gene as i32);
            }
        }
        indptr.push(data.len() as i32);
    }
    let x = file.create_group("X")?;
    encoding(&x, "csr_matrix", "0.1.0")?;
    x.new_attr_builder().with_data(&[CELLS as i64, GENES as i64]).create("shape")?;
    x.new_dataset_builder().with_data(&data).create("data")?;
    x.new_dataset_builder().with_data(&indices).create("indices")?;
    x.new_dataset_builder().with_data(&indptr).create("indptr")?;
    Ok(())
}

fn write_frame(group: &Group, index: &[String], columns: &[&str]) -> Result<()> {
    encoding(group, "dataframe", "0.2.0")?;
    text_attr(group, "_index", "_index")?;
    group.new_attr_builder().with_data(&texts(columns)).create("column-order")?;
    let data = group.new_dataset_builder().with_data(&texts(index)).create("_index")?;
    encoding(&data, "string-array", "0.2.0")
}

fn write_categorical(group: &Group, name: &str, codes: &[i8], categories: &[&str]) -> Result<()> {
    let column = group.create_group(name)?;
    encoding(&column, "categorical", "0.2.0")?;
    column.new_attr_builder().with_data(&[false]).create("ordered")?;
    column.new_dataset_builder().with_data(codes).create("codes")?;
    let data = column.new_dataset_builder().with_data(&texts(categories)).create("categories")?;
    encoding(&data, "string-array", "0.2.0")
}

fn encoding(at: &Location, kind: &str, version: &str) -> Result<()> {
    text_attr(at, "encoding-type", kind)?;
    text_attr(at, "encoding-version", version)
}

fn text_attr(at: &Location, name: &str, value: &str) -> Result<()> {
    at.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(value))
}

fn texts<S: AsRef<str>>(values: &[S]) -> Vec<VarLenUnicode> {
    values.iter().map(|value| text(value.as_ref())).collect()
}

fn text(value: &str) -> VarLenUnicode {
    VarLenUnicode::from_str(value).expect("fixture texts have no NUL")
}
