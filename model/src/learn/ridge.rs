//! Ridge regression with a prior mean, in closed form.

/// Linear model: `weights . features + bias`.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// One weight per feature.
    pub weights: Vec<f64>,
    /// Intercept.
    pub bias: f64,
}

impl Linear {
    /// The model that predicts 0.
    pub fn zero(features: usize) -> Self {
        Self { weights: vec![0.0; features], bias: 0.0 }
    }

    /// Prediction for one row of features.
    pub fn predict(&self, features: &[f64]) -> f64 {
        self.bias + dot(&self.weights, features)
    }
}

/// Fits `rows` to `targets` by weighted ridge regression around `prior`.
///
/// Minimises `sum_i c_i (y_i - w . x_i - b)^2 + penalty * |w - w_prior|^2`, the bias free. Solved in
/// the dual, so the cost is cubic in the number of rows. Rows of count 0 are left out; without any
/// row the prior is returned.
pub fn fit_ridge(
    rows: &[&[f64]],
    targets: &[f64],
    counts: &[f64],
    penalty: f64,
    prior: &Linear,
) -> Linear {
    let used: Vec<usize> = (0..rows.len()).filter(|&i| counts[i] > 0.0).collect();
    let total: f64 = used.iter().map(|&i| counts[i]).sum();
    if used.is_empty() {
        return prior.clone();
    }
    let width = prior.weights.len();
    let mut centre = vec![0.0; width];
    for &i in &used {
        for (sum, value) in centre.iter_mut().zip(rows[i]) {
            *sum += counts[i] * value / total;
        }
    }
    let residual = |i: usize| targets[i] - dot(&prior.weights, rows[i]);
    let level = used.iter().map(|&i| counts[i] * residual(i)).sum::<f64>() / total;
    let centred: Vec<Vec<f64>> =
        used.iter().map(|&i| rows[i].iter().zip(&centre).map(|(x, m)| x - m).collect()).collect();
    let n = used.len();
    let mut system = vec![0.0; n * n];
    for a in 0..n {
        for b in 0..=a {
            system[a * n + b] = dot(&centred[a], &centred[b]);
        }
        // penalty / c_a on the diagonal is the weighted problem's dual.
        system[a * n + a] += penalty / counts[used[a]];
    }
    let right: Vec<f64> = used.iter().map(|&i| residual(i) - level).collect();
    let dual = solve_positive(&mut system, right);
    let mut weights = prior.weights.clone();
    for (row, alpha) in centred.iter().zip(&dual) {
        for (weight, value) in weights.iter_mut().zip(row) {
            *weight += alpha * value;
        }
    }
    let shift: f64 =
        weights.iter().zip(&prior.weights).zip(&centre).map(|((w, p), m)| (w - p) * m).sum();
    Linear { weights, bias: level - shift }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Solves a symmetric positive definite system by Cholesky; the lower triangle is overwritten.
fn solve_positive(system: &mut [f64], mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let (row_i, row_j) = (&system[i * n..i * n + j], &system[j * n..j * n + j]);
            let rest = system[i * n + j] - dot(row_i, row_j);
            // The penalty keeps pivots positive; the floor only guards against rounding.
            system[i * n + j] =
                if i == j { rest.max(1e-12).sqrt() } else { rest / system[j * n + j] };
        }
    }
    for i in 0..n {
        let known = dot(&system[i * n..i * n + i], &right[..i]);
        right[i] = (right[i] - known) / system[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| system[j * n + i] * right[j]).sum();
        right[i] = (right[i] - known) / system[i * n + i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_penalty_finds_the_line() {
        let rows: Vec<Vec<f64>> =
            (0..8).map(|i| vec![f64::from(i), f64::from(i * i % 5)]).collect();
        let targets: Vec<f64> = rows.iter().map(|r| 2.0 * r[0] - r[1] + 3.0).collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let fitted = fit_ridge(&rows, &targets, &[1.0; 8], 1e-9, &Linear::zero(2));
        assert!((fitted.weights[0] - 2.0).abs() < 1e-6 && (fitted.bias - 3.0).abs() < 1e-5);
    }

    #[test]
    fn a_large_penalty_keeps_the_prior_weights() {
        let rows: [&[f64]; 3] = [&[1.0], &[2.0], &[3.0]];
        let prior = Linear { weights: vec![0.5], bias: 9.0 };
        let fitted = fit_ridge(&rows, &[10.0, 0.0, 5.0], &[1.0; 3], 1e12, &prior);
        assert!((fitted.weights[0] - 0.5).abs() < 1e-6);
        assert!((fitted.predict(&[2.0]) - 5.0).abs() < 1e-6, "the bias follows the data");
    }

    #[test]
    fn a_row_counted_twice_equals_the_row_given_twice() {
        let rows: [&[f64]; 3] = [&[1.0], &[2.0], &[4.0]];
        let zero = Linear::zero(1);
        let counted = fit_ridge(&rows, &[1.0, 3.0, 2.0], &[2.0, 1.0, 0.0], 0.7, &zero);
        let given =
            fit_ridge(&[rows[0], rows[0], rows[1]], &[1.0, 1.0, 3.0], &[1.0; 3], 0.7, &zero);
        assert!((counted.weights[0] - given.weights[0]).abs() < 1e-9);
        assert!((counted.bias - given.bias).abs() < 1e-9);
    }
}
