//! Settings of a running campaign: checked, changed together, recorded.

use nextwell_contract::{CampaignPatch, Issue};
use nextwell_store::campaigns::{self, Campaign};
use nextwell_store::{PgConnection, StoreError, Uuid, audit, candidates, events, gene_results};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::limit_words::bad;
use crate::{App, wire};

/// Why a person's candidate is not offered.
pub const BY_A_PERSON: &str = "set aside by a person";

/// What a number must be.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// 1, 2, 3 …
    Count,
    /// Above 0.
    Positive,
    /// 0 or more.
    NotNegative,
    /// 0 to 1.
    Share,
}

impl Rule {
    fn holds(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Self::Count => value >= 1.0,
                Self::Positive => value > 0.0,
                Self::NotNegative => value >= 0.0,
                Self::Share => (0.0..=1.0).contains(&value),
            }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Count => "must be 1 or more",
            Self::Positive => "must be a number above 0",
            Self::NotNegative => "must be a number, 0 or more",
            Self::Share => "must be a share between 0 and 1",
        }
    }
}

/// Every number that breaks its rule; absent ones are fine.
pub fn check(numbers: &[(&str, Rule, Option<f64>)]) -> Vec<Issue> {
    let broken = numbers.iter().filter(|(_, rule, value)| value.is_some_and(|v| !rule.holds(v)));
    broken.map(|(name, rule, _)| bad(name, rule.words())).collect()
}

