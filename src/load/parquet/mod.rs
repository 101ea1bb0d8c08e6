//! Profiles exported as Parquet, opened again: one, or all of a folder as one, hosts told apart.
//!
//! Every number of a file is checked before it is used: files come from elsewhere.

mod part;
mod table;

use super::counted::MOST_SAMPLES;
use super::join::{Part, join};
use super::{LoadError, LoadOptions};
use crate::guard::guarded;
use crate::job::Progress;
use crate::parquet_schema::Table;
use crate::profile::Profile;
use part::size;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Why tables make no profile.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("cancelled")]
    Cancelled,
    #[error(
        "cannot open: {reason}; the tables of an export lie side by side, in the folders samples, stacks, frames and threads"
    )]
    Open { path: PathBuf, reason: io::Error },
    #[error(
        "is a Parquet file that emberscope has not written; expected one of `emberscope export`"
    )]
    Foreign(PathBuf),
    #[error(
        "is the table of {table}; open the file of the same name in the folder samples, or the folder above"
    )]
    OtherTable { path: PathBuf, table: &'static str },
    #[error(
        "is of another export than {}; export the profile again",
        super::shell_word(samples)
    )]
    OtherExport { path: PathBuf, samples: PathBuf },
    #[error(
        "was exported by a newer emberscope (its tables have version {version}); update this one"
    )]
    Newer { path: PathBuf, version: u32 },
    #[error(
        "is damaged, or was not written by `emberscope export`: {reason}; export the profile again"
    )]
    Damaged { path: PathBuf, reason: String },
    #[error("has no times, and other profiles of the folder have; open it by itself")]
    Timeless { path: PathBuf },
    #[error("has too many samples or stacks to be opened with the others of the folder")]
    TooLarge(PathBuf),
}

impl Problem {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Cancelled => None,
            Self::Open { path, .. }
            | Self::Foreign(path)
            | Self::OtherTable { path, .. }
            | Self::OtherExport { path, .. }
            | Self::Newer { path, .. }
            | Self::Damaged { path, .. }
            | Self::Timeless { path }
            | Self::TooLarge(path) => Some(path),
        }
    }
}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> Self {
        match problem.path() {
            None => Self::Cancelled,
            Some(path) => Self::Parquet {
                path: path.to_owned(),
                message: problem.to_string(),
            },
        }
    }
}

/// Exported profiles.
pub(super) struct Export {
    folder: PathBuf,
    names: Vec<String>,
    /// Where it was found by one of its files.
    file: Option<PathBuf>,
}

/// What a Parquet file begins with.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// The exported profiles that a path stands for: all of a folder, or the one that a file is of.
pub(super) fn find_export(path: &Path) -> Option<Export> {
    if path.is_dir() {
        let is_table = path
            .file_name()
            .is_some_and(|name| name == Table::Samples.name());
        let folder = match is_table && !path.join(Table::Samples.name()).is_dir() {
            true => above(path),
            false => path.to_owned(),
        };
        let names = profiles_in(&folder.join(Table::Samples.name()));
        return (!names.is_empty()).then_some(Export {
            folder,
            names,
            file: None,
        });
    }
    // Of a pipe nothing may be read.
    let mut magic = [0; MAGIC.len()];
    let is_parquet = path.is_file()
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut magic))
            .is_ok()
        && magic == MAGIC;
    let name = path.file_stem()?.to_str()?.to_owned();
    is_parquet.then(|| Export {
        folder: above(path.parent().unwrap_or(path)),
        names: vec![name],
        file: Some(path.to_owned()),
    })
}

/// The folder that a folder is in.
fn above(folder: &Path) -> PathBuf {
    match folder.file_name() {
        Some(_) => folder.parent().unwrap_or(folder).to_owned(),
        None => folder.join(".."),
    }
}

/// The names of the profiles in the samples' folder, sorted.
fn profiles_in(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |file: fs::DirEntry| {
        let path = file.path();
        let is_parquet = path.extension().is_some_and(|ending| ending == "parquet");
        let name = path.file_stem()?.to_str()?.to_owned();
        (is_parquet && !name.starts_with(['.', '_'])).then_some(name)
    };
    let mut names: Vec<String> = files.filter_map(name).collect();
    names.sort_unstable();
    names
}

/// Loads exported profiles as one.
pub(super) fn open(
    export: &Export,
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let sizes = export.names.iter().map(|name| size(&export.folder, name));
    progress.set_total(Some(sizes.sum()));
    let read = || -> Result<Profile, Problem> {
        if let Some(file) = &export.file {
            table::check_notes(file)?;
        }
        let read = |name: &String| part::read(&export.folder, name, progress);
        let parts: Result<Vec<Part>, Problem> = export.names.iter().map(read).collect();
        let parts = parts?;
        check(&parts, path)?;
        Ok(join(parts))
    };
    // The reader of the format may meet in a damaged file what it does not expect.
    let result = super::pool(options)?.install(|| guarded(read));
    let result = result.unwrap_or_else(|panic| {
        Err(Problem::Damaged {
            path: path.to_owned(),
            reason: format!("it cannot be read: {panic}"),
        })
    });
    Ok(result?)
}

fn check(read: &[Part], path: &Path) -> Result<(), Problem> {
    let sum = |count: fn(&Part) -> usize| read.iter().map(count).sum::<usize>();
    let most = sum(|part| part.samples.len())
        .max(sum(|part| part.nodes.len()))
        .max(sum(|part| part.frames.len() + 1));
    let samples = read.iter().map(|part| part.samples.total());
    let samples = samples.fold(0, u64::saturating_add);
    if u32::try_from(most).is_err() || samples > MOST_SAMPLES {
        return Err(Problem::TooLarge(path.to_owned()));
    }
    let timeless = read.iter().find(|part| !part.about.has_times);
    match timeless.filter(|_| read.len() > 1) {
        Some(part) => Err(Problem::Timeless {
            path: PathBuf::from(&part.name),
        }),
        None => Ok(()),
    }
}
