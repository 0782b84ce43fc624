//! What makes a hit.

use super::{Gene, Layout, ScreenError, Table};

/// A rule by which genes are called.
pub(super) enum Rule {
    Column(usize),
    Fdr(Vec<usize>, f64),
    /// The share of genes farthest from the median.
    Top(f64),
    /// Score at least or at most a number; of its magnitude where `absolute`.
    Score {
        absolute: bool,
        at_least: bool,
        bound: f64,
    },
}

impl Rule {
    pub(super) fn of(
        table: &Table,
        layout: &Layout,
        hits: Option<&str>,
    ) -> Result<Self, ScreenError> {
        let Some(text) = hits else {
            return Ok(match (layout.hit, layout.fdr.is_empty()) {
                (Some(column), _) => Self::Column(column),
                (None, false) => Self::Fdr(layout.fdr.clone(), 0.05),
                (None, true) => Self::Top(0.05),
            });
        };
        let bad = |reason: String| ScreenError::BadRule { rule: text.to_owned(), reason };
        let number = |part: &str| -> Result<f64, ScreenError> {
            part.trim().parse().map_err(|_| bad(format!("{part} is no number")))
        };
        if let Some(share) = text.strip_prefix("top").and_then(|rest| rest.strip_suffix('%')) {
            let share = number(share)? / 100.0;
            return match 0.0 < share && share < 1.0 {
                true => Ok(Self::Top(share)),
                false => Err(bad("expected a share between 0 and 100 %".to_owned())),
            };
        }
        if let Some(bound) = text.strip_prefix("fdr<") {
            return match layout.fdr.is_empty() {
                true => Err(bad(format!("{} has no column of FDR", table.name))),
                false => Ok(Self::Fdr(layout.fdr.clone(), number(bound)?)),
            };
        }
        for (sign, at_least) in [(">=", true), ("<=", false)] {
            if let Some((what, bound)) = text.split_once(sign) {
                let absolute = match what.trim() {
                    "|score|" => true,
                    "score" => false,
                    other => return Err(bad(format!("{other} is neither score nor |score|"))),
                };
                return Ok(Self::Score { absolute, at_least, bound: number(bound)? });
            }
        }
        let words = "neither a column nor a rule as top5%, |score|>=3 or fdr<0.05";
        table.find(text).map(Self::Column).ok_or_else(|| bad(words.to_owned()))
    }

    /// Calls the genes; `lines` holds the rows of each.
    pub(super) fn call(
        &self,
        table: &Table,
        lines: &[Vec<(usize, f64)>],
        genes: &mut [Gene],
    ) -> Result<(), ScreenError> {
        match self {
            Self::Column(column) => call_by_flag(*column, table, lines, genes)?,
            Self::Fdr(columns, bound) => {
                for (gene, lines) in genes.iter_mut().zip(lines) {
                    let of =
                        |line: usize| columns.iter().filter_map(move |&c| table.number(line, c));
                    let fdr = lines.iter().flat_map(|&(line, _)| of(line));
                    gene.hit = fdr.fold(f64::INFINITY, f64::min) < *bound;
                }
            }
            Self::Top(share) => call_the_farthest(*share, genes),
            Self::Score { absolute, at_least, bound } => {
                for gene in genes.iter_mut() {
                    let score = if *absolute { gene.score.abs() } else { gene.score };
                    gene.hit = if *at_least { score >= *bound } else { score <= *bound };
                }
            }
        }
        let calls = match genes.iter().filter(|gene| gene.hit).count() {
            0 => "no hit",
            n if n == genes.len() => "only hits",
            _ => return Ok(()),
        };
        Err(ScreenError::BadCalls { file: table.name.clone(), calls, rule: self.words(table) })
    }

    pub(super) fn words(&self, table: &Table) -> String {
        match self {
            Self::Column(column) => format!("column {}", table.columns[*column]),
            Self::Fdr(_, bound) => format!("FDR below {bound}"),
            Self::Top(share) => {
                let percent = format!("{:.3}", 100.0 * share);
                let percent = percent.trim_end_matches('0').trim_end_matches('.');
                format!("the {percent} % farthest from the median")
            }
            Self::Score { absolute, at_least, bound } => format!(
                "{} {} {bound}",
                if *absolute { "|score|" } else { "score" },
                if *at_least { "at least" } else { "at most" },
            ),
        }
    }
}

fn call_by_flag(
    column: usize,
    table: &Table,
    lines: &[Vec<(usize, f64)>],
    genes: &mut [Gene],
) -> Result<(), ScreenError> {
    for (gene, lines) in genes.iter_mut().zip(lines) {
        for &(row, _) in lines {
            gene.hit |= match table.cell(row, column).to_lowercase().as_str() {
                "1" | "1.0" | "true" | "yes" | "hit" => true,
                "0" | "0.0" | "false" | "no" | "" => false,
                other => {
                    return Err(ScreenError::NotAFlag {
                        file: table.name.clone(),
                        line: row + 2,
                        column: table.columns[column].clone(),
                        text: other.to_owned(),
                    });
                }
            };
        }
    }
    Ok(())
}

fn call_the_farthest(share: f64, genes: &mut [Gene]) {
    let mut sorted: Vec<f64> = genes.iter().map(|gene| gene.score).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    let mut order: Vec<usize> = (0..genes.len()).collect();
    let far = |i: &usize| (genes[*i].score - middle).abs();
    order.sort_by(|a, b| far(b).total_cmp(&far(a)));
    let n = (share * genes.len() as f64).round().max(1.0) as usize;
    order.into_iter().take(n).for_each(|i| genes[i].hit = true);
}
