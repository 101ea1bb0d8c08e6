//! [`Pieces`]: a file's text cut at sample boundaries, handed out in order to whoever asks next.
//!
//! A cut is made only in front of a header line, never at a blank one (a stack may be followed by
//! registers instead of a blank line), so that all lines of a sample are in the piece of its
//! header and nothing depends on where the cuts fall. Mapped and streamed text are cut alike.

use super::input::{Source, text_of};
use super::mapping::Mapping;
use super::perf_script::{Layout, is_blank_or_comment, is_header, trim_line_end};
use crate::job::Progress;
use memchr::memchr;
use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

/// Bytes by which a stream's buffer grows at a time.
const READ_SIZE: usize = 256 << 10;
/// Pieces of a stream are no longer than this if they can be: what was unpacked is read while it is
/// in the processor's cache.
const STREAM_PIECE: usize = 2 << 20;
/// Pieces of a stream that wait to be read.
const WAITING: usize = 2;
/// The first piece is no longer than this and the next ones twice as long each, so that something is
/// there soon.
const FIRST_PIECE: usize = 1 << 20;
/// The longest piece of a stream, which has to be in memory as a whole.
const MAX_STREAM_PIECE: usize = 256 << 20;

/// Hands out a text in pieces, to several threads.
pub(crate) enum Pieces<'a> {
    /// Cut by whoever asks.
    Mapped(&'a Mapping, Mutex<Cutter<'a>>),
    /// Read and cut by a thread of its own. Buffers go back to it to be used again.
    Stream(Mutex<Receiver<io::Result<Piece<'a>>>>, Sender<Vec<u8>>),
}

/// One piece of text.
pub(crate) struct Piece<'a> {
    /// Its place among the pieces, from 0.
    pub(crate) index: usize,
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Whether the text ends with it.
    pub(crate) is_last: bool,
}

impl<'a> Pieces<'a> {
    /// Pieces of at least `piece_size` bytes each, but for the first few and the last; those of a
    /// stream are smaller. A stream is read by a thread of `scope`, which ends when this is dropped.
    pub(crate) fn new<'scope>(
        source: &'a mut Source<'_>,
        layout: Layout,
        piece_size: usize,
        scope: &'scope Scope<'scope, 'a>,
    ) -> Self {
        let piece_size = piece_size.max(1);
        let (head, reader) = match source {
            Source::Mapped(mapping) => {
                let mapping = &*mapping;
                let cutter = Cutter::new(text_of(mapping), layout, piece_size);
                return Self::Mapped(mapping, Mutex::new(cutter));
            }
            Source::Stream(head, reader) => (std::mem::take(head), reader),
        };
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let (used_sender, used) = mpsc::channel();
        let mut stream = Stream {
            buffer: head,
            reader,
            used,
            layout,
            piece_size: piece_size.min(STREAM_PIECE),
        };
        scope.spawn(move || stream.send_pieces(&sender));
        Self::Stream(Mutex::new(receiver), used_sender)
    }

    /// The next piece, or `None` at the end.
    pub(crate) fn next(&self) -> io::Result<Option<Piece<'a>>> {
        match self {
            Self::Mapped(_, cutter) => Ok(lock(cutter).next()),
            Self::Stream(receiver, _) => lock(receiver).recv().ok().transpose(),
        }
    }

    /// To be called when a piece was read: counts it, and lets go of a mapped file's memory. (What
    /// is read from a stream is counted there, as it may be unpacked in between.)
    pub(crate) fn finish(&self, piece: Piece<'_>, progress: &Progress) {
        match (self, piece.bytes) {
            (Self::Mapped(mapping, _), bytes) => {
                progress.add(bytes.len() as u64);
                mapping.release(&bytes);
            }
            (Self::Stream(_, used), Cow::Owned(buffer)) => {
                // The stream may have ended.
                let _ = used.send(buffer);
            }
            (Self::Stream(..), Cow::Borrowed(_)) => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At least how long piece `index` is.
fn size_of(index: usize, piece_size: usize) -> usize {
    piece_size.min(FIRST_PIECE << index.min(10))
}

/// A text in memory, cut piece by piece.
pub(crate) struct Cutter<'a> {
    text: &'a [u8],
    layout: Layout,
    piece_size: usize,
    next_index: usize,
}

impl<'a> Cutter<'a> {
    fn new(text: &'a [u8], layout: Layout, piece_size: usize) -> Self {
        Self {
            text,
            layout,
            piece_size,
            next_index: 0,
        }
    }

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.text.is_empty() {
            return None;
        }
        let index = self.next_index;
        let size = size_of(index, self.piece_size);
        let cut = find_header(self.text, size, self.layout).unwrap_or(self.text.len());
        let (piece, left) = self.text.split_at(cut);
        self.text = left;
        self.next_index += 1;
        Some(Piece {
            index,
            bytes: Cow::Borrowed(piece),
            is_last: left.is_empty(),
        })
    }
}

