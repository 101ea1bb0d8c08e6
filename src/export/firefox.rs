//! The samples of a selection for the Firefox Profiler: its "processed profile" format.
//!
//! Each sample has its time (since the origin), thread and stack; categories are the kinds of frames.
//! Written by the crate of samply, a profiler that the Firefox Profiler's own makers use.

use super::FlameGraphExport;
use crate::lanes::processes;
use crate::profile::{FrameId, FrameKind, StackId, StringId, Thread, ThreadId};
use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CpuDelta, Frame, FrameFlags, FrameInfo, ProcessHandle,
    Profile as Firefox, ReferenceTimestamp, SamplingInterval, StackHandle, ThreadHandle, Timestamp,
};
use hashbrown::HashMap;
use std::io::{self, Write};

/// The format's weights are 32 bits wide; a larger weight is written as this many samples at most.
const MOST_ROWS: u64 = 1000;

/// Writes the profile.
///
/// # Errors
/// Where writing fails, or a sample's weight is so large (2 000 000 000 000) that the format cannot
/// hold it.
pub fn write_flame_graph_firefox(
    graph: &FlameGraphExport<'_>,
    mut out: impl Write,
) -> io::Result<()> {
    let mut writer = Writer::new(graph);
    for range in graph.selection.indices(graph.profile) {
        let amounts = graph.samples.amounts(graph.profile, range.clone());
        for (index, amount) in range.zip(amounts).filter(|(_, amount)| *amount > 0) {
            writer.add(index, amount)?;
        }
    }
    serde_json::to_writer(&mut out, &writer.firefox)?;
    writeln!(out)?;
    out.flush()
}

struct Writer<'a> {
    graph: &'a FlameGraphExport<'a>,
    firefox: Firefox,
    /// By kind of frame.
    categories: HashMap<FrameKind, CategoryHandle>,
    /// By thread, the one that its process is called after.
    named_after: Vec<usize>,
    processes: HashMap<(Option<StringId>, i32), ProcessHandle>,
    threads: HashMap<ThreadId, ThreadHandle>,
    stacks: HashMap<(ThreadId, StackId), StackHandle>,
}

impl<'a> Writer<'a> {
    fn new(graph: &'a FlameGraphExport<'a>) -> Self {
        let start = ReferenceTimestamp::from_millis_since_unix_epoch(0.0);
        let interval = SamplingInterval::from_nanos(interval(graph));
        let mut firefox = Firefox::new(&graph.name(), start, interval);
        firefox.set_os_name("Linux");
        firefox.set_symbolicated(true);
        let kinds = [
            (FrameKind::Comm, CategoryColor::Gray),
            (FrameKind::Kernel, CategoryColor::Orange),
            (FrameKind::User, CategoryColor::Red),
            (FrameKind::Cpp, CategoryColor::Yellow),
            (FrameKind::Jit, CategoryColor::Green),
            (FrameKind::Inlined, CategoryColor::LightBlue),
        ];
        let category =
            |(kind, color): (FrameKind, _)| (kind, firefox.add_category(kind.name(), color));
        let categories = kinds.map(category).into_iter().collect();
        Self {
            graph,
            firefox,
            categories,
            named_after: processes(graph.profile),
            processes: HashMap::new(),
            threads: HashMap::new(),
            stacks: HashMap::new(),
        }
    }

    /// A weight that does not fit into one row of the format is written as several at the same time.
    fn add(&mut self, index: usize, amount: u64) -> io::Result<()> {
        let columns = &self.graph.profile.samples;
        let nanos = columns.time[index].nanos_since(self.graph.profile.origin());
        let time = Timestamp::from_nanos_since_reference(nanos);
        let thread = self.thread(columns.thread[index], time);
        let stack = self.stack(columns.thread[index], thread, columns.stack[index]);
        let largest = i32::MAX as u64;
        if amount.div_ceil(largest) > MOST_ROWS {
            let message = format!("a weight of {amount} is too large for the Firefox Profiler");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let mut left = amount;
        while left > 0 {
            let weight = left.min(largest);
            let row = i32::try_from(weight).unwrap_or(i32::MAX);
            self.firefox
                .add_sample(thread, time, stack, CpuDelta::ZERO, row);
            left -= weight;
        }
        Ok(())
    }

    fn thread(&mut self, id: ThreadId, time: Timestamp) -> ThreadHandle {
        if let Some(known) = self.threads.get(&id) {
            return *known;
        }
        let profile = self.graph.profile;
        let thread = &profile.threads[id.index()];
        let Thread { pid, tid, host, .. } = *thread;
        let name = profile.thread_name(thread);
        let (pid, tid) = (pid.or(tid).unwrap_or(0), tid.unwrap_or(0));
        let firefox = &mut self.firefox;
        // A thread that had ended has number −1, which the format does not know.
        let number = |id: i32| u32::try_from(id).unwrap_or(0);
        let process_name = profile.thread_name(&profile.threads[self.named_after[id.index()]]);
        let new_process = || firefox.add_process(&process_name, number(pid), time);
        let process = *self
            .processes
            .entry((host, pid))
            .or_insert_with(new_process);
        let thread = self
            .firefox
            .add_thread(process, number(tid), time, pid == tid);
        self.firefox.set_thread_name(thread, &name);
        self.threads.insert(id, thread);
        thread
    }

    /// The stack, and those of its callers that the thread has not had yet.
    fn stack(&mut self, id: ThreadId, thread: ThreadHandle, stack: StackId) -> Option<StackHandle> {
        let stacks = &self.graph.profile.stacks;
        let mut missing = Vec::new();
        let mut caller = None;
        for node in stacks.path_up(stack) {
            caller = self.stacks.get(&(id, node)).copied();
            if caller.is_some() {
                break;
            }
            missing.push(node);
        }
        for node in missing.into_iter().rev() {
            let frame = self.frame(stacks.frame[node.index()]);
            let frame = self.firefox.intern_frame(thread, frame);
            let handle = self.firefox.intern_stack(thread, caller, frame);
            self.stacks.insert((id, node), handle);
            caller = Some(handle);
        }
        caller
    }

    fn frame(&mut self, frame: FrameId) -> FrameInfo {
        let profile = self.graph.profile;
        let kind = profile.frames.kind[frame.index()];
        let category = self.categories.get(&kind).copied();
        FrameInfo {
            frame: Frame::Label(self.firefox.intern_string(&profile.frame_name(frame))),
            category_pair: category.unwrap_or(CategoryHandle::OTHER).into(),
            flags: FrameFlags::empty(),
        }
    }
}

/// From one sample of the selection to the next, on average, in nanoseconds; 1 ms of nothing.
fn interval(graph: &FlameGraphExport<'_>) -> u64 {
    let samples = graph.selection.count(graph.profile, graph.samples);
    let range = graph.selection.span().or(graph.profile.time_range());
    let nanos = range.map_or(0, |range| range.nanos());
    match nanos.checked_div(samples) {
        None | Some(0) => 1_000_000,
        Some(nanos) => nanos,
    }
}
