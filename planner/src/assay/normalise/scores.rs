//! Scores of a well against the controls or the candidates of its plate.

use super::super::AssayError;
use super::MeasuredPlate;
use crate::assay::stats::Spread;
use crate::plate::Content;

/// Fewest measured wells that define a scale. Three make a spread, not a good one: below 8
/// non-targeting wells the plate summary says so.
pub const MIN_CONTROLS: usize = 3;

/// Robust z against non-targeting wells: (x − median N) / MAD(N).
///
/// # Errors
/// Fewer than [`MIN_CONTROLS`] measured non-targeting wells, MAD 0, a value that is not finite.
pub fn robust_z(plate: &MeasuredPlate) -> Result<Vec<f64>, AssayError> {
    let scale = scale_of(plate, Content::NonTargeting, "MAD", |spread| spread.mad)?;
    Ok(each(plate, |value| (value - scale.median) / scale.mad))
}

/// Robust z against candidate wells: (x − median S) / MAD(S).
///
/// Only where most candidates are expected to do nothing: a plate of picked hits hides them.
///
/// # Errors
/// As [`robust_z`], for candidate wells.
pub fn robust_z_against_candidates(plate: &MeasuredPlate) -> Result<Vec<f64>, AssayError> {
    let scale = scale_of(plate, Content::Candidate, "MAD", |spread| spread.mad)?;
    Ok(each(plate, |value| (value - scale.median) / scale.mad))
}

/// z against candidate wells: (x − mean S) / SD(S).
///
/// # Errors
/// As [`robust_z`], for candidate wells and SD.
pub fn z_against_candidates(plate: &MeasuredPlate) -> Result<Vec<f64>, AssayError> {
    let scale = scale_of(plate, Content::Candidate, "SD", |spread| spread.sd)?;
    Ok(each(plate, |value| (value - scale.mean) / scale.sd))
}

/// Percent of control: 100 · x / mean(N). Background must have been subtracted before.
///
/// # Errors
/// As [`robust_z`]; [`AssayError::NoSpread`] is returned when the mean is 0.
pub fn percent_of_control(plate: &MeasuredPlate) -> Result<Vec<f64>, AssayError> {
    let scale = scale_of(plate, Content::NonTargeting, "the mean", |spread| spread.mean)?;
    Ok(each(plate, |value| 100.0 * value / scale.mean))
}

/// Normalised percent inhibition, 0 at non-targeting and 100 at positive wells:
/// 100 · (x − mean N) / (mean P − mean N).
///
/// # Errors
/// Fewer than [`MIN_CONTROLS`] wells of either control, or equal means.
pub fn npi(plate: &MeasuredPlate) -> Result<Vec<f64>, AssayError> {
    let negative = scale_of(plate, Content::NonTargeting, "", |_| 1.0)?;
    let positive = scale_of(plate, Content::Positive, "the distance to non-targeting", |spread| {
        spread.mean - negative.mean
    })?;
    let window = positive.mean - negative.mean;
    Ok(each(plate, |value| 100.0 * (value - negative.mean) / window))
}

/// SSMD of a single well: (x − median N) / (√2 · MAD(N)) (Zhang 2007, without replicates).
///
/// # Errors
/// As [`robust_z`].
pub fn single_well_ssmd(plate: &MeasuredPlate) -> Result<Vec<f64>, AssayError> {
    let scale = scale_of(plate, Content::NonTargeting, "MAD", |spread| spread.mad)?;
    let width = std::f64::consts::SQRT_2 * scale.mad;
    Ok(each(plate, |value| (value - scale.median) / width))
}

fn each(plate: &MeasuredPlate, score: impl Fn(f64) -> f64) -> Vec<f64> {
    plate.wells.iter().map(|measured| score(measured.value)).collect()
}

