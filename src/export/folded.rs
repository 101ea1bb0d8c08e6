//! Folded stacks: `comm;root;…;leaf count` a line, as FlameGraph's tools and speedscope read them.

use crate::call_tree::CallTree;
use crate::profile::{Profile, StackId, printable};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Byte by byte, whatever they hold; only `;`, which would end a frame, becomes `:`.
    AsTheyAre,
    /// With control characters and invalid UTF-8 as escapes: for terminals.
    Printable,
}

/// Writes one line a distinct stack, sorted by bytes.
///
/// # Errors
/// Where writing fails.
pub fn write_folded(
    profile: &Profile,
    tree: &CallTree,
    names: Names,
    mut out: impl Write,
) -> io::Result<()> {
    // Frames that differ in module or kind alone have the same line, so lines are counted.
    let mut lines: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for (node, weight) in tree
        .self_weight
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0)
    {
        let line = line(profile, names, StackId(node as u32));
        let count = lines.entry(line).or_default();
        *count = count.saturating_add(*weight);
    }
    for (line, count) in lines {
        out.write_all(&line)?;
        writeln!(out, " {count}")?;
    }
    out.flush()
}

fn line(profile: &Profile, names: Names, node: StackId) -> Vec<u8> {
    let mut path: Vec<StackId> = profile.stacks.path_up(node).collect();
    path.reverse();
    let mut line = Vec::new();
    for (index, node) in path.into_iter().enumerate() {
        if index > 0 {
            line.push(b';');
        }
        let frame = profile.stacks.frame[node.index()];
        let name = profile.strings.get(profile.frames.name[frame.index()]);
        let name = match names {
            Names::AsTheyAre => Cow::Borrowed(name),
            Names::Printable => Cow::Owned(printable(name).into_owned().into_bytes()),
        };
        line.extend(
            name.iter()
                .map(|byte| if *byte == b';' { b':' } else { *byte }),
        );
    }
    line
}
