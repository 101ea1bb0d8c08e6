//! The samples of a selection for speedscope, as one "sampled" profile in time order.
//!
//! The format is speedscope's own: <https://www.speedscope.app/file-format-schema.json>. Neighbours
//! in the same stack are one entry with the sum of their weights.

use super::FlameGraphExport;
use super::written_out::{self, OTHER_FORMATS};
use crate::profile::{FrameId, Profile, StackId, WeightUnit};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use std::io::{self, Write};

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: String,
    #[serde(rename = "activeProfileIndex")]
    active_profile_index: u32,
    shared: Shared<'a>,
    profiles: [Sampled<'a>; 1],
}

#[derive(Serialize)]
struct Shared<'a> {
    frames: &'a Used<'a>,
}

#[derive(Serialize)]
struct Frame<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    file: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sampled<'a> {
    r#type: &'static str,
    name: String,
    unit: &'static str,
    start_value: u64,
    end_value: u64,
    samples: Stacks<'a>,
    weights: &'a [u64],
}

/// Writes the profile. Values are samples or, by weight, events; speedscope has no unit for either.
/// Only frames that are in it are named: what is not selected is nobody's business.
///
/// # Errors
/// Where writing fails.
pub fn write_flame_graph_speedscope(
    graph: &FlameGraphExport<'_>,
    mut out: impl Write,
) -> io::Result<()> {
    let (stacks, weights) = runs(graph);
    let depth = |stack: &StackId| graph.profile.stacks.depth[stack.index()];
    written_out::check(stacks.iter().map(depth), OTHER_FORMATS)?;
    let used = Used::new(graph.profile, &stacks);
    let title = graph.name();
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: concat!("emberscope ", env!("CARGO_PKG_VERSION")),
        name: title.clone(),
        active_profile_index: 0,
        shared: Shared { frames: &used },
        profiles: [Sampled {
            r#type: "sampled",
            name: title,
            unit: match graph.profile.info.weight_unit {
                WeightUnit::Microseconds => "microseconds",
                WeightUnit::Events => "none",
            },
            start_value: 0,
            end_value: weights.iter().copied().fold(0, u64::saturating_add),
            samples: Stacks {
                used: &used,
                stacks: &stacks,
            },
            weights: &weights,
        }],
    };
    serde_json::to_writer(&mut out, &file)?;
    writeln!(out)?;
    out.flush()
}

/// The stacks one after the other, and what each counts for until the next.
fn runs(graph: &FlameGraphExport<'_>) -> (Vec<StackId>, Vec<u64>) {
    let (mut stacks, mut weights): (Vec<StackId>, Vec<u64>) = Default::default();
    for range in graph.selection.indices(graph.profile) {
        let amounts = graph.samples.amounts(graph.profile, range.clone());
        let in_range = graph.profile.samples.stack[range].iter();
        for (stack, amount) in in_range.zip(amounts).filter(|(_, amount)| *amount > 0) {
            match weights.last_mut() {
                Some(weight) if stacks.last() == Some(stack) => {
                    *weight = weight.saturating_add(amount);
                }
                _ => {
                    stacks.push(*stack);
                    weights.push(amount);
                }
            }
        }
    }
    (stacks, weights)
}

/// The frames of some stacks, in the order of the profile's table.
struct Used<'a> {
    profile: &'a Profile,
    frames: Vec<FrameId>,
    /// Their numbers in the file, by frame of the profile; of others it has no meaning.
    number: Vec<u32>,
}

impl<'a> Used<'a> {
    fn new(profile: &'a Profile, stacks: &[StackId]) -> Self {
        let table = &profile.stacks;
        let (mut is_node_used, mut is_used) =
            (vec![false; table.len()], vec![false; profile.frames.len()]);
        for stack in stacks {
            let new = table.path_up(*stack);
            for node in new
                .take_while(|node| !is_node_used[node.index()])
                .collect::<Vec<_>>()
            {
                is_node_used[node.index()] = true;
                is_used[table.frame[node.index()].index()] = true;
            }
        }
        let all = (0..profile.frames.len() as u32).map(FrameId);
        let frames: Vec<FrameId> = all.filter(|frame| is_used[frame.index()]).collect();
        let mut number = vec![0; profile.frames.len()];
        for (index, frame) in (0..).zip(&frames) {
            number[frame.index()] = index;
        }
        Self {
            profile,
            frames,
            number,
        }
    }
}

impl Serialize for Used<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.frames.len()))?;
        for frame in &self.frames {
            list.serialize_element(&Frame {
                name: &self.profile.frame_name(*frame),
                file: &self.profile.frame_module(*frame),
            })?;
        }
        list.end()
    }
}

/// Each stack as its frames, outermost first.
struct Stacks<'a> {
    used: &'a Used<'a>,
    stacks: &'a [StackId],
}

impl Serialize for Stacks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.stacks.len()))?;
        let table = &self.used.profile.stacks;
        let mut frames: Vec<u32> = Vec::new();
        for stack in self.stacks {
            frames.clear();
            let path = table.path_up(*stack);
            let frame = |node: StackId| table.frame[node.index()].index();
            frames.extend(path.map(|node| self.used.number[frame(node)]));
            frames.reverse();
            list.serialize_element(&frames)?;
        }
        list.end()
    }
}
