//! The space that no point dominates, as boxes.

use super::objectives::non_dominated;

/// A box, `lower[j] <= y_j < upper[j]`; upper bounds may be infinite.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

/// A local upper bound of a minimisation and, per objective, the point that defines it there.
#[derive(Clone)]
struct Bound {
    at: Vec<f64>,
    defined_by: Vec<Vec<f64>>,
}

/// Disjoint boxes that cover what lies above `reference` and is dominated by none of `points` (all
/// objectives maximised).
///
/// The local lower bounds of the non-dominated space are found first, and the space that they
/// dominate in turn is cut into one box per bound. Boxes are endless in the first objective, of two
/// objectives in the second: sums of smoothed volumes depend a little on how space is cut, and so
/// BoTorch cuts it.
///
/// # Source
/// Lacour, Klamroth and Fonseca 2017 (local upper bounds and eq. 2); Yang et al. 2019 (twice).
pub(super) fn non_dominated_boxes(points: &[Vec<f64>], reference: &[f64]) -> Vec<Cell> {
    if let &[first, second] = reference {
        let turned = |of: &[f64]| of.iter().rev().copied().collect::<Vec<f64>>();
        let points: Vec<Vec<f64>> = points.iter().map(|point| turned(point)).collect();
        let cells = cut(&points, &[second, first]);
        let back = |cell: Cell| Cell { lower: turned(&cell.lower), upper: turned(&cell.upper) };
        return cells.into_iter().map(back).collect();
    }
    cut(points, reference)
}

fn cut(points: &[Vec<f64>], reference: &[f64]) -> Vec<Cell> {
    let negated = |of: &[f64]| of.iter().map(|y| -y).collect::<Vec<f64>>();
    let far = vec![f64::INFINITY; reference.len()];
    let low = vec![f64::NEG_INFINITY; reference.len()];
    let mut bounds = vec![Bound::start(&negated(reference), &low)];
    for point in front(points, reference) {
        insert(&mut bounds, &negated(point));
    }
    let mut outer = vec![Bound::start(&far, reference)];
    for bound in &bounds {
        insert(&mut outer, &negated(&bound.at));
    }
    let cells = outer.iter().map(|bound| bound.cell(f64::INFINITY));
    cells.filter(|cell| cell.lower.iter().zip(&cell.upper).all(|(l, u)| l < u)).collect()
}

/// The points above the reference that no other dominates, equal ones once.
fn front<'a>(points: &'a [Vec<f64>], reference: &[f64]) -> Vec<&'a Vec<f64>> {
    let kept = non_dominated(points);
    let mut out: Vec<&Vec<f64>> = Vec::new();
    for (point, kept) in points.iter().zip(kept) {
        let above = point.iter().zip(reference).all(|(y, r)| y > r);
        if kept && above && !out.contains(&point) {
            out.push(point);
        }
    }
    out
}

impl Bound {
    /// The bound before any point: `far`, defined by points that are `low` but in one objective.
    fn start(far: &[f64], low: &[f64]) -> Self {
        let corner = |j: usize| {
            let mut point = low.to_vec();
            point[j] = far[j];
            point
        };
        Self { at: far.to_vec(), defined_by: (0..far.len()).map(corner).collect() }
    }

    /// The box below the bound that belongs to it alone, up to `end` in the first objective.
    fn cell(&self, end: f64) -> Cell {
        let of =
            |j: usize| self.defined_by[..j].iter().map(|z| z[j]).fold(f64::NEG_INFINITY, f64::max);
        let rest = 1..self.at.len();
        let lower = std::iter::once(self.defined_by[0][0]).chain(rest.map(of)).collect();
        let upper = std::iter::once(end).chain(self.at[1..].iter().copied()).collect();
        Cell { lower, upper }
    }
}

/// A new point splits every bound that it lies below in all objectives.
fn insert(bounds: &mut Vec<Bound>, point: &[f64]) {
    let below = |bound: &Bound| point.iter().zip(&bound.at).all(|(z, u)| z < u);
    let (hit, mut kept): (Vec<Bound>, Vec<Bound>) = bounds.drain(..).partition(below);
    for j in 0..point.len() {
        for bound in &hit {
            let others = bound.defined_by.iter().enumerate().filter(|(k, _)| *k != j);
            if others.map(|(_, z)| z[j]).all(|z| z <= point[j]) {
                let mut new = bound.clone();
                new.at[j] = point[j];
                new.defined_by[j] = point.to_vec();
                kept.push(new);
            }
        }
    }
    *bounds = kept;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(cell: &Cell, y: &[f64]) -> bool {
        (0..y.len()).all(|j| cell.lower[j] <= y[j] && y[j] < cell.upper[j])
    }

    #[test]
    fn without_a_point_everything_above_the_reference_is_one_box() {
        let cells = non_dominated_boxes(&[vec![-1.0, 3.0]], &[0.0, 1.0]);
        let all = Cell { lower: vec![0.0, 1.0], upper: vec![f64::INFINITY; 2] };
        assert_eq!(cells, [all]);
    }

    proptest! {
        #[test]
        fn each_place_is_in_one_box_if_no_point_dominates_it_and_in_none_otherwise(
            points in prop::collection::vec(prop::collection::vec(-0.5..1.0f64, 3), 0..8),
            place in prop::collection::vec(0.01..1.2f64, 3),
        ) {
            let cells = non_dominated_boxes(&points, &[0.0; 3]);
            let dominated = points.iter().any(|p| {
                p.iter().all(|y| *y > 0.0) && p.iter().zip(&place).all(|(y, at)| y > at)
            });
            let found = cells.iter().filter(|cell| holds(cell, &place)).count();
            prop_assert_eq!(found, usize::from(!dominated));
        }
    }
}
