//! The call tree as a gzip-compressed profile for pprof: one sample a distinct stack. What is at the foot
//! of it is its outermost function, as pprof's graphs show no labels, and a label, so that readers can tell.
//!
//! Parts of a message may follow one another in a file, so samples are encoded one by one.

use super::{FlameGraphExport, written_out};
use crate::filter::Metric;
use crate::pprof_schema::{
    Function, Label, Line, Location, Mapping, PprofProfile, Sample, ValueType,
};
use crate::profile::{FrameId, FrameKind, Profile, StackId, StringId, WeightUnit, printable};
use flate2::{Compression, write::GzEncoder};
use prost::Message;
use std::io::{self, Write};

/// Writes the profile. Weights of which a signed 64-bit number cannot hold the sum stay at the
/// largest one.
///
/// # Errors
/// Where writing fails.
pub fn write_flame_graph_pprof(graph: &FlameGraphExport<'_>, out: impl Write) -> io::Result<()> {
    let (profile, tree) = (graph.profile, graph.tree);
    written_out::check_tree(profile, &[tree])?;
    let mut out = GzEncoder::new(out, Compression::default());
    let mut strings = Strings::new(profile);
    let mut tables = tables(graph, &mut strings);
    let mut key = None;
    let stacks = tree.stacks(profile);
    for node in (1..stacks.len()).filter(|node| tree.self_weight[*node] > 0) {
        let path = stacks.path_up(StackId(node as u32));
        let frames: Vec<usize> = path
            .map(|node| stacks.frame[node.index()].index())
            .collect();
        let foot = frames.last().copied();
        let foot = foot.filter(|frame| profile.frames.kind[*frame] == FrameKind::Comm);
        let label = foot.map(|frame| Label {
            key: *key.get_or_insert_with(|| strings.add("comm".to_owned())),
            str: strings.of(profile.frames.name[frame].0 as usize),
        });
        let part = PprofProfile {
            sample: vec![Sample {
                location_id: frames.into_iter().map(|frame| frame as u64).collect(),
                value: vec![tree.self_weight[node].try_into().unwrap_or(i64::MAX)],
                label: label.into_iter().collect(),
            }],
            ..PprofProfile::default()
        };
        out.write_all(&part.encode_to_vec())?;
    }
    tables.string_table = strings.texts;
    out.write_all(&tables.encode_to_vec())?;
    out.finish()?.flush()
}

/// All but the samples and the table of strings. A frame is a function and its only location, and has the same number in all
/// three; the root, frame 0, is not written, as numbers begin at 1.
fn tables(graph: &FlameGraphExport<'_>, strings: &mut Strings<'_>) -> PprofProfile {
    let profile = graph.profile;
    let mut tables = PprofProfile::default();
    let mut mapping_of = vec![0; profile.strings.len()];
    for index in 1..profile.frames.len() {
        let (id, frame) = (index as u64, FrameId(index as u32));
        let module = profile.frames.module[index].0 as usize;
        if mapping_of[module] == 0 && !profile.frame_module(frame).is_empty() {
            mapping_of[module] = tables.mapping.len() as u64 + 1;
            // Whatever is said to be missing, pprof looks for in the files of the machine it runs on.
            tables.mapping.push(Mapping {
                id: mapping_of[module],
                filename: strings.of(module),
                has_functions: true,
                has_filenames: true,
                has_line_numbers: true,
                has_inline_frames: true,
            });
        }
        let (name, raw) = (profile.frames.name[index], profile.frames.raw_name[index]);
        // A name that is the system's, too, pprof takes for mangled, and leaves `<…>` and `(…)` out.
        tables.function.push(Function {
            id,
            name: strings.of(name.0 as usize),
            system_name: match raw == name {
                true => 0,
                false => strings.of(raw.0 as usize),
            },
        });
        tables.location.push(Location {
            id,
            mapping_id: mapping_of[module],
            address: 0,
            line: vec![Line { function_id: id }],
        });
    }
    let (kind, unit) = match graph.options.metric {
        Metric::Samples => ("samples", "count"),
        Metric::Weight => match profile.info.weight_unit {
            WeightUnit::Events => ("events", "count"),
            WeightUnit::Microseconds => ("off-CPU", "microseconds"),
        },
    };
    tables.sample_type.push(ValueType {
        r#type: strings.add(kind.to_owned()),
        unit: strings.add(unit.to_owned()),
    });
    tables.comment.push(strings.add(graph.name()));
    tables.duration_nanos = duration(graph).try_into().unwrap_or(i64::MAX);
    tables
}

/// In nanoseconds.
fn duration(graph: &FlameGraphExport<'_>) -> u64 {
    let lengths = graph.selection.ranges().iter().map(|range| range.nanos());
    match graph.selection.is_whole() {
        true => graph.profile.time_range().map_or(0, |range| range.nanos()),
        false => lengths.fold(0, u64::saturating_add),
    }
}

/// The strings that are used, each once; the first is empty, as the format demands.
struct Strings<'a> {
    profile: &'a Profile,
    texts: Vec<String>,
    places: Vec<i64>,
}

impl<'a> Strings<'a> {
    fn new(profile: &'a Profile) -> Self {
        Self {
            profile,
            texts: vec![String::new()],
            places: vec![0; profile.strings.len()],
        }
    }

    /// The place of a string of the profile.
    fn of(&mut self, index: usize) -> i64 {
        let bytes = self.profile.strings.get(StringId(index as u32));
        if self.places[index] == 0 && !bytes.is_empty() {
            self.places[index] = self.add(printable(bytes).into_owned());
        }
        self.places[index]
    }

    fn add(&mut self, text: String) -> i64 {
        self.texts.push(text);
        self.texts.len() as i64 - 1
    }
}
