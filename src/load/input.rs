//! [`Input`]: a path or stream as text to be cut. Files are mapped; all else is read.

use super::encoding;
use super::mapping::{Mapping, Watched};
use super::perf_data::{self, PerfHandle, is_perf_data};
use super::perf_script::{Layout, Line, parse_line, trim_line_end};
use super::pieces::read_more;
use super::unpack::{self, Format};
use super::{LoadError, LoadOptions};
use crate::job::Progress;
use crate::profile::{NANOS_PER_SECOND, Timestamp};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// The beginning of a file, which shows what it is and teaches its layout: this much, and more of
/// a file that begins with something else.
const HEAD_SIZE: usize = 4 << 20;
const MAX_HEAD_SIZE: usize = 64 << 20;
/// The end of a file, in which the last time is looked for.
const TAIL_SIZE: usize = 1 << 20;
/// In nanoseconds: times at a file's end that are later than most others there by more are wrong.
const NEAR: u64 = 600 * NANOS_PER_SECOND;

/// What a profile is read from.
pub(crate) struct Input<'a> {
    pub(crate) source: Source<'a>,
    /// Where the text is what `perf` prints.
    pub(crate) perf: Option<PerfHandle>,
    /// The file that a stream comes from, if it is one.
    file: Option<Watched>,
}

pub(crate) enum Source<'a> {
    /// A mapped file.
    Mapped(Mapping),
    /// A stream, and its beginning.
    Stream(Vec<u8>, Box<dyn Read + Send + 'a>),
}

/// Whether it is what `perf record --threads` writes: a folder, in which `data` is a perf.data file.
pub(super) fn is_perf_folder(path: &Path) -> bool {
    let mut head = [0; 8];
    let read = File::open(path.join("data")).and_then(|mut data| data.read_exact(&mut head));
    read.is_ok() && is_perf_data(&head)
}

impl<'a> Input<'a> {
    /// Opens `path`: mapped where it is a regular file with text, else read, and unpacked, decoded or
    /// printed by `perf` on the way.
    pub(crate) fn open(
        path: &Path,
        options: &LoadOptions,
        progress: &'a Progress,
    ) -> Result<Self, LoadError> {
        let unreadable = |reason| LoadError::Open {
            path: path.to_owned(),
            reason,
        };
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if is_perf_folder(path) {
            return Self::printed(path, progress);
        }
        if metadata.is_dir() {
            return Err(LoadError::Directory(path.to_owned()));
        }
        if !metadata.is_file() || metadata.len() == 0 {
            return Self::stream(Box::new(file), path, options, progress);
        }
        // Some file systems cannot map; reading is always possible.
        let Ok(mapping) = Mapping::new(file.try_clone().map_err(unreadable)?) else {
            return Self::stream(Box::new(file), path, options, progress);
        };
        let head = &mapping.bytes()[..mapping.bytes().len().min(HEAD_SIZE)];
        if is_perf_data(head) {
            return Self::printed(path, progress);
        }
        progress.set_total(Some(metadata.len()));
        if Format::of(head).is_some() || encoding::is_utf16(head) {
            let watched = Watched::new(file.try_clone().map_err(unreadable)?);
            let watched = Some(watched.map_err(unreadable)?);
            let input = Self::stream(Box::new(file), path, options, progress)?;
            return Ok(Self {
                file: watched,
                ..input
            });
        }
        Ok(Self {
            source: Source::Mapped(mapping),
            perf: None,
            file: None,
        })
    }

    /// Reads the beginning of a stream, unpacked if it is compressed, as UTF-8; `path` stands for it in
    /// messages.
    pub(crate) fn stream(
        reader: Box<dyn Read + Send + 'a>,
        path: &Path,
        options: &LoadOptions,
        progress: &'a Progress,
    ) -> Result<Self, LoadError> {
        let begin = || {
            let mut head = Vec::new();
            let unpacked = unpack::unpacked(reader, options.unpack_limit, progress)?;
            let mut reader = encoding::utf8(unpacked)?;
            read_more(&mut head, &mut reader, HEAD_SIZE)?;
            Ok(Source::Stream(head, reader))
        };
        let source = begin().map_err(|reason| LoadError::Read {
            path: path.to_owned(),
            reason,
        })?;
        Ok(Self {
            source,
            perf: None,
            file: None,
        })
    }

