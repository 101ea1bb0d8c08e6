//! Loading: a file of `perf script` text becomes a [`Profile`].
//!
//! ```text
//! bytes ─ pieces ─┬─ worker: lines → raw frames, stacks, columns ─┬─ merge → Profile
//!                 └─ worker: …                                    ┘
//! ```
//!
//! The result depends on the bytes alone: not on the number of threads, nor on where the text was
//! cut. Input that can't be understood is counted in [`Profile::warnings`] and never stops a load.

mod addresses;
mod canonical;
mod counted;
mod encoding;
mod folded;
mod format;
mod input;
mod join;
mod json;
mod known;
mod mapping;
mod merge;
mod names;
mod parquet;
mod perf_data;
mod perf_script;
mod pieces;
mod pprof;
mod tables;
mod unpack;
mod worker;

pub use addresses::{Address, Sought, addresses, addresses_in};
pub use format::{Format, FormatInfo, Times, Use, formats};

use crate::guard::guard_thread;
use crate::job::Progress;
use crate::profile::{Profile, count_of, printable};
use input::Input;
use merge::Stage;
use perf_data::PerfHandle;
use pieces::{Piece, Pieces};
use rayon::prelude::*;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use worker::Worker;

/// How to load.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadOptions {
    /// Worker threads; all that the machine has by default.
    pub threads: Option<usize>,
    /// Bytes of text a worker takes at a time; 8 MiB by default. Not worth changing but in tests.
    pub piece_size: usize,
    /// Bytes that compressed input may unpack to. By default 1 GiB, or 250 times its packed size
    /// where that is more.
    pub unpack_limit: Option<u64>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            threads: None,
            piece_size: 8 << 20,
            unpack_limit: None,
        }
    }
}

/// Why a profile could not be loaded, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be opened.
    #[error("{}: cannot open: {reason}", shell_word(path))]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// The path is a folder's.
    #[error("{}: is a folder; expected a file that `perf script --header > FILE` wrote, or a folder that `emberscope export` or `perf record --threads` wrote", shell_word(.0))]
    Directory(PathBuf),
    /// The path is of an exported profile that can't be opened.
    #[error("{}: {message}", shell_word(path))]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The file is Parquet from a stream.
    #[error("{}: is a Parquet file, which is read where it was exported to, with its other tables beside it; open that folder", shell_word(.0))]
    ParquetStream(PathBuf),
    /// There is nothing in the file.
    #[error("{}: is empty; expected the text that `perf script --header > FILE` writes (did perf print an error?)", shell_word(.0))]
    Empty(PathBuf),
    /// The file is what `perf record` writes, and there is no `perf` to print it.
    #[error(
        "{}: is a perf.data file, and no perf was found to print it; where there is one, run: perf script --header -i {} > FILE",
        shell_word(.0),
        shell_word(.0)
    )]
    PerfData(PathBuf),
    /// What `perf record` writes, from a stream or unpacked.
    #[error(
        "{}: is perf.data, which is read from uncompressed files only; save it as one, or print it first: perf script --header -i FILE | emberscope info -",
        shell_word(.0)
    )]
    PerfDataStream(PathBuf),
    /// `perf` could not print the file.
    #[error(
        "{}: is a perf.data file, which perf could not print: {message}",
        shell_word(path)
    )]
    Perf {
        /// The file.
        path: PathBuf,
        /// What `perf` said.
        message: String,
    },
    /// `perf` printed none.
    #[error(
        "{}: is a perf.data file without samples: perf printed none; was anything running, and was it recorded for long enough (perf record -a -g -- sleep 60)?",
        shell_word(.0)
    )]
    PerfNoSamples(PathBuf),
    /// The file was written to or cut short while it was read.
    #[error(
        "{}: was changed while it was being read; wait until it is written whole, then open it again",
        shell_word(.0)
    )]
    Changed(PathBuf),
    /// The file is compressed twice.
    #[error(
        "{}: is packed twice; unpack it once, and open what comes out",
        shell_word(.0)
    )]
    PackedTwice(PathBuf),
    /// The file is of a format that is known, and not read.
    #[error("{}: {}", shell_word(path), format.refusal())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Which it is.
        format: Format,
    },
    /// The file is JSON.
    #[error("{}: {message}", shell_word(path))]
    Json {
        /// The file.
        path: PathBuf,
        /// What it is not.
        message: String,
    },
    /// The file's counts are more than samples are.
    #[error(
        "{}: {place}: its counts come to more than {most} samples by there; expected counts of samples, not of nanoseconds or bytes: divide them",
        shell_word(path)
    )]
    TooManyCounted {
        /// The file.
        path: PathBuf,
        /// What is too many.
        place: String,
        /// As many samples are let in.
        most: u64,
    },
    /// The file is like pprof's, and can't be read.
    #[error(
        "{}: looks like a pprof file, and cannot be read: {reason}",
        shell_word(path)
    )]
    Pprof {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is some other binary file.
    #[error("{}: is a binary file; expected the text that `perf script --header > FILE` writes", shell_word(.0))]
    Binary(PathBuf),
    /// No line in the file begins a sample.
    #[error(
        "{}: holds no samples ({} read); expected the text that `perf script --header > FILE` writes, with comm, tid and event, or with times (-F +comm,+tid,+event,+time)",
        shell_word(path),
        count_of(*lines, "line")
    )]
    NoSamples {
        /// The file.
        path: PathBuf,
        /// How many lines it has.
        lines: u64,
    },
    /// Reading failed on the way.
    #[error("{}: cannot read: {reason}", shell_word(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
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

