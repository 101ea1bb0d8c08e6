//! Binary files, by the numbers and words at their beginning.

use super::Format;
use crate::load::unpack;

/// The first bytes of every file of a format.
const MAGIC: &[(&[u8], Format)] = &[
    (b"PERFILE2", Format::PerfData),
    // The same of a machine with the other order of bytes.
    (b"2ELIFREP", Format::PerfData),
    (b"PAR1", Format::Export),
    (b"PK\x03\x04", Format::Zip),
    (b"\x1f\x9d", Format::Compress),
    (b"FLR\0", Format::Jfr),
    (b"*version\n", Format::Art),
    (b"\x17\x08\x44tracing", Format::TraceDat),
    (b"memray\0", Format::Memray),
];

/// What begins with such bytes, and is no text.
pub(super) fn format(head: &[u8]) -> Option<Format> {
    if unpack::Format::of(head).is_some() {
        return Some(Format::Packed);
    }
    let starts = |(magic, _): &&(&[u8], Format)| head.starts_with(magic);
    if let Some((_, format)) = MAGIC.iter().find(starts) {
        return Some(*format);
    }
    let tests: [(Test, Format); 7] = [
        (is_old_perf_data, Format::OldPerfData),
        (is_packed_memray, Format::Memray),
        (is_lz4, Format::Lz4),
        (is_streamed_art, Format::Art),
        (is_simpleperf, Format::Simpleperf),
        (is_gperftools_cpu, Format::Gperftools),
        (is_nflxprofile, Format::Nflxprofile),
    ];
    let told = tests.into_iter().find(|(test, _)| test(head));
    told.map(|(_, format)| format)
}

type Test = fn(&[u8]) -> bool;

/// `PERFFILE` and the header's size in 64 bits: `perf record` of Linux up to 3.2.
fn is_old_perf_data(head: &[u8]) -> bool {
    let rest = head.strip_prefix(b"PERFFILE");
    let size = rest.and_then(|rest| rest.first_chunk());
    size.is_some_and(|size| (1..=4096).contains(&u64::from_le_bytes(*size)))
}

fn is_lz4(head: &[u8]) -> bool {
    head.starts_with(b"\x04\x22\x4d\x18")
}

/// `\x04"M\x18@@\xc0\x13\t\0\0\xfa\x04memray\0\r\0` (lz4, whose first bytes are stored as they are)
fn is_packed_memray(head: &[u8]) -> bool {
    let first = &head[..head.len().min(32)];
    is_lz4(head) && memchr::memmem::find(first, b"memray\0").is_some()
}

/// `SLOW\xf3\0 \0`: a version of 16 bits, in which `0xf0` says that it was streamed.
fn is_streamed_art(head: &[u8]) -> bool {
    head.starts_with(b"SLOW")
        && matches!(head.get(4..6), Some([version, 0]) if !version.is_ascii_graphic())
}

/// `SIMPLEPERF\x01\0`: with a version of 16 bits.
fn is_simpleperf(head: &[u8]) -> bool {
    head.starts_with(b"SIMPLEPERF") && matches!(head.get(10..12), Some([1..=31, 0]))
}

/// Words of 32 or 64 bits in either order: 0, 3 (so many follow before the samples), 0 (the version), the
/// period in microseconds, 0.
fn is_gperftools_cpu(head: &[u8]) -> bool {
    let words = |size: usize, is_little: bool| {
        let word = |bytes: &[u8]| {
            let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
            match is_little {
                true => bytes.iter().rev().fold(0, add),
                false => bytes.iter().fold(0, add),
            }
        };
        let words = head.chunks_exact(size).take(5);
        words.map(word).collect::<Vec<u64>>()
    };
    let layouts = [(8, true), (4, true), (8, false), (4, false)];
    layouts.into_iter().any(|(size, is_little)| {
        matches!(words(size, is_little)[..], [0, 3, 0, 1..=100_000_000, 0])
    })
}

/// `\x09` and a time, `\x11` and a later one, `\x1a`: fields 1, 2 and 3 of its message, the first two of
/// which are floats.
fn is_nflxprofile(head: &[u8]) -> bool {
    let float = |bytes: &[u8]| bytes.try_into().map(f64::from_le_bytes).unwrap_or(f64::NAN);
    match head.get(..19) {
        Some([9, times @ .., 0x18 | 0x1a]) => {
            let (start, end) = (float(&times[..8]), float(&times[9..]));
            times[8] == 0x11 && 0.0 <= start && start <= end && end.is_finite()
        }
        _ => false,
    }
}
