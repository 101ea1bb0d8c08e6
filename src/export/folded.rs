//! Folded stacks: `comm;root;…;leaf count` a line, as FlameGraph's tools and speedscope read them.

use super::written_out;
use crate::call_tree::CallTree;
use crate::difference::Difference;
use crate::profile::{FrameId, FrameKind, Profile, StackId, StackTable, printable};
use std::borrow::Cow;
use std::io::{self, Write};

/// How names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Byte by byte, whatever they hold; only `;`, which would end a frame, becomes `:`.
    AsTheyAre,
    /// With control characters and invalid UTF-8 as escapes: for terminals.
    Printable,
    /// With the kind of code at their end: `_[k]` the kernel, `_[j]` a JIT compiler's, `_[i]` inlined; what
    /// FlameGraph's `stackcollapse-perf.pl --all` prints and `flamegraph.pl --color=java` reads.
    Annotated {
        /// Whether they are printable before that.
        is_printable: bool,
    },
}

/// Writes one line a distinct stack, sorted by bytes.
///
/// # Errors
/// Where writing fails.
pub fn write_folded(
    profile: &Profile,
    tree: &CallTree,
    names: Names,
    out: impl Write,
) -> io::Result<()> {
    write_trees(profile, &[tree], names, out)
}

/// Writes `stack count1 count2`, first the baseline's: what FlameGraph's `difffolded.pl` prints.
///
/// # Errors
/// Where writing fails.
pub fn write_difference_folded(
    profile: &Profile,
    difference: &Difference,
    names: Names,
    out: impl Write,
) -> io::Result<()> {
    let trees = [&difference.baseline, &difference.selection];
    write_trees(profile, &trees, names, out)
}

/// The same of a call tree in any shape: `totals` are the baseline's and the selection's of each node.
///
/// # Errors
/// Where writing fails.
pub(super) fn write_compared_folded(
    profile: &Profile,
    tree: &CallTree,
    totals: [&[u64]; 2],
    names: Names,
    out: impl Write,
) -> io::Result<()> {
    let [baseline, selection] = totals.map(|totals| tree.with_totals(profile, totals));
    write_trees(profile, &[&baseline, &selection], names, out)
}

/// A line for each stack that is in any of the trees, with its count in each.
fn write_trees(
    profile: &Profile,
    trees: &[&CallTree],
    names: Names,
    mut out: impl Write,
) -> io::Result<()> {
    written_out::check_tree(profile, trees)?;
    let names = WrittenNames::new(profile, names);
    let stacks = trees[0].stacks(profile);
    let walk = Walk {
        stacks,
        trees,
        names: &names,
    };
    let mut pending = Vec::new();
    walk.push_callees(StackId::ROOT, 0, &mut pending);
    sort(&mut pending);
    let mut line: Vec<u8> = Vec::new();
    // How long the line is up to each depth.
    let mut lengths = Vec::new();
    while let Some(first) = pending.last().copied() {
        // Frames that differ in module or kind alone have the same line.
        let is_other = |other: &Pending| (other.depth, other.rank) != (first.depth, first.rank);
        let group = pending.iter().rposition(is_other).map_or(0, |at| at + 1);
        lengths.truncate(first.depth);
        line.truncate(lengths.last().copied().unwrap_or(0));
        if first.depth > 0 {
            line.push(b';');
        }
        line.extend_from_slice(names.of(stacks.frame[first.node.index()]));
        let end = pending.len();
        if first.ends {
            out.write_all(&line)?;
            for tree in trees {
                let weights = pending[group..].iter();
                let weights = weights.map(|pending| tree.self_weight[pending.node.index()]);
                write!(out, " {}", weights.fold(0, u64::saturating_add))?;
            }
            writeln!(out)?;
        } else {
            lengths.push(line.len());
            for at in group..end {
                walk.push_callees(pending[at].node, first.depth + 1, &mut pending);
            }
        }
        pending.drain(group..end);
        sort(&mut pending[group..]);
    }
    out.flush()
}

/// A node to be written: the stack that ends there, or those that go on.
#[derive(Debug, Clone, Copy)]
struct Pending {
    depth: usize,
    rank: u32,
    node: StackId,
    ends: bool,
}

