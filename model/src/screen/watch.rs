//! Progress and cancellation of long work.

use std::sync::atomic::{AtomicBool, Ordering};

use super::ScreenError;

/// Progress and cancellation of a long step.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Called with forwards done and forwards in total.
    pub progress: &'a dyn Fn(usize, usize),
    /// Set by the caller to stop at the next batch.
    pub cancel: &'a AtomicBool,
}

impl Watch<'_> {
    /// `Err` once the caller asked to stop.
    ///
    /// # Errors
    /// [`ScreenError::Cancelled`].
    pub fn check(&self) -> Result<(), ScreenError> {
        if self.cancel.load(Ordering::Relaxed) { Err(ScreenError::Cancelled) } else { Ok(()) }
    }
}