/// A stream, cut piece by piece.
struct Stream<'a> {
    /// What has been read of the next piece, and perhaps of those after it.
    buffer: Vec<u8>,
    reader: &'a mut (dyn Read + Send),
    /// Buffers of pieces that have been read.
    used: Receiver<Vec<u8>>,
    layout: Layout,
    piece_size: usize,
}

impl Stream<'_> {
    /// Sends pieces until the stream ends, or nobody takes them any more.
    fn send_pieces(&mut self, pieces: &SyncSender<io::Result<Piece<'_>>>) {
        for index in 0.. {
            let piece = self.next_piece(size_of(index, self.piece_size));
            let is_last = !matches!(piece, Ok((_, false)));
            let piece = piece.map(|(bytes, is_last)| Piece {
                index,
                bytes: Cow::Owned(bytes),
                is_last,
            });
            if pieces.send(piece).is_err() || is_last {
                return;
            }
        }
    }

    /// Reads until the buffer holds a piece and takes it out; `true` when the text has ended.
    fn next_piece(&mut self, size: usize) -> io::Result<(Vec<u8>, bool)> {
        let (mut searched, mut whole, mut seen) = (size, 0, 0);
        loop {
            // Only whole lines are looked at: what the buffer ends in may be half a header.
            let end = memchr::memrchr(b'\n', &self.buffer[seen..]);
            whole = end.map_or(whole, |at| seen + at + 1);
            seen = self.buffer.len();
            if let Some(cut) = find_header(&self.buffer[..whole], searched, self.layout) {
                let mut next = self.used.try_recv().unwrap_or_default();
                next.clear();
                next.extend_from_slice(&self.buffer[cut..]);
                self.buffer.truncate(cut);
                return Ok((std::mem::replace(&mut self.buffer, next), false));
            }
            searched = searched.max(whole);
            if self.buffer.len() > MAX_STREAM_PIECE {
                return Err(io::Error::other(TOO_LONG));
            }
            self.buffer.reserve(READ_SIZE);
            if read_more(&mut self.buffer, self.reader, READ_SIZE)? == 0 {
                return Ok((std::mem::take(&mut self.buffer), true));
            }
        }
    }
}

const TOO_LONG: &str = "a sample is longer than 256 MB, which is more than is read at once; \
    if it is right, unpack or save the text and open that file";

/// Appends up to `size` bytes to `buffer`; 0 at the end of the stream.
pub(crate) fn read_more(
    buffer: &mut Vec<u8>,
    reader: &mut dyn Read,
    size: usize,
) -> io::Result<usize> {
    reader.take(size as u64).read_to_end(buffer)
}

/// Where the first header line starts that begins at or after `from` (but never at 0).
fn find_header(text: &[u8], from: usize, layout: Layout) -> Option<usize> {
    let from = from.max(1);
    if from >= text.len() {
        return None;
    }
    let mut start = from + memchr(b'\n', &text[from - 1..])?;
    while start < text.len() {
        let end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
        let line = trim_line_end(&text[start..end]);
        if is_header(line, layout, follows_blank(text, start, layout)) {
            return Some(start);
        }
        start = end + 1;
    }
    None
}

/// Whether the line that starts at `start` comes after a blank one or a comment.
fn follows_blank(text: &[u8], start: usize, layout: Layout) -> bool {
    let before = &text[..start.saturating_sub(1)];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    is_blank_or_comment(&before[line_start..], layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"a 1 1.000000: c:\n\t1 f\n\nb 2 2.000000: c:\n\nc 3 3.000000: c:\n\t2 g\n";

    fn layout() -> Layout {
        Layout::learn(TEXT).expect("headers")
    }

    fn mapped(size: usize) -> Vec<Vec<u8>> {
        let mut cutter = Cutter::new(TEXT, layout(), size);
        std::iter::from_fn(|| cutter.next())
            .map(|piece| piece.bytes.into_owned())
            .collect()
    }

    fn streamed(size: usize) -> Vec<Vec<u8>> {
        let mut source = Source::Stream(Vec::new(), Box::new(TEXT));
        std::thread::scope(|scope| {
            let pieces = Pieces::new(&mut source, layout(), size, scope);
            let next = || pieces.next().expect("reading from memory");
            std::iter::from_fn(next)
                .map(|piece| piece.bytes.into_owned())
                .collect()
        })
    }

    #[test]
    fn mapped_and_streamed_text_are_cut_alike_in_front_of_headers() {
        for size in 1..TEXT.len() + 3 {
            let pieces = mapped(size);
            assert_eq!(pieces.concat(), TEXT);
            assert_eq!(pieces, streamed(size), "piece size {size}");
            assert!(pieces.iter().all(|piece| b"abc".contains(&piece[0])));
        }
        assert_eq!(mapped(1).len(), 3);
    }
}
