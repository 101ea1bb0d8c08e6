//! The limit of formats that write each stack out frame by frame: what they write grows with the square of
//! the depth. A trace of a megabyte can hold calls 20,000 deep, which would be 400 MB of folded stacks.

use crate::call_tree::CallTree;
use crate::profile::{Profile, with_thousands};
use std::io;

/// Frames in all stacks together: some gigabytes of text. Recordings stay far below, as their own text has
/// a line for each of these frames; more is of no use to the programs that read it.
const MOST_FRAMES: u64 = 1 << 27;

/// What can be done about it where there is a flame graph.
pub(super) const OTHER_FORMATS: &str =
    "choose a shorter range or fewer samples, or svg, d3 or firefox, which write callers once";

/// Refuses stacks of these depths, where they are too much together; `instead` says what to do.
pub(super) fn check(depths: impl Iterator<Item = u32>, instead: &str) -> io::Result<()> {
    let depths = depths.map(u64::from);
    let frames = depths.fold(0, u64::saturating_add);
    if frames <= MOST_FRAMES {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "its stacks have {} frames when each is written out, and {} is the limit of this format; {instead}",
        with_thousands(frames),
        with_thousands(MOST_FRAMES)
    )))
}

/// The same of the stacks that a call tree's samples end in.
pub(super) fn check_tree(profile: &Profile, trees: &[&CallTree]) -> io::Result<()> {
    let Some(first) = trees.first() else {
        return Ok(());
    };
    let depths = first.stacks(profile).depth.iter().enumerate();
    let ends = |node: usize| trees.iter().any(|tree| tree.self_weight[node] > 0);
    let depths = depths.filter(|(node, _)| ends(*node));
    check(depths.map(|(_, depth)| *depth), OTHER_FORMATS)
}
