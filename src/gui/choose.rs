//! Carries out the commands that change what is chosen of one profile.

use super::choices::{Gradual, GraphMode, NamedSelection};
use super::command::Command;
use super::heat_map::{Nudge, in_each_column, nudged};
use super::session::Session;
use super::tab::Tab;
use super::zoom::Zoom;
use crate::grouping::Grouping;
use crate::lanes::LaneKind;
use crate::profile::{FrameId, FrameKind};
use crate::roots::Roots;
use crate::selection::Selection;
use crate::shape::Shape;
use regex::Regex;
use std::collections::HashSet;

/// A command that is about the profile in front.
pub(super) fn carry_out_in(tab: &mut Tab, command: Command) {
    let Some(session) = &mut tab.session else {
        return;
    };
    let before = session.choices.clone();
    session.awaited_step = None;
    let gradual = match &command {
        Command::TypeSearch(_) => Some(Gradual::Search),
        Command::Nudge(_) => Some(Gradual::Nudge),
        Command::Click { cell, .. } => Some(Gradual::Click(*cell)),
        Command::TypeFilter(_, field) => Some(Gradual::FilterText(field)),
        Command::DragRows(_) => Some(Gradual::Rows),
        Command::RenameKept(index, _) => Some(Gradual::Name(*index)),
        _ => None,
    };
    let was_playing = std::mem::take(&mut session.is_playing);
    match command {
        Command::Undo => {
            if let Some(choices) = session.history.undo(&before) {
                session.choices = choices;
            }
            return;
        }
        Command::Redo => {
            if let Some(choices) = session.history.redo(&before) {
                session.choices = choices;
            }
            return;
        }
        Command::TogglePlay => {
            session.is_playing =
                !was_playing && !before.selection.is_whole() && begins_anew_at_end(session);
            if session.is_playing {
                // All its steps are undone as one.
                session.history.note(before, None);
            }
            return;
        }
        Command::StepBack if was_playing => return,
        Command::StepBack if tab.heat_map.give_up_drag() => session.preview = None,
        Command::StepMatch { forward } => tab.flame_graph.step_match(forward),
        Command::FocusSearch => tab.flame_graph.focus_search = true,
        Command::FitHeatMap => tab.heat_map.fit(),
        Command::MoveTime(to) => tab.heat_map.go(session, to),
        command => choose(session, command),
    }
    // Whatever else is chosen, a selection that plays goes on until another one is made.
    session.is_playing =
        was_playing && session.preview.is_none() && session.choices.selection == before.selection;
    if session.choices != before {
        session.history.note(before, gradual);
    }
}

pub(super) fn nudge(session: &mut Session, by: Nudge) {
    if let Ok(map) = &session.view.heat_map {
        session.choices.selection = nudged(map, &session.choices.selection, by);
    }
}

/// In the last column the selection goes back to the first; whether it can go on from where it is.
fn begins_anew_at_end(session: &mut Session) -> bool {
    let before = session.choices.selection.clone();
    nudge(session, Nudge::Step { forward: true });
    if session.choices.selection != before {
        session.choices.selection = before;
        return true;
    }
    nudge(session, Nudge::First);
    session.choices.selection != before
}

