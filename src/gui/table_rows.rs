//! What the tables of functions and of changes list, and in which order. As functions may be
//! hundreds of thousands, none of it is done on the window's thread.

use super::sorting::Sorting;
use crate::call_tree::FunctionTotals;
use crate::difference::FunctionChange;
use crate::profile::{Profile, printable};
use std::cmp::{Ordering, Reverse};

/// What functions are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    SelfWeight,
    TotalWeight,
    Name,
}

/// What changes are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ChangeOrder {
    /// How sure a change is.
    #[default]
    Confidence,
    Selection,
    Baseline,
    Ratio,
    Name,
}

/// How the tables are to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TableLook {
    pub(super) functions: Sorting<Order>,
    pub(super) changes: Sorting<ChangeOrder>,
    /// What names must hold, in capitals or not.
    pub(super) narrowed: String,
    /// Only functions that the search finds.
    pub(super) only_found: bool,
}

/// Functions in order; `found` are the frames to keep to.
pub(super) fn function_rows(
    profile: &Profile,
    functions: &[FunctionTotals],
    look: &TableLook,
    found: Option<&[bool]>,
) -> Vec<FunctionTotals> {
    let narrowed = look.narrowed.to_lowercase();
    let is_wanted = |row: &&FunctionTotals| {
        let name = || profile.frame_name(row.frame).to_lowercase();
        let is_found = found.is_none_or(|found| found[row.frame.index()]);
        is_found && (narrowed.is_empty() || name().contains(&narrowed))
    };
    let mut rows: Vec<FunctionTotals> = functions.iter().filter(is_wanted).copied().collect();
    match look.functions.by {
        // They come so.
        Order::SelfWeight => {}
        Order::TotalWeight => {
            let key =
                |row: &FunctionTotals| (Reverse((row.total_weight, row.self_weight)), row.frame);
            rows.sort_unstable_by_key(key);
        }
        // Frames are in order of their names.
        Order::Name => rows.sort_unstable_by_key(|row| row.frame),
    }
    if look.functions.is_reversed {
        rows.reverse();
    }
    rows
}

/// Changes in order; `names` is the profile that their names are of.
pub(super) fn change_rows(
    names: &Profile,
    changes: &[FunctionChange],
    look: &TableLook,
) -> Vec<FunctionChange> {
    let narrowed = look.narrowed.to_lowercase();
    let name = |change: &FunctionChange| printable(names.strings.get(change.name));
    let is_wanted = |change: &&FunctionChange| {
        narrowed.is_empty() || name(change).to_lowercase().contains(&narrowed)
    };
    let mut rows: Vec<FunctionChange> = changes.iter().filter(is_wanted).cloned().collect();
    // Of equals, those stay first that tell most.
    let larger = |by: fn(&FunctionChange) -> f64| {
        move |one: &FunctionChange, other: &FunctionChange| by(other).total_cmp(&by(one))
    };
    match look.changes.by {
        // They come so.
        ChangeOrder::Confidence => {}
        ChangeOrder::Selection => rows.sort_by(larger(|change| change.selection as f64)),
        ChangeOrder::Baseline => rows.sort_by(larger(|change| change.baseline as f64)),
        ChangeOrder::Ratio => rows.sort_by(larger(|change| change.effect)),
        ChangeOrder::Name => rows.sort_by(|one, other| match name(one).cmp(&name(other)) {
            Ordering::Equal => one.name.cmp(&other.name),
            unequal => unequal,
        }),
    }
    if look.changes.is_reversed {
        rows.reverse();
    }
    rows
}