/// Changes a campaign; what it was and what it is now goes into the audit.
///
/// # Errors
/// 404; 422 listing every setting that cannot work; 409 when the hit threshold would change under
/// results.
pub async fn change(app: &App, id: Uuid, patch: &CampaignPatch) -> Result<(), ApiError> {
    let mut tx = app.store().begin().await?;
    let before = campaigns::lock(&mut *tx, id).await?;
    let before = before.ok_or_else(|| ApiError::not_found("campaign", id))?;
    let issues = check_patch(patch);
    if !issues.is_empty() {
        let detail = "nothing was changed; mend the settings below and save again";
        return Err(ApiError::unprocessable("bad_settings", detail, issues));
    }
    let after = patched(&before, patch)?;
    if after.hit_threshold.to_bits() != before.hit_threshold.to_bits()
        && gene_results::exist(&mut *tx, id).await?
    {
        let detail = format!(
            "results exist that were called at {}; the hit threshold stays, so that rounds can be \
             compared. Start a new campaign to use another one",
            before.hit_threshold
        );
        return Err(ApiError::conflict("results_exist", detail));
    }
    campaigns::change(&mut *tx, &after).await?;
    let mut changes = differences(&before, &after);
    changes.extend(set_aside(&mut tx, id, patch).await?);
    if !changes.is_empty() {
        events::notify(&mut *tx, "campaign", &id.to_string(), Some(id)).await?;
        audit::append(&mut *tx, &audit_line(id, &changes)).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}

fn check_patch(patch: &CampaignPatch) -> Vec<Issue> {
    let limit = |given: Option<Option<u32>>| given.flatten().map(f64::from);
    check(&[
        ("batch", Rule::Count, patch.batch.map(f64::from)),
        ("budget", Rule::Positive, patch.budget.flatten()),
        ("cost_per_well", Rule::NotNegative, patch.cost_per_well),
        ("cost_per_plate", Rule::NotNegative, patch.cost_per_plate),
        ("max_wells", Rule::Count, limit(patch.max_wells)),
        ("max_rounds", Rule::Count, limit(patch.max_rounds)),
        ("hit_threshold", Rule::Positive, patch.hit_threshold),
        ("kappa", Rule::NotNegative, patch.kappa),
        ("random_share", Rule::Share, patch.random_share),
        ("replicate_share", Rule::Share, patch.replicate_share),
        ("family_max", Rule::Count, limit(patch.family_max)),
    ])
}

fn patched(before: &Campaign, patch: &CampaignPatch) -> Result<Campaign, ApiError> {
    let whole = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let limit =
        |given: Option<Option<u32>>, now: Option<i32>| given.map_or(now, |limit| limit.map(whole));
    let acquisition = patch.acquisition.map(|word| wire::word(&word)).transpose()?;
    Ok(Campaign {
        batch: patch.batch.map_or(before.batch, whole),
        budget_amount: patch.budget.unwrap_or(before.budget_amount),
        cost_per_well: patch.cost_per_well.unwrap_or(before.cost_per_well),
        cost_per_plate: patch.cost_per_plate.unwrap_or(before.cost_per_plate),
        max_wells: limit(patch.max_wells, before.max_wells),
        max_rounds: limit(patch.max_rounds, before.max_rounds),
        library_hits: patch.library_hits.map(whole).or(before.library_hits),
        ask_me_first: patch.ask_me_first.unwrap_or(before.ask_me_first),
        hit_threshold: patch.hit_threshold.unwrap_or(before.hit_threshold),
        acquisition: acquisition.unwrap_or_else(|| before.acquisition.clone()),
        kappa: patch.kappa.unwrap_or(before.kappa),
        random_share: patch.random_share.unwrap_or(before.random_share),
        replicate_share: patch.replicate_share.unwrap_or(before.replicate_share),
        family_max: limit(patch.family_max, before.family_max),
        keywords: patch.keywords.clone().map_or_else(|| before.keywords.clone(), tidy),
        readout_gene: patch
            .readout_gene
            .clone()
            .map_or_else(|| before.readout_gene.clone(), |gene| gene.and_then(not_empty)),
        ..before.clone()
    })
}

fn tidy(words: Vec<String>) -> Vec<String> {
    words.into_iter().filter_map(not_empty).collect()
}

fn not_empty(word: String) -> Option<String> {
    let word = word.trim();
    (!word.is_empty()).then(|| word.to_owned())
}

/// Settings that differ, with both values.
fn differences(before: &Campaign, after: &Campaign) -> Vec<Value> {
    let settings = |c: &Campaign| {
        [
            ("batch", json!(c.batch)),
            ("budget", json!(c.budget_amount)),
            ("cost_per_well", json!(c.cost_per_well)),
            ("cost_per_plate", json!(c.cost_per_plate)),
            ("max_wells", json!(c.max_wells)),
            ("max_rounds", json!(c.max_rounds)),
            ("library_hits", json!(c.library_hits)),
            ("ask_me_first", json!(c.ask_me_first)),
            ("hit_threshold", json!(c.hit_threshold)),
            ("acquisition", json!(c.acquisition)),
            ("kappa", json!(c.kappa)),
            ("random_share", json!(c.random_share)),
            ("replicate_share", json!(c.replicate_share)),
            ("family_max", json!(c.family_max)),
            ("keywords", json!(c.keywords)),
            ("readout_gene", json!(c.readout_gene)),
        ]
    };
    let pairs = settings(before).into_iter().zip(settings(after));
    pairs
        .filter(|((_, from), (_, to))| from != to)
        .map(|((setting, from), (_, to))| json!({ "setting": setting, "from": from, "to": to }))
        .collect()
}

/// Sets candidates aside and offers others again; returns what changed.
async fn set_aside(
    tx: &mut PgConnection,
    id: Uuid,
    patch: &CampaignPatch,
) -> Result<Vec<Value>, ApiError> {
    if patch.exclude.is_empty() && patch.include.is_empty() {
        return Ok(Vec::new());
    }
    let genes = candidates::list(&mut *tx, id).await?;
    let mut changes = Vec::new();
    for (field, symbols, reason) in
        [("exclude", &patch.exclude, Some(BY_A_PERSON)), ("include", &patch.include, None)]
    {
        for symbol in symbols {
            let known = genes.iter().find(|gene| gene.symbol == *symbol);
            let Some(gene) = known else {
                let issue = bad(field, format!("{symbol} is not a candidate of this campaign"));
                let detail = "nothing was changed; mend the list of genes";
                return Err(ApiError::unprocessable("unknown_candidate", detail, vec![issue]));
            };
            let now = gene.excluded_reason.as_deref();
            if let (None, Some(other)) = (reason, now.filter(|now| *now != BY_A_PERSON)) {
                let issue = bad(field, format!("{symbol} cannot be offered again: {other}"));
                let detail = "nothing was changed; mend the list of genes";
                return Err(ApiError::unprocessable("not_by_a_person", detail, vec![issue]));
            }
            if now.is_some() != reason.is_some() {
                candidates::set_excluded(&mut *tx, id, symbol, reason).await?;
                let (from, to) = (json!(now), json!(reason));
                changes.push(json!({ "setting": format!("candidate {symbol}"), "from": from,
                    "to": to }));
            }
        }
    }
    Ok(changes)
}

fn audit_line(id: Uuid, changes: &[Value]) -> audit::NewAuditEvent {
    audit::NewAuditEvent {
        actor: "api".into(),
        action: "change settings".into(),
        subject: id.to_string(),
        campaign_id: Some(id),
        details: json!({ "changes": changes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_breaks_its_rule_is_named_and_an_absent_one_is_not() {
        let issues = check(&[
            ("batch", Rule::Count, Some(0.0)),
            ("budget", Rule::Positive, None),
            ("kappa", Rule::NotNegative, Some(f64::NAN)),
            ("random_share", Rule::Share, Some(1.0)),
            ("replicate_share", Rule::Share, Some(1.5)),
        ]);
        let named: Vec<_> = issues.iter().filter_map(|issue| issue.column.as_deref()).collect();
        assert_eq!(named, ["batch", "kappa", "replicate_share"]);
    }
}
