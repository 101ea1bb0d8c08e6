//! [`Pieces`]: a file's text cut at sample boundaries, handed out in order to whoever asks next.
//!
//! A cut is made only in front of a header line, never at a blank one (a stack may be followed by
//! registers instead of a blank line), so that all lines of a sample are in the piece of its
//! header and nothing depends on where the cuts fall. Mapped and streamed text are cut alike.

use super::input::Source;
use super::mapping::Mapping;
use super::perf_script::{Layout, is_header, trim_line_end};
use crate::job::Progress;
use memchr::memchr;
use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

/// Bytes by which a stream's buffer grows at a time.
const READ_SIZE: usize = 1 << 20;
/// The first piece is no longer than this and the next ones twice as long each, so that something is
/// there soon.
const FIRST_PIECE: usize = 1 << 20;
/// The longest piece of a stream, which has to be in memory as a whole.
const MAX_STREAM_PIECE: usize = 256 << 20;

/// The text of a profile.
enum Text<'a> {
    /// All of it in memory.
    Mapped(&'a [u8]),
    /// The beginning, already read, and the rest.
    Stream(Vec<u8>, &'a mut (dyn Read + Send)),
}

/// Hands out a text in pieces, to several threads.
pub(crate) struct Pieces<'a> {
    layout: Layout,
    piece_size: usize,
    mapping: Option<&'a Mapping>,
    rest: Mutex<Rest<'a>>,
}

struct Rest<'a> {
    text: Text<'a>,
    next_index: usize,
    ended: bool,
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
    /// Pieces of at least `piece_size` bytes each, but for the first few and the last.
    pub(crate) fn new(source: &'a mut Source<'_>, layout: Layout, piece_size: usize) -> Self {
        let (text, mapping) = match source {
            Source::Mapped(mapping) => (Text::Mapped(mapping.bytes()), Some(&*mapping)),
            Source::Stream(head, reader) => (Text::Stream(std::mem::take(head), reader), None),
        };
        Self::of(text, mapping, layout, piece_size)
    }

    fn of(text: Text<'a>, mapping: Option<&'a Mapping>, layout: Layout, piece_size: usize) -> Self {
        let rest = Rest {
            text,
            next_index: 0,
            ended: false,
        };
        Self {
            layout,
            piece_size: piece_size.max(1),
            mapping,
            rest: Mutex::new(rest),
        }
    }

    /// To be called when a piece was read: counts it, and lets go of a mapped file's memory. (What
    /// is read from a stream is counted there, as it may be unpacked in between.)
    pub(crate) fn finish(&self, piece: &Piece<'_>, progress: &Progress) {
        if let Some(mapping) = self.mapping {
            progress.add(piece.bytes.len() as u64);
            mapping.release(&piece.bytes);
        }
    }

    /// The next piece, or `None` at the end.
    pub(crate) fn next(&self) -> io::Result<Option<Piece<'a>>> {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        if rest.ended {
            return Ok(None);
        }
        let size = self.piece_size.min(FIRST_PIECE << rest.next_index.min(10));
        let bytes = match &mut rest.text {
            Text::Mapped(text) => {
                let text: &'a [u8] = text;
                let cut = find_header(text, size, self.layout).unwrap_or(text.len());
                let (piece, left) = text.split_at(cut);
                rest.ended = left.is_empty();
                rest.text = Text::Mapped(left);
                Cow::Borrowed(piece)
            }
            Text::Stream(buffer, reader) => {
                let (piece, ended) = self.read_piece(buffer, reader, size)?;
                rest.ended = ended;
                Cow::Owned(piece)
            }
        };
        let index = rest.next_index;
        rest.next_index += 1;
        Ok(Some(Piece {
            index,
            bytes,
            is_last: rest.ended,
        }))
    }

    /// Reads until the buffer holds a piece and takes it out; `true` when the text has ended.
    fn read_piece(
        &self,
        buffer: &mut Vec<u8>,
        reader: &mut dyn Read,
        size: usize,
    ) -> io::Result<(Vec<u8>, bool)> {
        let (mut searched, mut whole, mut seen) = (size, 0, 0);
        loop {
            // Only whole lines are looked at: what the buffer ends in may be half a header.
            whole = memchr::memrchr(b'\n', &buffer[seen..]).map_or(whole, |at| seen + at + 1);
            seen = buffer.len();
            if let Some(cut) = find_header(&buffer[..whole], searched, self.layout) {
                let left = buffer.split_off(cut);
                return Ok((std::mem::replace(buffer, left), false));
            }
            searched = searched.max(whole);
            if buffer.len() > MAX_STREAM_PIECE {
                return Err(io::Error::other(TOO_LONG));
            }
            if read_more(buffer, reader, READ_SIZE)? == 0 {
                return Ok((std::mem::take(buffer), true));
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
        if is_header(line, layout, follows_blank(text, start)) {
            return Some(start);
        }
        start = end + 1;
    }
    None
}

/// Whether the line that starts at `start` comes after a blank one or a comment.
fn follows_blank(text: &[u8], start: usize) -> bool {
    let before = &text[..start.saturating_sub(1)];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line = &before[line_start..];
    line.first() == Some(&b'#') || line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"a 1 1.000000: c:\n\t1 f\n\nb 2 2.000000: c:\n\nc 3 3.000000: c:\n\t2 g\n";

    fn cut(text: Text<'_>, size: usize) -> Vec<Vec<u8>> {
        let layout = Layout::learn(TEXT).expect("headers");
        let pieces = Pieces::of(text, None, layout, size);
        let next = || pieces.next().expect("reading from memory");
        std::iter::from_fn(next)
            .map(|piece| piece.bytes.into_owned())
            .collect()
    }

    #[test]
    fn mapped_and_streamed_text_are_cut_alike_in_front_of_headers() {
        for size in 1..TEXT.len() + 3 {
            let mapped = cut(Text::Mapped(TEXT), size);
            let streamed = cut(Text::Stream(Vec::new(), &mut &*TEXT), size);
            assert_eq!(mapped.concat(), TEXT);
            assert_eq!(mapped, streamed, "piece size {size}");
            assert!(mapped.iter().all(|piece| b"abc".contains(&piece[0])));
        }
        assert_eq!(cut(Text::Mapped(TEXT), 1).len(), 3);
    }
}
