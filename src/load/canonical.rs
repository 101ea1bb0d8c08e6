//! [`canonical_stacks`]: the tries of several workers become one, depth-first, siblings by frame.
//!
//! All of them are walked at once. A node of the result is a set of nodes, at most a few of each
//! trie, whose callers are shown alike; so nothing has to be looked up. What is below a node depends
//! on nothing else, and is walked in parallel.

use super::tables::RawNode;
use crate::profile::{FrameId, StackId, StackTable};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// For each raw frame, the frames that it is shown as, outermost first.
pub(super) struct ShownFrames {
    /// The first of each raw frame, then all others; with the place of the next, or 0.
    links: Vec<(FrameId, u32)>,
}

impl ShownFrames {
    pub(super) fn new(frames: &[Vec<FrameId>]) -> Self {
        let first = |shown: &Vec<FrameId>| (shown.first().copied().unwrap_or_default(), 0);
        let mut links: Vec<(FrameId, u32)> = frames.iter().map(first).collect();
        for (raw, shown) in frames.iter().enumerate() {
            let mut last = raw;
            for frame in shown.iter().skip(1) {
                links[last].1 = links.len() as u32;
                last = links.len();
                links.push((*frame, 0));
            }
        }
        Self { links }
    }
}

/// One worker's trie.
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// Which node of the result each of them is.
    stacks: Vec<AtomicU32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// 0 for none.
    first_child: u32,
    /// 0 for none.
    next_sibling: u32,
    raw_frame: u32,
    /// Nodes below it, and itself.
    size: u32,
}

impl Trie {
    /// Of nodes whose callers come before them, the root first; `frames` are the numbers that their
    /// frames have in [`ShownFrames`].
    pub(super) fn new(raw: &[RawNode], frames: &[u32]) -> Self {
        let mut nodes = vec![Node::default(); raw.len()];
        for (index, RawNode { parent, frame }) in raw.iter().enumerate().skip(1).rev() {
            let caller = &mut nodes[*parent as usize];
            let next_sibling = std::mem::replace(&mut caller.first_child, index as u32);
            let size = nodes[index].size + 1;
            nodes[*parent as usize].size += size;
            let node = &mut nodes[index];
            node.next_sibling = next_sibling;
            node.raw_frame = frames[*frame as usize];
            node.size = size;
        }
        let stacks = raw.iter().map(|_| AtomicU32::new(0)).collect();
        Self { nodes, stacks }
    }

    /// The stack of the result that `node` is.
    pub(super) fn stack(&self, node: u32) -> StackId {
        StackId(self.stacks[node as usize].load(Ordering::Relaxed))
    }
}

/// A node of a trie that is to become one of the result.
#[derive(Debug, Clone, Copy)]
struct Pending {
    frame: FrameId,
    depth: u32,
    trie: u32,
    node: u32,
    /// Which of the frames that the node is shown as.
    link: u32,
}

/// Nodes of the result that follow one another.
#[derive(Debug, Default)]
struct Run {
    frames: Vec<FrameId>,
    depths: Vec<u32>,
    /// Trie, its node, and the node of this run that it is.
    ends: Vec<(u32, u32, u32)>,
}

/// A part of the result, done or still to be made of these nodes and all below them, last first.
enum Part {
    Done(Run),
    Waiting(Vec<Pending>),
}

/// The result; each trie then knows which of its nodes is which.
pub(super) fn canonical_stacks(tries: &[Trie], shown: &ShownFrames) -> StackTable {
    let walk = Walk { tries, shown };
    let runs: Vec<Run> = walk
        .parts()
        .into_par_iter()
        .map(|part| match part {
            Part::Done(run) => run,
            Part::Waiting(stack) => walk.run(stack),
        })
        .collect();
    let mut starts = vec![1];
    for run in &runs {
        starts.push(starts[starts.len() - 1] + run.frames.len() as u32);
    }
    runs.par_iter().zip(&starts).for_each(|(run, start)| {
        for (trie, node, at) in &run.ends {
            tries[*trie as usize].stacks[*node as usize].store(start + at, Ordering::Relaxed);
        }
    });
    table(&runs)
}

struct Walk<'a> {
    tries: &'a [Trie],
    shown: &'a ShownFrames,
}

