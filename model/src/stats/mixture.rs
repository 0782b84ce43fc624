//! Two-component Gaussian mixture in one dimension.

/// A fitted mixture; component 0 has the lower mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoComponents {
    /// Mixing weights.
    pub weights: [f64; 2],
    /// Means, ascending.
    pub means: [f64; 2],
    /// Variances.
    pub variances: [f64; 2],
}

/// Added to every variance, as the reference's library does, so that a component never collapses.
const VARIANCE_FLOOR: f64 = 1e-6;
const MOST_STEPS: usize = 100;
const TOLERANCE: f64 = 1e-3;

/// Fits two Gaussians by expectation maximisation from a two-means start.
///
/// The start is the split of the sorted values with the smallest within-group sum of squares,
/// which is the optimum that repeated k-means looks for; so no random state is needed. `None`
/// below two values or when all are equal. Unlike the reference, which takes component 0 as the
/// impact whichever mean it got, components come ordered by mean.
pub fn fit_two_components(values: &[f64]) -> Option<TwoComponents> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.first()? == sorted.last()? {
        return None;
    }
    let cut = best_split(&sorted);
    let mut lower: Vec<f64> = (0..sorted.len()).map(|i| if i < cut { 1.0 } else { 0.0 }).collect();
    let mut fitted = maximise(&sorted, &lower);
    let mut last = f64::NEG_INFINITY;
    for _ in 0..MOST_STEPS {
        let likelihood = expect(&sorted, &fitted, &mut lower);
        fitted = maximise(&sorted, &lower);
        if (likelihood - last).abs() < TOLERANCE {
            break;
        }
        last = likelihood;
    }
    if fitted.means[0] > fitted.means[1] {
        fitted.weights.swap(0, 1);
        fitted.means.swap(0, 1);
        fitted.variances.swap(0, 1);
    }
    Some(fitted)
}

impl TwoComponents {
    /// True where `value` belongs to the impact component (the lower cosine): below the lower
    /// mean always, above the upper mean never, otherwise by the larger responsibility.
    pub fn is_impact(&self, value: f64) -> bool {
        if value > self.means[1] {
            return false;
        }
        value < self.means[0] || self.log_density(0, value) > self.log_density(1, value)
    }

    fn log_density(&self, component: usize, value: f64) -> f64 {
        let variance = self.variances[component];
        self.weights[component].ln()
            - 0.5 * (std::f64::consts::TAU * variance).ln()
            - (value - self.means[component]).powi(2) / (2.0 * variance)
    }
}

fn best_split(sorted: &[f64]) -> usize {
    let total: f64 = sorted.iter().sum();
    let n = sorted.len() as f64;
    let (mut sum, mut best, mut gain) = (0.0, 1, f64::NEG_INFINITY);
    for cut in 1..sorted.len() {
        sum += sorted[cut - 1];
        let rest = total - sum;
        let between = sum * sum / cut as f64 + rest * rest / (n - cut as f64);
        if between > gain {
            (best, gain) = (cut, between);
        }
    }
    best
}

/// Writes the responsibility of component 0 for each value; returns the mean log-likelihood.
fn expect(values: &[f64], fitted: &TwoComponents, lower: &mut [f64]) -> f64 {
    let mut sum = 0.0;
    for (value, responsibility) in values.iter().zip(lower) {
        let (a, b) = (fitted.log_density(0, *value), fitted.log_density(1, *value));
        let top = a.max(b);
        let total = top + ((a - top).exp() + (b - top).exp()).ln();
        *responsibility = (a - total).exp();
        sum += total;
    }
    sum / values.len() as f64
}

fn maximise(values: &[f64], lower: &[f64]) -> TwoComponents {
    let mut fitted = TwoComponents { weights: [0.0; 2], means: [0.0; 2], variances: [0.0; 2] };
    for component in 0..2 {
        let share = |i: usize| if component == 0 { lower[i] } else { 1.0 - lower[i] };
        let weight = (0..values.len()).map(share).sum::<f64>() + 10.0 * f64::EPSILON;
        let mean = (0..values.len()).map(|i| share(i) * values[i]).sum::<f64>() / weight;
        let spread: f64 = (0..values.len()).map(|i| share(i) * (values[i] - mean).powi(2)).sum();
        fitted.weights[component] = weight / values.len() as f64;
        fitted.means[component] = mean;
        fitted.variances[component] = spread / weight + VARIANCE_FLOOR;
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clusters_are_found_and_the_lower_one_is_the_impact() {
        let values = [0.50, 0.52, 0.48, 0.95, 0.96, 0.97, 0.96, 0.95];
        let fitted = fit_two_components(&values).unwrap();
        assert!((fitted.means[0] - 0.5).abs() < 0.02 && (fitted.means[1] - 0.958).abs() < 0.02);
        assert!(fitted.is_impact(0.51) && !fitted.is_impact(0.95) && !fitted.is_impact(0.99));
    }

    #[test]
    fn equal_values_have_no_mixture() {
        assert_eq!(fit_two_components(&[0.3, 0.3]), None);
        assert_eq!(fit_two_components(&[]), None);
    }
}
