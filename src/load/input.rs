//! [`Input`]: a path or stream as text to be cut. Files are mapped; all else is read.

use super::LoadError;
use super::perf_script::Layout;
use super::pieces::{Text, read_more};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// The beginning of a file, which shows what it is and teaches its layout.
const HEAD_SIZE: usize = 4 << 20;
const GZIP: &[u8] = b"\x1f\x8b";

/// What a profile is read from.
pub(crate) enum Input {
    /// A mapped file.
    Mapped(memmap2::Mmap),
    /// A stream, and its beginning.
    Stream(Vec<u8>, Box<dyn Read + Send>),
}

impl Input {
    /// Opens `path`: mapped where it is a regular file, unpacked on the way where that is
    /// compressed with gzip.
    pub(crate) fn open(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Open {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(LoadError::Directory(path.to_owned()));
        }
        if metadata.is_file() && metadata.len() > 0 {
            let map = map(&file).map_err(unreadable)?;
            if !map.starts_with(GZIP) {
                return Ok(Self::Mapped(map));
            }
        }
        Self::stream(Box::new(file)).map_err(unreadable)
    }

    /// Reads the beginning of a stream, unpacked if it is compressed with gzip.
    pub(crate) fn stream(mut reader: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut head = Vec::new();
        read_more(&mut head, &mut reader, GZIP.len())?;
        if head == GZIP {
            reader = Box::new(MultiGzDecoder::new(Cursor::new(head).chain(reader)));
            head = Vec::new();
        }
        read_more(&mut head, &mut reader, HEAD_SIZE)?;
        Ok(Self::Stream(head, reader))
    }

    /// Its first bytes.
    pub(crate) fn head(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => &map[..map.len().min(HEAD_SIZE)],
            Self::Stream(head, _) => head,
        }
    }

    /// Its length in bytes, where it is known.
    pub(crate) fn len(&self) -> Option<u64> {
        match self {
            Self::Mapped(map) => Some(map.len() as u64),
            Self::Stream(..) => None,
        }
    }

    /// As text to be cut.
    pub(crate) fn text(&mut self) -> Text<'_> {
        match self {
            Self::Mapped(map) => Text::Mapped(map),
            Self::Stream(head, reader) => Text::Stream(std::mem::take(head), Box::new(reader)),
        }
    }
}

#[expect(unsafe_code, reason = "mapping a file is unsafe however it is done")]
fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: the mapping is private, read-only, and dropped with the load; nothing is kept that
    // points into it. That another program may rewrite the file meanwhile is not excluded: bytes
    // are only ever compared and copied, and no byte string is invalid input, so the worst is a
    // profile of a mixture (or, if the file is truncated, the signal that ends the process).
    let map = unsafe { memmap2::Mmap::map(file)? };
    #[cfg(unix)]
    let _ = map.advise(memmap2::Advice::Sequential); // a hint: failing to give it costs nothing
    Ok(map)
}

/// Refuses, with what to do instead, what cannot be `perf script` text.
pub(crate) fn check_head(head: &[u8], path: &Path) -> Result<Layout, LoadError> {
    let path = || path.to_owned();
    if head.is_empty() {
        return Err(LoadError::Empty(path()));
    }
    if head.starts_with(b"PERFILE2") || head.starts_with(b"2ELIFREP") {
        return Err(LoadError::PerfData(path()));
    }
    if let Some((format, command)) = compression(head) {
        let path = path();
        return Err(LoadError::Compressed {
            path,
            format,
            command,
        });
    }
    let layout = Layout::learn(head);
    if !layout.has_times && memchr::memchr(0, head).is_some() {
        return Err(LoadError::Binary(path()));
    }
    Ok(layout)
}

/// Format and the command that unpacks it, by a file's first bytes.
fn compression(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let formats: [(&[u8], &str, &str); 3] = [
        (b"\x28\xb5\x2f\xfd", "zstd", "zstdcat"),
        (b"\xfd7zXZ\0", "xz", "xzcat"),
        (b"BZh", "bzip2", "bzcat"),
    ];
    let found = formats
        .into_iter()
        .find(|(magic, ..)| head.starts_with(magic));
    found.map(|(_, format, command)| (format, command))
}

/// `path` as one word of a shell command.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = PathBuf::from(path).to_string_lossy().into_owned();
    let text = crate::profile::printable(text.as_bytes()).into_owned();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:,@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
