//! The text of the scheduler's tracepoints.

use super::tail::text_before_frame;
use super::words::{is_blank, number};
use crate::profile::{LeftState, Sched};
use memchr::memmem;

/// What the tracepoint `event` says in `text`, if it is one of the scheduler's that are known, and its
/// text can be read.
pub(crate) fn parse_sched(event: &[u8], text: &[u8]) -> Option<Sched> {
    match event.strip_prefix(b"sched:sched_")? {
        b"switch" => parse_switch(text)
            .or_else(|| parse_brief_switch(text))
            .or_else(|| parse_brief_switch(text_before_frame(event, text))),
        b"wakeup" | b"wakeup_new" => parse_wakeup(text),
        _ => None,
    }
}

/// `prev_comm=perf prev_pid=7223 prev_prio=120 prev_state=D ==> next_comm=rustc next_pid=18 next_prio=0`
///
/// Comms may hold anything in up to 15 bytes, so also an arrow; but not all that is between theirs.
fn parse_switch(text: &[u8]) -> Option<Sched> {
    const ARROW: &[u8] = b" ==> next_comm=";
    memmem::find_iter(text, ARROW).find_map(|at| {
        let (rest, state) = split_field(&text[..at], b" prev_state=")?;
        let (rest, _) = split_field(rest, b" prev_prio=")?;
        let (_, from) = split_field(rest, b" prev_pid=")?;
        let (rest, _) = split_field(&text[at + ARROW.len()..], b" next_prio=")?;
        let (_, to) = split_field(rest, b" next_pid=")?;
        Some(Sched::Switch {
            from: number(from)?,
            state: left_state(state)?,
            to: number(to)?,
        })
    })
}

/// `perf:7223 [120] D ==> rustc:18 [0]`, as perf's own library of tracepoints prints it.
fn parse_brief_switch(text: &[u8]) -> Option<Sched> {
    const ARROW: &[u8] = b" ==> ";
    memmem::find_iter(text, ARROW).find_map(|at| {
        let (from, state) = split_word(&text[..at])?;
        let to = &text[at + ARROW.len()..];
        Some(Sched::Switch {
            from: brief_thread(from)?,
            state: left_state(state)?,
            to: brief_thread(to)?,
        })
    })
}

/// `comm=rustc pid=7246 prio=120 target_cpu=001`; older kernels print ` success=1` too.
fn parse_wakeup(text: &[u8]) -> Option<Sched> {
    let (rest, _) = split_field(text, b" prio=")?;
    let (_, thread) = split_field(rest, b" pid=")?;
    Some(Sched::Wakeup {
        thread: number(thread)?,
    })
}

/// What stands before the last field of that name, and its value, which has no blanks.
fn split_field<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::rfind(text, name)?;
    let value = &text[at + name.len()..];
    let end = value.iter().position(|byte| is_blank(*byte));
    Some((&text[..at], &value[..end.unwrap_or(value.len())]))
}

/// What stands before the last word, and that word.
fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|byte| is_blank(*byte))?;
    Some((&text[..at], &text[at + 1..]))
}

/// 7223 of `perf:7223 [120]`
fn brief_thread(text: &[u8]) -> Option<i32> {
    let (thread, priority) = split_word(text)?;
    let is_priority = priority.starts_with(b"[") && priority.ends_with(b"]");
    let colon = thread.iter().rposition(|byte| *byte == b':')?;
    is_priority.then(|| number(&thread[colon + 1..]))?
}

/// `S`, `R+`, `D|K`; the bits themselves where perf could not name them.
fn left_state(text: &[u8]) -> Option<LeftState> {
    Some(match text {
        b"0" => LeftState::Runnable,
        b"2" => LeftState::Uninterruptible,
        b"16" | b"32" | b"64" | b"128" => LeftState::Ended,
        [b'R', ..] => LeftState::Runnable,
        [b'D', ..] => LeftState::Uninterruptible,
        [b'X' | b'x' | b'Z', ..] => LeftState::Ended,
        [byte, ..] if byte.is_ascii_alphanumeric() => LeftState::Sleeping,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(text: &str) -> Option<Sched> {
        parse_sched(b"sched:sched_switch", text.as_bytes())
    }

    fn of(from: i32, state: LeftState, to: i32) -> Option<Sched> {
        Some(Sched::Switch { from, state, to })
    }

    #[test]
    fn switches_are_read_whatever_the_names_of_threads_are() {
        let text = "prev_comm=perf prev_pid=7223 prev_prio=120 prev_state=D ==> next_comm=a b next_pid=18 next_prio=0";
        assert_eq!(switch(text), of(7223, LeftState::Uninterruptible, 18));
        let text = "prev_comm= ==> next_comm= prev_pid=1 prev_prio=120 prev_state=R+ ==> next_comm= ==> next_comm= next_pid=2 next_prio=0";
        assert_eq!(switch(text), of(1, LeftState::Runnable, 2));
        let text = "prev_comm=x prev_pid=9 prev_pid=1 prev_prio=120 prev_state=I ==> next_comm=y next_pid=8 next_pid=2 next_prio=-100";
        assert_eq!(switch(text), of(1, LeftState::Sleeping, 2));
        assert_eq!(
            switch("a:b c:12 [120] S ==> swapper/0:0 [120]"),
            of(12, LeftState::Sleeping, 0)
        );
        assert_eq!(
            switch("coordinator:7 [120] X ==> a:3 [19]"),
            of(7, LeftState::Ended, 3)
        );
    }

    #[test]
    fn what_cannot_be_read_is_nothing() {
        for text in [
            "",
            "prev_comm=a",
            "a:1 [1] S ==>",
            "prev_comm=a prev_pid=x prev_prio=1 prev_state=S ==> next_comm=b next_pid=1 next_prio=1",
        ] {
            assert_eq!(switch(text), None, "{text}");
        }
        assert_eq!(
            parse_sched(b"sched:sched_stat_runtime", b"comm=a pid=1"),
            None
        );
        let huge = "prev_comm=a prev_pid=99999999999 prev_prio=1 prev_state=S ==> next_comm=b next_pid=1 next_prio=1";
        assert_eq!(switch(huge), None);
    }

    #[test]
    fn wakeups_name_who_is_woken() {
        let text = b"comm=my pid=5 pid=7246 prio=120 target_cpu=001";
        let woken = parse_sched(b"sched:sched_wakeup", text);
        assert_eq!(woken, Some(Sched::Wakeup { thread: 7246 }));
    }
}
