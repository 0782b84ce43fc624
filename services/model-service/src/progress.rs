//! How far running work is, by the `x-work-id` its caller sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use nextwell_contract::worker::WorkProgress;

use crate::failure::Failure;

/// Header by which a caller names its request.
pub const WORK_ID: &str = "x-work-id";

/// Progress of one request, written by the device thread and read by anybody.
#[derive(Clone, Default)]
pub struct Progress(Arc<Mutex<WorkProgress>>);

impl Progress {
    /// Tells how far the work is.
    pub fn set(&self, done: u64, total: u64, message: &str) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (now.done, now.total) = (done, total);
        if now.message != message {
            message.clone_into(&mut now.message);
        }
    }

    /// How far the work is.
    pub fn get(&self) -> WorkProgress {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Progress of all running requests.
#[derive(Clone, Default)]
pub struct ProgressMap(Arc<Mutex<HashMap<String, Progress>>>);

impl ProgressMap {
    /// Registers a request under the id in its headers, until the guard is dropped.
    ///
    /// A request without the header is simply not listed.
    ///
    /// # Errors
    /// 400 `bad_work_id` unless the id is 1 to 100 of `A-Z a-z 0-9 . _ : -`.
    pub fn register(&self, headers: &HeaderMap) -> Result<Registered, Failure> {
        let progress = Progress::default();
        let Some(id) = headers.get(WORK_ID) else {
            return Ok(Registered { progress, entry: None });
        };
        let id = id.to_str().ok().filter(|id| is_work_id(id)).ok_or_else(|| {
            Failure::new(400, "bad_work_id", "The x-work-id header is not usable")
                .detail("expected 1 to 100 letters, digits, or one of . _ : -")
        })?;
        self.entries().insert(id.to_owned(), progress.clone());
        Ok(Registered { progress, entry: Some((self.clone(), id.to_owned())) })
    }

    /// Progress of the request with this id, while it runs or waits.
    pub fn get(&self, id: &str) -> Option<WorkProgress> {
        self.entries().get(id).map(Progress::get)
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<String, Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listed request; dropping it takes it off the list.
pub struct Registered {
    /// Where the work tells how far it is.
    pub progress: Progress,
    entry: Option<(ProgressMap, String)>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let Some((map, id)) = self.entry.take() else { return };
        let mut entries = map.entries();
        // A second request under the same id has replaced ours: leave it.
        if entries.get(&id).is_some_and(|listed| Arc::ptr_eq(&listed.0, &self.progress.0)) {
            entries.remove(&id);
        }
    }
}

fn is_work_id(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_:".contains(&b);
    (1..=100).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(id: &str) -> HeaderMap {
        HeaderMap::from_iter([(WORK_ID.parse().unwrap(), id.parse().unwrap())])
    }

    #[test]
    fn progress_is_listed_while_the_request_lives() {
        let map = ProgressMap::default();
        let request = map.register(&headers("job-7")).unwrap();
        request.progress.set(3, 10, "screening");
        let seen = map.get("job-7").unwrap();
        assert_eq!((seen.done, seen.total, seen.message.as_str()), (3, 10, "screening"));
        let again = map.register(&headers("job-7")).unwrap();
        drop(request);
        assert_eq!(map.get("job-7"), Some(WorkProgress::default()));
        drop(again);
        assert_eq!(map.get("job-7"), None);
    }

    #[test]
    fn an_unusable_work_id_is_refused_and_none_is_fine() {
        let map = ProgressMap::default();
        assert!(map.register(&HeaderMap::new()).is_ok());
        assert_eq!(map.register(&headers("a b")).err().unwrap().code(), "bad_work_id");
        assert_eq!(map.register(&headers(&"x".repeat(101))).err().unwrap().code(), "bad_work_id");
    }
}
