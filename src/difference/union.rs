//! [`Union`]: the stacks of two profiles as one table, so that their call trees can be compared.
//!
//! A function is the same in both if it has the same name: files move and are renamed from one build
//! to the next, and what one inlines, the other may call. Names of threads are no functions.

use super::{Difference, Normalization, duration};
use crate::call_tree::{CallTree, Step, build};
use crate::filter::Samples;
use crate::profile::{FrameId, FrameKind, FrameTable, Profile, StackId, StringId, StringTable};
use crate::selection::Selection;
use std::sync::Arc;

/// Which of the two profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// That which is looked at.
    Selection,
    /// That which it is compared with.
    Baseline,
}

impl Side {
    const BOTH: [Self; 2] = [Self::Selection, Self::Baseline];
}

/// The stacks of two profiles as one table, made once for any number of comparisons.
#[derive(Debug)]
pub struct Union {
    /// Names, frames and stacks of both, without samples: what compared call trees are drawn with.
    pub profile: Arc<Profile>,
    /// Of each side, by its own node.
    nodes: [Vec<StackId>; 2],
    /// Of each side, by its own frame.
    frames: [Vec<FrameId>; 2],
}

/// Which samples of a profile are compared.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// What they are of.
    pub profile: &'a Profile,
    /// Which of them count.
    pub samples: &'a Samples,
    /// Which of those are compared.
    pub selection: &'a Selection,
}

impl Union {
    /// Of two profiles. What is known of a frame besides its name is the selection's, if it has it.
    pub fn new(selection: &Profile, baseline: &Profile) -> Self {
        let sides = [selection, baseline];
        let strings = union_of_strings(sides);
        let (frames, frame_ids) = union_of_frames(sides, &strings);
        let mut nodes = sides.map(|profile| vec![StackId::ROOT; profile.stacks.len()]);
        let callees = |(side, node): (Side, StackId)| {
            let (stacks, ids) = (&sides[side as usize].stacks, &frame_ids[side as usize]);
            let member = move |callee| (side, callee);
            let frame = move |callee: StackId| ids[stacks.frame[callee.index()].index()];
            let callees = stacks.callees(node);
            callees.map(move |callee| (frame(callee), member(callee)))
        };
        let step = |members: &[(Side, StackId)]| Step {
            self_weight: 0,
            below: members.iter().copied().flat_map(callees).collect(),
        };
        let root = step(&Side::BOTH.map(|side| (side, StackId::ROOT)));
        let (stacks, _) = build(root, |node, _, members| {
            for (side, own) in members {
                nodes[*side as usize][own.index()] = node;
            }
            step(members)
        });
        let profile = Profile {
            strings,
            frames,
            stacks,
            ..Profile::default()
        };
        Self {
            profile: Arc::new(profile),
            nodes,
            frames: frame_ids,
        }
    }

    /// A frame of one side among those of both.
    pub fn frame_of(&self, side: Side, frame: FrameId) -> FrameId {
        self.frames[side as usize][frame.index()]
    }

    /// A frame of both as one side has it, if it does: the first of several that became one.
    pub fn own_frame(&self, side: Side, frame: FrameId) -> Option<FrameId> {
        let mut frames = self.frames[side as usize].iter();
        let index = frames.position(|other| *other == frame)?;
        Some(FrameId(index as u32))
    }

    /// A call tree of one side in terms of both. Siblings of one name become one.
    pub fn tree(&self, side: Side, tree: &CallTree) -> CallTree {
        let mut weights = vec![0u64; self.profile.stacks.len()];
        for (node, own) in self.nodes[side as usize].iter().zip(&tree.self_weight) {
            let weight = &mut weights[node.index()];
            *weight = weight.saturating_add(*own);
        }
        CallTree::of_weights(&self.profile.stacks, weights)
    }

    /// Counts both sides. The difference is of [`Union::profile`].
    pub fn difference(
        &self,
        selection: Compared<'_>,
        baseline: Compared<'_>,
        normalization: Normalization,
    ) -> Difference {
        let tree = |side: Side, compared: Compared<'_>| {
            let tree = CallTree::new(compared.profile, compared.samples, compared.selection);
            self.tree(side, &tree)
        };
        Difference {
            selection: tree(Side::Selection, selection),
            baseline: tree(Side::Baseline, baseline),
            normalization,
            selection_nanos: duration(selection.profile, selection.selection),
            baseline_nanos: duration(baseline.profile, baseline.selection),
        }
    }
}

