//! Two questions to the system that the standard library has no safe call for.
#![expect(unsafe_code, reason = "calls of the system")]

use std::fs::File;
use std::io;
use std::os::fd::{FromRawFd as _, RawFd};
use std::{mem, ptr};

/// What is open under `number`, under another number of its own: with the same place in the file, and
/// appending where that does.
pub(super) fn duplicate(number: RawFd) -> io::Result<File> {
    // SAFETY: it takes numbers only; one under which nothing is open is an error.
    let copy = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 0) };
    match copy {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: it was opened just now, and nobody else knows of it.
        copy => Ok(unsafe { File::from_raw_fd(copy) }),
    }
}

/// Whether a signal is ignored, as `nohup` and shells set it for what must go on.
pub(super) fn is_ignored(signal: i32) -> bool {
    // SAFETY: numbers and null pointers, of which any bits are a value.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: without a new action nothing is changed; the old one is written to where there is room.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}
