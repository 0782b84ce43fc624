//! Rankings beside each other and beside what is known: arithmetic on tables that are sent along.

use nextwell_contract as c;
use nextwell_contract::worker::{
    AgreementFigures, CompareWork, Compared, EvaluateWork, RankedTarget,
};
use nextwell_model::screen::report::{
    ConsensusRow, Evaluation, RankedRow, RankedTable, Ranking, TargetExpression, agreement,
    consensus, evaluate, rankings, symbols,
};
use nextwell_model::stats::BootstrapInterval;

use crate::failure::Failure;

/// Seed of the random ranking and of the intervals.
const SEED: u64 = 1;

/// The screen's ranking, the baselines and other screens against what is known to matter.
///
/// # Errors
/// 422 for a row with another number of other screens.
pub fn evaluated(work: &EvaluateWork) -> Result<Vec<c::RankingEvaluation>, Failure> {
    if work.rows.iter().any(|row| row.others.len() != work.others.len()) {
        return Err(Failure::new(422, "bad_request_body", "The request body cannot be read")
            .detail("every row needs one number or null per other screen"));
    }
    let rows: Vec<RankedRow> = work.rows.iter().map(ranked_row).collect();
    let positive: Vec<bool> = work.rows.iter().map(|row| row.positive).collect();
    let mut all = rankings(&rows, work.has_goal, SEED);
    let sign = if work.has_goal { 1.0 } else { -1.0 };
    all.extend(work.others.iter().enumerate().map(|(place, name)| Ranking {
        name: name.clone(),
        scores: work.rows.iter().map(|row| row.others[place].map(|mean| sign * mean)).collect(),
    }));
    Ok(all.iter().filter_map(|ranking| evaluate(ranking, &positive, SEED)).map(wire).collect())
}

fn ranked_row(row: &c::worker::EvaluatedRow) -> RankedRow {
    let expression = row.detection_rate.zip(row.mean_expression);
    RankedRow {
        mean: row.mean,
        expression: expression.map(|(detection_rate, mean_expression)| TargetExpression {
            detection_rate,
            mean_rank: None,
            mean_expression,
            goal_minus_start: row.goal_minus_start,
        }),
    }
}

fn wire(found: Evaluation) -> c::RankingEvaluation {
    let ranged = |value: BootstrapInterval| c::Ranged {
        value: value.estimate,
        low: Some(value.low),
        high: Some(value.high),
    };
    c::RankingEvaluation {
        ranking: found.ranking,
        perturbation: String::new(),
        n: found.n as u64,
        positives: found.positives as u64,
        auroc: found.auroc.map(ranged),
        auprc: found.auprc.map(ranged),
        enrichment: found
            .enrichment
            .iter()
            .map(|at| c::EnrichmentAt { k: at.k as u64, value: at.value })
            .collect(),
        mrr: found.mrr,
    }
}

/// The targets of several screens, and how far the first agrees with each other one.
///
/// # Errors
/// 422 for a perturbation that does not exist.
pub fn compared(work: &CompareWork) -> Result<Compared, Failure> {
    let tables: Vec<RankedTable> =
        work.tables.iter().map(|rows| table(rows)).collect::<Result<_, _>>()?;
    let [first, others @ ..] = tables.as_slice() else { return Ok(Compared::default()) };
    let agreement = others.iter().map(|other| {
        let found = agreement(first, other);
        AgreementFigures {
            spearman: found.spearman,
            n: found.n as u64,
            top_overlap: found.top_overlap as u64,
        }
    });
    let rows = consensus(&tables).into_iter().zip(1_u32..).map(consensus_row);
    Ok(Compared { agreement: agreement.collect(), rows: rows.collect() })
}

fn table(rows: &[RankedTarget]) -> Result<RankedTable, Failure> {
    let row = |row: &RankedTarget| {
        let kind = row.perturbation.parse()?;
        Ok((row.genes.clone(), kind, row.rank as usize, row.mean, row.significant))
    };
    Ok(RankedTable { rows: rows.iter().map(row).collect::<Result<_, Failure>>()? })
}

fn consensus_row((row, rank): (ConsensusRow, u32)) -> c::ConsensusRow {
    c::ConsensusRow {
        rank,
        label: symbols(&row.genes),
        genes: row.genes,
        perturbation: row.perturbation.to_string(),
        score: row.score,
        n_screens: row.n_screens as u64,
        n_significant: row.n_significant as u64,
        n_agreeing: row.n_agreeing as u64,
        direction: if row.helps { "helps" } else { "harms" }.to_owned(),
        ranks: row.ranks.into_iter().map(|rank| rank.map(|rank| rank as u32)).collect(),
        transcription_factor: false,
        druggable: Vec::new(),
    }
}