/// The first at the end.
fn sort(pending: &mut [Pending]) {
    pending.sort_unstable_by_key(|pending| std::cmp::Reverse(pending.rank));
}

struct Walk<'a> {
    /// Those of each of the trees.
    stacks: &'a StackTable,
    trees: &'a [&'a CallTree],
    names: &'a WrittenNames<'a>,
}

impl Walk<'_> {
    fn push_callees(&self, node: StackId, depth: usize, pending: &mut Vec<Pending>) {
        for node in self.stacks.callees(node) {
            let ends = |tree: &&CallTree| tree.self_weight[node.index()] > 0;
            let goes_on = |tree: &&CallTree| self.has_callees(tree, node);
            let frame = self.stacks.frame[node.index()];
            let mut push = |ends: bool, rank: u32| {
                pending.push(Pending {
                    depth,
                    rank,
                    node,
                    ends,
                });
            };
            if self.trees.iter().any(ends) {
                push(true, self.names.ranks[frame.index()].0);
            }
            if self.trees.iter().any(goes_on) {
                push(false, self.names.ranks[frame.index()].1);
            }
        }
    }

    /// Whether samples are in something that `node` calls. (Sums may have stayed at the largest
    /// number, which says nothing.)
    fn has_callees(&self, tree: &CallTree, node: StackId) -> bool {
        let weight = |node: StackId| tree.total_weight[node.index()];
        let (own, total) = (tree.self_weight[node.index()], weight(node));
        let mut callees = self.stacks.callees(node);
        total > own || total == u64::MAX && callees.any(|callee| weight(callee) > 0)
    }
}

const fn annotation(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Kernel => "_[k]",
        FrameKind::Jit => "_[j]",
        FrameKind::Inlined => "_[i]",
        FrameKind::All | FrameKind::Comm | FrameKind::User | FrameKind::Cpp => "",
    }
}

/// The name of every frame as it is written, and where lines with it are sorted.
struct WrittenNames<'a> {
    names: Vec<Cow<'a, [u8]>>,
    /// For each name: of the lines that end in it, and of those that go on after it. Among siblings
    /// that is the order of the lines' bytes, as `;` is in no name.
    ranks: Vec<(u32, u32)>,
}

impl<'a> WrittenNames<'a> {
    fn new(profile: &'a Profile, names: Names) -> Self {
        let written = |frame: usize| {
            let name = profile.strings.get(profile.frames.name[frame]);
            let (is_printable, kind) = match names {
                Names::AsTheyAre => (false, ""),
                Names::Printable => (true, ""),
                Names::Annotated { is_printable } => {
                    (is_printable, annotation(profile.frames.kind[frame]))
                }
            };
            let mut name = match is_printable {
                false => Cow::Borrowed(name),
                true => Cow::Owned(printable(name).into_owned().into_bytes()),
            };
            if !kind.is_empty() {
                name.to_mut().extend_from_slice(kind.as_bytes());
            }
            match memchr::memchr(b';', &name) {
                None => name,
                Some(_) => {
                    let colon = |byte: &u8| if *byte == b';' { b':' } else { *byte };
                    Cow::Owned(name.iter().map(colon).collect())
                }
            }
        };
        let names: Vec<Cow<'a, [u8]>> = (0..profile.frames.len()).map(written).collect();
        // Bytes of each name, with `;` behind them or nothing.
        let mut order: Vec<(usize, bool)> = (0..names.len())
            .flat_map(|name| [(name, false), (name, true)])
            .collect();
        let key = |&(name, goes_on): &(usize, bool)| {
            let end: &[u8] = if goes_on { b";" } else { b"" };
            names[name].iter().chain(end)
        };
        order.sort_by(|one, other| key(one).cmp(key(other)));
        let mut ranks = vec![(0, 0); names.len()];
        let mut rank = 0;
        for (index, item) in order.iter().enumerate() {
            if index > 0 && key(&order[index - 1]).ne(key(item)) {
                rank += 1;
            }
            match item {
                (name, false) => ranks[*name].0 = rank,
                (name, true) => ranks[*name].1 = rank,
            }
        }
        Self { names, ranks }
    }

    fn of(&self, frame: FrameId) -> &[u8] {
        &self.names[frame.index()]
    }
}
