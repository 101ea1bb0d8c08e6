//! Compressed input: recognised by its first bytes, unpacked while it is read, within limits.

use crate::job::Progress;
use std::io::{self, Cursor, Read};

/// Text unpacked without an explicit limit may have this many bytes, or [`RATIO`] times those that
/// it was unpacked from, whichever is more.
const UNSUSPICIOUS: u64 = 1 << 30;
/// `perf script` text packs to a tenth or a fiftieth; a bomb to a thousandth.
const RATIO: u64 = 250;
/// The most memory that a decoder may ask for (`xz -9` needs 65 MiB).
const DECODER_MEMORY: u64 = 512 << 20;
/// Bytes that tell what a file is.
const MAGIC_SIZE: usize = 10;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Format {
    /// By a file's first bytes.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let is_bzip2 = head.len() >= 10 && head.starts_with(b"BZh") && head[4..10] == *b"1AY&SY";
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A frame to be skipped may come first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            _ if is_bzip2 => Some(Self::Bzip2),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }

    /// All members, frames or streams of `packed`, one after the other.
    fn decoder<'a>(self, packed: Packed<'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
            Self::Xz => {
                let flags = liblzma::stream::CONCATENATED;
                let stream = liblzma::stream::Stream::new_stream_decoder(DECODER_MEMORY, flags)?;
                Box::new(liblzma::read::XzDecoder::new_stream(packed, stream))
            }
            Self::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(packed)),
        })
    }
}

type Packed<'a> = io::Chain<Cursor<Vec<u8>>, Counted<'a>>;

/// `reader`, unpacked if it is compressed; `progress` counts the bytes that are read from it.
pub(crate) fn unpacked<'a>(
    reader: Box<dyn Read + Send + 'a>,
    limit: Option<u64>,
    progress: &'a Progress,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut counted = Counted { reader, progress };
    let mut magic = Vec::new();
    (&mut counted)
        .take(MAGIC_SIZE as u64)
        .read_to_end(&mut magic)?;
    let format = Format::of(&magic);
    let whole = Cursor::new(magic).chain(counted);
    let Some(format) = format else {
        return Ok(Box::new(whole));
    };
    Ok(Box::new(Unpacked {
        decoder: format.decoder(whole)?,
        format,
        bytes: 0,
        limit,
        progress,
    }))
}

/// Counts what is read.
struct Counted<'a> {
    reader: Box<dyn Read + Send + 'a>,
    progress: &'a Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.progress.add(count as u64);
        Ok(count)
    }
}

/// Unpacked text, up to a limit.
struct Unpacked<'a> {
    decoder: Box<dyn Read + Send + 'a>,
    format: Format,
    bytes: u64,
    limit: Option<u64>,
    progress: &'a Progress,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer).map_err(|error| {
            let name = self.format.name();
            let hint = match error.to_string().contains("memory") {
                true => "it asks for more memory than is given here; unpack it by itself first",
                false => "is the file whole?",
            };
            io::Error::new(
                error.kind(),
                format!("cannot unpack it as {name}: {error} ({hint})"),
            )
        })?;
        self.bytes += count as u64;
        let usual = UNSUSPICIOUS.max(self.progress.done().saturating_mul(RATIO));
        if self.bytes > self.limit.unwrap_or(usual) {
            return Err(self.refusal());
        }
        Ok(count)
    }
}

impl Unpacked<'_> {
    fn refusal(&self) -> io::Error {
        let megabytes = self.bytes / 1_000_000;
        io::Error::other(match self.limit {
            Some(_) => format!(
                "unpacks to more than the limit, {megabytes} MB; raise it with --unpack-limit"
            ),
            None => format!(
                "unpacks to more than {megabytes} MB, over {RATIO} times its size, which profiles do not; \
                 if it is one, allow it with --unpack-limit (64G, for example)"
            ),
        })
    }
}
