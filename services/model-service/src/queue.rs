//! One thread owns the device; a bounded queue feeds it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
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
    /// Whether to give up.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// A callback that tells steps done and in all under `message`.
    pub fn teller(&self, message: &'static str) -> impl Fn(usize, usize) {
        let progress = self.progress.clone();
        move |done, total| progress.set(done as u64, total as u64, message)
    }
}

type Task<D> = Box<dyn FnOnce(&mut D) + Send>;

/// Entrance to the thread that owns `D`.
pub struct DeviceQueue<D> {
    sender: Mutex<Option<SyncSender<Task<D>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    depth: usize,
    /// Cancel flags of all work that waits or runs.
    flags: Mutex<Vec<Weak<AtomicBool>>>,
}

impl<D: 'static> DeviceQueue<D> {
    /// Starts the thread; `make` runs on it, so `D` need not be `Send`.
    ///
    /// `depth` is how many requests may wait while one runs.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(depth: usize, make: impl FnOnce() -> D + Send + 'static) -> std::io::Result<Self> {
        let (sender, tasks) = sync_channel(depth);
        let thread = std::thread::Builder::new()
            .name("device".into())
            .spawn(move || work(make(), &tasks))?;
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            depth,
            flags: Mutex::default(),
        })
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
        self.remember(&cancel);
        let run = Run { cancel, progress };
        self.push(Box::new(move |device| {
            if run.is_cancelled() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| job(device, &run)));
            let outcome = outcome.unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
            // The caller may have left during the work: then nobody needs the answer.
            let _ = answer.send(outcome);
        }))?;
        answered.await.unwrap_or_else(|_| Err(Failure::cancelled()))
    }

    /// Cancels all work and takes no more; the thread ends after the current batch.
    pub fn stop(&self) {
        lock(&self.sender).take();
        for flag in lock(&self.flags).iter().filter_map(Weak::upgrade) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Waits for the thread to end; call [`Self::stop`] first.
    pub fn join(&self) {
        if let Some(thread) = lock(&self.thread).take()
            && thread.join().is_err()
        {
            tracing::error!("the device thread panicked outside of a request");
        }
    }

    fn push(&self, task: Task<D>) -> Result<(), Failure> {
        let sender = lock(&self.sender);
        let stopped = || {
            Failure::new(503, "stopping", "The model service takes no work")
                .detail("it is stopping or its device thread ended; try again after its restart")
                .retry_after(10)
        };
        match sender.as_ref().ok_or_else(stopped)?.try_send(task) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                Err(Failure::new(429, "queue_full", "The device is busy")
                    .detail(format!("{} requests wait already; try again shortly", self.depth))
                    .retry_after(5))
            }
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    fn remember(&self, cancel: &Arc<AtomicBool>) {
        let mut flags = lock(&self.flags);
        flags.retain(|flag| flag.strong_count() > 0);
        flags.push(Arc::downgrade(cancel));
    }
}

struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn work<D>(mut device: D, tasks: &Receiver<Task<D>>) {
    while let Ok(task) = tasks.recv() {
        task(&mut device);
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
    use std::sync::mpsc::channel;
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
            while !run.is_cancelled() && end.try_recv().is_err() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(run.is_cancelled())
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
        end.send(()).unwrap();
        assert!(!first.await.unwrap().unwrap());
        assert_eq!(second.await.unwrap(), 1);
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
