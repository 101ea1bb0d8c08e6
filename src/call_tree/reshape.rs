//! [`Reshape`]: a call tree seen otherwise: from its leaves, around one function, without some
//! functions, with recursion as one call. The counts of what stays are exact.

use super::CallTree;
use crate::profile::{FrameId, Profile, StackId, StackTable};
use std::collections::HashSet;
use std::sync::Arc;

/// How a call tree is to be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reshape {
    /// From the root or from the leaves.
    pub direction: Direction,
    /// Only the samples with this function, seen from its outermost call: what it calls, or, from
    /// the leaves, who calls it.
    pub function: Option<FrameId>,
    /// Functions that are left out; what they count for in themselves goes to their callers.
    pub hidden: Vec<FrameId>,
    /// Whether a function that calls itself right away is one call.
    pub collapses_recursion: bool,
}

/// Which end of the stacks a call tree grows from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the outermost function inwards: what each function calls.
    #[default]
    Callees,
    /// From the innermost function outwards: who calls each function. A node's self is what has no
    /// further caller.
    Callers,
}

/// Where a tree from the leaves could have more nodes than this, callers that count for less than
/// one in [`SMALLEST`] of all are left out of it.
const MOST_NODES: u64 = 1 << 22;
const SMALLEST: u64 = 1 << 16;

impl Reshape {
    /// A tree over the profile's stacks in another shape; `None` where it has that shape already.
    pub fn apply(&self, profile: &Profile, tree: &CallTree) -> Option<CallTree> {
        let (stacks, tree) = self.reshaped(&profile.stacks, tree)?;
        Some(CallTree {
            own_stacks: Some(Arc::new(stacks)),
            ..tree
        })
    }

    fn reshaped(&self, stacks: &StackTable, tree: &CallTree) -> Option<(StackTable, CallTree)> {
        let is_edited = !self.hidden.is_empty() || self.collapses_recursion;
        let inner = self
            .function
            .filter(|_| self.direction == Direction::Callees);
        let edited = (is_edited || inner.is_some()).then(|| self.callees(stacks, tree, inner));
        if self.direction == Direction::Callees {
            return edited;
        }
        let (stacks, tree) = edited
            .as_ref()
            .map_or((stacks, tree), |(stacks, tree)| (stacks, tree));
        Some(callers(stacks, tree, self.function))
    }

    /// What everything, or one function, calls.
    fn callees(
        &self,
        stacks: &StackTable,
        tree: &CallTree,
        function: Option<FrameId>,
    ) -> (StackTable, CallTree) {
        let hidden: HashSet<FrameId> = self.hidden.iter().copied().collect();
        // What is below a node, where that of hidden and collapsed calls takes their place.
        let step = |frame: Option<FrameId>, mut self_weight: u64, calls: Vec<StackId>| {
            let mut below = Vec::new();
            let mut calls = calls;
            while let Some(call) = calls.pop() {
                let called = stacks.frame[call.index()];
                let recurs = self.collapses_recursion && frame == Some(called);
                if tree.total_weight[call.index()] == 0 {
                    continue;
                } else if recurs || hidden.contains(&called) {
                    self_weight = self_weight.saturating_add(tree.self_weight[call.index()]);
                    calls.extend(stacks.callees(call));
                } else {
                    below.push((called, call));
                }
            }
            Step { self_weight, below }
        };
        let root = match function {
            None => step(
                None,
                tree.self_weight[0],
                stacks.callees(StackId::ROOT).collect(),
            ),
            Some(function) => step(None, 0, outermost(stacks, function)),
        };
        build(root, |_, frame, members: &[StackId]| {
            let own = members.iter().map(|node| tree.self_weight[node.index()]);
            let calls = members.iter().flat_map(|node| stacks.callees(*node));
            step(
                Some(frame),
                own.fold(0, u64::saturating_add),
                calls.collect(),
            )
        })
    }
}

