//! Text as bytes of UTF-8: byte order marks are left out, and UTF-16 is what PowerShell's `>` writes.

use std::io::{self, Cursor, Read};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const READ_SIZE: usize = 64 << 10;
/// So many bytes tell the encoding.
const HEAD_SIZE: usize = 64;

/// `text` without the mark that it may begin with.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Whether a file that begins so is UTF-16.
pub(crate) fn is_utf16(head: &[u8]) -> bool {
    Order::of(head).is_some()
}

/// `reader` as UTF-8 and without a byte order mark. What can't be decoded becomes `\u{fffd}`.
pub(crate) fn utf8<'a>(
    mut reader: Box<dyn Read + Send + 'a>,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut head = Vec::new();
    reader
        .as_mut()
        .take(HEAD_SIZE as u64)
        .read_to_end(&mut head)?;
    let Some(order) = Order::of(&head) else {
        let begin = Cursor::new(without_mark(&head).to_vec());
        return Ok(Box::new(begin.chain(reader)));
    };
    Ok(Box::new(Utf16 {
        reader,
        order,
        read: head.split_off(2),
        text: Cursor::default(),
    }))
}

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    /// A comm may begin with the bytes of the mark, but text has no zeros, unless each is half a unit.
    fn of(head: &[u8]) -> Option<Self> {
        let order = match head {
            [0xff, 0xfe, ..] => Self::Little,
            [0xfe, 0xff, ..] => Self::Big,
            _ => return None,
        };
        let head = &head[..head.len().min(HEAD_SIZE)];
        memchr::memchr(0, head).map(|_| order)
    }
}

/// Decodes UTF-16 while it is read.
struct Utf16<'a> {
    reader: Box<dyn Read + Send + 'a>,
    order: Order,
    /// Bytes not decoded yet: the beginning of a character.
    read: Vec<u8>,
    text: Cursor<Vec<u8>>,
}

impl Utf16<'_> {
    fn decode(&mut self, is_last: bool) -> Vec<u8> {
        let units = self.read.chunks_exact(2);
        let unit = |pair: &[u8]| match self.order {
            Order::Little => u16::from_le_bytes([pair[0], pair[1]]),
            Order::Big => u16::from_be_bytes([pair[0], pair[1]]),
        };
        let mut units: Vec<u16> = units.map(unit).collect();
        // The first half of a character waits for the second.
        let is_half = units.last().is_some_and(|unit| unit & 0xfc00 == 0xd800);
        if is_half && !is_last {
            units.pop();
        }
        self.read.drain(..2 * units.len());
        String::from_utf16_lossy(&units).into_bytes()
    }
}

impl Read for Utf16<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.text.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let more = (&mut self.reader)
                .take(READ_SIZE as u64)
                .read_to_end(&mut self.read)?;
            let text = self.decode(more == 0);
            if more == 0 && text.is_empty() {
                return Ok(0);
            }
            self.text = Cursor::new(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "app 1 \u{1f600}é\r\n";

    fn decoded(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        let reader = utf8(Box::new(Cursor::new(bytes))).expect("memory");
        // Two bytes at a time, so that characters are cut.
        let mut reader = io::BufReader::with_capacity(2, reader);
        reader.read_to_string(&mut text).expect("UTF-8");
        text
    }

    #[test]
    fn utf_16_is_decoded_in_both_orders() {
        let units = || TEXT.encode_utf16();
        let little = [0xff, 0xfe]
            .into_iter()
            .chain(units().flat_map(u16::to_le_bytes));
        assert_eq!(decoded(little.collect()), TEXT);
        let big = [0xfe, 0xff]
            .into_iter()
            .chain(units().flat_map(u16::to_be_bytes));
        assert_eq!(decoded(big.collect()), TEXT);
    }

    #[test]
    fn what_is_cut_inside_a_character_ends_there() {
        assert_eq!(decoded(vec![0xff, 0xfe, b'a', 0, 0x3d, 0xd8]), "a\u{fffd}");
        assert_eq!(decoded(vec![0xff, 0xfe, b'a', 0, b'b']), "a");
    }

    #[test]
    fn marks_are_left_out_and_other_text_is_as_it_was() {
        for text in ["", "a", "ab", "abc", "abcd"] {
            assert_eq!(decoded(text.into()), text);
            assert_eq!(decoded(format!("\u{feff}{text}").into_bytes()), text);
        }
    }
}
