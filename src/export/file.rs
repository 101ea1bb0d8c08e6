//! Files written whole or not at all.

use crate::profile::printable;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file could not be written; what was there before still is.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot write: {reason}", printable(path.as_os_str().as_encoded_bytes()))]
pub struct WriteError {
    path: PathBuf,
    reason: io::Error,
}

/// Writes a file whole or not at all: next to its place first, then renamed into it. A device or
/// pipe, which cannot be renamed into, is written directly.
///
/// # Errors
/// Where the folder or file can't be written, or `write` fails.
pub fn write_file(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), WriteError> {
    try_write(path, write).map_err(|reason| WriteError {
        path: path.to_owned(),
        reason,
    })
}

/// The system's error alone: the path of a file that nobody asked for says nothing.
fn without_path(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(|inner| inner.source());
    let system = inner.and_then(|inner| inner.downcast_ref::<io::Error>());
    let code = system.and_then(io::Error::raw_os_error);
    code.map_or(error, io::Error::from_raw_os_error)
}

fn try_write(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    // Through a link, to what it stands for.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = BufWriter::new(File::options().write(true).open(&target)?);
        write(&mut out)?;
        return out.flush();
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".emberscope-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666)); // less what the umask takes
    }
    let file = builder.tempfile_in(folder).map_err(without_path)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Who may read what was there before may read what takes its place, and nobody else.
    if let Ok(before) = fs::metadata(&target) {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.persist(&target)?;
    Ok(())
}
