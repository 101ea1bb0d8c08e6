//! [`Format`]: what a file is, told by its first bytes, in one place: the formats that are read, and
//! those that are only named, with what can be done instead.
//!
//! No file that can be read may be taken for one that can't. So what is told here is what stands at the
//! beginning of every file of a format, and text is looked at last: a file with a sample's first line of
//! `perf script` in it is that, whatever stands before it. But for ftrace's text, whose lines are like those.

mod binary;
mod json_keys;
mod protobuf;
mod rows;
mod table;
mod text;

use super::perf_script::Layout;
use super::{folded, json, pprof};
pub use table::{Format, FormatInfo, Times, Use, formats};

impl Format {
    /// Of a file that begins so, unpacked.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
        if let Some(format) = binary::format(head) {
            return format;
        }
        if json::is_json(text) {
            return json_keys::format(text);
        }
        if text::is_ftrace(text) {
            return Self::Ftrace;
        }
        if folded::is_folded(head) {
            return Self::Folded;
        }
        if pprof::is_no_text(head)
            && let Some(format) = protobuf::format(head)
        {
            return format;
        }
        let layout = Layout::learn(head);
        match text::format(text) {
            Some(format) if layout.is_none_or(|layout| !layout.has_times) => format,
            _ if layout.is_none() && folded::is_of_single_frames(head) => Self::Folded,
            _ => Self::PerfScript,
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
