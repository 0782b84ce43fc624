//! From the store's rows to the words of the contract.

use nextwell_contract as c;
use nextwell_store as s;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use crate::error::ApiError;
use crate::settings::BY_A_PERSON;

/// Decodes JSON that this service wrote itself.
pub fn decode<T: DeserializeOwned>(what: &str, value: Value) -> Result<T, ApiError> {
    serde_json::from_value(value)
        .map_err(|error| ApiError::internal(format!("stored {what} is not readable: {error}")))
}

/// A serialisable value as JSON for the database.
pub fn encode(value: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::internal(error.to_string()))
}

/// The word that a value without content is written as, for example `scored`.
pub fn word(value: &impl Serialize) -> Result<String, ApiError> {
    Ok(encode(value)?.as_str().unwrap_or_default().to_owned())
}

/// A number that the schema keeps at 0 or above.
pub fn count(n: impl TryInto<u64>) -> u64 {
    n.try_into().unwrap_or(0)
}

/// A number that the schema keeps at 0 or above and small.
pub fn small(n: impl TryInto<u32>) -> u32 {
    n.try_into().unwrap_or(0)
}

/// A place in a list, from a number that was checked.
pub fn index(n: i64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// Seeds are `u64` outside and the same 64 bits as `i64` in the database.
pub fn seed(stored: i64) -> u64 {
    stored.cast_unsigned()
}

pub fn dataset(row: s::datasets::Dataset) -> Result<c::Dataset, ApiError> {
    Ok(c::Dataset {
        digest: row.digest,
        source_digest: row.source_digest,
        name: row.name,
        report: decode("dataset report", row.report)?,
        created_at: row.created_at,
    })
}

pub fn model(row: s::models::ModelVersion) -> Result<c::ModelVersion, ApiError> {
    use s::models::ModelState as S;
    Ok(c::ModelVersion {
        digest: row.digest,
        family: row.family,
        name: row.name,
        parent_digest: row.parent_digest,
        dataset_digest: row.dataset_digest,
        state: match row.state {
            S::Base => c::ModelState::Base,
            S::Candidate => c::ModelState::Candidate,
            S::Promoted | S::Retired => c::ModelState::Promoted,
            S::Rejected => c::ModelState::Rejected,
        },
        info: row.info,
        card: row.card.map(|card| decode("model card", card)).transpose()?,
        parity: row.parity.map(|parity| decode("parity", parity)).transpose()?,
        created_at: row.created_at,
    })
}

pub fn screen(row: s::screens::Screen) -> c::Screen {
    c::Screen {
        id: row.id,
        campaign_id: row.campaign_id,
        model_digest: row.model_digest,
        dataset_digest: row.dataset_digest,
        seed: seed(row.seed),
        code_version: row.code_version,
        n_shards: small(row.n_shards),
        job_id: row.job_id,
        finished_at: row.finished_at,
    }
}

pub fn job(row: s::jobs::Job) -> c::Job {
    use s::jobs::JobState as S;
    let (rate, eta) = pace(&row);
    c::Job {
        id: row.id,
        kind: row.kind,
        state: match row.state {
            S::Ready => c::JobState::Ready,
            S::Running => c::JobState::Running,
            S::Done => c::JobState::Done,
            S::Failed => c::JobState::Failed,
            S::Dead => c::JobState::Dead,
            S::Cancelled => c::JobState::Cancelled,
        },
        campaign_id: row.campaign_id,
        done: row.done,
        total: row.total,
        message: row.message,
        eta_seconds: eta,
        rate_per_second: rate,
        attempt: row.attempt,
        max_attempts: row.max_attempts,
        cancel_requested: row.cancel_requested_at.is_some(),
        last_error: row.last_error,
        created_at: row.created_at,
        finished_at: row.finished_at,
    }
}

/// Steps per second since the job was claimed, and seconds left at that pace.
fn pace(job: &s::jobs::Job) -> (Option<f64>, Option<f64>) {
    let (s::jobs::JobState::Running, Some(since)) = (job.state, job.claimed_at) else {
        return (None, None);
    };
    let seconds = (OffsetDateTime::now_utc() - since).as_seconds_f64();
    if job.done <= 0 || seconds <= 0.0 {
        return (None, None);
    }
    let rate = f64::from(job.done) / seconds;
    let left = job.total.map(|total| f64::from((total - job.done).max(0)) / rate);
    (Some(rate), left)
}

pub fn upload(row: s::uploads::Upload, duplicate: bool) -> Result<c::Upload, ApiError> {
    use s::uploads::UploadState as S;
    Ok(c::Upload {
        id: row.id,
        campaign_id: row.campaign_id,
        digest: row.digest,
        file_name: row.file_name,
        n_bytes: count(row.n_bytes),
        state: match row.state {
            S::Checked => c::UploadState::Checked,
            S::Accepted => c::UploadState::Accepted,
            S::Rejected => c::UploadState::Rejected,
        },
        duplicate,
        report: decode("check report", row.report)?,
        created_at: row.created_at,
        accepted_at: row.accepted_at,
    })
}

pub fn decision(row: s::evaluations::Evaluation, round: u32) -> Result<c::ModelDecision, ApiError> {
    Ok(c::ModelDecision {
        round_number: round,
        candidate_digest: row.candidate_digest,
        current_digest: row.current_digest,
        evaluation: decode("evaluation", row.report)?,
        promote: row.promote,
        reason: row.reason,
        created_at: row.created_at,
    })
}

/// How a round is run.
pub fn round_kind(pooled: bool) -> c::RoundKind {
    if pooled { c::RoundKind::Pooled } else { c::RoundKind::Arrayed }
}

pub fn round_state(state: s::rounds::RoundState) -> c::RoundState {
    use s::rounds::RoundState as S;
    match state {
        S::Planned => c::RoundState::Planned,
        S::Approved => c::RoundState::Approved,
        S::ResultsIn => c::RoundState::ResultsIn,
        S::Learned => c::RoundState::Learned,
    }
}

pub fn content(content: s::plates::WellContent) -> c::WellContent {
    use s::plates::WellContent as S;
    match content {
        S::Candidate => c::WellContent::Candidate,
        S::NonTargeting => c::WellContent::NonTargeting,
        S::Positive => c::WellContent::Positive,
        S::Untreated => c::WellContent::Untreated,
        S::Empty => c::WellContent::Empty,
    }
}

pub fn pick_kind(word: &str) -> Result<c::PickKind, ApiError> {
    decode("pick kind", Value::String(word.to_owned()))
}

pub fn acquisition(word: &str) -> Result<c::Acquisition, ApiError> {
    decode("acquisition", Value::String(word.to_owned()))
}

/// A pick with its result, once there is one.
pub fn pick(
    pick: s::picks::Pick,
    ensembl_id: Option<String>,
    result: Option<&s::gene_results::GeneResult>,
) -> Result<c::Pick, ApiError> {
    Ok(c::Pick {
        rank: small(pick.rank),
        kind: pick_kind(&pick.kind)?,
        symbol: pick.symbol,
        ensembl_id,
        mean: pick.mean,
        sd: pick.sd,
        p_hit: pick.p_hit,
        acquisition: pick.acquisition,
        prior_score: pick.prior_score.unwrap_or(0.0),
        conditioned_on: small(pick.conditioned_on.len()),
        reason: pick.reason,
        robust_z: result.map(|result| result.robust_z),
        hit: result.map(|result| result.hit),
    })
}

/// The hit rule in words, which is also its version in the database.
pub fn hit_rule(threshold: f64, two_sided: bool) -> String {
    let z = if two_sided { "|robust z|" } else { "robust z" };
    format!("{z} at least {threshold} against the plate's non-targeting controls")
}

pub fn screen_settings(row: &s::campaigns::Campaign) -> Result<c::ScreenSettings, ApiError> {
    decode("screen settings", row.screen_settings.clone())
}

pub fn campaign(
    row: s::campaigns::Campaign,
    candidates: &[s::candidates::Candidate],
    controls: &[s::controls::Control],
    design: s::plate_designs::PlateDesign,
    has_results: bool,
) -> Result<c::Campaign, ApiError> {
    let named = |kind| {
        let of_kind = controls.iter().filter(move |control| control.kind == kind);
        of_kind.map(|control| control.name.clone()).collect::<Vec<_>>()
    };
    let excluded = candidates.iter().filter(|g| g.excluded_reason.is_some()).count();
    let by_a_person = candidates
        .iter()
        .filter(|gene| gene.excluded_reason.as_deref() == Some(BY_A_PERSON))
        .map(|gene| gene.symbol.clone())
        .collect();
    Ok(c::Campaign {
        screen: screen_settings(&row)?,
        hit_rule: hit_rule(row.hit_threshold, row.two_sided),
        id: row.id,
        name: row.name,
        dataset_digest: row.dataset_digest,
        model_digest: row.model_digest,
        readout: row.readout,
        readout_gene: row.readout_gene,
        keywords: row.keywords,
        n_candidates: count(candidates.len() - excluded),
        n_excluded: count(excluded),
        non_targeting: named(s::controls::ControlKind::NonTargeting),
        positive: named(s::controls::ControlKind::Positive),
        hit_threshold: row.hit_threshold,
        batch: small(row.batch),
        plate_format: small(row.plate_format),
        controls_per_plate: crate::plate_design::controls(&design),
        replicates: small(design.replicates),
        transfer_nl: design.transfer_nl,
        donors: design.donors,
        budget: row.budget_amount,
        cost_per_well: row.cost_per_well,
        cost_per_plate: row.cost_per_plate,
        max_wells: row.max_wells.map(small),
        max_rounds: row.max_rounds.map(small),
        ask_me_first: row.ask_me_first,
        exclude_essential: row.exclude_essential,
        acquisition: acquisition(&row.acquisition)?,
        kappa: row.kappa,
        random_share: row.random_share,
        replicate_share: row.replicate_share,
        family_max: row.family_max.map(small),
        excluded: by_a_person,
        has_results,
        seed: seed(row.seed),
        created_at: row.created_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_acquisition_of_the_planner_has_the_same_word_in_the_contract() {
        for known in nextwell_planner::round::Acquisition::ALL {
            let name = word(&known).unwrap();
            let shown = acquisition(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(word(&shown).unwrap(), name);
        }
    }

    #[test]
    fn every_kind_of_pick_of_the_planner_has_the_same_word_in_the_contract() {
        use nextwell_planner::round::PickKind as K;
        for kind in [K::Forced, K::Replicate, K::Prior, K::Random, K::Scored] {
            let name = word(&kind).unwrap();
            assert_eq!(word(&pick_kind(&name).unwrap()).unwrap(), name);
        }
    }
}