/// Summary of the wells of one kind, refused when too few or when the divisor is 0.
fn scale_of(
    plate: &MeasuredPlate,
    content: Content,
    measure: &'static str,
    divisor: impl Fn(&Spread) -> f64,
) -> Result<Spread, AssayError> {
    let values = plate.values(content)?;
    let too_few = AssayError::TooFewWells {
        plate: plate.barcode.clone(),
        kind: content.as_str(),
        found: values.len(),
        needed: MIN_CONTROLS,
    };
    if values.len() < MIN_CONTROLS {
        return Err(too_few);
    }
    let spread = Spread::of(&values).ok_or(too_few)?;
    if divisor(&spread) == 0.0 {
        return Err(AssayError::NoSpread {
            plate: plate.barcode.clone(),
            kind: content.as_str(),
            found: values.len(),
            measure,
        });
    }
    Ok(spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assay::normalise::MeasuredWell;
    use crate::assay::stats::MAD_CONSTANT;
    use crate::plate::{PlateFormat, Well};
    use proptest::prelude::*;

    fn plate(negative: &[f64], positive: &[f64], candidates: &[f64]) -> MeasuredPlate {
        let kinds = [
            (Content::NonTargeting, negative),
            (Content::Positive, positive),
            (Content::Candidate, candidates),
        ];
        let contents = kinds
            .into_iter()
            .flat_map(|(content, values)| values.iter().map(move |value| (content, *value)));
        let wells = contents
            .zip(PlateFormat::W384.iter())
            .map(|((content, value), well): (_, Well)| MeasuredWell {
                well,
                content,
                symbol: String::new(),
                value,
            })
            .collect();
        MeasuredPlate { barcode: "NW1".into(), format: PlateFormat::W384, wells }
    }

    #[test]
    fn robust_z_is_the_distance_to_the_median_control_in_mads() {
        let z = robust_z(&plate(&[8.0, 10.0, 12.0], &[], &[10.0, 16.0])).unwrap();
        assert!((z[3]).abs() < 1e-12);
        assert!((z[4] - 3.0 / MAD_CONSTANT).abs() < 1e-12);
    }

    #[test]
    fn percent_of_control_and_npi_have_the_controls_as_fixed_points() {
        let plate = plate(&[9.0, 10.0, 11.0], &[1.0, 2.0, 3.0], &[2.0, 10.0, 5.0]);
        let percent = percent_of_control(&plate).unwrap();
        assert!((percent[6] - 20.0).abs() < 1e-12);
        let npi = npi(&plate).unwrap();
        assert!((npi[6] - 100.0).abs() < 1e-12 && npi[7].abs() < 1e-12);
    }

    #[test]
    fn two_controls_are_too_few_and_the_message_says_what_to_do() {
        let error = robust_z(&plate(&[1.0, 2.0], &[], &[1.0])).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, AssayError::TooFewWells { found: 2, needed: 3, .. }));
        assert!(message.contains("NW1") && message.contains("exclude the plate"), "{message}");
    }

    #[test]
    fn controls_without_spread_are_refused_instead_of_dividing_by_zero() {
        let error = robust_z(&plate(&[5.0, 5.0, 5.0, 9.0], &[], &[1.0])).unwrap_err();
        assert!(matches!(error, AssayError::NoSpread { found: 4, .. }), "{error}");
    }

    #[test]
    fn a_value_that_is_not_finite_is_refused_with_its_well() {
        let error = robust_z(&plate(&[1.0, 2.0, 4.0], &[], &[f64::NAN])).unwrap_err();
        assert!(error.to_string().contains("A04"), "{error}");
    }

    proptest! {
        #[test]
        fn robust_z_does_not_depend_on_the_unit_of_the_measurement(
            negative in prop::collection::vec(1.0f64..1e4, 5..20),
            candidates in prop::collection::vec(1.0f64..1e4, 1..20),
            scale in 0.01f64..100.0,
            shift in -1e3f64..1e3,
        ) {
            let before = plate(&negative, &[], &candidates);
            let mut after = before.clone();
            for measured in &mut after.wells {
                measured.value = measured.value * scale + shift;
            }
            if let (Ok(before), Ok(after)) = (robust_z(&before), robust_z(&after)) {
                for (a, b) in before.iter().zip(&after) {
                    prop_assert!((a - b).abs() <= 1e-6 * (1.0 + a.abs()), "{} {}", a, b);
                }
            }
        }
    }
}
