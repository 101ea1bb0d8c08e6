//! [`FlameGraph`]: a call tree laid out as boxes. The window and the exports draw the same ones.

use crate::call_tree::CallTree;
use crate::profile::{StackId, StackTable};
use std::cmp::Reverse;

/// A call tree's boxes in unit coordinates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FlameGraph {
    /// Depth-first; in each row from left to right.
    pub boxes: Vec<FlameBox>,
    /// Neighbours that are too narrow each, put together where that is wide enough.
    pub merged: Vec<MergedBox>,
    /// How many rows of boxes there are, the outermost included.
    pub rows: u32,
    /// What is in the zoomed node, which is as wide as the picture.
    pub total: u64,
}

/// One call node as a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlameBox {
    /// The node.
    pub node: StackId,
    /// Its row; 0 is everything.
    pub depth: u32,
    /// Left edge, from 0 to 1.
    pub x0: f64,
    /// Right edge, from 0 to 1.
    pub x1: f64,
}

/// Call nodes that are too narrow to be boxes, side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergedBox {
    /// Their row.
    pub depth: u32,
    /// Left edge, from 0 to 1.
    pub x0: f64,
    /// Right edge, from 0 to 1.
    pub x1: f64,
    /// How many there are, not counting what they call.
    pub nodes: u64,
    /// What is in them.
    pub weight: u64,
}

/// What to lay out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayoutOptions {
    /// The node that is as wide as the picture; its callers are, too.
    pub zoom: StackId,
    /// Boxes narrower than this share of the picture are merged, and all above them left out.
    pub min_width: f64,
    /// Which calls of a function are at the left.
    pub order: SiblingOrder,
}

/// In which order the calls of one function are, from left to right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SiblingOrder {
    /// By name, so that a call is at the same place in every picture.
    #[default]
    Name,
    /// The widest first.
    Weight,
}

impl Default for LayoutOptions {
    fn default() -> Self {
        Self {
            zoom: StackId::ROOT,
            min_width: 0.0,
            order: SiblingOrder::default(),
        }
    }
}

impl FlameGraph {
    /// Lays out the zoomed node, its callers and what it calls. Empty where it has no samples.
    pub fn new(stacks: &StackTable, tree: &CallTree, options: LayoutOptions) -> Self {
        let zoom = options.zoom.index();
        let total = tree.total_weight[zoom];
        if total == 0 {
            return Self::default();
        }
        let mut boxes = callers(stacks, options.zoom);
        // Where in the zoomed node's samples the next box of each depth below it begins.
        let mut next_start = vec![0u64; 2];
        let base = stacks.depth[zoom];
        let mut rows = base + 1;
        let mut merged: Vec<MergedBox> = Vec::new();
        // Row and end of the last of them.
        let mut last_merged = (0, 0);
        let mut walk = Walk::new(stacks, options);
        while let Some(node) = walk.next(stacks) {
            let weight = tree.total_weight[node];
            let level = (stacks.depth[node] - base) as usize;
            let start = next_start[level];
            next_start[level] = start.saturating_add(weight);
            let x0 = share(start, total);
            let x1 = share(start.saturating_add(weight), total);
            if weight == 0 || x1 - x0 < options.min_width {
                let depth = stacks.depth[node];
                match merged.last_mut().filter(|_| last_merged == (depth, start)) {
                    _ if weight == 0 => {}
                    Some(last) => {
                        last.x1 = x1;
                        last.nodes += 1;
                        last.weight = last.weight.saturating_add(weight);
                    }
                    None => merged.push(MergedBox {
                        depth,
                        x0,
                        x1,
                        nodes: 1,
                        weight,
                    }),
                }
                if weight > 0 {
                    last_merged = (depth, start.saturating_add(weight));
                }
                continue;
            }
            next_start.truncate(level + 1);
            next_start.push(start);
            let depth = stacks.depth[node];
            boxes.push(FlameBox {
                node: StackId(node as u32),
                depth,
                x0,
                x1,
            });
            rows = rows.max(depth + 1);
            walk.descend(stacks, tree, node);
        }
        merged.retain(|merged| merged.x1 - merged.x0 >= options.min_width);
        Self {
            boxes,
            merged,
            rows,
            total,
        }
    }
}

/// From node to node, depth-first; below those alone that are told to be descended into.
enum Walk {
    /// As stacks are numbered.
    ByName { next: usize, end: usize },
    /// The next one last.
    ByWeight(Vec<StackId>),
}

impl Walk {
    fn new(stacks: &StackTable, options: LayoutOptions) -> Self {
        match options.order {
            SiblingOrder::Name => Self::ByName {
                next: options.zoom.index(),
                end: stacks.subtree_end[options.zoom.index()].index(),
            },
            SiblingOrder::Weight => Self::ByWeight(vec![options.zoom]),
        }
    }

    fn next(&mut self, stacks: &StackTable) -> Option<usize> {
        match self {
            Self::ByName { next, end } => {
                let node = *next;
                (node < *end).then(|| {
                    *next = stacks.subtree_end[node].index();
                    node
                })
            }
            Self::ByWeight(waiting) => waiting.pop().map(StackId::index),
        }
    }

    fn descend(&mut self, stacks: &StackTable, tree: &CallTree, node: usize) {
        match self {
            Self::ByName { next, .. } => *next = node + 1,
            Self::ByWeight(waiting) => {
                let first = waiting.len();
                waiting.extend(stacks.callees(StackId(node as u32)));
                let weight = |node: &StackId| tree.total_weight[node.index()];
                waiting[first..].sort_unstable_by_key(|node| (weight(node), Reverse(*node)));
            }
        }
    }
}

/// The callers of `node`, outermost first, each as wide as the picture.
fn callers(stacks: &StackTable, node: StackId) -> Vec<FlameBox> {
    let mut boxes = Vec::new();
    let mut node = node;
    while node != StackId::ROOT {
        node = stacks.parent[node.index()];
        let depth = stacks.depth[node.index()];
        boxes.push(FlameBox {
            node,
            depth,
            x0: 0.0,
            x1: 1.0,
        });
    }
    boxes.reverse();
    boxes
}

/// `part` of `whole` as a number from 0 to 1; 0 of nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
