//! [`of`]: what a path to write to stands for, through links, those to nowhere included.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Where to write.
pub(super) enum Place {
    /// To what is open already, after what has been written there: `/dev/stdout`, `/proc/self/fd/3`.
    Descriptor(File),
    /// Into what is there and no file: a device, a pipe.
    Device(PathBuf),
    /// A file that is there, or will be, in a folder that is.
    File(PathBuf),
}

/// As many links the system follows, too.
const MOST_LINKS: usize = 40;

/// What `path` stands for.
pub(super) fn of(path: &Path) -> io::Result<Place> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        // `new/` asks for a folder, too.
        let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let Some(name) = path.file_name().filter(|_| !is_folder) else {
            return Ok(Place::Device(path)); // a folder, which opening tells
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => fs::canonicalize(folder)?,
            _ => fs::canonicalize(".")?,
        };
        let found = folder.join(name);
        // Before it is followed: behind the link is a file that others write to.
        if let Some(open) = descriptor(&folder, name.to_str()) {
            return open.map(Place::Descriptor);
        }
        let Ok(next) = fs::read_link(&found) else {
            let is_other = fs::metadata(&found).is_ok_and(|metadata| !metadata.is_file());
            return Ok(match is_other {
                true => Place::Device(found),
                false => Place::File(found),
            });
        };
        path = folder.join(next);
    }
    Err(io::Error::other("too many links, one to the other"))
}

/// What is open under a number, where `folder` is the system's folder of those.
#[cfg(unix)]
fn descriptor(folder: &Path, name: Option<&str>) -> Option<io::Result<File>> {
    let number = name?.parse().ok()?;
    let is_folder = |known: &str| fs::canonicalize(known).is_ok_and(|known| known == folder);
    let is_known = ["/dev/fd", "/proc/thread-self/fd"]
        .into_iter()
        .any(is_folder);
    is_known.then(|| super::system::duplicate(number))
}

#[cfg(not(unix))]
fn descriptor(_folder: &Path, _name: Option<&str>) -> Option<io::Result<File>> {
    None
}
