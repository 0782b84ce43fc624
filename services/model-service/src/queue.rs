//! One thread owns the device; a bounded queue feeds it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::progress::Progress;

/// What a piece of work gets beside the device.
pub struct Run {
    /// Set when the caller left or the service stops: give up at the next batch.
    pub cancel: Arc<AtomicBool>,
    /// Where the work tells how far it is.
    pub progress: Progress,
}

impl Run {
    /// A callback that tells steps done and in all under `message`.
    pub fn teller(&self, message: &'static str) -> impl Fn(usize, usize) {
        let progress = self.progress.clone();
        move |done, total| progress.set(done as u64, total as u64, message)
    }
}

/// A request that waits for its turn.
struct Waiting<D> {
    cancel: Arc<AtomicBool>,
    work: Box<dyn FnOnce(&mut D) + Send>,
}

/// What callers and the device thread share.
struct Line<D> {
    waiting: VecDeque<Waiting<D>>,
    /// Cancel flag of the work that runs.
    running: Option<Arc<AtomicBool>>,
    stopped: bool,
}

struct Shared<D> {
    line: Mutex<Line<D>>,
    changed: Condvar,
}

/// Entrance to the thread that owns `D`.
pub struct DeviceQueue<D> {
    shared: Arc<Shared<D>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    depth: usize,
}

impl<D: 'static> DeviceQueue<D> {
    /// Starts the thread; `make` runs on it, so `D` need not be `Send`.
    ///
    /// `depth` is how many requests may wait while one runs.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(depth: usize, make: impl FnOnce() -> D + Send + 'static) -> std::io::Result<Self> {
        let line = Line { waiting: VecDeque::new(), running: None, stopped: false };
        let shared = Arc::new(Shared { line: Mutex::new(line), changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("device".into())
            .spawn(move || work(make(), &theirs))?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)), depth: depth.max(1) })
    }

    /// Whether the thread still takes work.
    pub fn is_alive(&self) -> bool {
        lock(&self.thread).as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Runs `job` on the device thread when its turn comes.
    ///
    /// Dropping the returned future cancels: work that waits is never started, work that runs
    /// sees [`Run::cancel`]. A panic in `job` is an error of this request only: whatever `D`
    /// caches must be inserted whole.
    ///
    /// # Errors
    /// 429 `queue_full` at once when `depth` requests wait already; 503 when the service stops;
    /// whatever `job` answers.
    pub async fn run<T: Send + 'static>(
        &self,
        progress: Progress,
        job: impl FnOnce(&mut D, &Run) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let cancel = Arc::new(AtomicBool::new(false));
        let _gone = CancelOnDrop(Arc::clone(&cancel));
        let (answer, answered) = oneshot::channel();
        let run = Run { cancel: Arc::clone(&cancel), progress };
        let work = Box::new(move |device: &mut D| {
            let outcome = catch_unwind(AssertUnwindSafe(|| job(device, &run)));
            let outcome = outcome.unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
            // The caller may have left during the work: then nobody needs the answer.
            let _ = answer.send(outcome);
        });
        self.push(Waiting { cancel, work })?;
        answered.await.unwrap_or_else(|_| Err(Failure::cancelled()))
    }

    /// Cancels all work and takes no more; the thread ends after the current batch.
    pub fn stop(&self) {
        let mut line = lock(&self.shared.line);
        line.stopped = true;
        line.waiting.clear();
        if let Some(running) = &line.running {
            running.store(true, Ordering::Relaxed);
        }
        self.shared.changed.notify_all();
    }

    /// Waits for the thread to end; call [`Self::stop`] first.
    pub fn join(&self) {
        if let Some(thread) = lock(&self.thread).take()
            && thread.join().is_err()
        {
            tracing::error!("the device thread panicked outside of a request");
        }
    }

    fn push(&self, request: Waiting<D>) -> Result<(), Failure> {
        let mut line = lock(&self.shared.line);
        if line.stopped || !self.is_alive() {
            return Err(Failure::new(503, "stopping", "The model service takes no work")
                .detail("it is stopping or its device thread ended; try again after its restart")
                .retry_after(10));
        }
        // Requests whose caller left take no room.
        line.waiting.retain(|waiting| !waiting.cancel.load(Ordering::Relaxed));
        if line.waiting.len() >= self.depth {
            return Err(Failure::new(429, "queue_full", "The device is busy")
                .detail(format!("{} requests wait already; try again shortly", self.depth))
                .retry_after(5));
        }
        line.waiting.push_back(request);
        self.shared.changed.notify_one();
        Ok(())
    }
}

