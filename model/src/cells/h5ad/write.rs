//! Writing `.h5ad` files (AnnData on HDF5).

use std::path::{Path, PathBuf};

use hdf5_metno::{Dataset, File, Group};

use super::elements::{
    array, empty, encoding, frame, mapping, number, safe_name, string, strings, unwritten,
};
use crate::cells::{CellMatrix, CellsError, Gene, ObsColumn};

/// An AnnData file that is being written: raw counts, genes and obs first, then what was computed.
///
/// Written beside its place under another name and renamed by [`finish`](Self::finish), so that a
/// file of that name is always whole. Dense parts are written row by row and need no memory of
/// their own. Dropped without `finish`, nothing is left behind.
///
/// | part | holds |
/// |---|---|
/// | `X` | raw counts, CSR, f32 |
/// | `obs` | the matrix's columns, then those added |
/// | `var` | index: Ensembl ids where most genes have one, else symbols; `ensembl_id`, `symbol`, then the columns added |
/// | `obsm`, `layers` | what was added, f32 |
/// | `uns` | what was noted |
#[derive(Debug)]
pub struct H5adWriter<'a> {
    cells: &'a CellMatrix,
    part: Part,
    file: File,
    obsm: Group,
    varm: Group,
    layers: Group,
    notes: Group,
    obs: Vec<(String, ObsColumn)>,
    var: Vec<(String, ObsColumn)>,
}

/// The unfinished file; removed when dropped.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    goal: PathBuf,
}

impl Drop for Part {
    fn drop(&mut self) {
        // Nothing to do where it was renamed already, nor where it cannot be removed.
        std::fs::remove_file(&self.path).ok();
    }
}

/// A cells x genes layer that is being written, a row at a time.
#[derive(Debug)]
pub struct LayerWriter {
    dataset: Dataset,
    name: String,
    shape: [usize; 2],
    next: usize,
}

impl<'a> H5adWriter<'a> {
    /// Starts `path` with the counts of `cells`.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] for a matrix that breaks its own rules;
    /// [`CellsError::NotWritten`].
    pub fn create(path: &Path, cells: &'a CellMatrix) -> Result<Self, CellsError> {
        cells.validate()?;
        let part = Part { path: part_path(path)?, goal: path.to_owned() };
        hdf5_metno::silence_errors(true);
        let shown = path.display().to_string();
        let file = File::create(&part.path).map_err(unwritten(&shown))?;
        let root = file.group("/").map_err(unwritten(&shown))?;
        encoding(&root, "anndata", "0.1.0")?;
        write_counts(&root, cells)?;
        for name in ["obsp", "varp"] {
            mapping(&root, name)?;
        }
        let (obsm, layers) = (mapping(&root, "obsm")?, mapping(&root, "layers")?);
        let varm = mapping(&root, "varm")?;
        let notes = mapping(&mapping(&root, "uns")?, "nextwell")?;
        let obs = cells.obs.iter().map(|(name, column)| (name.clone(), column.clone())).collect();
        Ok(Self { cells, part, file, obsm, varm, layers, notes, obs, var: gene_columns(cells) })
    }

    /// Adds a column of obs, in the place of one of the same name.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] when it has not one value per cell.
    pub fn obs(&mut self, name: &str, column: ObsColumn) -> Result<(), CellsError> {
        check_length(name, column.len(), self.cells.n_cells(), "cell")?;
        replace(&mut self.obs, name, column);
        Ok(())
    }

    /// Adds a column of var, in the place of one of the same name.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] when it has not one value per gene.
    pub fn var(&mut self, name: &str, column: ObsColumn) -> Result<(), CellsError> {
        check_length(name, column.len(), self.cells.n_genes(), "gene")?;
        replace(&mut self.var, name, column);
        Ok(())
    }

    /// Adds vectors of cells: `values` is row-major `[cells, width]`.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] for another number of values; [`CellsError::NotWritten`].
    pub fn obsm(&mut self, name: &str, width: usize, values: &[f32]) -> Result<(), CellsError> {
        let n_cells = self.cells.n_cells();
        check_length(name, values.len(), n_cells * width, "cell and component")?;
        let name = safe_name(name);
        let dataset = empty::<f32>(&self.obsm, &name, &[n_cells, width])?;
        if !values.is_empty() {
            dataset.write_raw(values).map_err(unwritten(&name))?;
        }
        encoding(&dataset, "array", "0.2.0")
    }

    /// Adds numbers of genes: `values` is row-major `[genes, width]`, NaN where there is none.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] for another number of values; [`CellsError::NotWritten`].
    pub fn varm(&mut self, name: &str, width: usize, values: &[f64]) -> Result<(), CellsError> {
        let n_genes = self.cells.n_genes();
        check_length(name, values.len(), n_genes * width, "gene and column")?;
        let name = safe_name(name);
        let dataset = empty::<f64>(&self.varm, &name, &[n_genes, width])?;
        if !values.is_empty() {
            dataset.write_raw(values).map_err(unwritten(&name))?;
        }
        encoding(&dataset, "array", "0.2.0")
    }

    /// Starts a layer, to be given a row per cell.
    ///
    /// # Errors
    /// [`CellsError::NotWritten`].
    pub fn layer(&mut self, name: &str) -> Result<LayerWriter, CellsError> {
        let (name, shape) = (safe_name(name), [self.cells.n_cells(), self.cells.n_genes()]);
        let dataset = empty::<f32>(&self.layers, &name, &shape)?;
        encoding(&dataset, "array", "0.2.0")?;
        Ok(LayerWriter { dataset, name, shape, next: 0 })
    }