/// Who calls the innermost functions, or one function.
fn callers(
    stacks: &StackTable,
    tree: &CallTree,
    function: Option<FrameId>,
) -> (StackTable, CallTree) {
    let leaves: Vec<(StackId, u64)> = match function {
        None => (1..stacks.len())
            .map(|node| (StackId(node as u32), tree.self_weight[node]))
            .collect(),
        Some(function) => outermost(stacks, function)
            .into_iter()
            .map(|node| (node, tree.total_weight[node.index()]))
            .collect(),
    };
    let leaves = leaves.into_iter().filter(|(_, weight)| *weight > 0);
    let below: Vec<(FrameId, (StackId, u64))> = leaves
        .map(|(node, weight)| (stacks.frame[node.index()], (node, weight)))
        .collect();
    let most_nodes: u64 = below
        .iter()
        .map(|(_, (node, _))| u64::from(stacks.depth[node.index()]))
        .sum();
    let least = match most_nodes > MOST_NODES {
        true => tree.total() / SMALLEST,
        false => 0,
    };
    let self_weight = match function {
        None => tree.self_weight[0],
        Some(_) => 0,
    };
    let root = Step { self_weight, below };
    build(root, |_, _, members: &[(StackId, u64)]| {
        let all = members.iter().map(|(_, weight)| *weight);
        let is_small = all.clone().fold(0, u64::saturating_add) < least;
        let mut step = Step::default();
        for (node, weight) in members {
            let caller = stacks.parent[node.index()];
            if caller == StackId::ROOT || is_small {
                step.self_weight = step.self_weight.saturating_add(*weight);
            } else {
                let frame = stacks.frame[caller.index()];
                step.below.push((frame, (caller, *weight)));
            }
        }
        step
    })
}

/// The calls of a function that no other call of it is around.
fn outermost(stacks: &StackTable, function: FrameId) -> Vec<StackId> {
    let mut calls = Vec::new();
    let mut node = 1;
    while node < stacks.len() {
        if stacks.frame[node] == function {
            calls.push(StackId(node as u32));
            node = stacks.subtree_end[node].index();
        } else {
            node += 1;
        }
    }
    calls
}

/// What a node counts for in itself, and what of the old tree is below it.
pub(crate) struct Step<M> {
    pub(crate) self_weight: u64,
    pub(crate) below: Vec<(FrameId, M)>,
}

impl<M> Default for Step<M> {
    fn default() -> Self {
        Self {
            self_weight: 0,
            below: Vec::new(),
        }
    }
}

/// Builds a trie in canonical order: each node stands for members of the old tree, whose frame it
/// has, and `expand` (given the node, its frame and its members) says what is below them.
pub(crate) fn build<M: Copy + Ord>(
    root: Step<M>,
    mut expand: impl FnMut(StackId, FrameId, &[M]) -> Step<M>,
) -> (StackTable, CallTree) {
    let mut stacks = StackTable::default();
    let mut self_weight = vec![root.self_weight];
    let mut waiting = grouped(StackId::ROOT, root.below);
    while let Some(group) = waiting.pop() {
        let node = StackId(stacks.len() as u32);
        stacks.parent.push(group.parent);
        stacks.frame.push(group.frame);
        let depth = stacks.depth[group.parent.index()] + 1;
        stacks.depth.push(depth);
        stacks.subtree_end.push(StackId(node.0 + 1));
        let step = expand(node, group.frame, &group.members);
        self_weight.push(step.self_weight);
        waiting.extend(grouped(node, step.below));
    }
    for node in (1..stacks.len()).rev() {
        let (parent, end) = (stacks.parent[node].index(), stacks.subtree_end[node]);
        stacks.subtree_end[parent] = stacks.subtree_end[parent].max(end);
    }
    let tree = CallTree::of_weights(&stacks, self_weight);
    (stacks, tree)
}

/// A node to be built.
struct Group<M> {
    parent: StackId,
    frame: FrameId,
    members: Vec<M>,
}