impl Walk<'_> {
    /// The result in parts small enough to share out; what is above them is done.
    fn parts(&self) -> Vec<Part> {
        const PARTS: u32 = 64;
        let root = |trie: &Trie| trie.nodes[0].size;
        let most = self.tries.iter().map(root).sum::<u32>() / PARTS;
        let mut parts = Vec::new();
        let mut stack = Vec::new();
        for (trie, index) in self.tries.iter().zip(0..) {
            self.push_callees(trie, index, 0, 1, &mut stack);
        }
        sort(&mut stack);
        let (mut done, mut waiting, mut weight) = (Run::default(), Vec::new(), 0);
        while !stack.is_empty() {
            let group = group(&stack);
            let size = |pending: &Pending| self.node(pending).size;
            let group_weight = stack[group..].iter().map(size).sum::<u32>();
            if group_weight > most || weight + group_weight > most {
                let waiting = std::mem::take(&mut waiting);
                weight = 0;
                parts.extend((!waiting.is_empty()).then_some(Part::Waiting(waiting)));
            }
            if group_weight > most {
                self.step(&mut stack, &mut done);
                continue;
            }
            if !done.frames.is_empty() {
                parts.push(Part::Done(std::mem::take(&mut done)));
            }
            weight += group_weight;
            waiting.splice(0..0, stack.drain(group..));
        }
        parts.push(Part::Done(done));
        parts.push(Part::Waiting(waiting));
        parts
    }

    fn run(&self, mut stack: Vec<Pending>) -> Run {
        let mut run = Run::default();
        while !stack.is_empty() {
            self.step(&mut stack, &mut run);
        }
        run
    }

    /// Makes one node of those at the stack's end that are shown alike; their callees take their
    /// place.
    fn step(&self, stack: &mut Vec<Pending>, run: &mut Run) {
        let group = group(stack);
        let first = stack[group];
        let id = run.frames.len() as u32;
        run.frames.push(first.frame);
        run.depths.push(first.depth);
        let end = stack.len();
        for at in group..end {
            let pending = stack[at];
            let next = self.shown.links[pending.link as usize].1;
            if next == 0 {
                run.ends.push((pending.trie, pending.node, id));
                let trie = &self.tries[pending.trie as usize];
                self.push_callees(trie, pending.trie, pending.node, first.depth + 1, stack);
            } else {
                stack.push(Pending {
                    frame: self.shown.links[next as usize].0,
                    depth: first.depth + 1,
                    link: next,
                    ..pending
                });
            }
        }
        stack.drain(group..end);
        sort(&mut stack[group..]);
    }

    fn push_callees(
        &self,
        trie: &Trie,
        index: u32,
        node: u32,
        depth: u32,
        stack: &mut Vec<Pending>,
    ) {
        let mut callee = trie.nodes[node as usize].first_child;
        while callee != 0 {
            let node = &trie.nodes[callee as usize];
            stack.push(Pending {
                frame: self.shown.links[node.raw_frame as usize].0,
                depth,
                trie: index,
                node: callee,
                link: node.raw_frame,
            });
            callee = node.next_sibling;
        }
    }

    fn node(&self, pending: &Pending) -> &Node {
        &self.tries[pending.trie as usize].nodes[pending.node as usize]
    }
}

/// Siblings, the first by frame at the end.
fn sort(siblings: &mut [Pending]) {
    if siblings.len() > 1 {
        siblings.sort_unstable_by_key(|pending| std::cmp::Reverse(pending.frame));
    }
}

/// Where those at the end begin that have the same frame. (What has the same depth there has the
/// same caller.)
fn group(stack: &[Pending]) -> usize {
    let Some(last) = stack.last() else {
        return 0;
    };
    let is_other = |other: &Pending| (other.depth, other.frame) != (last.depth, last.frame);
    stack.iter().rposition(is_other).map_or(0, |at| at + 1)
}

/// The root, and then all runs.
fn table(runs: &[Run]) -> StackTable {
    let count = 1 + runs.iter().map(|run| run.frames.len()).sum::<usize>();
    let mut table = StackTable::default();
    table.frame.reserve_exact(count - 1);
    table.depth.reserve_exact(count - 1);
    for run in runs {
        table.frame.extend_from_slice(&run.frames);
        table.depth.extend_from_slice(&run.depths);
    }
    table.parent = vec![StackId::ROOT; count];
    table.subtree_end = vec![StackId(count as u32); count];
    // The nodes from the root to the one at hand.
    let mut path = vec![0usize];
    for node in 1..count {
        let depth = table.depth[node] as usize;
        for ended in path.drain(depth..) {
            table.subtree_end[ended] = StackId(node as u32);
        }
        table.parent[node] = StackId(path[depth - 1] as u32);
        path.push(node);
    }
    table
}