    /// Notes a text under `uns["nextwell"]`: where the numbers came from.
    ///
    /// # Errors
    /// [`CellsError::NotWritten`].
    pub fn note(&mut self, name: &str, value: &str) -> Result<(), CellsError> {
        string(&self.notes, &safe_name(name), value)
    }

    /// Notes a number under `uns["nextwell"]`.
    ///
    /// # Errors
    /// [`CellsError::NotWritten`].
    pub fn note_number(&mut self, name: &str, value: f64) -> Result<(), CellsError> {
        number(&self.notes, &safe_name(name), value)
    }

    /// Notes texts under `uns["nextwell"]`, such as the labels of the columns of a part of obsm.
    ///
    /// # Errors
    /// [`CellsError::NotWritten`].
    pub fn note_list(&mut self, name: &str, values: &[String]) -> Result<(), CellsError> {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        strings(&self.notes, &safe_name(name), &values)
    }

    /// Notes numbers under `uns["nextwell"]`.
    ///
    /// # Errors
    /// [`CellsError::NotWritten`].
    pub fn note_numbers(&mut self, name: &str, values: &[f64]) -> Result<(), CellsError> {
        array(&self.notes, &safe_name(name), values)
    }

    /// Writes obs and var, closes the file and gives it its name.
    ///
    /// # Errors
    /// [`CellsError::NotWritten`] and [`CellsError::Io`].
    pub fn finish(self) -> Result<(), CellsError> {
        let Self { cells, part, file, obsm, varm, layers, notes, obs, var } = self;
        let shown = part.goal.display().to_string();
        let root = file.group("/").map_err(unwritten(&shown))?;
        let names: Vec<&str> = cells.cells.iter().map(String::as_str).collect();
        frame(&root, "obs", &names, &obs)?;
        frame(&root, "var", &gene_index(cells), &var)?;
        drop((root, obsm, varm, layers, notes));
        file.close().map_err(unwritten(&shown))?;
        std::fs::rename(&part.path, &part.goal).map_err(CellsError::io(shown))
    }
}

impl LayerWriter {
    /// Writes the row of the next cell: one value per gene of the matrix.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] for a row of another length or one too many;
    /// [`CellsError::NotWritten`].
    pub fn row(&mut self, values: &[f32]) -> Result<(), CellsError> {
        let [cells, genes] = self.shape;
        check_length(&self.name, values.len(), genes, "gene")?;
        if self.next == cells {
            return Err(CellsError::inconsistent(format!("more than {cells} rows in a layer")));
        }
        let place = (self.next, 0..genes);
        self.dataset.write_slice(values, place).map_err(unwritten(&self.name))?;
        self.next += 1;
        Ok(())
    }
}

/// A name beside `path` that no other run uses.
fn part_path(path: &Path) -> Result<PathBuf, CellsError> {
    let Some(name) = path.file_name() else {
        let reason = "it names no file".to_owned();
        return Err(CellsError::NotWritten { what: path.display().to_string(), reason });
    };
    let name = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
    Ok(path.with_file_name(name))
}

fn check_length(name: &str, found: usize, expected: usize, per: &str) -> Result<(), CellsError> {
    if found == expected {
        return Ok(());
    }
    let reason = format!("{name} has {found} values, expected one per {per}: {expected}");
    Err(CellsError::inconsistent(reason))
}

fn replace(columns: &mut Vec<(String, ObsColumn)>, name: &str, column: ObsColumn) {
    columns.retain(|(there, _)| there != name);
    columns.push((name.to_owned(), column));
}

fn write_counts(root: &Group, cells: &CellMatrix) -> Result<(), CellsError> {
    let x = root.create_group("X").map_err(unwritten("X"))?;
    encoding(&x, "csr_matrix", "0.1.0")?;
    let shape = [cells.n_cells() as i64, cells.n_genes() as i64];
    let write = || x.new_attr::<i64>().shape(2).create("shape")?.write_raw(&shape);
    write().map_err(unwritten("X"))?;
    array(&x, "data", &cells.counts)?;
    // scipy wants both index arrays of one type.
    if i32::try_from(cells.n_nonzeros()).is_ok() {
        let narrow: Vec<i32> = cells.indices.iter().map(|&index| index as i32).collect();
        array(&x, "indices", &narrow)?;
        let starts: Vec<i32> = cells.indptr.iter().map(|&start| start as i32).collect();
        return array(&x, "indptr", &starts);
    }
    let wide: Vec<i64> = cells.indices.iter().map(|&index| i64::from(index)).collect();
    array(&x, "indices", &wide)?;
    let starts: Vec<i64> = cells.indptr.iter().map(|&start| start as i64).collect();
    array(&x, "indptr", &starts)
}

/// Names of the genes: Ensembl ids (unique) where most genes have one, else symbols.
fn gene_index<'a>(cells: &'a CellMatrix) -> Vec<&'a str> {
    let with_id = cells.genes.iter().filter(|gene| gene.ensembl.is_some()).count();
    let by_id = with_id * 2 > cells.n_genes();
    let id = |gene: &'a Gene| gene.ensembl.as_deref().filter(|_| by_id);
    cells.genes.iter().map(|gene| id(gene).unwrap_or(&gene.symbol)).collect()
}

fn gene_columns(cells: &CellMatrix) -> Vec<(String, ObsColumn)> {
    let ids: Vec<Option<&str>> = cells.genes.iter().map(|gene| gene.ensembl.as_deref()).collect();
    let symbols: Vec<Option<&str>> =
        cells.genes.iter().map(|gene| Some(gene.symbol.as_str())).collect();
    vec![
        ("ensembl_id".to_owned(), ObsColumn::from_labels(&ids)),
        ("symbol".to_owned(), ObsColumn::from_labels(&symbols)),
    ]
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
