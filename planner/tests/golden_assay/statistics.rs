//! The numbers of `statistics.json`.

use std::path::Path;

use nextwell_planner::assay::formats::{Content as Read, Context, is_control_name, read};
use nextwell_planner::assay::hits::{
    DonorValue, alpha_rra, benjamini_hochberg, block_by_donor, empirical_p, normal_p,
};
use nextwell_planner::assay::normalise::{self, MeasuredPlate, median_polish};
use nextwell_planner::assay::qc::{QcLimits, plate_qc};
use nextwell_planner::assay::results::Reading;
use nextwell_planner::assay::stats::{MAD_CONSTANT, Spread, mad};
use nextwell_planner::plate::{Content, PlateFormat, parse_map};
use serde_json::Value;

use crate::report::{Comparison, Outcome};

/// Relative and, below 1, absolute.
const TOLERANCE: f64 = 1e-9;

pub fn compare(golden: &Path, expected: &Value) -> Vec<(String, Outcome)> {
    let sets = expected.as_object().into_iter().flatten();
    sets.map(|(name, set)| (format!("statistics: {name}"), compare_set(golden, name, set)))
        .collect()
}

fn compare_set(golden: &Path, name: &str, set: &Value) -> Outcome {
    if let Some((layout, data)) = name.split_once(" + ") {
        return match plate(golden, layout, data) {
            Ok(plate) => Outcome::Compared(compare_plate(&plate, set)),
            Err(reason) => Outcome::NotBuilt(reason),
        };
    }
    match (set.get("p"), set.get("q")) {
        (Some(p), Some(q)) => {
            let mut comparison = Comparison::default();
            let found = benjamini_hochberg(&numbers(p)).unwrap();
            let expected = numbers(q);
            comparison.equal("length", found.len(), expected.len());
            for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
                comparison.number(&format!("q {index}"), Some(*found), Some(*expected), TOLERANCE);
            }
            Outcome::Compared(comparison)
        }
        _ if set.get("rho").is_some() => Outcome::Compared(compare_rra(set)),
        _ if set.get("genes").is_some() => compare_donors(golden, name, set),
        _ => Outcome::NotBuilt(set["rule"].as_str().unwrap_or("no rule given").to_owned()),
    }
}

fn compare_rra(set: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    let ranks = set["guide_percentile_ranks_sorted"].as_array().unwrap();
    let expected = numbers(&set["rho"]);
    comparison.equal("length", ranks.len(), expected.len());
    for (index, (ranks, expected)) in ranks.iter().zip(expected).enumerate() {
        let found = alpha_rra(&numbers(ranks), set["alpha"].as_f64().unwrap()).unwrap();
        // Far below 1: relative.
        comparison.equal(&format!("rho {index}"), (found / expected - 1.0).abs() < TOLERANCE, true);
    }
    comparison
}

/// The measurements as `formats::read` gives them, on a log2 scale, blocked by donor.
fn compare_donors(golden: &Path, name: &str, set: &Value) -> Outcome {
    let Ok(bytes) = std::fs::read(golden.join("assay").join(name)) else {
        return Outcome::NotBuilt(format!("{name} is not there"));
    };
    let Read::Tidy(table) = read(&bytes, &Context::default()).content else {
        panic!("{name} was not read as measurements")
    };
    let values: Vec<DonorValue<'_>> = table
        .measurements
        .iter()
        .map(|measurement| DonorValue {
            gene: &measurement.gene,
            donor: measurement.donor.as_deref().unwrap(),
            is_control: is_control_name(&measurement.gene),
            value: measurement.value.log2(),
        })
        .collect();
    let found = block_by_donor(&values).unwrap();
    let p: Vec<f64> = found.iter().map(|gene| gene.p.unwrap()).collect();
    let q = benjamini_hochberg(&p).unwrap();
    let genes = set["genes"].as_object().unwrap();
    let mut comparison = Comparison::default();
    comparison.equal("number of genes", found.len(), genes.len());
    for (gene, q) in found.iter().zip(q) {
        let expected = &genes[&gene.gene];
        for (index, donor) in numbers(&expected["per_donor_log2fc"]).into_iter().enumerate() {
            let found = gene.per_donor.get(index).copied();
            comparison.number(&format!("{} {index}", gene.gene), found, Some(donor), TOLERANCE);
        }
        let same = Some(gene.donors_same_sign as u64);
        comparison.equal("donors_same_sign", same, expected["donors_same_sign"].as_u64());
        for (key, found) in [
            ("mean", Some(gene.mean)),
            ("se_over_donors", gene.se),
            ("t", gene.t),
            ("p", gene.p),
            ("ssmd_paired_umvue", gene.ssmd),
            ("q_bh", Some(q)),
        ] {
            let what = format!("{} {key}", gene.gene);
            comparison.number(&what, found, expected[key].as_f64(), TOLERANCE);
        }
    }
    Outcome::Compared(comparison)
}

