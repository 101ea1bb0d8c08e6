//! [`Unfinished`]: a file beside the place that it will take, which goes whenever the program does.
//!
//! It is locked while it is written. What a program that was killed has left is not, which tells the two
//! apart: the next one that writes into the folder removes it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::NamedTempFile;

/// Their names are this and some letters and digits.
const PREFIX: &str = ".emberscope-";
const RANDOM: usize = 6;
/// What is younger may be of a program that has not locked it yet.
const LEFT: Duration = Duration::from_secs(60 * 60);
/// So many entries of a folder are looked through for what was left, lest a large one cost more than the
/// writing.
const MOST_ENTRIES: usize = 10_000;

/// Of this process.
static STATE: Mutex<State> = Mutex::new(State {
    paths: BTreeSet::new(),
    swept: BTreeSet::new(),
});

struct State {
    /// All that are being written; those that were given up, too, which are no longer there.
    paths: BTreeSet<PathBuf>,
    /// Folders that have been looked through.
    swept: BTreeSet<PathBuf>,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While this is held, no signal ends the program.
pub(super) struct Uninterrupted(MutexGuard<'static, State>);

pub(super) fn uninterrupted() -> Uninterrupted {
    Uninterrupted(state())
}

/// Is removed when it is dropped.
pub(super) struct Unfinished {
    file: NamedTempFile<File>,
}

impl Unfinished {
    /// A new one in `folder`.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let mut state = state();
        if state.swept.insert(folder.to_owned()) {
            sweep(folder);
        }
        let create = |path: &Path| {
            let file = File::options().write(true).create_new(true).open(path)?;
            state.paths.insert(path.to_owned());
            Ok(file)
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).rand_bytes(RANDOM);
        let file = builder.make_in(folder, create)?;
        // Where files cannot be locked, what is left stays.
        let _ = file.as_file().try_lock();
        Ok(Self { file })
    }

    pub(super) fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// Errors in writing to this name no path.
    pub(super) fn as_file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives it its name, in place of what has that now.
    pub(super) fn rename(
        self,
        target: &Path,
        Uninterrupted(state): &mut Uninterrupted,
    ) -> io::Result<()> {
        state.paths.remove(self.file.path());
        let renamed = self.file.persist(target);
        renamed.map(|_| ()).map_err(|error| error.error)
    }
}

fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten();
    for entry in entries.take(MOST_ENTRIES).flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let is_ours = random.is_some_and(|random| {
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if is_ours && is_left(&entry) {
            // Another program may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether nobody writes to it any more.
fn is_left(entry: &fs::DirEntry) -> bool {
    let is_old = |metadata: fs::Metadata| {
        let age = metadata
            .modified()
            .ok()
            .and_then(|time| time.elapsed().ok());
        metadata.is_file() && age.is_some_and(|age| age > LEFT)
    };
    // Of the entry itself, should it be a link.
    entry.metadata().is_ok_and(is_old)
        && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
}

/// From now on, signals that end the program remove what is unfinished first, unless they are ignored;
/// and a file that may grow no larger (`ulimit -f`) is an error in writing it. To be called once, by the
/// program and not by a library.
#[cfg(unix)]
pub fn remove_unfinished_on_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;
    // A handler that does nothing: writing goes on, and fails.
    let _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
    let ending = [SIGHUP, SIGINT, SIGTERM].into_iter();
    let ending: Vec<i32> = ending
        .filter(|signal| !super::system::is_ignored(*signal))
        .collect();
    // Without it they end the program all the same.
    let Ok(mut signals) = Signals::new(ending) else {
        return;
    };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Held until the end, so that no other is begun.
            let state = state();
            for path in &state.paths {
                let _ = fs::remove_file(path);
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

/// Other systems have no such signals.
#[cfg(not(unix))]
pub fn remove_unfinished_on_signals() {}
