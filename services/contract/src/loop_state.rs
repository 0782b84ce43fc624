//! The loop as one page: what to do now, what was found, what comes next.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Campaign, Job, ModelDecision, ModelWeight, RoundKind, RoundState};

/// What a person, or the loop itself, does next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum NextAction {
    /// A job is running; nothing to do.
    Wait {
        /// What is going on, in words.
        message: String,
        /// The job to watch.
        job_id: Option<i64>,
    },
    /// A planned round waits for approval (`ask_me_first`).
    Approve {
        /// The round.
        round_id: Uuid,
        /// In words.
        message: String,
    },
    /// A round is in the lab: print its plates, then upload its results.
    RunAndUpload {
        /// The round.
        round_id: Uuid,
        /// In words.
        message: String,
    },
    /// Something failed and needs a person.
    Fix {
        /// In words, with what to do.
        message: String,
        /// The job that failed.
        job_id: Option<i64>,
    },
    /// All rounds are done, or no candidate or budget is left.
    Finished {
        /// In words.
        message: String,
    },
}

/// One round on the timeline. Counts are cumulative over the campaign's measured rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoundSummary {
    /// Identifier.
    pub id: Uuid,
    /// 1, 2, 3 …
    pub number: u32,
    /// On plates or as a library of guides.
    pub kind: RoundKind,
    /// Where it stands.
    pub state: RoundState,
    /// Candidate wells of this round; genes, when it is pooled.
    pub wells: u32,
    /// Hits of this round; absent until its results are in.
    pub hits: Option<u32>,
    /// Candidate wells up to and including this round.
    pub wells_cumulative: u32,
    /// Hits up to and including this round; absent until its results are in.
    pub hits_cumulative: Option<u32>,
    /// Weight of the model's score when this round was planned.
    pub model_weight: Option<ModelWeight>,
    /// Evaluation and decision after this round.
    pub decision: Option<ModelDecision>,
    /// When it was planned.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its results were accepted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub results_at: Option<OffsetDateTime>,
}

/// Hits a random choice of the same number of wells would find.
///
/// Exact (hypergeometric) where the number of hits in the library is known (`basis` =
/// `library`); otherwise estimated from the random arm of the rounds (`basis` = `random_arm`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RandomBand {
    /// Candidate wells used.
    pub wells: u32,
    /// Expected hits.
    pub expected: f64,
    /// 5 % quantile.
    pub low: f64,
    /// 95 % quantile.
    pub high: f64,
}

/// Everything the home page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LoopState {
    /// The campaign.
    pub campaign: Campaign,
    /// What to do now.
    pub next: NextAction,
    /// Timeline, oldest first.
    pub rounds: Vec<RoundSummary>,
    /// Random band at 0 and at the end of each measured round; empty while no base rate is known.
    pub random_band: Vec<RandomBand>,
    /// Where the base rate of the band comes from, in words.
    pub random_band_basis: String,
    /// Money left, when the campaign has a budget.
    pub budget_left: Option<f64>,
    /// Jobs of this campaign that are ready or running.
    pub jobs: Vec<Job>,
}
