//! From the last hidden state to one vector per cell.

/// How the rows of a cell become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The row of `<cls>`.
    Cls,
    /// The row of `<cls>`, scaled to length 1 (the reference's `embed_data`).
    ClsL2,
    /// The mean of all rows (the reference's `avg-pool`, without its padding).
    Mean,
    /// Rows weighted by their values and scaled to length 1 (the reference's `w-pool`).
    Weighted,
}

impl Pooling {
    /// The pooling that the heads of a model were trained on, by its name in args.json.
    pub fn of_heads(style: &str) -> Self {
        match style {
            "avg-pool" => Self::Mean,
            "w-pool" => Self::Weighted,
            _ => Self::Cls,
        }
    }

    /// Pools row-major `[tokens, hidden]` `rows` of a cell with these `values`; sums in double
    /// precision, in the order of tokens.
    pub fn apply(self, rows: &[f32], values: &[f32], hidden: usize) -> Vec<f32> {
        let first = &rows[..hidden];
        match self {
            Self::Cls => first.to_vec(),
            Self::ClsL2 => scaled_to_one(&widened(first)),
            Self::Mean => {
                let count = (rows.len() / hidden) as f64;
                let sum = weighted_sum(rows, |_| 1.0, hidden);
                sum.into_iter().map(|s| (s / count) as f32).collect()
            }
            Self::Weighted => {
                scaled_to_one(&weighted_sum(rows, |row| f64::from(values[row]), hidden))
            }
        }
    }
}

fn weighted_sum(rows: &[f32], weight: impl Fn(usize) -> f64, hidden: usize) -> Vec<f64> {
    let mut sum = vec![0.0; hidden];
    for (number, row) in rows.chunks_exact(hidden).enumerate() {
        for (s, &x) in sum.iter_mut().zip(row) {
            *s += weight(number) * f64::from(x);
        }
    }
    sum
}

fn widened(row: &[f32]) -> Vec<f64> {
    row.iter().map(|&x| f64::from(x)).collect()
}

/// As `torch.nn.functional.normalize`: lengths below 1e-12 count as that.
fn scaled_to_one(row: &[f64]) -> Vec<f32> {
    let length = row.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
    row.iter().map(|x| (x / length) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pooling_is_what_its_name_says() {
        let (rows, values) = ([3.0, 4.0, 1.0, 0.0], [-2.0, 9.0]);
        assert_eq!(Pooling::Cls.apply(&rows, &values, 2), [3.0, 4.0]);
        assert_eq!(Pooling::ClsL2.apply(&rows, &values, 2), [0.6, 0.8]);
        assert_eq!(Pooling::Mean.apply(&rows, &values, 2), [2.0, 2.0]);
        let weighted = Pooling::Weighted.apply(&rows, &values, 2);
        let length = (3.0f32 * 3.0 + 64.0).sqrt();
        assert!((weighted[0] - 3.0 / length).abs() < 1e-6 && weighted[1] < 0.0);
        assert_eq!(Pooling::ClsL2.apply(&[0.0, 0.0], &[1.0], 2), [0.0, 0.0]);
    }
}