/// By frame, the last frame first: what is taken from the end comes in order.
fn grouped<M: Copy + Ord>(parent: StackId, mut below: Vec<(FrameId, M)>) -> Vec<Group<M>> {
    below.sort_unstable();
    let same = below.chunk_by(|one, other| one.0 == other.0).rev();
    same.map(|members| Group {
        parent,
        frame: members[0].0,
        members: members.iter().map(|(_, member)| *member).collect(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::SampleFilter;
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};
    use crate::profile::Profile;
    use crate::selection::Selection;

    /// Each word a stack, outermost function first, a letter a function, below the thread `t`.
    fn profile(stacks: &str) -> (Profile, CallTree) {
        let sample = |stack: &str| {
            let frames = stack.chars().rev().map(|f| format!("\t1 {f} (/x)\n"));
            format!(
                "t 1/1 [000] 1.000000: 1 c:\n{}\n",
                frames.collect::<String>()
            )
        };
        let text: String = stacks.split_whitespace().map(sample).collect();
        let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
        let options = LoadOptions::default();
        let profile =
            load::read(reader, "test".as_ref(), &options, &Progress::default()).expect("a profile");
        let samples = SampleFilter::default().apply(&profile).expect("a filter");
        let tree = CallTree::new(&profile, &samples, &Selection::whole());
        (profile, tree)
    }

    fn frame(profile: &Profile, name: &str) -> FrameId {
        let frames = (0..profile.frames.len() as u32).map(FrameId);
        let mut named = frames.filter(|frame| profile.frame_name(*frame) == name);
        named.next().expect("a function of that name")
    }

    /// `path self/total` of each node but the root.
    fn shown(profile: &Profile, stacks: &StackTable, tree: &CallTree) -> Vec<String> {
        let line = |node: usize| {
            let mut path: Vec<String> = stacks
                .path_up(StackId(node as u32))
                .map(|node| profile.frame_name(stacks.frame[node.index()]).into_owned())
                .collect();
            path.reverse();
            let (own, total) = (tree.self_weight[node], tree.total_weight[node]);
            format!("{} {own}/{total}", path.concat())
        };
        (1..stacks.len()).map(line).collect()
    }

    fn check(stacks: &str, reshape: impl Fn(&Profile) -> Reshape, expected: &[&str]) {
        let (profile, tree) = profile(stacks);
        let reshaped = reshape(&profile).apply(&profile, &tree);
        let reshaped = reshaped.expect("another shape");
        let stacks = reshaped.stacks(&profile);
        assert_eq!(shown(&profile, stacks, &reshaped), expected);
        // The order that the profile's own stacks have.
        for node in 1..stacks.len() {
            let (parent, end) = (stacks.parent[node], stacks.subtree_end[node]);
            assert!(parent.index() < node && end <= stacks.subtree_end[parent.index()]);
        }
    }

    #[test]
    fn the_same_shape_is_not_made_again() {
        let (profile, tree) = profile("ab");
        assert!(Reshape::default().apply(&profile, &tree).is_none());
    }

    #[test]
    fn callers_grow_from_the_leaves() {
        let callers = |_: &Profile| Reshape {
            direction: Direction::Callers,
            ..Reshape::default()
        };
        check(
            "ac bc bc b",
            callers,
            &[
                "b 0/1", "bt 1/1", "c 0/3", "ca 0/1", "cat 1/1", "cb 0/2", "cbt 2/2",
            ],
        );
    }

    #[test]
    fn one_functions_callers_and_callees_count_each_sample_once() {
        let of = |direction| {
            move |profile: &Profile| Reshape {
                direction,
                function: Some(frame(profile, "f")),
                ..Reshape::default()
            }
        };
        let stacks = "afx bfx bfafy ax";
        check(
            stacks,
            of(Direction::Callees),
            &["f 0/3", "fa 0/1", "faf 0/1", "fafy 1/1", "fx 2/2"],
        );
        check(
            stacks,
            of(Direction::Callers),
            &["f 0/3", "fa 0/1", "fat 1/1", "fb 0/2", "fbt 2/2"],
        );
    }

    #[test]
    fn what_is_hidden_goes_to_its_callers() {
        let hidden = |profile: &Profile| Reshape {
            hidden: vec![frame(profile, "h")],
            ..Reshape::default()
        };
        check(
            "ah ahx ax hx",
            hidden,
            &["t 0/4", "ta 1/3", "tax 2/2", "tx 1/1"],
        );
    }

    #[test]
    fn recursion_collapses_into_one_call() {
        let collapsed = |_: &Profile| Reshape {
            collapses_recursion: true,
            ..Reshape::default()
        };
        check(
            "arrr arrx arx arar",
            collapsed,
            &[
                "t 0/4",
                "ta 0/4",
                "tar 1/4",
                "tara 0/1",
                "tarar 1/1",
                "tarx 2/2",
            ],
        );
    }

    #[test]
    fn functions_count_each_sample_once() {
        let (profile, tree) = profile("arr ar ab");
        let rows = super::super::functions(&profile, &profile.stacks, &tree);
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let name = profile.frame_name(row.frame).into_owned();
                (name, row.self_weight, row.total_weight)
            })
            .collect();
        let expected = [("r", 2, 2), ("b", 1, 1), ("a", 0, 3)];
        assert_eq!(
            rows,
            expected.map(|(name, own, all)| (name.to_owned(), own, all))
        );
    }
}
