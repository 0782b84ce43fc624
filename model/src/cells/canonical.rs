//! The canonical file: a [`CellMatrix`] as safetensors, the same bytes for the same matrix.
//!
//! | tensor | type | holds |
//! |---|---|---|
//! | `annotation` | u8 | JSON: format, cell names, genes, obs columns with their categories |
//! | `indptr`, `indices`, `counts`, `total_counts` | u64, u32, f32, f64 | the rows |
//! | `obs.00000`, ... | i32 or f64 | codes or numbers of the obs columns, in the order of the JSON |

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cells::{CellMatrix, CellsError, Gene, ObsColumn};

/// Name and version of the format; another version is refused.
const FORMAT: &str = "nextwell cells 1";

#[derive(Serialize, Deserialize)]
struct Annotation {
    format: String,
    cells: Vec<String>,
    /// Ensembl id and symbol.
    genes: Vec<(Option<String>, String)>,
    obs: Vec<ObsHeader>,
}

#[derive(Serialize, Deserialize)]
struct ObsHeader {
    name: String,
    /// None for numbers.
    categories: Option<Vec<String>>,
}

struct Column {
    dtype: Dtype,
    shape: [usize; 1],
    bytes: Vec<u8>,
}

impl View for Column {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Column {
    fn new<const N: usize>(dtype: Dtype, values: impl ExactSizeIterator<Item = [u8; N]>) -> Self {
        let shape = [values.len()];
        Self { dtype, shape, bytes: values.flatten().collect() }
    }
}

impl CellMatrix {
    /// The canonical bytes: equal matrices give equal bytes.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] if the matrix breaks its own rules.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CellsError> {
        self.validate()?;
        let annotation = Annotation {
            format: FORMAT.to_owned(),
            cells: self.cells.clone(),
            genes: self.genes.iter().map(|g| (g.ensembl.clone(), g.symbol.clone())).collect(),
            obs: self.obs.iter().map(|(name, column)| header(name, column)).collect(),
        };
        let json = serde_json::to_vec(&annotation)
            .map_err(|error| CellsError::inconsistent(error.to_string()))?;
        let mut tensors = BTreeMap::from([
            ("annotation".to_owned(), Column::new(Dtype::U8, json.iter().map(|&byte| [byte]))),
            (
                "indptr".to_owned(),
                Column::new(Dtype::U64, self.indptr.iter().map(|v| v.to_le_bytes())),
            ),
            (
                "indices".to_owned(),
                Column::new(Dtype::U32, self.indices.iter().map(|v| v.to_le_bytes())),
            ),
            (
                "counts".to_owned(),
                Column::new(Dtype::F32, self.counts.iter().map(|v| v.to_le_bytes())),
            ),
            (
                "total_counts".to_owned(),
                Column::new(Dtype::F64, self.total_counts.iter().map(|v| v.to_le_bytes())),
            ),
        ]);
        for (number, column) in self.obs.values().enumerate() {
            tensors.insert(obs_tensor(number), obs_values(column));
        }
        safetensors::serialize(tensors, None)
            .map_err(|error| CellsError::inconsistent(error.to_string()))
    }

    /// Writes the canonical bytes.
    ///
    /// # Errors
    /// As [`CellMatrix::to_bytes`], and [`CellsError::Io`].
    pub fn write(&self, out: &mut impl Write) -> Result<(), CellsError> {
        out.write_all(&self.to_bytes()?).map_err(CellsError::io("the canonical file"))
    }

