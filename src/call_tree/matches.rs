//! [`Matches`]: what a search finds in a call tree.

use super::CallTree;
use crate::filter::matching_frames;
use crate::profile::{Profile, StackId, StackTable};
use regex::Regex;

/// What a search found: which frames match, and how many samples have one in their stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches {
    /// By frame of the profile.
    pub frames: Vec<bool>,
    /// What the samples with at least one matching frame count for, each counted once.
    pub total: u64,
}

impl Matches {
    /// Finds the frames whose displayed name matches.
    ///
    /// `stacks` are those of `tree`: the profile's, or those of another shape of it.
    pub fn find(profile: &Profile, stacks: &StackTable, tree: &CallTree, pattern: &Regex) -> Self {
        let frames = matching_frames(profile, |name| pattern.is_match(name));
        let mut matches = Self { frames, total: 0 };
        matches.total = matches.below(stacks, tree, StackId::ROOT);
        matches
    }

    /// What the samples in `node` with at least one matching frame count for, its callers included.
    pub fn within(&self, stacks: &StackTable, tree: &CallTree, node: StackId) -> u64 {
        let is_match = |node: StackId| self.frames[stacks.frame[node.index()].index()];
        match stacks.path_up(node).any(is_match) {
            true => tree.total_weight[node.index()],
            false => self.below(stacks, tree, node),
        }
    }

    /// The same of what `node` calls.
    fn below(&self, stacks: &StackTable, tree: &CallTree, node: StackId) -> u64 {
        let mut total = 0u64;
        let end = stacks.subtree_end[node.index()].index();
        let mut node = node.index() + 1;
        while node < end {
            if self.frames[stacks.frame[node].index()] {
                total = total.saturating_add(tree.total_weight[node]);
                node = stacks.subtree_end[node].index();
            } else {
                node += 1;
            }
        }
        total
    }
}
