//! Loading: a file of `perf script` text becomes a [`Profile`].
//!
//! ```text
//! bytes ─ pieces ─┬─ worker: lines → raw frames, stacks, columns ─┬─ merge → Profile
//!                 └─ worker: …                                    ┘
//! ```
//!
//! The result depends on the bytes alone: not on the number of threads, nor on where the text was
//! cut. Input that can't be understood is counted in [`Profile::warnings`] and never stops a load.

mod input;
mod merge;
mod names;
mod perf_script;
mod pieces;
mod worker;

use crate::job::Progress;
use crate::profile::Profile;
use input::{Input, check_head, shell_word};
use pieces::Pieces;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use worker::Worker;

/// How to load.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadOptions {
    /// Worker threads; all that the machine has by default.
    pub threads: Option<usize>,
    /// Bytes of text a worker takes at a time; 8 MiB by default. Not worth changing but in tests.
    pub piece_size: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            threads: None,
            piece_size: 8 << 20,
        }
    }
}

/// Why a profile could not be loaded, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be opened.
    #[error("{}: cannot open: {source}", shell_word(path))]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The path is a folder's.
    #[error("{}: is a folder; expected a file that `perf script --header > FILE` wrote", shell_word(.0))]
    Directory(PathBuf),
    /// There is nothing in the file.
    #[error("{}: is empty; expected the text that `perf script --header > FILE` writes (did perf print an error?)", shell_word(.0))]
    Empty(PathBuf),
    /// The file is what `perf record` writes.
    #[error("{}: is a perf.data file; print it as text first: perf script --header -i {} > FILE", shell_word(.0), shell_word(.0))]
    PerfData(PathBuf),
    /// The file is compressed.
    #[error(
        "{}: is compressed with {format}; unpack it on the way in: {command} {} | emberscope info -",
        shell_word(path),
        shell_word(path)
    )]
    Compressed {
        /// The file.
        path: PathBuf,
        /// The format's name.
        format: &'static str,
        /// The command that unpacks it to standard output.
        command: &'static str,
    },
    /// The file is some other binary file.
    #[error("{}: is a binary file; expected the text that `perf script --header > FILE` writes", shell_word(.0))]
    Binary(PathBuf),
    /// No line in the file begins a sample.
    #[error(
        "{}: holds no samples ({lines} lines read); expected the text that `perf script --header > FILE` writes",
        shell_word(path)
    )]
    NoSamples {
        /// The file.
        path: PathBuf,
        /// How many lines it has.
        lines: u64,
    },
    /// Reading failed on the way.
    #[error("{}: cannot read: {source}", shell_word(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// More distinct frames, stacks or threads than 32-bit numbers can name.
    #[error("{}: has more than four thousand million distinct stacks; load a part of it", shell_word(.0))]
    TooLarge(PathBuf),
    /// The threads to load it with could not be started.
    #[error("cannot start the threads to load with: {0}")]
    Threads(String),
    /// Somebody cancelled the load.
    #[error("cancelled")]
    Cancelled,
}

/// Loads the file at `path`.
///
/// # Errors
/// Where the file can't be read, or holds no samples.
pub fn open(path: &Path, options: &LoadOptions, progress: &Progress) -> Result<Profile, LoadError> {
    load(Input::open(path)?, path, options, progress)
}

/// Loads from a stream; `name` stands for it in messages.
///
/// # Errors
/// Where the stream can't be read, or holds no samples.
pub fn read(
    reader: Box<dyn Read + Send>,
    name: &Path,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let input = Input::stream(reader).map_err(|source| LoadError::Read {
        path: name.to_owned(),
        source,
    })?;
    load(input, name, options, progress)
}

fn load(
    mut input: Input,
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let layout = check_head(input.head(), path)?;
    progress.set_total(input.len());
    let mut run = move || {
        let pieces = Pieces::new(input.text(), layout, options.piece_size);
        let workers = read_pieces(&pieces, layout, path, progress)?;
        merge::merge(workers, layout.has_times, progress).map_err(|problem| problem.at(path))
    };
    match options.threads {
        None => run(),
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map_err(|error| LoadError::Threads(error.to_string()))?
                .install(run)
        }
    }
}

/// Lets each thread of the pool take pieces until none are left.
fn read_pieces(
    pieces: &Pieces<'_>,
    layout: perf_script::Layout,
    path: &Path,
    progress: &Progress,
) -> Result<Vec<Worker>, LoadError> {
    let failure: Mutex<Option<io::Error>> = Mutex::new(None);
    let failed = AtomicBool::new(false);
    let workers = rayon::broadcast(|_| {
        let mut worker = Worker::new(layout);
        while !failed.load(Ordering::Relaxed) && !progress.is_cancelled() {
            match pieces.next() {
                Ok(Some(piece)) => {
                    worker.read(&piece);
                    progress.add(piece.bytes.len() as u64);
                }
                Ok(None) => break,
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    *failure
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                }
            }
        }
        worker
    });
    if progress.is_cancelled() {
        return Err(LoadError::Cancelled);
    }
    match failure
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        None => Ok(workers),
        Some(source) => Err(LoadError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}
