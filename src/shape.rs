//! [`Shape`]: what the stacks of a profile are made of.

use crate::grouping::{Grouping, grouped};
use crate::lanes::LaneKind;
use crate::profile::{PRINT_COMMAND, Profile};
use crate::roots::{Roots, rooted};

/// What stacks begin with, and what their frames stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// What they begin with.
    pub roots: Roots,
    /// What the other frames stand for.
    pub grouping: Grouping,
}

impl Shape {
    /// Why the stacks of a profile cannot have it.
    pub fn problem(self, profile: &Profile) -> Option<String> {
        let is_of_processes = self.roots == Roots::Lane(LaneKind::Process);
        (is_of_processes && !profile.has_process_ids()).then(|| {
            format!("the profile has no process ids to begin stacks with; print a recording with them: {PRINT_COMMAND}")
        })
    }
}

/// A profile of shape `from` in another one: the same samples, in other stacks.
pub fn reshaped(profile: Profile, from: Shape, to: Shape) -> Profile {
    if from == to {
        return profile;
    }
    if from.roots == to.roots {
        return grouped(profile, to.grouping);
    }
    let functions = match from.grouping {
        Grouping::Functions => profile,
        _ => grouped(profile, Grouping::Functions),
    };
    let rooted = rooted(functions, to.roots);
    match to.grouping {
        Grouping::Functions => rooted,
        grouping => grouped(rooted, grouping),
    }
}
