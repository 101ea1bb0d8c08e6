//! CPU profiles of Chrome and Node.js: a `.cpuprofile`, or pieces in a trace.
//!
//! Both are of V8: a tree of call nodes, which node was sampled each time, and how many microseconds
//! after the sample before. Node.js up to 7 and Chrome up to 57 wrote the tree nested, and times of their
//! own: `head`, `timestamps`. The format is the `Profile` type of the Chrome DevTools protocol; in traces
//! (the Trace Event Format) it comes in pieces, by process and id.

use super::event::Ids;
use super::{Failure, call_tree};
use crate::load::join::{Part, StoredFrame};
use crate::load::merge::without_lines;
use crate::load::tables::RawNode;
use crate::load::worker::RawThread;
use crate::parquet_schema::{About, Noted};
use crate::profile::{Cpu, EventId, FrameKind, StackId, ThreadId, Timestamp, WarningKind};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The events of a trace that hold pieces.
pub(super) const EVENTS: &[&str] = &["Profile", "ProfileChunk", "CpuProfile"];

pub(super) fn has_samples(recorded: &[Recorded]) -> bool {
    recorded.iter().any(|one| !one.samples.is_empty())
}

/// The samples of all threads.
pub(super) fn part(recorded: &[Recorded], bytes: u64) -> Result<Part, Failure> {
    if !has_samples(recorded) {
        return Err(super::foreign());
    }
    let mut tables = Tables::new(bytes);
    for one in recorded {
        tables.add(one);
    }
    if tables.part.samples.is_empty() {
        let message = "holds no sample whose time and call node are known";
        return Err(Failure::Json(message.to_owned()));
    }
    Ok(tables.finished())
}

/// What V8 records: a whole file, or a piece of it in a trace.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Nodes<'t> {
    nodes: Vec<Node>,
    /// In place of those, in older files.
    #[serde(borrow)]
    head: Option<&'t RawValue>,
    samples: Vec<u64>,
    /// In microseconds.
    start_time: Option<f64>,
    time_deltas: Vec<f64>,
    /// In place of those, in older files; also in microseconds.
    timestamps: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) call_frame: CallFrame,
    /// In files.
    #[serde(default)]
    pub(super) children: Vec<u64>,
    /// In traces.
    pub(super) parent: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallFrame {
    pub(super) function_name: String,
    #[serde(default)]
    pub(super) url: String,
    /// From 0; −1 where there is none.
    #[serde(default)]
    pub(super) line_number: Option<i64>,
}

/// What such an event brings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data<'t> {
    start_time: Option<f64>,
    #[serde(default)]
    time_deltas: Vec<f64>,
    #[serde(borrow)]
    cpu_profile: Option<Nodes<'t>>,
}

/// All samples of one thread.
#[derive(Default)]
pub(super) struct Recorded {
    pub(super) comm: Option<String>,
    pub(super) ids: Ids,
    start: f64,
    nodes: Vec<Node>,
    samples: Vec<u64>,
    time_deltas: Vec<f64>,
}

impl Recorded {
    /// What a file holds that is no trace.
    pub(super) fn file(text: &[u8]) -> Result<Self, serde_json::Error> {
        let mut recorded = Self::default();
        recorded.extend(serde_json::from_slice(text)?);
        Ok(recorded)
    }

    pub(super) fn extend_by(&mut self, data: Data<'_>) {
        self.start = data.start_time.unwrap_or(self.start);
        self.extend(data.cpu_profile.unwrap_or_default());
        self.time_deltas.extend(data.time_deltas);
    }

    fn extend(&mut self, piece: Nodes<'_>) {
        self.nodes.extend(piece.nodes);
        self.nodes
            .extend(piece.head.into_iter().flat_map(call_tree::nodes));
        self.samples.extend(piece.samples);
        self.time_deltas.extend(piece.time_deltas);
        self.start = piece.start_time.unwrap_or(self.start);
        if !piece.timestamps.is_empty() {
            // The start is in seconds then.
            self.start = 0.0;
            let before = std::iter::once(&0.0).chain(&piece.timestamps);
            let deltas = piece.timestamps.iter().zip(before);
            self.time_deltas
                .extend(deltas.map(|(time, before)| time - before));
        }
    }
}

/// What a thread is called that has no name.
const COMM: &str = "JavaScript";

/// V8's own nodes that are no functions.
const ROOT: &str = "(root)";
const IDLE: &str = "(idle)";

/// The tables as they grow.
struct Tables {
    part: Part,
    frame_ids: BTreeMap<(String, String, FrameKind), u32>,
    /// Samples that name no node or no time.
    unreadable: u64,
    /// Samples earlier than the one before.
    out_of_order: u64,
}

impl Tables {
    fn new(bytes: u64) -> Self {
        let about = About {
            bytes,
            has_times: true,
            events: vec![b"cpu-profile"[..].into()],
            ..About::default()
        };
        Self {
            part: Part::new(about),
            frame_ids: BTreeMap::new(),
            unreadable: 0,
            out_of_order: 0,
        }
    }