impl<D> Drop for DeviceQueue<D> {
    /// Lets the thread end by itself after what waits.
    fn drop(&mut self) {
        lock(&self.shared.line).stopped = true;
        self.shared.changed.notify_all();
    }
}

struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn work<D>(mut device: D, shared: &Shared<D>) {
    while let Some(request) = next(shared) {
        if !request.cancel.load(Ordering::Relaxed) {
            (request.work)(&mut device);
        }
    }
}

/// The next request, waiting for one; nothing once the queue has stopped and is empty.
fn next<D>(shared: &Shared<D>) -> Option<Waiting<D>> {
    let mut line = lock(&shared.line);
    line.running = None;
    loop {
        if let Some(request) = line.waiting.pop_front() {
            line.running = Some(Arc::clone(&request.cancel));
            return Some(request);
        }
        if line.stopped {
            return None;
        }
        line = shared.changed.wait(line).unwrap_or_else(PoisonError::into_inner);
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Failure::internal(format!("panic on the device thread: {text}"))
}

/// No code panics while it holds one of these locks in a way that leaves half a change.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    /// Work that says it started, then waits for permission to end or for its cancellation.
    fn hold(
        started: std::sync::mpsc::Sender<()>,
        end: Receiver<()>,
    ) -> impl FnOnce(&mut u32, &Run) -> Result<bool, Failure> {
        move |count, run| {
            *count += 1;
            started.send(()).unwrap();
            while !run.cancel.load(Ordering::Relaxed) && end.try_recv().is_err() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(run.cancel.load(Ordering::Relaxed))
        }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_later_work_still_runs() {
        let queue = Arc::new(DeviceQueue::start(1, || 0_u32).unwrap());
        let (started, has_started) = channel();
        let (end, ends) = channel();
        let first = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(Progress::default(), hold(started, ends)).await }
        });
        tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
        let mut second = Box::pin(queue.run(Progress::default(), |count, _| Ok(*count)));
        assert!(futures::poll!(&mut second).is_pending());
        let third = queue.run(Progress::default(), |count, _| Ok(*count)).await;
        assert_eq!(third.unwrap_err().code(), "queue_full");
        drop(second);
        let mut fourth = Box::pin(queue.run(Progress::default(), |count, _| Ok(*count)));
        assert!(futures::poll!(&mut fourth).is_pending(), "a caller that left makes room");
        end.send(()).unwrap();
        assert!(!first.await.unwrap().unwrap());
        assert_eq!(fourth.await.unwrap(), 1);
    }

    #[tokio::test]
    async fn work_whose_caller_left_is_not_started_and_running_work_sees_the_cancellation() {
        let queue = Arc::new(DeviceQueue::start(4, || 0_u32).unwrap());
        let (started, has_started) = channel();
        let (_end, ends) = channel();
        let mut running = Box::pin(queue.run(Progress::default(), hold(started, ends)));
        assert!(futures::poll!(&mut running).is_pending());
        tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
        let mut waiting = Box::pin(queue.run(Progress::default(), |count, _| {
            *count += 100;
            Ok(())
        }));
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(waiting);
        drop(running);
        let count = queue.run(Progress::default(), |count, _| Ok(*count)).await.unwrap();
        assert_eq!(count, 1);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_one_request_and_the_thread_lives() {
        let queue = DeviceQueue::start(4, || 7_u32).unwrap();
        let failed =
            queue.run(Progress::default(), |_, _| -> Result<(), _> { panic!("boom") }).await;
        assert_eq!(failed.unwrap_err().problem().status, 500);
        assert_eq!(queue.run(Progress::default(), |count, _| Ok(*count)).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn stopping_cancels_what_runs_and_refuses_what_comes() {
        let queue = DeviceQueue::start(4, || 0_u32).unwrap();
        let (started, has_started) = channel();
        let (_end, ends) = channel();
        let mut running = Box::pin(queue.run(Progress::default(), hold(started, ends)));
        assert!(futures::poll!(&mut running).is_pending());
        tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
        queue.stop();
        assert!(running.await.unwrap());
        let late = queue.run(Progress::default(), |_, _| Ok(())).await;
        assert_eq!(late.unwrap_err().code(), "stopping");
        queue.join();
        assert!(!queue.is_alive());
    }
}
