//! Progress bars with ETA on a terminal, plain lines otherwise.

use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use nextwell_contract::{Job, JobState};

use crate::api::Api;

/// A bar of `total` steps called `name`.
pub fn bar(name: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{prefix:<22} {bar:28.cyan/dim} {pos:>5}/{len:<5} {elapsed:>4} ETA {eta:<4} {msg}",
    );
    let bar = ProgressBar::new(total).with_prefix(name.to_owned());
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Shows a job until it ends.
///
/// # Errors
/// When it failed, died or was cancelled, with the reason.
pub async fn follow(api: &Api, id: i64, name: &str) -> anyhow::Result<Job> {
    let bar = bar(name, 1);
    loop {
        let job = api.job(id).await?;
        show(&bar, &job);
        match job.state {
            JobState::Ready | JobState::Running => tokio::time::sleep(POLL).await,
            JobState::Done => {
                bar.finish();
                return Ok(job);
            }
            state => {
                bar.abandon();
                bail!("{name}: the job ended as {state:?}: {}", reason(&job));
            }
        }
    }
}

/// How often a running job is asked for.
pub const POLL: Duration = Duration::from_millis(250);

/// Puts a job's state on its bar.
pub fn show(bar: &ProgressBar, job: &Job) {
    if let Some(total) = job.total {
        bar.set_length(u64::try_from(total).unwrap_or(0).max(1));
    }
    bar.set_position(u64::try_from(job.done).unwrap_or(0));
    bar.set_message(job.message.clone().unwrap_or_default());
}

/// Why a job failed, in words.
pub fn reason(job: &Job) -> String {
    let Some(error) = &job.last_error else { return "no reason was stored".into() };
    let text = |key: &str| error.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    format!("{} {}", text("title"), text("detail")).trim().to_owned()
}