/// The layout as its map says, the values as the expected parse of the data file says.
fn plate(golden: &Path, layout: &str, data: &str) -> Result<MeasuredPlate, String> {
    let read = |path: std::path::PathBuf| {
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let parse = read(golden.join("assay/expected").join(format!("{data}.json")))?;
    let parse: Value = serde_json::from_str(&parse).map_err(|error| error.to_string())?;
    let measured = &parse["plates"][0];
    let size = measured["format"].as_u64().unwrap_or(0) as u32;
    let format = PlateFormat::new(size).map_err(|error| error.to_string())?;
    let map = read(golden.join("assay").join(layout))?;
    let layout = parse_map(&map, format).map_err(|error| error.to_string())?;
    let wells = measured["reads"][0]["wells"].as_object().into_iter().flatten();
    let readings: Vec<Reading> = wells
        .filter_map(|(well, value)| {
            Some(Reading {
                plate: layout.barcode.clone(),
                well: well.parse().ok()?,
                value: value.as_f64()?,
            })
        })
        .collect();
    Ok(MeasuredPlate::from_readings(&layout, &readings))
}

fn compare_plate(plate: &MeasuredPlate, set: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    for (key, expected) in set.as_object().into_iter().flatten() {
        if !compare_key(&mut comparison, plate, key, expected, set) {
            comparison.left_out.push(key.clone());
        }
    }
    comparison
}

/// Compares one key; `false` when it is not built.
fn compare_key(
    comparison: &mut Comparison,
    plate: &MeasuredPlate,
    key: &str,
    expected: &Value,
    set: &Value,
) -> bool {
    let qc = plate_qc(plate, &QcLimits::default()).unwrap();
    let some = |values: Vec<f64>| values.into_iter().map(Some).collect::<Vec<_>>();
    let scalar = match key {
        "constant_mad" => Some(MAD_CONSTANT),
        "z_prime" => qc.z_prime,
        "robust_z_prime" => qc.robust_z_prime,
        "ssmd" => qc.ssmd,
        "robust_ssmd" => qc.robust_ssmd,
        "signal_to_background" => qc.signal_to_background,
        "cv_non_targeting_percent" => qc.control_cv_percent,
        _ => None,
    };
    if let Some(found) = scalar {
        comparison.number(key, Some(found), expected.as_f64(), TOLERANCE);
        return true;
    }
    let per_well = match key {
        "robust_z_vs_non_targeting" => Some(some(normalise::robust_z(plate).unwrap())),
        "robust_z_vs_candidates" => {
            Some(some(normalise::robust_z_against_candidates(plate).unwrap()))
        }
        "z_vs_candidates" => Some(some(normalise::z_against_candidates(plate).unwrap())),
        "percent_of_control" => Some(some(normalise::percent_of_control(plate).unwrap())),
        "npi_percent" => Some(some(normalise::npi(plate).unwrap())),
        "ssmd_single_well" => Some(some(normalise::single_well_ssmd(plate).unwrap())),
        "b_score" => Some(normalise::b_score(plate).unwrap()),
        _ => None,
    };
    if let Some(found) = per_well {
        for (well, expected) in expected.as_object().into_iter().flatten() {
            let at = plate.wells.iter().position(|measured| measured.well.to_string() == *well);
            let found = at.and_then(|index| found[index]);
            comparison.number(&format!("{key} {well}"), found, expected.as_f64(), TOLERANCE);
        }
        return true;
    }
    match key {
        "n" => counts(comparison, plate, expected),
        "non_targeting" => spread(comparison, key, qc.non_targeting, expected),
        "positive" => spread(comparison, key, qc.positive, expected),
        "median_polish" => polish(comparison, plate, expected),
        "hits" => hits(comparison, plate, expected, set),
        "n_q_below_0.05" | "n_abs_robust_z_at_least_3" => {}
        _ => return false,
    }
    true
}

fn counts(comparison: &mut Comparison, plate: &MeasuredPlate, expected: &Value) {
    for (kind, content) in [
        ("non_targeting", Content::NonTargeting),
        ("positive", Content::Positive),
        ("candidate", Content::Candidate),
    ] {
        let found = plate.values(content).unwrap().len() as u64;
        comparison.equal(kind, Some(found), expected[kind].as_u64());
    }
}

fn spread(comparison: &mut Comparison, kind: &str, found: Option<Spread>, expected: &Value) {
    let found = found.unwrap();
    let values =
        [("mean", found.mean), ("sd", found.sd), ("median", found.median), ("mad", found.mad)];
    for (key, value) in values {
        let what = format!("{kind} {key}");
        comparison.number(&what, Some(value), expected[key].as_f64(), TOLERANCE);
    }
}

fn polish(comparison: &mut Comparison, plate: &MeasuredPlate, expected: &Value) {
    let (rows, columns) = (usize::from(plate.format.rows()), usize::from(plate.format.columns()));
    let mut table = vec![None; rows * columns];
    for measured in &plate.wells {
        if matches!(measured.content, Content::Candidate | Content::NonTargeting) {
            let cell = usize::from(measured.well.row) * columns + usize::from(measured.well.col);
            table[cell] = Some(measured.value);
        }
    }
    let fit = median_polish(&table, rows, columns);
    comparison.number("overall", Some(fit.overall), expected["overall"].as_f64(), TOLERANCE);
    for (key, found) in [("row", &fit.row), ("column", &fit.column)] {
        let expected = numbers(&expected[key]);
        comparison.equal(key, found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            comparison.number(key, Some(*found), Some(expected), TOLERANCE);
        }
    }
    let residuals: Vec<f64> = fit.residuals.iter().copied().flatten().collect();
    let expected = expected["mad_of_residuals"].as_f64();
    comparison.number("mad_of_residuals", mad(&residuals), expected, TOLERANCE);
}

fn hits(comparison: &mut Comparison, plate: &MeasuredPlate, expected: &Value, set: &Value) {
    let scores = normalise::robust_z(plate).unwrap();
    let of_kind = |content| {
        let wells = plate.wells.iter().zip(&scores);
        let wells = wells.filter(move |(measured, _)| measured.content == content);
        wells.map(|(measured, z)| (measured.clone(), *z)).collect::<Vec<_>>()
    };
    let candidates = of_kind(Content::Candidate);
    let z: Vec<f64> = candidates.iter().map(|(_, z)| *z).collect();
    let null: Vec<f64> = of_kind(Content::NonTargeting).iter().map(|(_, z)| *z).collect();
    let p: Vec<f64> = z.iter().map(|z| normal_p(*z)).collect();
    let q = benjamini_hochberg(&p).unwrap();
    let empirical = empirical_p(&z, &null).unwrap();
    let rows = expected.as_array().map(Vec::as_slice).unwrap_or_default();
    comparison.equal("number of candidates", candidates.len(), rows.len());
    for row in rows {
        let well = row["well"].as_str().unwrap_or_default();
        let at =
            candidates.iter().position(|(measured, _)| measured.well.to_string() == well).unwrap();
        comparison.equal(
            "gene",
            candidates[at].0.symbol.as_str(),
            row["gene"].as_str().unwrap_or(""),
        );
        for (key, found) in [
            ("robust_z", z[at]),
            ("p_normal", p[at]),
            ("q_bh", q[at]),
            ("p_empirical", empirical[at]),
        ] {
            comparison.number(&format!("{well} {key}"), Some(found), row[key].as_f64(), TOLERANCE);
        }
    }
    let below = q.iter().filter(|q| **q < 0.05).count() as u64;
    comparison.equal("n_q_below_0.05", Some(below), set["n_q_below_0.05"].as_u64());
    let strong = z.iter().filter(|z| z.abs() >= 3.0).count() as u64;
    comparison.equal(
        "n_abs_robust_z_at_least_3",
        Some(strong),
        set["n_abs_robust_z_at_least_3"].as_u64(),
    );
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}
