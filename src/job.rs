//! Work in the background: [`Progress`], [`Job`] and [`Latest`]. Plain threads, no window.

use crate::guard::guarded;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What a piece of work shares with whoever waits for it: how far it is, and whether to stop.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    /// 0 where not known.
    total: AtomicU64,
    cancelled: AtomicBool,
    /// Whether it waits for `perf`, which resolves symbols while it prints.
    waits_for_perf: AtomicBool,
}

impl Progress {
    /// Adds `amount` to what is done, in whatever unit the work counts (loading: bytes).
    pub fn add(&self, amount: u64) {
        self.done.fetch_add(amount, Ordering::Relaxed);
    }

    /// Says how much there is to do, where that is known.
    pub fn set_total(&self, total: Option<u64>) {
        self.total.store(total.unwrap_or(0), Ordering::Relaxed);
    }

    /// What is done.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// What there is to do, where that is known.
    pub fn total(&self) -> Option<u64> {
        let total = self.total.load(Ordering::Relaxed);
        (total > 0).then_some(total)
    }

    /// Says that `perf` prints what is read, which takes far longer than the reading.
    pub fn set_waits_for_perf(&self) {
        self.waits_for_perf.store(true, Ordering::Relaxed);
    }

    /// Whether `perf` prints what is read.
    pub fn waits_for_perf(&self) -> bool {
        self.waits_for_perf.load(Ordering::Relaxed)
    }

    /// Asks the work to stop soon.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// One piece of work on a thread of its own. Dropping it cancels the work.
#[derive(Debug)]
pub struct Job<T> {
    progress: Arc<Progress>,
    result: Receiver<Result<T, String>>,
}

impl<T: Send + 'static> Job<T> {
    /// Starts `work`. `wake` is called when it has ended, from its thread.
    pub fn start(
        work: impl FnOnce(&Progress) -> T + Send + 'static,
        wake: impl FnOnce() + Send + 'static,
    ) -> Self {
        let progress = Arc::new(Progress::default());
        let (sender, result) = mpsc::channel();
        let shared = Arc::clone(&progress);
        thread::spawn(move || {
            let outcome = guarded(|| work(&shared));
            // Nobody may be waiting any more: the job was dropped.
            let _ = sender.send(outcome);
            wake();
        });
        Self { progress, result }
    }

    /// How far the work is; also the way to cancel it.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The result, once; `Err` with the message of a panic.
    pub fn poll(&self) -> Option<Result<T, String>> {
        match self.result.try_recv() {
            Ok(result) => Some(result),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err("the work ended without a result".into())),
        }
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

/// A worker that answers the newest of many requests, such as those of a drag.
///
/// At most one request waits; a newer one takes its place. Results carry their request's key, and
/// the last good one stays until the next is there.
pub struct Latest<K, T> {
    shared: Arc<Shared<K, T>>,
    /// The newest key asked for.
    asked: Option<K>,
    current: Option<(K, T)>,
}

struct Shared<K, T> {
    slots: Mutex<Slots<K, T>>,
    changed: Condvar,
}

struct Slots<K, T> {
    waiting: Option<(K, Work<T>)>,
    /// Of the work under way.
    running: Arc<Progress>,
    finished: Option<(K, Result<T, String>)>,
    closed: bool,
}

type Work<T> = Box<dyn FnOnce(&Progress) -> T + Send>;

impl<K: Clone + PartialEq + Send + 'static, T: Send + 'static> Latest<K, T> {
    /// Starts the worker. `wake` is called after each result, from its thread.
    pub fn new(wake: impl Fn() + Send + 'static) -> Self {
        let slots = Slots {
            waiting: None,
            running: Arc::default(),
            finished: None,
            closed: false,
        };
        let shared = Arc::new(Shared {
            slots: Mutex::new(slots),
            changed: Condvar::new(),
        });
        let worker = Arc::clone(&shared);
        thread::spawn(move || {
            while let Some((key, work, progress)) = worker.wait_for_work() {
                let result = guarded(|| work(&progress));
                worker.lock().finished = Some((key, result));
                wake();
            }
        });
        Self {
            shared,
            asked: None,
            current: None,
        }
    }

    /// Asks for the result of `key`, unless it was the last thing asked for.
    pub fn request(&mut self, key: K, work: impl FnOnce() -> T + Send + 'static) {
        if self.asked.as_ref() == Some(&key) {
            return;
        }
        self.asked = Some(key.clone());
        self.shared.lock().waiting = Some((key, Box::new(|_| work())));
        self.shared.changed.notify_one();
    }

