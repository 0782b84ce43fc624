//! Comparing numbers and words, and counting.

use std::fmt;

/// What became of one set.
pub enum Outcome {
    /// The project does not read or compute this yet.
    NotBuilt(String),
    /// Compared.
    Compared(Comparison),
}

/// Counts, the largest difference and the failures of one set.
#[derive(Default)]
pub struct Comparison {
    pub compared: usize,
    pub largest: f64,
    pub failures: Vec<String>,
    /// Keys of the set that were left out.
    pub left_out: Vec<String>,
}

impl Comparison {
    /// Compares two numbers, both may be absent: within `relative` or `absolute`.
    pub fn number(
        &mut self,
        what: &str,
        found: Option<f64>,
        expected: Option<f64>,
        tolerance: f64,
    ) {
        self.compared += 1;
        let (found, expected) = match (found, expected) {
            (None, None) => return,
            (Some(found), Some(expected)) => (found, expected),
            (found, expected) => {
                self.failures.push(format!("{what}: found {found:?}, expected {expected:?}"));
                return;
            }
        };
        let difference = (found - expected).abs();
        self.largest = self.largest.max(difference);
        if difference.is_nan() || difference > tolerance * expected.abs().max(1.0) {
            self.failures.push(format!("{what}: found {found}, expected {expected}"));
        }
    }

    pub fn equal<T: PartialEq + fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        self.compared += 1;
        if found != expected {
            self.failures.push(format!("{what}: found {found:?}, expected {expected:?}"));
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} compared, largest difference {:.1e}, {} failed",
            self.compared,
            self.largest,
            self.failures.len()
        )?;
        if !self.left_out.is_empty() {
            write!(f, "; not built yet: {}", self.left_out.join(", "))?;
        }
        Ok(())
    }
}
