//! [`functions`]: self and total of each function of a call tree.

use super::CallTree;
use crate::profile::{FrameId, FrameKind, Profile, StackTable};

/// What a function counts for in a call tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionTotals {
    /// The function.
    pub frame: FrameId,
    /// Of the samples with it as their leaf.
    pub self_weight: u64,
    /// Of the samples with it anywhere in their stack, each counted once however often it recurs.
    pub total_weight: u64,
}

/// The functions that some sample of the tree is in, in order of self, total (largest first) and
/// frame. Names of processes and threads are none. `stacks` are those of `tree`.
pub fn functions(profile: &Profile, stacks: &StackTable, tree: &CallTree) -> Vec<FunctionTotals> {
    let mut totals = vec![(0u64, 0u64); profile.frames.len()];
    // How often each frame is on the way from the root to the node at hand.
    let mut open = vec![0u32; profile.frames.len()];
    let mut path: Vec<FrameId> = Vec::new();
    for node in 0..stacks.len() {
        while path.len() > stacks.depth[node] as usize {
            if let Some(left) = path.pop() {
                open[left.index()] -= 1;
            }
        }
        let frame = stacks.frame[node];
        let (own, total) = &mut totals[frame.index()];
        *own = own.saturating_add(tree.self_weight[node]);
        if open[frame.index()] == 0 {
            *total = total.saturating_add(tree.total_weight[node]);
        }
        open[frame.index()] += 1;
        path.push(frame);
    }
    let is_function = |frame: &FrameId| {
        !matches!(
            profile.frames.kind[frame.index()],
            FrameKind::All | FrameKind::Comm
        )
    };
    let mut rows: Vec<FunctionTotals> = (0..profile.frames.len() as u32)
        .map(FrameId)
        .filter(is_function)
        .map(|frame| {
            let (self_weight, total_weight) = totals[frame.index()];
            FunctionTotals {
                frame,
                self_weight,
                total_weight,
            }
        })
        .filter(|row| row.total_weight > 0)
        .collect();
    rows.sort_unstable_by_key(|row| {
        let largest_first = std::cmp::Reverse((row.self_weight, row.total_weight));
        (largest_first, row.frame)
    });
    rows
}