    fn add(&mut self, recorded: &Recorded) {
        let comm = recorded.comm.as_deref().unwrap_or(COMM);
        let (pid, tid) = &recorded.ids;
        let thread = self.thread(comm, pid.number(), tid.number());
        let comm_node = self.node(0, (comm, "", FrameKind::Comm));
        let is_idle = |node: &Node| node.call_frame.function_name == IDLE;
        let idle = recorded.nodes.iter().any(is_idle).then(|| {
            let comm = self.node(0, (IDLE, "", FrameKind::Comm));
            let thread = self.thread(IDLE, Some(0), Some(0));
            (self.node(comm, (IDLE, "", FrameKind::User)), thread)
        });
        let stacks = self.stacks(&recorded.nodes, comm_node, idle.map(|(node, _)| node));
        let mut micros = recorded.start;
        let mut deltas = recorded.time_deltas.iter();
        let mut before = 0;
        for sample in &recorded.samples {
            let delta = deltas.next();
            micros += delta.copied().unwrap_or(0.0);
            let time = delta.and_then(|_| nanos(micros));
            let (Some(time), Some(stack)) = (time, stacks.get(sample)) else {
                self.unreadable += 1;
                continue;
            };
            self.out_of_order += u64::from(time < before);
            before = time;
            let samples = &mut self.part.samples;
            samples.time.push(Timestamp(time));
            samples.stack.push(StackId(*stack));
            let is_idle = |(node, _): &(u32, ThreadId)| node == stack;
            let own = idle.filter(is_idle).map_or(thread, |(_, idle)| idle);
            samples.thread.push(own);
            samples.event.push(EventId(0));
            samples.cpu.push(Cpu::UNKNOWN);
            samples.weight.push(1);
        }
    }

    /// By V8's number of a node, our own.
    fn stacks(&mut self, nodes: &[Node], comm: u32, idle: Option<u32>) -> BTreeMap<u64, u32> {
        let by_id: BTreeMap<u64, &Node> = nodes.iter().map(|node| (node.id, node)).collect();
        let mut callees: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut is_called = std::collections::BTreeSet::new();
        for node in nodes {
            let of_parent = node.parent.map(|parent| (parent, node.id));
            let of_children = node.children.iter().map(|child| (node.id, *child));
            for (caller, callee) in of_parent.into_iter().chain(of_children) {
                // A node that two call is none of a tree.
                if is_called.insert(callee) {
                    callees.entry(caller).or_default().push(callee);
                }
            }
        }
        let outermost = nodes.iter().filter(|node| !is_called.contains(&node.id));
        let mut waiting: Vec<(u64, u32)> = outermost.map(|node| (node.id, comm)).collect();
        let mut stacks = BTreeMap::new();
        while let Some((id, caller)) = waiting.pop() {
            let Some(node) = by_id.get(&id) else {
                continue;
            };
            let call = &node.call_frame;
            let stack = match (call.function_name.as_str(), idle) {
                (ROOT, _) if caller == comm => comm,
                (IDLE, Some(idle)) if caller == comm => idle,
                _ => {
                    let (name, kind) = (name(call), kind(call));
                    self.node(caller, (&name, &call.url, kind))
                }
            };
            stacks.insert(id, stack);
            let calls = callees.remove(&id).unwrap_or_default();
            waiting.extend(calls.into_iter().map(|callee| (callee, stack)));
        }
        stacks
    }

    fn thread(&mut self, comm: &str, pid: Option<i32>, tid: Option<i32>) -> ThreadId {
        let id = ThreadId(self.part.threads.len() as u32);
        self.part.threads.push(RawThread {
            comm: comm.as_bytes().into(),
            pid,
            tid,
            host: None,
        });
        id
    }

    fn node(&mut self, parent: u32, (name, module, kind): (&str, &str, FrameKind)) -> u32 {
        let key = (name.to_owned(), module.to_owned(), kind);
        let frames = &mut self.part.frames;
        let frame = *self.frame_ids.entry(key).or_insert_with(|| {
            frames.push(StoredFrame {
                name: name.as_bytes().into(),
                symbol: name.as_bytes().into(),
                module: module.as_bytes().into(),
                kind,
            });
            frames.len() as u32 - 1
        });
        self.part.nodes.push(RawNode { parent, frame });
        self.part.nodes.len() as u32 - 1
    }

    fn finished(mut self) -> Part {
        let counts = [
            (WarningKind::UnreadableSample, self.unreadable),
            (WarningKind::OutOfOrder, self.out_of_order),
        ];
        for (kind, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            let warning = without_lines(kind, count);
            self.part.about.warnings.push(Noted::from(&warning));
        }
        self.part
    }
}

/// Of a time in microseconds; `None` before the clock's beginning and past its end.
fn nanos(micros: f64) -> Option<u64> {
    let nanos = (micros * 1000.0).round();
    (0.0..u64::MAX as f64)
        .contains(&nanos)
        .then_some(nanos as u64)
}

/// With its place, where it has no name: there are many such.
fn name(call: &CallFrame) -> String {
    if !call.function_name.is_empty() {
        return call.function_name.clone();
    }
    let file = call.url.rsplit('/').next().unwrap_or_default();
    match (file, call.line_number) {
        ("", _) => "(anonymous)".to_owned(),
        (file, Some(line)) if line >= 0 => format!("(anonymous) {file}:{}", line + 1),
        (file, _) => format!("(anonymous) {file}"),
    }
}

/// What has a place is JavaScript; `(program)`, `(garbage collector)` and built-in functions have none.
fn kind(call: &CallFrame) -> FrameKind {
    match call.url.is_empty() {
        true => FrameKind::User,
        false => FrameKind::Jit,
    }
}
