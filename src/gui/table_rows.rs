//! What the tables of functions and of changes list, and in which order. As functions may be
//! hundreds of thousands, none of it is done on the window's thread.

use super::sorting::Sorting;
use super::view::View;
use crate::call_tree::{CallTree, FunctionTotals, functions};
use crate::difference::FunctionChange;
use crate::profile::{FrameId, Profile, printable};
use crate::ratio::ratio;
use crate::selection::Selection;
use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

/// A function of the selection.
#[derive(Debug, Clone, Copy)]
pub(super) struct FunctionRow {
    pub(super) totals: FunctionTotals,
    /// Of a ratio of counters: that of the function and all it calls.
    pub(super) ratio: Option<f64>,
}

/// What functions are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    SelfWeight,
    TotalWeight,
    Ratio,
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

/// All functions that some sample of the selection is in.
pub(super) fn all_functions(
    profile: &Profile,
    view: &View,
    selection: &Selection,
) -> Vec<FunctionRow> {
    let of = |tree: &CallTree| functions(profile, &profile.stacks, tree);
    let totals = of(&view.call_tree(profile, selection));
    let numerators = view.numerators(profile, selection);
    let numerators = numerators.map(|tree| {
        let rows = of(&tree).into_iter();
        let rows = rows.map(|row| (row.frame, row.total_weight));
        rows.collect::<HashMap<FrameId, u64>>()
    });
    let row = |totals: FunctionTotals| {
        let ratio = numerators.as_ref().and_then(|numerators| {
            let numerator = numerators.get(&totals.frame).copied().unwrap_or(0);
            ratio(numerator, totals.total_weight)
        });
        FunctionRow { totals, ratio }
    };
    totals.into_iter().map(row).collect()
}

/// Functions in order; `found` are the frames to keep to.
pub(super) fn function_rows(
    profile: &Profile,
    functions: &[FunctionRow],
    look: &TableLook,
    found: Option<&[bool]>,
) -> Vec<FunctionRow> {
    let narrowed = look.narrowed.to_lowercase();
    let is_wanted = |row: &&FunctionRow| {
        let frame = row.totals.frame;
        let name = || profile.frame_name(frame).to_lowercase();
        let is_found = found.is_none_or(|found| found[frame.index()]);
        is_found && (narrowed.is_empty() || name().contains(&narrowed))
    };
    let mut rows: Vec<FunctionRow> = functions.iter().filter(is_wanted).copied().collect();
    match look.functions.by {
        // They come so.
        Order::SelfWeight => {}
        Order::TotalWeight => {
            let key = |row: &FunctionRow| {
                let totals = row.totals;
                (
                    Reverse((totals.total_weight, totals.self_weight)),
                    totals.frame,
                )
            };
            rows.sort_unstable_by_key(key);
        }
        // Of equals, those stay first that count for most.
        Order::Ratio => rows.sort_by(|one, other| {
            let ratio = |row: &FunctionRow| row.ratio.unwrap_or(-1.0);
            ratio(other).total_cmp(&ratio(one))
        }),
        // Frames are in order of their names.
        Order::Name => rows.sort_unstable_by_key(|row| row.totals.frame),
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
