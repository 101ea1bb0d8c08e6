//! [`FileWatch`]: notices that an open file has become another one, while nobody looks.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

/// How often a file is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What tells whether a file has changed: its length and when it was written.
pub(super) type Stamp = (u64, Option<SystemTime>);

/// Looks at a file now and then, on a thread of its own: it may be on a slow disk. So a window that
/// nobody touches draws no frame until there is something to say. Dropping it ends that.
pub(super) struct FileWatch {
    found: Arc<Mutex<Stamp>>,
    _alive: Sender<()>,
}

impl FileWatch {
    /// `stamp` is of the file as it was loaded; `wake` is called, from the thread, after a change.
    pub(super) fn new(path: PathBuf, stamp: Stamp, wake: impl Fn() + Send + 'static) -> Self {
        let found = Arc::new(Mutex::new(stamp));
        let (alive, ended) = mpsc::channel();
        let shared = Arc::clone(&found);
        thread::spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(EVERY) {
                // A file that has gone has not changed: what is shown is all there is.
                let Some(now) = self::stamp(&path) else {
                    continue;
                };
                let mut last = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if std::mem::replace(&mut *last, now) != now {
                    drop(last);
                    wake();
                }
            }
        });
        Self {
            found,
            _alive: alive,
        }
    }

    /// Of the file as it was when it was last looked at.
    pub(super) fn stamp(&self) -> Stamp {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of the file as it is now; `None` of what is no file.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    // A pipe has neither.
    metadata
        .is_file()
        .then(|| (metadata.len(), metadata.modified().ok()))
}
