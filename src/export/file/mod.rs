//! Files written whole or not at all: next to their places first, then renamed into them, several together
//! where they belong together. What was there before stays until then.
//!
//! What cannot be renamed into (a device, a pipe, standard output by its name) is written directly.
//! Messages name the file that was asked for, never the one beside it.

mod place;
#[cfg(unix)]
mod system;
mod unfinished;

pub use unfinished::remove_unfinished_on_signals;

use crate::profile::printable;
use place::Place;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use unfinished::Unfinished;

/// A file could not be written; what was there before still is.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is no folder for it.
    #[error(
        "{}: cannot write: the folder {} does not exist",
        shown(path),
        shown(folder)
    )]
    NoFolder {
        /// The file.
        path: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// A file is there that may not be written to.
    #[error("{}: is read-only; choose another file, or make it writable", shown(.0))]
    ReadOnly(PathBuf),
    /// The system's reason.
    #[error("{}: cannot write: {reason}", shown(path))]
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

fn shown(path: &Path) -> std::borrow::Cow<'_, str> {
    printable(path.as_os_str().as_encoded_bytes())
}

/// Writes a file whole or not at all.
///
/// # Errors
/// Where the folder or file can't be written, or `write` fails.
pub fn write_file(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), WriteError> {
    let mut file = NewFile::create(path)?;
    file.write(write)?;
    put_in_place(vec![file])
}

/// A file that is being written. Dropped, it is as if it had never been.
pub(crate) struct NewFile {
    /// What was asked for.
    path: PathBuf,
    out: Out,
}

enum Out {
    /// Is written directly; `is_shared` with who opened it, who may close its other end.
    Open {
        file: File,
        is_shared: bool,
    },
    Beside {
        file: Unfinished,
        target: PathBuf,
    },
}

impl NewFile {
    /// Beside the place of `path`, which stays as it is.
    ///
    /// # Errors
    /// Where there can be no file.
    pub(crate) fn create(path: &Path) -> Result<Self, WriteError> {
        let failed = |reason| failed(path, reason);
        let out = match place::of(path).map_err(failed)? {
            Place::Descriptor(file) => Out::Open {
                file,
                is_shared: true,
            },
            Place::Device(target) => Out::Open {
                file: File::options().write(true).open(target).map_err(failed)?,
                is_shared: false,
            },
            Place::File(target) => {
                check_writable(path, &target)?;
                let folder = target.parent().unwrap_or(Path::new("/"));
                let file = Unfinished::create(folder).map_err(failed)?;
                keep_access(file.as_file(), &target).map_err(failed)?;
                Out::Beside { file, target }
            }
        };
        let path = path.to_owned();
        Ok(Self { path, out })
    }

    /// Writes all that it will hold.
    ///
    /// # Errors
    /// Where that fails.
    pub(crate) fn write(
        &mut self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let (file, is_shared) = match &mut self.out {
            Out::Open { file, is_shared } => (file, *is_shared),
            Out::Beside { file, .. } => (file.as_file_mut(), false),
        };
        let mut out = BufWriter::new(file);
        match write(&mut out).and_then(|()| out.flush()) {
            // Whoever read it has seen enough.
            Err(error) if is_shared && error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|reason| failed(&self.path, reason)),
        }
    }
}

/// Puts files that are written in their places, one right after the other; a signal that ends the program
/// waits for all of them.
///
/// # Errors
/// Where one can't be: those before it are in their places then.
pub(crate) fn put_in_place(files: Vec<NewFile>) -> Result<(), WriteError> {
    let mut ready = Vec::new();
    for NewFile { path, out } in files {
        if let Out::Beside { file, target } = out {
            ready.push((path, file, target));
        }
    }
    let mut uninterrupted = unfinished::uninterrupted();
    for (path, file, target) in ready {
        let renamed = file.rename(&target, &mut uninterrupted);
        renamed.map_err(|reason| failed(&path, reason))?;
    }
    Ok(())
}

fn failed(path: &Path, reason: io::Error) -> WriteError {
    let path = path.to_owned();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if reason.kind() == io::ErrorKind::NotFound && !folder.exists() {
        let folder = folder.to_owned();
        return WriteError::NoFolder { path, folder };
    }
    WriteError::Failed { path, reason }
}

/// Renaming asks for no right to write to what is there; who took that right away wants it kept.
fn check_writable(path: &Path, target: &Path) -> Result<(), WriteError> {
    let Ok(metadata) = fs::metadata(target) else {
        return Ok(()); // nothing is there
    };
    let opened = File::options().write(true).open(target);
    let is_denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    match opened {
        // The superuser could, and is asked all the same.
        Ok(_) if !metadata.permissions().readonly() => Ok(()),
        Err(error) if !is_denied(&error) => Err(failed(path, error)),
        _ => Err(WriteError::ReadOnly(path.to_owned())),
    }
}

/// Who may read what was there before may read what takes its place, and nobody else: from the beginning, as
/// it is written beside it.
fn keep_access(file: &File, target: &Path) -> io::Result<()> {
    let Ok(before) = fs::metadata(target) else {
        return Ok(());
    };
    #[cfg_attr(not(unix), expect(unused_mut, reason = "no groups"))]
    let mut permissions = before.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
        // Of another group, its rights are nobody's.
        if fchown(file, None, Some(before.gid())).is_err() {
            permissions.set_mode(permissions.mode() & !0o070);
        }
        // Only the superuser may give files away; for all others the file becomes theirs.
        let _ = fchown(file, Some(before.uid()), None);
    }
    file.set_permissions(permissions)
}
