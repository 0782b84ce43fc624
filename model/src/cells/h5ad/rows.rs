//! Compressed rows while they are being put in order.

/// Rows of counts; see [`crate::cells::CellMatrix`] for the shapes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Csr {
    pub indptr: Vec<u64>,
    pub indices: Vec<u32>,
    pub counts: Vec<f32>,
}

impl Csr {
    /// Sums of the rows.
    pub fn totals(&self) -> Vec<f64> {
        let row = |pair: &[u64]| pair[0] as usize..pair[1] as usize;
        self.indptr
            .windows(2)
            .map(|pair| {
                self.counts[row(pair)].iter().fold(0.0, |sum, &count| sum + f64::from(count))
            })
            .collect()
    }

    /// Turns compressed columns into compressed rows (`rows` = number of rows).
    pub fn transposed(self, rows: usize) -> Self {
        let mut indptr = vec![0_u64; rows + 1];
        for &row in &self.indices {
            indptr[row as usize + 1] += 1;
        }
        for row in 0..rows {
            indptr[row + 1] += indptr[row];
        }
        let mut next = indptr.clone();
        let mut indices = vec![0_u32; self.indices.len()];
        let mut counts = vec![0.0_f32; self.indices.len()];
        for (column, pair) in self.indptr.windows(2).enumerate() {
            for entry in pair[0] as usize..pair[1] as usize {
                let place = &mut next[self.indices[entry] as usize];
                indices[*place as usize] = column as u32;
                counts[*place as usize] = self.counts[entry];
                *place += 1;
            }
        }
        Self { indptr, indices, counts }
    }

    /// Renames columns by `target`, sorts each row, adds repeated columns and drops zeros.
    pub fn tidied(self, target: impl Fn(u32) -> u32) -> Self {
        let mut tidy = Self {
            indptr: Vec::with_capacity(self.indptr.len()),
            indices: Vec::with_capacity(self.indices.len()),
            counts: Vec::with_capacity(self.counts.len()),
        };
        tidy.indptr.push(0);
        let mut row: Vec<(u32, f32)> = Vec::new();
        for pair in self.indptr.windows(2) {
            let entries = pair[0] as usize..pair[1] as usize;
            row.clear();
            row.extend(
                self.indices[entries.clone()]
                    .iter()
                    .map(|&column| target(column))
                    .zip(self.counts[entries].iter().copied())
                    .filter(|(_, count)| *count != 0.0),
            );
            // Stable, so that sums of repeated columns do not depend on chance.
            row.sort_by_key(|(column, _)| *column);
            row.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
            tidy.indices.extend(row.iter().map(|(column, _)| *column));
            tidy.counts.extend(row.iter().map(|(_, count)| *count));
            tidy.indptr.push(tidy.indices.len() as u64);
        }
        tidy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsorted_repeated_and_zero_entries_are_put_in_order() {
        let csr = Csr {
            indptr: vec![0, 4, 4, 5],
            indices: vec![2, 0, 2, 1, 0],
            counts: vec![1.0, 5.0, 2.0, 0.0, 7.0],
        };
        let expected =
            Csr { indptr: vec![0, 2, 2, 3], indices: vec![0, 2, 0], counts: vec![5.0, 3.0, 7.0] };
        assert_eq!(csr.tidied(|column| column), expected);
    }

    #[test]
    fn columns_become_rows() {
        let csc =
            Csr { indptr: vec![0, 2, 3], indices: vec![0, 2, 0], counts: vec![1.0, 2.0, 3.0] };
        let expected =
            Csr { indptr: vec![0, 2, 2, 3], indices: vec![0, 1, 0], counts: vec![1.0, 3.0, 2.0] };
        assert_eq!(csc.transposed(3), expected);
    }
}