fn union_of_strings(sides: [&Profile; 2]) -> StringTable {
    let of = |profile: &'_ Profile| profile.strings.len() as u32;
    let ids = sides.map(|profile| (profile, of(profile)));
    let all = ids.into_iter();
    let mut strings: Vec<&[u8]> = all
        .flat_map(|(profile, len)| (0..len).map(|id| profile.strings.get(StringId(id))))
        .collect();
    strings.sort_unstable();
    strings.dedup();
    StringTable::from_sorted(strings.into_iter())
}

/// Each frame once, in the order that frames have in any profile; and of each side, by its own number.
fn union_of_frames(sides: [&Profile; 2], strings: &StringTable) -> (FrameTable, [Vec<FrameId>; 2]) {
    struct Found<'a> {
        name: &'a [u8],
        is_function: bool,
        side: Side,
        index: usize,
    }
    let mut found: Vec<Found<'_>> = Vec::new();
    for (side, profile) in Side::BOTH.into_iter().zip(sides) {
        found.extend((1..profile.frames.len()).map(|index| Found {
            name: profile.strings.get(profile.frames.name[index]),
            is_function: profile.frames.kind[index] != FrameKind::Comm,
            side,
            index,
        }));
    }
    found.sort_by_key(|found| (found.name, found.is_function, found.side));
    let mut table = FrameTable::default();
    let mut push = |profile: &Profile, index: usize| {
        let of = |id: StringId| strings.find(profile.strings.get(id)).unwrap_or_default();
        table.name.push(of(profile.frames.name[index]));
        table.raw_name.push(of(profile.frames.raw_name[index]));
        table.module.push(of(profile.frames.module[index]));
        table.kind.push(profile.frames.kind[index]);
        FrameId(table.len() as u32 - 1)
    };
    let mut ids = sides.map(|profile| vec![FrameId(0); profile.frames.len()]);
    push(sides[0], 0);
    let key = |found: &Found<'_>| (found.name.to_owned(), found.is_function);
    for same in found.chunk_by(|one, other| key(one) == key(other)) {
        let id = push(sides[same[0].side as usize], same[0].index);
        for found in same {
            ids[found.side as usize][found.index] = id;
        }
    }
    (table, ids)
}

#[cfg(test)]
mod tests {
    use super::super::tests::profile;
    use super::*;
    use crate::filter::SampleFilter;

    /// `path selection/baseline` of each node but the root.
    fn shown(union: &Union, difference: &Difference) -> Vec<String> {
        let profile = &union.profile;
        let line = |node: usize| {
            let path = profile.stacks.path_up(StackId(node as u32));
            let name = |node: StackId| profile.frame_name(profile.stacks.frame[node.index()]);
            let mut names: Vec<_> = path.map(|node| name(node).into_owned()).collect();
            names.reverse();
            let weight = |tree: &CallTree| tree.total_weight[node];
            let (one, other) = (weight(&difference.selection), weight(&difference.baseline));
            format!("{} {one}/{other}", names.join(";"))
        };
        (1..profile.stacks.len()).map(line).collect()
    }

    #[test]
    fn stacks_of_two_profiles_meet_by_name() {
        let new = profile(&["main;b;d", "main;b", "main;e"]);
        let old = profile(&["main;a", "main;b;c", "main;b", "main;b"]);
        let union = Union::new(&new, &old);
        let whole = Selection::whole();
        let samples = [&new, &old].map(|profile| {
            let samples = SampleFilter::default().apply(profile);
            (profile, samples.expect("a filter"))
        });
        let [selection, baseline] = [0, 1].map(|side: usize| Compared {
            profile: samples[side].0,
            samples: &samples[side].1,
            selection: &whole,
        });
        let difference = union.difference(selection, baseline, Normalization::Samples);
        let expected = [
            "app 3/4",
            "app;main 3/4",
            "app;main;a 0/1",
            "app;main;b 2/3",
            "app;main;b;c 0/1",
            "app;main;b;d 1/0",
            "app;main;e 1/0",
        ];
        assert_eq!(shown(&union, &difference), expected);
        assert_eq!(difference.elided(&union.profile).total(), 2);
        let frames = union.profile.frames.len();
        assert!((1..frames).all(|frame| {
            let frame = FrameId(frame as u32);
            union.profile.find_frame(&union.profile, frame) == Some(frame)
        }));
    }

    #[test]
    fn modules_do_not_keep_functions_apart() {
        let new = profile(&["main;a"]);
        let mut old = profile(&["main;a"]);
        // The same strings, another file.
        old.frames.module = vec![StringId(0); old.frames.len()];
        let union = Union::new(&new, &old);
        assert_eq!(union.profile.stacks.len(), new.stacks.len());
        assert_eq!(union.profile.frames, new.frames);
    }
}
