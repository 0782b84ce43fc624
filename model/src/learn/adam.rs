//! AdamW on plain vectors, pulled towards given weights.

use super::tensors::Values;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// State of the optimiser for a list of tensors.
///
/// Decoupled decay as in AdamW (Loshchilov and Hutter 2019), but towards `anchor` instead of zero:
/// fine-tuning should forget its parent only where the data ask for it.
pub struct AnchoredAdam {
    anchor: Vec<Values>,
    first: Vec<Vec<f64>>,
    second: Vec<Vec<f64>>,
    step: i32,
}

impl AnchoredAdam {
    /// Starts at `anchor`.
    pub fn new(anchor: &[Values]) -> Self {
        let zeros = || anchor.iter().map(|v| vec![0.0; v.data.len()]).collect();
        Self { anchor: anchor.to_vec(), first: zeros(), second: zeros(), step: 0 }
    }

    /// One step against `gradients`; `pull` is the decay rate towards the anchor.
    pub fn step(&mut self, values: &mut [Values], gradients: &[Vec<f32>], rate: f64, pull: f64) {
        self.step += 1;
        let (bias_1, bias_2) = (1.0 - BETA_1.powi(self.step), 1.0 - BETA_2.powi(self.step));
        for (tensor, values) in values.iter_mut().enumerate() {
            let (first, second) = (&mut self.first[tensor], &mut self.second[tensor]);
            for (i, value) in values.data.iter_mut().enumerate() {
                let gradient = f64::from(gradients[tensor][i]);
                first[i] = BETA_1 * first[i] + (1.0 - BETA_1) * gradient;
                second[i] = BETA_2 * second[i] + (1.0 - BETA_2) * gradient * gradient;
                let towards = first[i] / bias_1 / ((second[i] / bias_2).sqrt() + EPSILON);
                let away = f64::from(*value - self.anchor[tensor].data[i]);
                *value -= (rate * (towards + pull * away)) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_against_the_gradient_and_the_pull_brings_them_back() {
        let start = vec![Values { shape: vec![2], data: vec![1.0, -1.0] }];
        let mut values = start.clone();
        let mut adam = AnchoredAdam::new(&start);
        for _ in 0..10 {
            adam.step(&mut values, &[vec![2.0, -0.1]], 0.01, 0.0);
        }
        assert!((values[0].data[0] - 0.9).abs() < 1e-3 && (values[0].data[1] + 0.9).abs() < 1e-3);
        for _ in 0..2000 {
            adam.step(&mut values, &[vec![0.0, 0.0]], 0.01, 1.0);
        }
        assert!((values[0].data[0] - 1.0).abs() < 1e-3, "{values:?}");
    }
}
