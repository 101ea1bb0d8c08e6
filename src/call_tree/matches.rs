//! [`Matches`]: what a search finds in a call tree.

use super::CallTree;
use crate::filter::matching_frames;
use crate::profile::{Profile, StackTable};
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
        let mut total = 0u64;
        let mut node = 1;
        while node < stacks.len() {
            if frames[stacks.frame[node].index()] {
                total = total.saturating_add(tree.total_weight[node]);
                node = stacks.subtree_end[node].index();
            } else {
                node += 1;
            }
        }
        Self { frames, total }
    }
}
