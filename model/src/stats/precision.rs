//! Area under the precision-recall curve.

/// Average precision: the area under the precision-recall curve as a sum of steps,
/// `sum_k (R_k - R_(k-1)) P_k` over the distinct scores from the highest down.
///
/// Items of equal score enter together, so that their order does not matter. A random ranking
/// expects about the share of positives. `None` without a positive, for different lengths, or for
/// a score that is NaN.
pub fn average_precision(scores: &[f64], positive: &[bool]) -> Option<f64> {
    if scores.len() != positive.len() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let all = positive.iter().filter(|&&is| is).count();
    if all == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let (mut area, mut found, mut taken) = (0.0, 0_usize, 0_usize);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let hits = tied.iter().filter(|&&item| positive[item]).count();
        found += hits;
        taken += tied.len();
        area += hits as f64 / all as f64 * (found as f64 / taken as f64);
    }
    Some(area)
}

/// Area under the ROC curve: the chance that a positive scores above a negative, ties by a half.
///
/// `None` without a positive or a negative, for different lengths, or for a score that is NaN.
pub fn auroc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    if scores.len() != positive.len() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let n = positive.iter().filter(|&&is| is).count();
    if n == 0 || n == positive.len() {
        return None;
    }
    let ranks = super::average_ranks(scores);
    let sum: f64 = ranks.iter().zip(positive).filter(|(_, is)| **is).map(|(rank, _)| rank).sum();
    let n = n as f64;
    Some((sum - n * (n + 1.0) / 2.0) / (n * (positive.len() as f64 - n)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn average_precision_equals_the_worked_example() {
        // Precision 1/1 and 2/3 at the two positives.
        let found = average_precision(&[0.9, 0.8, 0.7, 0.1], &[true, false, true, false]).unwrap();
        assert!((found - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_give_the_share_of_positives_in_any_order() {
        let found = average_precision(&[1.0; 4], &[false, true, false, false]);
        assert_eq!(found, Some(0.25));
        assert_eq!(average_precision(&[1.0], &[false]), None);
        assert_eq!(average_precision(&[f64::NAN, 1.0], &[true, false]), None);
    }

    proptest! {
        #[test]
        fn it_lies_between_0_and_1_and_is_1_for_a_perfect_ranking(
            positive in proptest::collection::vec(any::<bool>(), 1..40),
            scores in proptest::collection::vec(-3.0_f64..3.0, 40),
        ) {
            let scores = &scores[..positive.len()];
            if let Some(found) = average_precision(scores, &positive) {
                prop_assert!(found > 0.0 && found <= 1.0 + 1e-12);
            }
            let perfect: Vec<f64> = positive.iter().map(|&is| f64::from(u8::from(is))).collect();
            if let Some(found) = average_precision(&perfect, &positive) {
                prop_assert!((found - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn auroc_counts_the_pairs_in_order() {
        assert_eq!(auroc(&[4.0, 3.0, 2.0, 1.0], &[true, false, true, false]), Some(0.75));
        assert_eq!(auroc(&[1.0, 1.0], &[true, false]), Some(0.5));
        assert_eq!(auroc(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(auroc(&[f64::NAN, 2.0], &[true, false]), None);
    }
}
