//! Rows that are CPUs, threads, processes or events: their names, and what a right click on them does.

use super::axes;
use super::geometry::Geometry;
use crate::filter::{EventChoice, SampleFilter};
use crate::gui::command::Command;
use crate::gui::measure::Measure;
use crate::gui::session::Session;
use crate::lanes::{LaneKey, Lanes};
use crate::profile::{EventId, Profile, Thread, ThreadId, printable};
use egui::{Pos2, Rect, Sense, Ui, WidgetInfo};

/// A row that was pointed at.
#[derive(Debug, Clone)]
pub(super) struct PointedLane {
    name: String,
    key: Option<LaneKey>,
    /// Whose the other rows are, where each is of one.
    others: Option<Vec<LaneKey>>,
}

impl PointedLane {
    fn new(lanes: &Lanes, lane: usize) -> Option<Self> {
        let others = lanes.keys.iter().enumerate();
        let others = others.filter(|(other, _)| *other != lane);
        Some(Self {
            name: lanes.names.get(lane)?.clone(),
            key: *lanes.keys.get(lane)?,
            others: others.map(|(_, key)| *key).collect(),
        })
    }

    pub(super) fn at(geometry: &Geometry<'_>, position: Pos2) -> Option<Self> {
        Self::new(geometry.lanes?, geometry.lane_at(position)?)
    }
}

/// The names at the left of the rows, each with a menu. `place` is their left edge, and which of two
/// heat maps they are beside.
pub(super) fn names_ui(
    ui: &mut Ui,
    session: &Session,
    geometry: &Geometry<'_>,
    lanes: &Lanes,
    place: (f32, usize),
    pointed: &mut Option<PointedLane>,
    commands: &mut Vec<Command>,
) {
    let (left, index) = place;
    axes::paint_lanes(ui, geometry, left, lanes);
    let unit = session.view.unit();
    for (lane, (name, total)) in lanes.names.iter().zip(&lanes.totals).enumerate() {
        let top = geometry.cells.top() + lane as f32 * geometry.row_height();
        let rect = Rect::from_x_y_ranges(
            left..=geometry.cells.left(),
            top..=top + geometry.row_height(),
        );
        let id = ui.scope_id().with(("lane", index, lane));
        let response = ui.interact(rect, id, Sense::CLICK);
        // The one below has the same rows.
        if index == 0 {
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(egui::Role::ListItem, true, name);
                info.current_text_value = Some(unit.text(*total));
                info
            });
        }
        if response.secondary_clicked() {
            *pointed = PointedLane::new(lanes, lane);
        }
        response.context_menu(|ui| menu_ui(ui, session, pointed.as_ref(), commands));
        response.on_hover_text(format!("{name}: {}", unit.text(*total)));
    }
}

/// What can be done with a row.
pub(super) fn menu_ui(
    ui: &mut Ui,
    session: &Session,
    pointed: Option<&PointedLane>,
    commands: &mut Vec<Command>,
) {
    let Some(PointedLane { name, key, others }) = pointed else {
        return;
    };
    ui.strong(name);
    if let Some(key) = *key {
        if ui.button("Only this").clicked() {
            commands.push(only(session, key));
        }
        let others = others.as_deref().unwrap_or(&[]);
        if let Some(filter) = without(session, key, others)
            && ui.button("Without this").clicked()
        {
            commands.push(Command::SetFilter(Box::new(filter)));
        }
    }
    if ui.button("Copy name").clicked() {
        commands.push(Command::CopyText(name.clone()));
    }
}

fn only(session: &Session, key: LaneKey) -> Command {
    let profile = &session.profile;
    let mut filter = session.filter().clone();
    match key {
        LaneKey::Cpu(number) => filter.cpus = vec![number],
        LaneKey::Thread(thread) => only_thread(&mut filter, profile, thread),
        LaneKey::Process(thread) => {
            let thread = &profile.threads[thread.index()];
            filter.pids = thread.pid.or(thread.tid).into_iter().collect();
            only_host(&mut filter, profile, thread);
        }
        LaneKey::Event(event) if session.choices.view.measure == Measure::Samples => {
            return Command::ShowEvent(Some(event));
        }
        LaneKey::Event(event) => filter.event = named(profile, &[event]),
    }
    Command::SetFilter(Box::new(filter))
}

fn only_thread(filter: &mut SampleFilter, profile: &Profile, id: ThreadId) {
    let thread = &profile.threads[id.index()];
    filter.tids = thread.tid.into_iter().collect();
    only_host(filter, profile, thread);
    // A thread that took another name, or one whose number is not known, is told by its name.
    let numbers = |thread: &Thread| (thread.host, thread.tid);
    let mut others = profile.threads.iter().enumerate();
    if others.any(|(index, other)| index != id.index() && numbers(other) == numbers(thread)) {
        filter.pids = thread.pid.into_iter().collect();
        filter.comms = vec![printable(profile.strings.get(thread.comm)).into_owned()];
    }
}

/// Numbers are those of a machine.
fn only_host(filter: &mut SampleFilter, profile: &Profile, thread: &Thread) {
    if let Some(host) = thread.host {
        filter.hosts = vec![printable(profile.strings.get(host)).into_owned()];
    }
}

fn named(profile: &Profile, events: &[EventId]) -> EventChoice {
    let names = events.iter().map(|id| profile.event_name(*id).into_owned());
    EventChoice::Named(names.collect())
}

/// The filter that lets only the other rows through; `None` where numbers cannot tell them apart.
fn without(session: &Session, key: LaneKey, others: &[LaneKey]) -> Option<SampleFilter> {
    let profile = &session.profile;
    let mut filter = session.filter().clone();
    match key {
        LaneKey::Cpu(number) => filter.cpus = rest(others.iter().map(cpu), number)?,
        LaneKey::Thread(thread) => {
            let tid = |key: &LaneKey| number(profile, *key, |thread| thread.tid);
            let left_out = profile.threads[thread.index()].tid?;
            filter.tids = rest(others.iter().map(tid), left_out)?;
        }
        LaneKey::Process(thread) => {
            let pid = |thread: &Thread| thread.pid.or(thread.tid);
            let pids = others.iter().map(|key| number(profile, *key, pid));
            filter.pids = rest(pids, pid(&profile.threads[thread.index()])?)?;
        }
        LaneKey::Event(_) => {
            let event = |key: &LaneKey| match key {
                LaneKey::Event(event) => Some(*event),
                _ => None,
            };
            let events: Vec<EventId> = others.iter().filter_map(event).collect();
            filter.event = (!events.is_empty()).then(|| named(profile, &events))?;
        }
    }
    Some(filter)
}

fn cpu(key: &LaneKey) -> Option<u16> {
    match key {
        LaneKey::Cpu(number) => Some(*number),
        _ => None,
    }
}

/// Of a thread or process, unless the same number may be another's on another machine.
fn number(profile: &Profile, key: LaneKey, of: impl Fn(&Thread) -> Option<i32>) -> Option<i32> {
    let (LaneKey::Thread(thread) | LaneKey::Process(thread)) = key else {
        return None;
    };
    let thread = &profile.threads[thread.index()];
    of(thread).filter(|_| thread.host.is_none())
}

/// The numbers of the other rows, if each has one, and none has the one that is left out.
fn rest<T: Copy + Ord>(numbers: impl Iterator<Item = Option<T>>, left_out: T) -> Option<Vec<T>> {
    let mut numbers = numbers.collect::<Option<Vec<T>>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    let can_tell = !numbers.is_empty() && !numbers.contains(&left_out);
    can_tell.then_some(numbers)
}
