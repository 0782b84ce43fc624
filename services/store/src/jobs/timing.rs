//! How long leases and pauses are.

use std::time::Duration;

/// Length of a lease and of the first pause before a retry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// A lease ends this long after the last beat.
    pub lease: Duration,
    /// Pause before the first retry; it doubles with each attempt, up to an hour, and is
    /// multiplied by a random factor of 0.5 to 1.5 so that failed jobs do not come back together.
    pub retry: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30), retry: Duration::from_secs(5) }
    }
}

impl Timing {
    /// The default, changed by `NEXTWELL_LEASE_SECONDS` and `NEXTWELL_RETRY_SECONDS` (decimals
    /// allowed; anything that is no positive number is ignored with a warning).
    pub fn from_env() -> Self {
        let default = Self::default();
        Self {
            lease: seconds("NEXTWELL_LEASE_SECONDS").unwrap_or(default.lease),
            retry: seconds("NEXTWELL_RETRY_SECONDS").unwrap_or(default.retry),
        }
    }

    /// Pause between two beats: a sixth of the lease.
    pub fn beat_every(&self) -> Duration {
        self.lease / 6
    }

    /// Without a beat that worked for this long (two thirds of the lease) a worker stops itself.
    pub fn give_up_after(&self) -> Duration {
        self.lease * 2 / 3
    }
}

fn seconds(name: &str) -> Option<Duration> {
    let text = std::env::var(name).ok()?;
    let parsed = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    let parsed = parsed.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    if parsed.is_none() {
        tracing::warn!(name, text, "not a positive number of seconds; the default is used");
    }
    parsed
}
