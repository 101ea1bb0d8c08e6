//! The call nodes of a report: those with samples, renumbered; where a page has no room for all, rare
//! calls are merged into one box beside their siblings, which says so.

use super::columns::write_column;
use crate::call_tree::CallTree;
use crate::profile::{FrameId, Profile};
use std::ops::Range;

/// In depth-first order, as the profile's, with callers before callees.
pub(super) struct Trie {
    /// The profile's frames that are used, in order. Merged calls have the number after the last.
    pub(super) frames: Vec<FrameId>,
    /// How many of the profile's call nodes have samples.
    pub(super) nodes: usize,
    /// How many of those are merged.
    pub(super) merged: usize,
    /// By node: its frame, as an index into `frames`.
    frame: Vec<u32>,
    /// By node: its caller; the root's is itself.
    parent: Vec<u32>,
    /// By node of the profile: its node here.
    place: Vec<u32>,
}

/// A node whose subtree is being walked.
struct Open {
    node: u32,
    end: usize,
    /// Subtrees among its callees that are merged.
    rare: Vec<Range<usize>>,
}

/// Stands for the frame of merged calls until the frames are numbered.
const MERGED: u32 = u32::MAX;

impl Trie {
    /// Calls in which there is less than `least` are merged; with 1 none are.
    pub(super) fn new(profile: &Profile, tree: &CallTree, least: u64) -> Self {
        let stacks = &profile.stacks;
        let mut trie = Self {
            frames: Vec::new(),
            nodes: tree.total_weight.iter().filter(|total| **total > 0).count(),
            merged: 0,
            frame: vec![0],
            parent: vec![0],
            place: vec![0; stacks.len()],
        };
        let mut open = vec![Open {
            node: 0,
            end: stacks.len(),
            rare: Vec::new(),
        }];
        let mut node = 1;
        while node < stacks.len() {
            while open.len() > 1 && open[open.len() - 1].end <= node {
                trie.close(open.pop());
            }
            let end = stacks.subtree_end[node].index();
            let caller = open.len() - 1;
            let total = tree.total_weight[node];
            if total < least.max(1) {
                if total > 0 {
                    open[caller].rare.push(node..end);
                }
                node = end;
                continue;
            }
            let place = trie.push(open[caller].node, stacks.frame[node].0);
            trie.place[node] = place;
            open.push(Open {
                node: place,
                end,
                rare: Vec::new(),
            });
            node += 1;
        }
        while let Some(last) = open.pop() {
            trie.close(Some(last));
        }
        let own = trie.frame.iter().filter(|frame| **frame != MERGED).count();
        trie.merged = trie.nodes.saturating_sub(own);
        trie.number_frames(profile.frames.len());
        trie
    }

    fn push(&mut self, parent: u32, frame: u32) -> u32 {
        let node = self.parent.len() as u32;
        self.parent.push(parent);
        self.frame.push(frame);
        node
    }

    /// All its other callees are there: merged ones come last.
    fn close(&mut self, open: Option<Open>) {
        let Some(open) = open.filter(|open| !open.rare.is_empty()) else {
            return;
        };
        let node = self.push(open.node, MERGED);
        for range in open.rare {
            self.place[range].fill(node);
        }
    }

    fn number_frames(&mut self, frames: usize) {
        let mut number = vec![MERGED; frames];
        for frame in self.frame.iter().filter(|frame| **frame != MERGED) {
            number[*frame as usize] = 0;
        }
        for (frame, number) in (0u32..).zip(&mut number) {
            if *number == 0 {
                *number = self.frames.len() as u32;
                self.frames.push(FrameId(frame));
            }
        }
        let merged = self.frames.len() as u32;
        for frame in &mut self.frame {
            *frame = number.get(*frame as usize).copied().unwrap_or(merged);
        }
    }

    /// For each node of the profile its rank among the nodes here that samples end in; and writes all
    /// nodes: twice the number of callees, plus one where samples end; frames of the first among
    /// siblings; how much greater the others' are than their left sibling's.
    pub(super) fn write(&self, tree: &CallTree, out: &mut Vec<u8>) -> Vec<u32> {
        let len = self.parent.len();
        let mut is_end = vec![false; len];
        for (place, own) in self.place.iter().zip(&tree.self_weight) {
            is_end[*place as usize] |= *own > 0;
        }
        let mut callees = vec![0u64; len];
        let mut last: Vec<Option<u32>> = vec![None; len];
        let (mut firsts, mut others) = (vec![u64::from(self.frame[0])], Vec::new());
        for (frame, parent) in self.frame.iter().zip(&self.parent).skip(1) {
            let parent = *parent as usize;
            callees[parent] += 1;
            match last[parent].replace(*frame) {
                None => firsts.push(u64::from(*frame)),
                Some(left) => others.push(u64::from(frame - left)),
            }
        }
        let counts = callees.iter().zip(&is_end);
        let counts: Vec<u64> = counts.map(|(n, end)| 2 * n + u64::from(*end)).collect();
        for column in [&counts, &firsts, &others] {
            write_column(column, out);
        }
        let mut rank = 0;
        let ranks = is_end.iter().map(|end| {
            rank += u32::from(*end);
            rank.saturating_sub(1)
        });
        let ranks: Vec<u32> = ranks.collect();
        self.place.iter().map(|at| ranks[*at as usize]).collect()
    }
}