/// Changes what is chosen.
fn choose(session: &mut Session, command: Command) {
    match command {
        Command::StepBack => session.step_back(),
        Command::Search(text) | Command::TypeSearch(text) => session.choices.search = text,
        Command::Preview(selection) => session.preview = selection,
        Command::Select(selection) | Command::Click { selection, .. } => {
            session.preview = None;
            session.choices.selection = selection;
        }
        Command::Compare(baseline) => session.choices.baseline = baseline,
        Command::SwapBaseline => swap_baseline(session),
        Command::BaselineFromSelection => baseline_from_selection(session),
        Command::ShowFinding(index) => show_finding(session, index),
        Command::StepFinding { forward } => step_finding(session, forward),
        Command::Nudge(by) => nudge(session, by),
        Command::RepeatSelection => repeat_selection(session),
        Command::KeepSelection => keep_selection(session),
        Command::RenameKept(index, name) => {
            if let Some(kept) = session.choices.named.get_mut(index) {
                kept.name = name;
            }
        }
        Command::ForgetKept(index) if index < session.choices.named.len() => {
            session.choices.named.remove(index);
        }
        Command::SetNotes(notes) => session.notes = notes,
        Command::Zoom(node) => session.zoom_to(node),
        Command::ZoomPath(path) => session.choices.zoom = Zoom::to(&session.profile, path),
        Command::ZoomOut => session.choices.zoom.step_out(),
        Command::SetMode(mode) => set_mode(session, mode),
        Command::ShowFromRoot { icicle } => {
            set_mode(session, GraphMode::Callees);
            session.choices.icicle = icicle;
        }
        Command::ToggleIcicle => session.choices.icicle ^= true,
        Command::ToggleCallers => {
            let mode = match session.choices.mode {
                GraphMode::Callers => GraphMode::Callees,
                _ => GraphMode::Callers,
            };
            set_mode(session, mode);
        }
        Command::SetRoots(roots) => {
            let shape = session.choices.shape;
            session.choices.set_shape(Shape { roots, ..shape });
        }
        Command::SetGrouping(grouping) => {
            let shape = session.choices.shape;
            session.choices.set_shape(Shape { grouping, ..shape });
        }
        Command::NextGrouping => {
            let all = Grouping::ALL.map(|(grouping, ..)| grouping);
            let shape = session.choices.shape;
            let at = all.iter().position(|grouping| *grouping == shape.grouping);
            let next = at.and_then(|at| all.get(at + 1));
            let grouping = next.copied().unwrap_or_default();
            session.choices.set_shape(Shape { grouping, ..shape });
        }
        Command::NextRoots => {
            let all = Roots::ALL.map(|(roots, ..)| roots);
            let at = all
                .iter()
                .position(|roots| *roots == session.choices.shape.roots);
            let next = at.and_then(|at| all.get(at + 1));
            let (roots, shape) = (next.copied().unwrap_or_default(), session.choices.shape);
            session.choices.set_shape(Shape { roots, ..shape });
        }
        Command::Focus(function) => {
            set_mode(session, GraphMode::Callees);
            session.choices.edits.focus = function;
            session.choices.absent.focus = None;
        }
        Command::Hide(function) if !session.choices.edits.hidden.contains(&function) => {
            session.choices.edits.hidden.push(function);
        }
        Command::HideModule(function) => hide_module(session, function),
        Command::UnhideAll => {
            session.choices.edits.hidden.clear();
            session.choices.absent.hidden.clear();
        }
        Command::ToggleRecursion => session.choices.edits.collapses_recursion ^= true,
        Command::Mark(function) => {
            session.choices.marked = function;
            session.choices.absent.marked = None;
        }
        Command::SetFilter(filter) | Command::TypeFilter(filter, _) => {
            session.choices.view.filter = *filter;
        }
        Command::OnlyStacks(pattern, with) => {
            let filter = &mut session.choices.view.filter;
            if let Ok(pattern) = Regex::new(&pattern) {
                // One after the other, such choices narrow what is shown.
                let patterns = match with {
                    true if filter.stacks.is_empty() => &mut filter.stacks,
                    true => &mut filter.also_stacks,
                    false => &mut filter.excluded_stacks,
                };
                patterns.push(pattern);
            }
        }
        Command::ClearFilters => session.clear_filters(),
        Command::SetIdleIncluded(included) => session.choices.view.filter.include_idle = included,
        Command::ShowEvent(event) => session.show_event(event),
        Command::ShowMeasure(measure) => session.choices.view.measure = measure,
        Command::SetRows(rows) | Command::DragRows(rows) => {
            session.choices.view.heat_map.rows = rows
        }
        Command::SetColumn(nanos) => session.choices.view.heat_map.column_nanos = nanos,
        Command::SetLanes(lanes) => session.choices.lanes = lanes,
        Command::NextLanes => {
            let kinds = LaneKind::ALL.map(|(kind, _)| Some(kind));
            let at = kinds.iter().position(|kind| *kind == session.choices.lanes);
            session.choices.lanes = kinds.get(at.map_or(0, |at| at + 1)).copied().flatten();
        }
        // The app's own.
        _ => {}
    }
}

fn set_mode(session: &mut Session, mode: GraphMode) {
    session.choices.absent.sandwich = None;
    if session.choices.mode != mode {
        session.choices.mode = mode;
        session.choices.zoom = Zoom::default();
    }
}

fn hide_module(session: &mut Session, function: FrameId) {
    let frames = &session.profile.frames;
    let module = frames.module[function.index()];
    let of_module = (1..frames.len() as u32).map(FrameId).filter(|frame| {
        frames.module[frame.index()] == module && frames.kind[frame.index()] != FrameKind::Comm
    });
    let hidden = &mut session.choices.edits.hidden;
    let before: HashSet<FrameId> = hidden.iter().copied().collect();
    hidden.extend(of_module.filter(|frame| !before.contains(frame)));
}

/// The same key again ends the comparison.
fn baseline_from_selection(session: &mut Session) {
    let selection = session.choices.selection.clone();
    let before = session.choices.baseline.take().unwrap_or_default();
    if !selection.is_whole() && before.ranges.as_ref() != Some(&selection) {
        session.choices.baseline = Some(before.with(Some(selection)));
    }
}

fn swap_baseline(session: &mut Session) {
    let choices = &mut session.choices;
    if let Some(baseline) = choices.baseline.as_mut()
        && let Some(ranges) = baseline.ranges.as_mut()
    {
        std::mem::swap(ranges, &mut choices.selection);
    }
}

fn show_finding(session: &mut Session, index: usize) {
    let finding = session.findings().and_then(|found| found.get(index));
    if let Some(finding) = finding {
        session.choices.selection = Selection::from_ranges(finding.ranges.clone());
        let before = session.choices.baseline.take();
        session.choices.baseline = Some(before.unwrap_or_default().with(None));
    }
}

/// From the finding that is selected to the next one or the one before.
fn step_finding(session: &mut Session, forward: bool) {
    let Some(found) = session.findings() else {
        session.awaited_step = Some(forward);
        return;
    };
    if found.is_empty() {
        return;
    }
    let selected = &session.choices.selection;
    let mut ranges = found.iter().map(|finding| &finding.ranges);
    let at = ranges.position(|ranges| Selection::from_ranges(ranges.clone()) == *selected);
    let step = if forward { 1 } else { found.len() - 1 };
    let first = if forward { 0 } else { found.len() - 1 };
    let next = at.map_or(first, |at| (at + step) % found.len());
    show_finding(session, next);
}

fn repeat_selection(session: &mut Session) {
    let map = session.view.heat_map.as_ref().ok();
    if let Some(repeated) = map.and_then(|map| in_each_column(map, &session.choices.selection)) {
        session.choices.selection = repeated;
    }
}

fn keep_selection(session: &mut Session) {
    let selection = session.choices.selection.clone();
    if selection.is_whole() {
        return;
    }
    let named = &session.choices.named;
    let is_free = |name: &String| named.iter().all(|kept| kept.name != *name);
    let mut names = (named.len() + 1..).map(|number| format!("Selection {number}"));
    let name = names.find(is_free).unwrap_or_default();
    session
        .choices
        .named
        .push(NamedSelection { name, selection });
}