    /// What `perf script` prints of a `perf.data` file.
    fn printed(path: &Path, progress: &'a Progress) -> Result<Self, LoadError> {
        progress.set_waits_for_perf();
        let (script, head) = perf_data::print(path)?;
        let perf = Some(script.handle());
        let reader = Cursor::new(head).chain(script);
        let options = LoadOptions::default();
        let input = Self::stream(Box::new(reader), path, &options, progress)?;
        Ok(Self { perf, ..input })
    }

    /// Whether the file that it comes from is still what it was.
    pub(crate) fn is_intact(&self) -> bool {
        let is_stream_intact = self.file.as_ref().is_none_or(Watched::is_intact);
        match &self.source {
            Source::Mapped(mapping) => mapping.is_intact(),
            Source::Stream(..) => is_stream_intact,
        }
    }

    /// All of it.
    pub(crate) fn whole(&mut self, path: &Path) -> Result<&[u8], LoadError> {
        match &mut self.source {
            Source::Mapped(mapping) => Ok(text_of(mapping)),
            Source::Stream(head, reader) => match reader.read_to_end(head) {
                Ok(_) => Ok(head),
                Err(reason) => Err(LoadError::Read {
                    path: path.to_owned(),
                    reason,
                }),
            },
        }
    }

    /// Its first bytes.
    pub(crate) fn head(&self) -> &[u8] {
        match &self.source {
            Source::Mapped(mapping) => beginning(text_of(mapping), HEAD_SIZE),
            Source::Stream(head, _) => head,
        }
    }

    /// The last time in a mapped file, found at its end.
    pub(crate) fn last_time(&self, layout: Layout) -> Option<Timestamp> {
        let Source::Mapped(mapping) = &self.source else {
            return None;
        };
        let text = mapping.bytes();
        let tail = &text[text.len().saturating_sub(TAIL_SIZE)..];
        // The first line may be a part of one, which is no header then.
        let lines = tail.split(|byte| *byte == b'\n').map(trim_line_end);
        let times = lines.filter_map(|line| match parse_line(line, layout, false) {
            Line::Header(header) => header.time.map(Timestamp),
            _ => None,
        });
        let mut times: Vec<Timestamp> = times.collect();
        times.sort_unstable();
        // A stray time may be years away.
        let near = times.get(times.len() / 2)?.saturating_add(NEAR);
        times.into_iter().rfind(|time| *time <= near)
    }

    /// The layout of its headers; nothing where its beginning has none. Refuses what cannot be
    /// `perf script` text.
    pub(crate) fn learn_layout(&mut self, path: &Path) -> Result<Option<Layout>, LoadError> {
        if let Some(layout) = Layout::learn(self.head()) {
            return Ok(Some(layout));
        }
        if memchr::memchr(0, self.head()).is_some() {
            return Err(LoadError::Binary(path.to_owned()));
        }
        let head = match &mut self.source {
            Source::Mapped(mapping) => beginning(text_of(mapping), MAX_HEAD_SIZE),
            Source::Stream(head, reader) => {
                read_more(head, reader, MAX_HEAD_SIZE - HEAD_SIZE).map_err(|reason| {
                    LoadError::Read {
                        path: path.to_owned(),
                        reason,
                    }
                })?;
                head
            }
        };
        Ok(Layout::learn(head))
    }
}

/// A mapped file's text, without a byte order mark.
pub(crate) fn text_of(mapping: &Mapping) -> &[u8] {
    encoding::without_mark(mapping.bytes())
}

fn beginning(text: &[u8], size: usize) -> &[u8] {
    &text[..text.len().min(size)]
}
