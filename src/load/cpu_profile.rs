//! CPU profiles of Chrome and Node.js: a `.cpuprofile`, or a trace that holds some.
//!
//! Both are of V8: a tree of call nodes, which node was sampled each time, and how many microseconds
//! after the sample before. The format is the `Profile` type of the Chrome DevTools protocol; in traces
//! (the Trace Event Format) it comes in pieces, by process and id.

use super::LoadError;
use super::input::Input;
use super::join::{Part, StoredFrame, join};
use super::merge::without_lines;
use super::tables::RawNode;
use super::worker::RawThread;
use crate::job::Progress;
use crate::parquet_schema::{About, Noted};
use crate::profile::{Cpu, EventId, FrameKind, Profile, StackId, ThreadId, Timestamp, WarningKind};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::path::Path;

/// Whether a file that begins so is JSON: an object with a name in it, or a list of objects.
pub(super) fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut visible = head.iter().filter(|byte| !byte.is_ascii_whitespace());
    matches!(
        (visible.next(), visible.next()),
        (Some(b'{'), Some(b'"')) | (Some(b'['), Some(b'{'))
    )
}

/// Reads it.
pub(super) fn load(
    input: &mut Input<'_>,
    path: &Path,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let text = input.whole(path)?;
    let problem = |message: &str| LoadError::Json {
        path: path.to_owned(),
        message: message.to_owned(),
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let recorded = match recorded(text) {
        Ok(recorded) if recorded.iter().any(|one| !one.samples.is_empty()) => recorded,
        Ok(_) => return Err(problem(FOREIGN)),
        Err(error) if error.is_eof() => {
            return Err(problem(&format!("is JSON that was cut off ({error})")));
        }
        Err(error) => return Err(problem(&format!("{FOREIGN} ({error})"))),
    };
    progress.add(text.len() as u64);
    if progress.is_cancelled() {
        return Err(LoadError::Cancelled);
    }
    let mut tables = Tables::new(text.len() as u64);
    for one in &recorded {
        tables.add(one);
    }
    if tables.part.samples.is_empty() {
        return Err(problem(
            "holds no sample whose time and call node are known",
        ));
    }
    Ok(join(vec![tables.finished()]))
}

const FOREIGN: &str = "is JSON, but no CPU profile of Chrome or Node.js with samples; expected a .cpuprofile, a trace that was recorded with the profiler on, or the text that `perf script --header > FILE` writes";

/// A trace as an object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    trace_events: Option<Vec<TraceEvent>>,
}

/// What V8 records: a whole file, or a piece of it in a trace.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Nodes {
    nodes: Vec<Node>,
    samples: Vec<u64>,
    /// In microseconds.
    start_time: Option<f64>,
    time_deltas: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: u64,
    call_frame: CallFrame,
    /// In files.
    #[serde(default)]
    children: Vec<u64>,
    /// In traces.
    parent: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallFrame {
    function_name: String,
    #[serde(default)]
    url: String,
    /// From 0; −1 where there is none.
    #[serde(default)]
    line_number: Option<i64>,
}

#[derive(Deserialize)]
struct TraceEvent {
    #[serde(default)]
    name: String,
    #[serde(default)]
    pid: Lenient<i64>,
    #[serde(default)]
    tid: Lenient<i64>,
    #[serde(default)]
    id: Lenient<String>,
    #[serde(default)]
    args: Lenient<Args>,
}

/// Of the many sorts of events only a few are read; what others hold is of any shape.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Known(T),
    Other(IgnoredAny),
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl<T> Lenient<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Args {
    /// A thread's or a process's.
    name: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    start_time: Option<f64>,
    #[serde(default)]
    time_deltas: Vec<f64>,
    cpu_profile: Option<Nodes>,
}

/// All samples of one thread.
#[derive(Default)]
struct Recorded {
    comm: Option<String>,
    pid: Option<i32>,
    tid: Option<i32>,
    start: f64,
    nodes: Vec<Node>,
    samples: Vec<u64>,
    time_deltas: Vec<f64>,
}

impl Recorded {
    fn extend(&mut self, piece: Nodes) {
        self.nodes.extend(piece.nodes);
        self.samples.extend(piece.samples);
        self.time_deltas.extend(piece.time_deltas);
        self.start = piece.start_time.unwrap_or(self.start);
    }
}

fn recorded(text: &[u8]) -> Result<Vec<Recorded>, serde_json::Error> {
    let is_list = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if is_list {
        return Ok(of_trace(serde_json::from_slice(text)?));
    }
    let trace: Trace = serde_json::from_slice(text)?;
    if let Some(events) = trace.trace_events {
        return Ok(of_trace(events));
    }
    let mut recorded = Recorded::default();
    recorded.extend(serde_json::from_slice(text)?);
    Ok(vec![recorded])
}

fn of_trace(events: Vec<TraceEvent>) -> Vec<Recorded> {
    let number = |number: i64| i32::try_from(number).ok();
    let mut names = BTreeMap::new();
    let mut recorded: BTreeMap<(Option<i64>, String), Recorded> = BTreeMap::new();
    for event in events {
        let (pid, tid) = (event.pid.known(), event.tid.known());
        let Some(args) = event.args.known() else {
            continue;
        };
        match (event.name.as_str(), args) {
            (
                "thread_name",
                Args {
                    name: Some(name), ..
                },
            ) => {
                names.insert((pid.and_then(number), tid.and_then(number)), name);
            }
            (
                "Profile" | "ProfileChunk" | "CpuProfile",
                Args {
                    data: Some(data), ..
                },
            ) => {
                let key = (pid, event.id.known().unwrap_or_default());
                let one = recorded.entry(key).or_default();
                // Chunks are sent by a thread of their own.
                if event.name != "ProfileChunk" {
                    (one.pid, one.tid) = (pid.and_then(number), tid.and_then(number));
                }
                one.start = data.start_time.unwrap_or(one.start);
                one.extend(data.cpu_profile.unwrap_or_default());
                one.time_deltas.extend(data.time_deltas);
            }
            _ => {}
        }
    }
    let mut recorded: Vec<Recorded> = recorded.into_values().collect();
    for one in &mut recorded {
        one.comm = names.get(&(one.pid, one.tid)).cloned();
    }
    recorded
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
        let thread = self.thread(comm, recorded.pid, recorded.tid);
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
