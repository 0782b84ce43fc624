//! One matrix of the file (`X`, a layer, `raw/X`) as compressed rows, if it holds counts.

use hdf5_metno::Dataset;

use super::node::{Node, damaged, form};
use super::rows::Csr;
use super::text::{Kind, kind, numbers};
use crate::cells::{CellsError, ReadLimits};

/// Values read at a time, so that a file takes no more memory than its result.
const BLOCK: usize = 1 << 20;
/// Largest whole number up to which `f32` is exact.
const LARGEST: f64 = 16_777_216.0;

/// A place in the matrix: row (cell) and column (gene).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    pub row: usize,
    pub column: usize,
    pub value: f64,
}

/// What a matrix turned out to hold.
#[derive(Debug)]
pub(super) enum Content {
    /// Whole numbers, none negative.
    Counts(Csr),
    /// Something else: normalised, scaled or logarithmic values.
    NotWhole(Entry),
    /// Whole numbers but for this one that is negative, infinite, NaN or too large.
    Bad(Entry),
}

/// First value that is no whole number, and first that is no possible count.
#[derive(Debug, Default)]
struct Check {
    bad: Option<(usize, f64)>,
}

impl Check {
    /// Looks at the value at a position; returns false when it is not whole.
    fn accepts(&mut self, position: usize, value: f64) -> bool {
        if value.is_finite() && value.fract() != 0.0 {
            return false;
        }
        if !(0.0..=LARGEST).contains(&value) && self.bad.is_none() {
            self.bad = Some((position, value));
        }
        true
    }
}

/// Reads the matrix `parent/name` of `shape` (cells, genes).
pub(super) fn read(
    parent: &Node,
    name: &str,
    shape: (usize, usize),
    limits: &ReadLimits,
) -> Result<Content, CellsError> {
    if !parent.is_group(name) {
        return dense(&parent.dataset(name)?, &parent.path_of(name), shape, limits);
    }
    let node = parent.child(name)?;
    let encoding = node.attribute("encoding-type").or_else(|| node.attribute("h5sparse_format"));
    let by_row = match encoding.as_deref() {
        Some("csr_matrix" | "csr") => true,
        Some("csc_matrix" | "csc") => false,
        other => {
            let found = other.unwrap_or("no encoding-type").to_owned();
            return Err(form(&node.path, "a csr_matrix, csc_matrix or array", found));
        }
    };
    let attribute = node.group.attr("shape").or_else(|_| node.group.attr("h5sparse_shape"));
    let attribute = attribute.map_err(damaged(&node.path))?;
    let stated = numbers(&attribute, &node.path)?;
    if stated != [shape.0 as f64, shape.1 as f64] {
        return Err(wrong_shape(&node.path, &format!("{stated:?}"), shape));
    }
    sparse(&node, shape, by_row, limits)
}

fn wrong_shape(path: &str, found: &str, shape: (usize, usize)) -> CellsError {
    let found = format!("{found} for {} cells and {} genes", shape.0, shape.1);
    form(path, "a row per cell and a column per gene", found)
}

fn numeric(dataset: &Dataset, path: &str) -> Result<(), CellsError> {
    match kind(dataset, path)? {
        Kind::Number | Kind::Boolean => Ok(()),
        _ => Err(form(path, "numbers", "another type")),
    }
}

