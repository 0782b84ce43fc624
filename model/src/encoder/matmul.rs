//! The one place that calls `gemm`, which is `unsafe`: strided views with checked bounds.

/// A read-only matrix inside a slice: element `(r, c)` is `data[r * row_step + c * column_step]`.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub data: &'a [f32],
    pub row_step: usize,
    pub column_step: usize,
}

impl<'a> View<'a> {
    /// Row-major with `row_step` values from one row to the next.
    pub fn rows(data: &'a [f32], row_step: usize) -> Self {
        Self { data, row_step, column_step: 1 }
    }

    /// The same matrix turned over.
    pub fn transposed(self) -> Self {
        Self { data: self.data, row_step: self.column_step, column_step: self.row_step }
    }
}

/// Values a matrix of `rows x columns` spans.
fn span(rows: usize, columns: usize, row_step: usize, column_step: usize) -> usize {
    (rows - 1) * row_step + (columns - 1) * column_step + 1
}

/// `out = scale * a b` on this thread only, with `a` `[m, k]`, `b` `[k, n]` and `out` `[m, n]`
/// row-major with `out_step` values from row to row.
///
/// # Panics
/// If a view is shorter than its sizes: a fault in the caller, never in its input.
#[allow(unsafe_code)]
pub(super) fn multiply(
    [m, n, k]: [usize; 3],
    scale: f32,
    a: View<'_>,
    b: View<'_>,
    out: &mut [f32],
    out_step: usize,
) {
    if m == 0 || n == 0 {
        return;
    }
    assert!(k > 0 && out_step >= n, "matrix product with k {k}, n {n}, out step {out_step}");
    assert!(a.data.len() >= span(m, k, a.row_step, a.column_step), "left matrix too short");
    assert!(b.data.len() >= span(k, n, b.row_step, b.column_step), "right matrix too short");
    assert!(out.len() >= span(m, n, out_step, 1), "output matrix too short");
    // SAFETY: the asserts keep every element of the three matrices within its slice; `out` is
    // borrowed mutably, so it overlaps neither; `out_step >= n` keeps its rows apart.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            out_step as isize,
            false,
            a.data.as_ptr(),
            a.column_step as isize,
            a.row_step as isize,
            b.data.as_ptr(),
            b.column_step as isize,
            b.row_step as isize,
            0f32,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strided_and_transposed_products_are_those_by_hand() {
        let a = [1.0, 2.0, 9.0, 3.0, 4.0, 9.0];
        let b = [5.0, 6.0, 7.0, 8.0];
        let mut out = [0.0; 6];
        multiply([2, 2, 2], 2.0, View::rows(&a, 3), View::rows(&b, 2), &mut out, 3);
        assert_eq!(out, [38.0, 44.0, 0.0, 86.0, 100.0, 0.0]);
        multiply([2, 2, 2], 1.0, View::rows(&a, 3), View::rows(&b, 2).transposed(), &mut out, 2);
        assert_eq!(out[..4], [17.0, 23.0, 39.0, 53.0]);
    }

    #[test]
    #[should_panic(expected = "left matrix too short")]
    fn a_view_that_is_too_short_is_caught() {
        multiply(
            [2, 1, 2],
            1.0,
            View::rows(&[1.0; 3], 2),
            View::rows(&[1.0; 2], 1),
            &mut [0.0; 2],
            1,
        );
    }
}
