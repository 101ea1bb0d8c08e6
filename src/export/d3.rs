//! The call tree for the d3-flame-graph library: `name`, `value` and `children`, nested.
//!
//! See <https://github.com/spiermar/d3-flame-graph>. `libtype` is what its colours of mixed-mode
//! flame graphs are chosen by, `delta` what its colours of differential ones are. Written node by node, so that no depth of stacks is too deep.

use super::Against;
use crate::call_tree::CallTree;
use crate::profile::{FrameKind, Profile};
use std::io::{self, Write};

/// Writes the tree; a node's value is its total, and of one that is compared with a baseline, its delta
/// is how many more those are than the baseline would have had.
///
/// # Errors
/// Where writing fails.
pub fn write_flame_graph_d3(
    profile: &Profile,
    tree: &CallTree,
    against: Option<Against<'_>>,
    mut out: impl Write,
) -> io::Result<()> {
    let stacks = tree.stacks(profile);
    // How many nodes are begun and not ended.
    let mut open = 0;
    let mut node = 0;
    while node < stacks.len() {
        let (depth, value) = (stacks.depth[node], tree.total_weight[node]);
        if value == 0 && node > 0 {
            node = stacks.subtree_end[node].index();
            continue;
        }
        if open > depth {
            end(open - depth, &mut out)?;
            out.write_all(b",\n")?;
        }
        let frame = stacks.frame[node];
        out.write_all(b"{\"name\":")?;
        serde_json::to_writer(&mut out, &profile.frame_name(frame))?;
        let libtype = libtype(profile.frames.kind[frame.index()]);
        write!(out, ",\"libtype\":\"{libtype}\",\"value\":{value}")?;
        if let Some(delta) = against.and_then(|against| delta(against, node)) {
            write!(out, ",\"delta\":{delta}")?;
        }
        out.write_all(b",\"children\":[")?;
        open = depth + 1;
        node += 1;
    }
    end(open, &mut out)?;
    writeln!(out)?;
    out.flush()
}

fn delta(against: Against<'_>, node: usize) -> Option<i128> {
    match against {
        Against::Baseline {
            observed,
            weights,
            scale,
        } => {
            let expected = (weights[node] as f64 * scale).round() as u64;
            Some(i128::from(observed[node]) - i128::from(expected))
        }
        Against::Ratio { .. } => None,
    }
}

fn end(nodes: u32, out: &mut impl Write) -> io::Result<()> {
    (0..nodes).try_for_each(|_| out.write_all(b"]}"))
}

/// What the library tells kinds apart by; it takes `::` in names for C++ itself.
fn libtype(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::All | FrameKind::Comm => "",
        FrameKind::Kernel => "kernel",
        FrameKind::User | FrameKind::Cpp => "user",
        FrameKind::Jit => "jit",
        FrameKind::Inlined => "inlined",
    }
}