fn sparse(
    node: &Node,
    shape: (usize, usize),
    by_row: bool,
    limits: &ReadLimits,
) -> Result<Content, CellsError> {
    let (data, indices) = (node.dataset("data")?, node.dataset("indices")?);
    let (major, minor) = if by_row { shape } else { (shape.1, shape.0) };
    let nonzeros = data.size();
    ReadLimits::check("stored values", nonzeros, limits.max_nonzeros)?;
    if indices.size() != nonzeros {
        let found = format!("{} indices for {nonzeros} values", indices.size());
        return Err(form(&node.path, "one index per value", found));
    }
    numeric(&data, &node.path_of("data"))?;
    numeric(&indices, &node.path_of("indices"))?;
    let indptr = pointers(node, major, nonzeros)?;
    let mut csr = Csr { indptr, indices: Vec::new(), counts: Vec::new() };
    let mut check = Check::default();
    for start in (0..nonzeros).step_by(BLOCK) {
        let block = start..nonzeros.min(start + BLOCK);
        let path = node.path_of("indices");
        let columns = indices.read_slice_1d::<i64, _>(block.clone()).map_err(damaged(&path))?;
        for &column in &columns {
            match u32::try_from(column) {
                Ok(column) if (column as usize) < minor => csr.indices.push(column),
                _ => {
                    let reason = format!("index {column} is not below {minor}");
                    return Err(CellsError::Damaged { what: path, reason });
                }
            }
        }
        let path = node.path_of("data");
        let values = data.read_slice_1d::<f64, _>(block).map_err(damaged(&path))?;
        for (position, &value) in (start..).zip(&values) {
            if !check.accepts(position, value) {
                return Ok(Content::NotWhole(place(&csr, position, value, by_row)));
            }
            csr.counts.push(value as f32);
        }
    }
    if let Some((position, value)) = check.bad {
        return Ok(Content::Bad(place(&csr, position, value, by_row)));
    }
    let csr = if by_row { csr } else { csr.transposed(shape.0) };
    Ok(Content::Counts(csr.tidied(|column| column)))
}

/// Reads `indptr` and checks that it runs from 0 to the number of values without decreasing.
fn pointers(node: &Node, major: usize, nonzeros: usize) -> Result<Vec<u64>, CellsError> {
    let (dataset, path) = (node.dataset("indptr")?, node.path_of("indptr"));
    if dataset.size() != major + 1 {
        let found = format!("{} entries", dataset.size());
        return Err(form(&path, "one entry more than rows (or columns)", found));
    }
    numeric(&dataset, &path)?;
    let raw = dataset.read_raw::<i64>().map_err(damaged(&path))?;
    let runs = raw[0] == 0
        && raw[major] == nonzeros as i64
        && raw.windows(2).all(|pair| pair[0] <= pair[1]);
    if !runs {
        let reason = format!("it does not run from 0 to {nonzeros} without decreasing");
        return Err(CellsError::Damaged { what: path, reason });
    }
    Ok(raw.into_iter().map(|pointer| pointer as u64).collect())
}

/// Row and column of a stored value.
fn place(csr: &Csr, position: usize, value: f64, by_row: bool) -> Entry {
    let major = csr.indptr.partition_point(|&start| start <= position as u64) - 1;
    let minor = csr.indices[position] as usize;
    let (row, column) = if by_row { (major, minor) } else { (minor, major) };
    Entry { row, column, value }
}

fn dense(
    dataset: &Dataset,
    path: &str,
    shape: (usize, usize),
    limits: &ReadLimits,
) -> Result<Content, CellsError> {
    let (rows, columns) = shape;
    if dataset.shape() != [rows, columns] {
        return Err(wrong_shape(path, &format!("{:?}", dataset.shape()), shape));
    }
    numeric(dataset, path)?;
    let mut csr = Csr { indptr: vec![0], indices: Vec::new(), counts: Vec::new() };
    let mut check = Check::default();
    let block = (BLOCK / columns.max(1)).max(1);
    for start in (0..rows).step_by(block) {
        let part = (start..rows.min(start + block), 0..columns);
        let values = dataset.read_slice_2d::<f64, _>(part).map_err(damaged(path))?;
        for (position, &value) in (start * columns..).zip(&values) {
            let entry = || Entry { row: position / columns, column: position % columns, value };
            if !check.accepts(position, value) {
                return Ok(Content::NotWhole(entry()));
            }
            if value != 0.0 {
                csr.indices.push((position % columns) as u32);
                csr.counts.push(value as f32);
            }
            if position % columns == columns - 1 {
                csr.indptr.push(csr.indices.len() as u64);
            }
        }
        ReadLimits::check("stored values", csr.indices.len(), limits.max_nonzeros)?;
    }
    Ok(match check.bad {
        Some((position, value)) => {
            Content::Bad(Entry { row: position / columns, column: position % columns, value })
        }
        None => Content::Counts(csr),
    })
}
