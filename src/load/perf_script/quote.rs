//! Text that was quoted (`> `) or indented as a whole: the same in front of each of its lines.

use super::header::{anchors, latency_fields};
use super::timeless::parse_plain;
use super::words::is_blank;
use super::{Header, Layout, split_address};

/// So many lines show whether all are quoted.
const LINES: usize = 2000;
const LONGEST: usize = 32;
const COMM_WIDTH: usize = 16;

/// How many bytes quote each of `lines`: `> app 7 1.000000: …`, `    app 7 1.000000: …`
pub(super) fn learn_quote<'a>(lines: impl Iterator<Item = &'a [u8]>) -> u8 {
    let lines: Vec<&[u8]> = lines
        .take(LINES)
        .filter(|line| !line.iter().all(is_quote))
        .collect();
    let common = common_quote(&lines);
    let mark = common.iter().rposition(|byte| *byte == b'>');
    let marks = mark.map_or(0, |mark| mark + 1);
    let unmarked = lines.iter().map(|line| without_quote(line, marks as u8));
    let one_blank = usize::from(marks > 0);
    let blanks = indentation(unmarked).unwrap_or(one_blank);
    let blanks = blanks.min(common.len() - marks);
    (marks + blanks) as u8
}

/// `line` without so many bytes that quote it; less of a blank line that was trimmed.
pub(super) fn without_quote(line: &[u8], quote: u8) -> &[u8] {
    let (marks, rest) = line.split_at(line.len().min(usize::from(quote)));
    match marks.iter().all(is_quote) {
        true => rest,
        false => line,
    }
}

fn is_quote(byte: &u8) -> bool {
    is_blank(*byte) || *byte == b'>'
}

/// What all lines begin with; text around what was quoted does not count.
fn common_quote<'a>(lines: &[&'a [u8]]) -> &'a [u8] {
    let (mut common, mut quoted) = (None::<&[u8]>, 0);
    for line in lines {
        let run = line.iter().take(LONGEST).take_while(|byte| is_quote(byte));
        let run = &line[..run.count()];
        if run.is_empty() {
            if is_printed_by_perf(line) {
                return b"";
            }
            continue;
        }
        quoted += 1;
        let before = common.unwrap_or(run);
        let same = before.iter().zip(run).take_while(|(a, b)| a == b);
        common = Some(&before[..same.count()]);
    }
    common
        .filter(|_| 2 * quoted >= lines.len())
        .unwrap_or_default()
}

fn is_printed_by_perf(line: &[u8]) -> bool {
    header_of(line).is_some()
        || line.starts_with(b"PERF_RECORD_")
        || split_address(line).is_some_and(|(_, rest)| rest.ends_with(b")"))
}

fn header_of(line: &[u8]) -> Option<Header<'_>> {
    timed(line).or_else(|| parse_plain(line, Layout::default()))
}

fn timed(line: &[u8]) -> Option<Header<'_>> {
    let with_ids = anchors(line, Layout::default()).next();
    with_ids.or_else(|| anchors(line, Layout::without_ids()).next())
}

/// By how many blanks all is indented: as many as each header begins with, or what is more than perf
/// pads each comm with, which is to 16 wide where no stacks are printed, or to 8. `None` where headers
/// have no comms.
fn indentation<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> Option<usize> {
    let has_times = lines.clone().any(|line| timed(line).is_some());
    let header_of = if has_times { timed } else { header_of };
    let mut all: Option<(Option<usize>, Option<usize>)> = None;
    for line in lines {
        let Some(header) = header_of(line) else {
            continue;
        };
        let begin = line.len() - line.trim_ascii_start().len();
        let end = begin + header.comm.trim_ascii().len();
        if begin == end {
            return None;
        }
        let is_comm = end - begin < COMM_WIDTH;
        if begin == 0 || !is_comm || latency_fields(line) {
            return Some(0);
        }
        let (begins, ends) = all.get_or_insert((Some(begin), Some(end)));
        *begins = begins.filter(|known| *known == begin);
        *ends = ends.filter(|known| *known == end);
    }
    Some(match all {
        Some((_, Some(end))) if end >= COMM_WIDTH => end - COMM_WIDTH,
        Some((Some(begin), _)) => begin,
        _ => 0,
    })
}