    /// SHA-256 of the canonical bytes, in lower-case hexadecimal.
    ///
    /// # Errors
    /// As [`CellMatrix::to_bytes`].
    pub fn digest(&self) -> Result<String, CellsError> {
        let hash = Sha256::digest(self.to_bytes()?);
        Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads canonical bytes from any source; every number in them is checked.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`].
    pub fn read(bytes: &[u8]) -> Result<Self, CellsError> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| CellsError::inconsistent(error.to_string()))?;
        let json = values(&tensors, "annotation", Dtype::U8, u8::from_le_bytes)?;
        let annotation: Annotation = serde_json::from_slice(&json)
            .map_err(|error| CellsError::inconsistent(format!("annotation: {error}")))?;
        if annotation.format != FORMAT {
            let reason = format!("format {:?}, expected {FORMAT:?}", annotation.format);
            return Err(CellsError::inconsistent(reason));
        }
        let mut obs = BTreeMap::new();
        for (number, header) in annotation.obs.into_iter().enumerate() {
            let tensor = obs_tensor(number);
            let column = match header.categories {
                Some(categories) => ObsColumn::Categorical {
                    codes: values(&tensors, &tensor, Dtype::I32, i32::from_le_bytes)?,
                    categories,
                },
                None => {
                    ObsColumn::Numeric(values(&tensors, &tensor, Dtype::F64, f64::from_le_bytes)?)
                }
            };
            if obs.insert(header.name.clone(), column).is_some() {
                let reason = format!("obs column {:?} appears twice", header.name);
                return Err(CellsError::inconsistent(reason));
            }
        }
        let genes = annotation.genes.into_iter();
        let matrix = Self {
            genes: genes.map(|(ensembl, symbol)| Gene { ensembl, symbol }).collect(),
            cells: annotation.cells,
            indptr: values(&tensors, "indptr", Dtype::U64, u64::from_le_bytes)?,
            indices: values(&tensors, "indices", Dtype::U32, u32::from_le_bytes)?,
            counts: values(&tensors, "counts", Dtype::F32, f32::from_le_bytes)?,
            total_counts: values(&tensors, "total_counts", Dtype::F64, f64::from_le_bytes)?,
            obs,
        };
        matrix.validate()?;
        Ok(matrix)
    }

    /// Reads a canonical file.
    ///
    /// # Errors
    /// As [`CellMatrix::read`], and [`CellsError::Io`].
    pub fn open(path: &Path) -> Result<Self, CellsError> {
        let bytes = std::fs::read(path).map_err(CellsError::io(path.display().to_string()))?;
        Self::read(&bytes)
    }
}

fn header(name: &str, column: &ObsColumn) -> ObsHeader {
    let categories = match column {
        ObsColumn::Categorical { categories, .. } => Some(categories.clone()),
        ObsColumn::Numeric(_) => None,
    };
    ObsHeader { name: name.to_owned(), categories }
}

fn obs_tensor(number: usize) -> String {
    format!("obs.{number:05}")
}

fn obs_values(column: &ObsColumn) -> Column {
    match column {
        ObsColumn::Categorical { codes, .. } => {
            Column::new(Dtype::I32, codes.iter().map(|code| code.to_le_bytes()))
        }
        // One bit pattern for every NaN, else equal matrices could give different bytes.
        ObsColumn::Numeric(numbers) => Column::new(
            Dtype::F64,
            numbers.iter().map(|v| if v.is_nan() { f64::NAN } else { *v }.to_le_bytes()),
        ),
    }
}

/// The values of a one-dimensional tensor of the expected type.
fn values<T, const N: usize>(
    tensors: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    decode: fn([u8; N]) -> T,
) -> Result<Vec<T>, CellsError> {
    let tensor = tensors
        .tensor(name)
        .map_err(|_| CellsError::inconsistent(format!("it has no tensor {name}")))?;
    if tensor.dtype() != dtype || tensor.shape().len() != 1 {
        let (found, shape) = (tensor.dtype(), tensor.shape());
        let reason = format!("tensor {name} is {found:?} {shape:?}, expected {dtype:?} [n]");
        return Err(CellsError::inconsistent(reason));
    }
    let (chunks, _) = tensor.data().as_chunks::<N>();
    Ok(chunks.iter().map(|chunk| decode(*chunk)).collect())
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::cells::fixtures::small_matrix;

    #[test]
    fn a_matrix_read_back_is_the_one_that_was_written() {
        let mut matrix = small_matrix();
        matrix.obs.insert("donor".into(), ObsColumn::from_labels(&[Some(""), None, Some("é")]));
        let bytes = matrix.to_bytes().unwrap();
        assert_eq!(CellMatrix::read(&bytes).unwrap(), matrix);
    }

    #[test]
    fn equal_matrices_have_equal_bytes_and_a_changed_count_another_digest() {
        let (mut a, mut b) = (small_matrix(), small_matrix());
        let odd_nan = f64::from_bits(f64::NAN.to_bits() ^ 1);
        a.obs.insert("score".into(), ObsColumn::Numeric(vec![f64::NAN, 1.0, 2.0]));
        b.obs.insert("score".into(), ObsColumn::Numeric(vec![odd_nan, 1.0, 2.0]));
        assert_eq!(a.to_bytes().unwrap(), b.to_bytes().unwrap());
        assert_eq!(a.digest().unwrap().len(), 64);
        b.counts[0] = 4.0;
        assert_ne!(a.digest().unwrap(), b.digest().unwrap());
    }

    #[test]
    fn truncated_or_changed_bytes_give_an_error_or_a_valid_matrix_and_never_a_panic() {
        let bytes = small_matrix().to_bytes().unwrap();
        for part in 0..64 {
            let cut = bytes.len() * part / 64;
            assert!(CellMatrix::read(&bytes[..cut]).is_err(), "cut at {cut} was accepted");
        }
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let mut refused = 0;
        for _ in 0..200 {
            let mut damaged = bytes.clone();
            let at = rng.random_range(0..damaged.len());
            damaged[at] ^= 1 << rng.random_range(0..8);
            match CellMatrix::read(&damaged) {
                Ok(matrix) => matrix.validate().unwrap(),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 50, "only {refused} of 200 damaged files were refused");
    }

    #[test]
    fn a_file_of_another_format_is_refused_by_name() {
        let tensors = BTreeMap::from([(
            "annotation",
            Column::new(
                Dtype::U8,
                br#"{"format":"other 9","cells":[],"genes":[],"obs":[]}"#.iter().map(|&b| [b]),
            ),
        )]);
        let bytes = safetensors::serialize(tensors, None).unwrap();
        let message = CellMatrix::read(&bytes).unwrap_err().to_string();
        assert!(message.contains("other 9"), "{message}");
    }
}