/// Loads the file at `path`: `perf script` text as it is or compressed, perf.data, an export, a CPU
/// profile of Chrome or Node.js, a trace of slices (the Trace Event Format), folded stacks, or
/// pprof's.
///
/// # Errors
/// Where the file can't be read, or holds no samples.
pub fn open(path: &Path, options: &LoadOptions, progress: &Progress) -> Result<Profile, LoadError> {
    open_in_steps(path, options, progress, None)
}

/// Is given what has been loaded so far, each time with more.
pub type ShowPartial<'a> = &'a (dyn Fn(Profile) + Sync);

/// Like [`open`]; meanwhile `show` is given what has been loaded, first after a twentieth of a second
/// of reading. Those profiles are [partial](crate::profile::ProfileInfo::is_partial): they end somewhere, and the
/// numbers of their stacks, frames and threads mean nothing in the next.
///
/// # Errors
/// As [`open`].
pub fn open_in_steps(
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
    show: Option<ShowPartial<'_>>,
) -> Result<Profile, LoadError> {
    if let Some(export) = parquet::find_export(path) {
        return parquet::open(&export, path, options, progress);
    }
    let input = Input::open(path, options, progress)?;
    load(input, path, options, progress, show)
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
    let input = Input::stream(reader, name, options, progress)?;
    load(input, name, options, progress, None)
}

fn load(
    mut input: Input<'_>,
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
    show: Option<ShowPartial<'_>>,
) -> Result<Profile, LoadError> {
    let profile = read_input(&mut input, path, options, progress, |input| {
        let format = Format::of(input.head());
        match format {
            _ if input.head().is_empty() => Err(LoadError::Empty(path.to_owned())),
            Format::PerfScript => read_lines(input, path, options, progress, show),
            Format::CpuProfile | Format::TraceEvents | Format::Json => {
                json::load(input, path, progress)
            }
            Format::Folded => folded::load(input, path, progress),
            Format::Pprof => pprof::load(input, path, progress),
            Format::PerfData => Err(LoadError::PerfDataStream(path.to_owned())),
            Format::Export => Err(LoadError::ParquetStream(path.to_owned())),
            Format::Packed => Err(LoadError::PackedTwice(path.to_owned())),
            format => Err(LoadError::Foreign {
                path: path.to_owned(),
                format,
            }),
        }
    });
    let mut profile = profile.map_err(|error| match (error, &input.perf) {
        (LoadError::NoSamples { path, .. }, Some(_)) => LoadError::PerfNoSamples(path),
        (error, _) => error,
    })?;
    if let Some(perf) = input.perf {
        profile.info.is_printed_by_perf = true;
        profile.info.messages = perf.messages();
    }
    Ok(profile)
}

