//! Controls of a campaign's plates.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

words! {
    /// What a control is for.
    ControlKind in "controls"."kind" {
        /// Targets nothing: the null of robust z.
        NonTargeting = "non_targeting",
        /// Known to move the read-out.
        Positive = "positive",
    }
}

/// A control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Name of the reagent.
    pub name: String,
    /// What it is for.
    pub kind: ControlKind,
}

/// Adds controls; those already there stay as they are.
///
/// # Errors
/// Those of the database.
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    controls: &[Control],
) -> Result<()> {
    let names: Vec<&str> = controls.iter().map(|c| c.name.as_str()).collect();
    let kinds: Vec<&str> = controls.iter().map(|c| c.kind.as_str()).collect();
    sqlx::query!(
        "insert into controls (campaign_id, name, kind)
         select $1, name, kind from unnest($2::text[], $3::text[]) as c (name, kind)
         on conflict (campaign_id, name) do nothing",
        campaign_id,
        names.as_slice() as &[&str],
        kinds.as_slice() as &[&str],
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Controls of a campaign, by name.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Control>> {
    let controls = sqlx::query_as!(
        Control,
        r#"select name, kind as "kind: ControlKind" from controls
           where campaign_id = $1 order by name collate "C""#,
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(controls)
}
