//! Folded stacks: `comm;root;…;leaf count` a line, as FlameGraph's tools and speedscope read them.

use crate::call_tree::CallTree;
use crate::profile::{Profile, StackId};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes one line a distinct stack, sorted by bytes. Names are written as they are, bytes that are
/// no UTF-8 included; only `;`, which would end a frame, becomes `:`.
///
/// # Errors
/// Where writing fails.
pub fn write_folded(profile: &Profile, tree: &CallTree, mut out: impl Write) -> io::Result<()> {
    // Frames that differ in module or kind alone have the same line, so lines are counted.
    let mut lines: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for (node, weight) in tree
        .self_weight
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0)
    {
        *lines
            .entry(line(profile, StackId(node as u32)))
            .or_default() += weight;
    }
    for (line, count) in lines {
        out.write_all(&line)?;
        writeln!(out, " {count}")?;
    }
    out.flush()
}

fn line(profile: &Profile, node: StackId) -> Vec<u8> {
    let mut path: Vec<StackId> = profile.stacks.path_up(node).collect();
    path.reverse();
    let mut line = Vec::new();
    for (index, node) in path.into_iter().enumerate() {
        if index > 0 {
            line.push(b';');
        }
        let frame = profile.stacks.frame[node.index()];
        let name = profile.strings.get(profile.frames.name[frame.index()]);
        line.extend(
            name.iter()
                .map(|byte| if *byte == b';' { b':' } else { *byte }),
        );
    }
    line
}
