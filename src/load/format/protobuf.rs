//! Messages of Protocol Buffers, which have no first bytes of their own: told apart by the fields that their
//! first message has.

use super::Format;
use crate::load::pprof;

/// Of a file that is no text.
///
/// `\n\x04\x08\x01\x10\x02` (pprof: a sample type of two numbers)
/// `\n\xf9&\n\x13\n\x11\n\thost.name\x12` (OTLP: a resource with attributes, then its profiles)
/// `\n\x14P\x01h\x01\xda\x03` (Perfetto: a packet, whose fields have higher numbers)
pub(super) fn format(head: &[u8]) -> Option<Format> {
    let is_pprof = pprof::is_pprof(head);
    let otherwise = is_pprof.then_some(Format::Pprof);
    let Some(Field {
        number: 1,
        message: Some(first),
    }) = fields(head).next()
    else {
        return otherwise;
    };
    let mut first = fields(first).peekable();
    let begins_with_a_message = first.peek().is_some_and(|field| field.message.is_some());
    match first.map(|field| field.number).max() {
        // Some packets begin with fields of low numbers, but all have a time or a sequence, too.
        Some(4..) if is_pprof => Some(Format::Perfetto),
        // May be longer than what is seen of the file.
        Some(1..=3) if begins_with_a_message => Some(Format::Otlp),
        _ => otherwise,
    }
}

struct Field<'a> {
    number: u64,
    /// Of a field that has a length: what is in it, as far as it is there.
    message: Option<&'a [u8]>,
}

/// The fields of a message, up to what can't be one.
fn fields(mut message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    std::iter::from_fn(move || {
        let tag = varint(&mut message)?;
        let content = match tag & 7 {
            0 => varint(&mut message).map(|_| None)?,
            1 => take(&mut message, 8).map(|_| None)?,
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let length = length.min(message.len());
                Some(take(&mut message, length)?)
            }
            5 => take(&mut message, 4).map(|_| None)?,
            _ => return None,
        };
        let number = tag >> 3;
        (number > 0).then_some(Field {
            number,
            message: content,
        })
    })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(bytes).ok()
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
