//! Rows of a screen as CSV, with the columns that `nextwell screen` writes.

use nextwell_contract::{EffectSummary, ScreenTargetRow};

use crate::error::ApiError;

type Column = (String, Box<dyn Fn(&ScreenTargetRow) -> String>);

/// One line per row; docs/screen.md describes the columns.
///
/// # Errors
/// None that input can cause.
pub fn csv(rows: &[ScreenTargetRow]) -> Result<String, ApiError> {
    let columns = columns(rows);
    let failed = |error: String| ApiError::internal(error);
    let mut file = csv::Writer::from_writer(Vec::new());
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    file.write_record(&names).map_err(|error| failed(error.to_string()))?;
    for row in rows {
        let line: Vec<String> = columns.iter().map(|(_, of)| of(row)).collect();
        file.write_record(&line).map_err(|error| failed(error.to_string()))?;
    }
    let bytes = file.into_inner().map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

fn columns(rows: &[ScreenTargetRow]) -> Vec<Column> {
    let mut all: Vec<Column> = Vec::new();
    let mut push = |name: &str, of: Box<dyn Fn(&ScreenTargetRow) -> String>| {
        all.push((name.to_owned(), of));
    };
    push("rank", Box::new(|row| row.rank.map_or_else(String::new, |rank| rank.to_string())));
    push("symbol", Box::new(|row| row.label.clone()));
    push("ensembl_id", Box::new(|row| row.genes.join("+")));
    push("perturbation", Box::new(|row| row.perturbation.clone()));
    push("significant", Box::new(|row| row.significant.to_string()));
    push("n_cells", Box::new(|row| row.n_cells.to_string()));
    push("n_donors", Box::new(|row| row.n_donors.to_string()));
    push("n_truncated", Box::new(|row| row.n_truncated.to_string()));
    push("coverage", Box::new(|row| row.coverage.to_string()));
    for (place, effect) in rows.first().map_or(&[][..], |row| &row.effects).iter().enumerate() {
        push_effect(&mut push, place, &effect.measure);
    }
    push("donors_agreeing", Box::new(|row| row.donors_agreeing.to_string()));
    push("detection_rate", Box::new(|row| number(row.detection_rate)));
    push("mean_rank", Box::new(|row| number(row.mean_rank)));
    push("mean_expression", Box::new(|row| number(row.mean_expression)));
    push("goal_minus_start", Box::new(|row| number(row.goal_minus_start)));
    push("matched_mean", Box::new(|row| number(row.matched_mean)));
    push("matched_percentile", Box::new(|row| number(row.matched_percentile)));
    if rows.iter().any(|row| row.impact_share.is_some()) {
        push("impact_share", Box::new(|row| number(row.impact_share)));
    }
    if rows.iter().any(|row| row.null_cells > 0) {
        push("null_cells", Box::new(|row| row.null_cells.to_string()));
        push("null_difference", Box::new(|row| number(row.null_difference)));
        push("null_p", Box::new(|row| number(row.null_p)));
        push("null_q", Box::new(|row| number(row.null_q)));
    }
    if rows.iter().any(|row| !row.singles.is_empty()) {
        push("first_alone", Box::new(|row| number(row.singles.first().copied())));
        push("second_alone", Box::new(|row| number(row.singles.get(1).copied())));
        push("joint_minus_sum", Box::new(|row| number(row.joint_minus_sum)));
    }
    push("transcription_factor", Box::new(|row| row.transcription_factor.to_string()));
    push("druggable", Box::new(|row| row.druggable.join("; ")));
    push("measured_abs_robust_z", Box::new(|row| number(row.measured)));
    all
}

fn push_effect(
    push: &mut impl FnMut(&str, Box<dyn Fn(&ScreenTargetRow) -> String>),
    place: usize,
    measure: &str,
) {
    // The first measure is what ranks: its columns have no prefix.
    let prefix = if place == 0 { String::new() } else { format!("{measure}_") };
    let mean = if measure == "cosine" { "mean_cosine" } else { "mean_shift" };
    type Of = fn(&EffectSummary) -> Option<f64>;
    let columns: [(&str, Of); 10] = [
        (mean, |e| e.mean),
        ("sd", |e| e.sd),
        ("cell_low", |e| e.cell_low),
        ("cell_high", |e| e.cell_high),
        ("donor_low", |e| e.donor_low),
        ("donor_high", |e| e.donor_high),
        ("p", |e| e.p),
        ("q", |e| e.q),
        ("p_donor", |e| e.p_donor),
        ("q_donor", |e| e.q_donor),
    ];
    for (name, of) in columns {
        push(
            &format!("{prefix}{name}"),
            Box::new(move |row| number(row.effects.get(place).and_then(of))),
        );
    }
}

/// Digits that read back as the same number; empty where there is none.
fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_has_its_columns_and_what_is_missing_is_empty() {
        let effect = |measure: &str, mean| EffectSummary {
            measure: measure.into(),
            mean: Some(mean),
            sd: None,
            cell_low: Some(-1.0),
            cell_high: Some(1.0),
            donor_low: None,
            donor_high: None,
            p: Some(0.5),
            q: Some(0.25),
            p_donor: None,
            q_donor: None,
        };
        let row = ScreenTargetRow {
            rank: Some(1),
            label: "GATA3".into(),
            genes: vec!["ENSG00000107485".into()],
            perturbation: "knock_out".into(),
            effects: vec![effect("NAT", 0.125), effect("Tumor", -2.0)],
            ..ScreenTargetRow::default()
        };
        let text = csv(&[row]).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let of = |name: &str| {
            let place = lines[0].iter().position(|n| *n == name);
            place.map(|place| lines[1][place])
        };
        assert_eq!(of("mean_shift"), Some("0.125"));
        assert_eq!(of("Tumor_mean_shift"), Some("-2"));
        assert_eq!((of("donor_low"), of("null_q")), (Some(""), None));
    }
}