/// Reads `perf script` text; meanwhile `show` is given what has been read.
fn read_lines(
    input: &mut Input<'_>,
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
    show: Option<ShowPartial<'_>>,
) -> Result<Profile, LoadError> {
    let layout = input.learn_layout(path)?.unwrap_or_default();
    let expected_end = show.and_then(|_| input.last_time(layout));
    std::thread::scope(|scope| {
        let pieces = Pieces::new(&mut input.source, layout, options.piece_size, scope);
        let threads = rayon::current_num_threads();
        let mut workers: Vec<Worker> = (0..threads).map(|_| Worker::new(layout)).collect();
        let mut pause = show.map(|_| FIRST_PAUSE);
        loop {
            let until = pause.map(|pause| Instant::now() + pause);
            let read = Worker::read;
            let has_ended = read_pieces(&pieces, &mut workers, read, until, path, progress)?;
            let stage = if has_ended {
                Stage::Whole
            } else {
                Stage::Partial
            };
            let merging = Instant::now();
            let merged = merge::merge(&mut workers, stage, layout.has_times, progress);
            match (merged, show) {
                (Ok(mut profile), Some(show)) if !has_ended => {
                    profile.info.expected_end = expected_end;
                    show(profile);
                }
                (Err(problem), _) if has_ended => return Err(problem.at(path)),
                (Ok(profile), _) if has_ended => return Ok(profile),
                _ => {}
            }
            pause = pause.map(|_| PAUSE.max(merging.elapsed() * SHARE));
        }
    })
}

/// Does `work`, which reads the input, on threads of its own; refuses what it made of a file that
/// changed meanwhile.
fn read_input<'a, T: Send>(
    input: &mut Input<'a>,
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
    mut work: impl FnMut(&mut Input<'a>) -> Result<T, LoadError> + Send,
) -> Result<T, LoadError> {
    let perf = input.perf.clone();
    let run = || match &perf {
        None => work(input),
        Some(perf) => end_when_cancelled(perf, progress, &mut || work(input)),
    };
    let result = pool(options)?.install(run);
    // Whatever was made of a file that changed meanwhile is worth nothing, errors included.
    if !input.is_intact() && !matches!(result, Err(LoadError::Cancelled)) {
        return Err(LoadError::Changed(path.to_owned()));
    }
    result
}

/// Threads of its own: those of a load may wait for a stream, and nobody else for them.
fn pool(options: &LoadOptions) -> Result<rayon::ThreadPool, LoadError> {
    let threads = options.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.start_handler(|_| guard_thread()).build();
    pool.map_err(|error| LoadError::Threads(error.to_string()))
}

/// Whether there are exported profiles at `path`: a folder of them is opened as one, and they have no
/// text to be read again.
pub fn is_export(path: &Path) -> bool {
    parquet::find_export(path).is_some()
}

/// Whether the folder at `path` is one profile, an export or what `perf record --threads` writes.
pub fn is_profile_folder(path: &Path) -> bool {
    is_export(path) || input::is_perf_folder(path)
}

/// Does `work`, and ends `perf` as soon as the load is cancelled: it may not print for a while.
fn end_when_cancelled<T: Send>(
    perf: &PerfHandle,
    progress: &Progress,
    work: &mut (dyn FnMut() -> T + Send),
) -> T {
    /// Told even if the work panics.
    struct Done<'a>(&'a AtomicBool);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                if progress.is_cancelled() {
                    return perf.kill();
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let _done = Done(&is_done);
        work()
    })
}

/// How long is read before what has been read is shown first, and then at least each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_millis(150);
/// So many times as long is read as the last merging for showing took.
const SHARE: u32 = 6;

/// Lets each worker read pieces until none are left, or until some time has come; whether none are
/// left.
fn read_pieces<W: Send>(
    pieces: &Pieces<'_>,
    workers: &mut [W],
    read: impl Fn(&mut W, &Piece<'_>) + Sync,
    until: Option<Instant>,
    path: &Path,
    progress: &Progress,
) -> Result<bool, LoadError> {
    let failure: Mutex<Option<io::Error>> = Mutex::new(None);
    let (failed, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    let is_time = || until.is_some_and(|until| Instant::now() >= until);
    workers.par_iter_mut().with_max_len(1).for_each(|worker| {
        while !failed.load(Ordering::Relaxed) && !progress.is_cancelled() {
            match pieces.next() {
                Ok(Some(piece)) => {
                    read(worker, &piece);
                    pieces.finish(piece, progress);
                }
                Ok(None) => return ended.store(true, Ordering::Relaxed),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            }
            if is_time() {
                return;
            }
        }
    });
    if progress.is_cancelled() {
        return Err(LoadError::Cancelled);
    }
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        None => Ok(ended.into_inner()),
        Some(reason) => Err(LoadError::Read {
            path: path.to_owned(),
            reason,
        }),
    }
}

/// `path` as one word of a shell command.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = printable(path.as_os_str().as_encoded_bytes()).into_owned();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:,@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