    /// The same for work that stops soon when it is cancelled: whatever is under way is, now.
    pub fn request_long(&mut self, key: K, work: impl FnOnce(&Progress) -> T + Send + 'static) {
        if self.asked.as_ref() == Some(&key) {
            return;
        }
        self.asked = Some(key.clone());
        let mut slots = self.shared.lock();
        slots.running.cancel();
        slots.waiting = Some((key, Box::new(work)));
        self.shared.changed.notify_one();
    }

    /// What is on its way, if it is not there yet.
    pub fn awaited(&self) -> Option<&K> {
        self.asked.as_ref().filter(|_| self.is_stale())
    }

    /// Whether it was the last thing asked for.
    pub fn was_asked(&self, key: &K) -> bool {
        self.asked.as_ref() == Some(key)
    }

    /// Whether the current result is that of another key than is `wanted`, if one is.
    pub fn is_late(&self, wanted: Option<&K>) -> bool {
        let shown = self.current.as_ref().map(|(key, _)| key);
        wanted.is_some_and(|wanted| shown != Some(wanted))
    }

    /// Takes in a new result, if there is one.
    ///
    /// # Errors
    /// With the message of a panic, if the work failed; the last good result stays.
    pub fn poll(&mut self) -> Result<(), String> {
        match self.shared.lock().finished.take() {
            None => {}
            Some((key, Ok(value))) => self.current = Some((key, value)),
            Some((_, Err(message))) => return Err(message),
        }
        Ok(())
    }

    /// The last good result and its key.
    pub fn current(&self) -> Option<&(K, T)> {
        self.current.as_ref()
    }

    /// Whether a newer result than the current one is on its way.
    pub fn is_stale(&self) -> bool {
        self.asked.as_ref() != self.current.as_ref().map(|(key, _)| key)
    }
}

impl<K, T> Drop for Latest<K, T> {
    fn drop(&mut self) {
        let mut slots = self.shared.lock();
        slots.closed = true;
        slots.running.cancel();
        slots.waiting = None;
        self.shared.changed.notify_one();
    }
}

impl<K, T> Shared<K, T> {
    fn lock(&self) -> MutexGuard<'_, Slots<K, T>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until there is something to do; `None` when there will be nothing more.
    fn wait_for_work(&self) -> Option<(K, Work<T>, Arc<Progress>)> {
        let mut slots = self.lock();
        loop {
            if slots.closed {
                return None;
            }
            if let Some((key, work)) = slots.waiting.take() {
                slots.running = Arc::default();
                return Some((key, work, Arc::clone(&slots.running)));
            }
            slots = self
                .changed
                .wait(slots)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_panic_becomes_a_message() {
        let job: Job<()> = Job::start(|_| panic!("out of cheese"), || {});
        let result = loop {
            if let Some(result) = job.poll() {
                break result;
            }
            thread::sleep(Duration::from_millis(1));
        };
        let said = result.expect_err("a message");
        assert!(said.starts_with("out of cheese (src/job.rs:"), "{said}");
    }

    #[test]
    fn long_work_ends_when_nobody_waits_for_it() {
        let (sender, ended) = mpsc::channel();
        let (starting, started) = mpsc::channel();
        let mut latest = Latest::new(|| {});
        for key in 0..2 {
            let (sender, starting) = (sender.clone(), starting.clone());
            latest.request_long(key, move |progress: &Progress| {
                let _ = starting.send(());
                while !progress.is_cancelled() {
                    thread::sleep(Duration::from_millis(1));
                }
                let _ = sender.send(key);
            });
            started
                .recv()
                .expect("it starts, the one before having ended");
        }
        assert_eq!(latest.awaited(), Some(&1));
        drop(latest);
        let ended: Vec<i32> = [ended.recv(), ended.recv()]
            .map(|key| key.expect("an end"))
            .into();
        assert_eq!(ended, [0, 1]);
    }

    #[test]
    fn the_newest_request_wins() {
        let (sender, started) = mpsc::channel();
        let (release, gate) = mpsc::channel::<()>();
        let mut latest = Latest::new(|| {});
        latest.request(0, move || {
            let _ = sender.send(());
            let _ = gate.recv();
            0
        });
        started.recv().expect("the first request starts");
        for key in 1..=100 {
            latest.request(key, move || key);
        }
        release.send(()).expect("the first request waits");
        while latest.is_stale() {
            latest.poll().expect("no panic");
            let key = latest.current().map_or(0, |(key, _)| *key);
            assert!(
                key == 0 || key == 100,
                "an overtaken request was answered: {key}"
            );
            thread::sleep(Duration::from_millis(1));
        }
    }
}
