//! Rows that are CPUs, threads, processes or events: their names, and what a right click on them does.

use super::axes;
use super::geometry::Geometry;
use crate::filter::{EventChoice, SampleFilter};
use crate::gui::command::Command;
use crate::gui::measure::Measure;
use crate::gui::menus::entries;
use crate::gui::session::Session;
use crate::lanes::{LaneKey, Lanes};
use crate::profile::{EventId, Profile, Thread, ThreadId, printable};
use egui::{EventFilter, Key, Modifiers, Pos2, Rect, Response, Sense, Ui, WidgetInfo};

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

/// The menu of a row, and the row that the keyboard comes to.
#[derive(Default)]
pub(super) struct LaneMenu {
    pub(super) pointed: Option<PointedLane>,
    /// The row that can have the focus: arrows go from one to the next.
    row: usize,
    /// Where its menu was opened by key.
    opened_at: Option<Pos2>,
}

/// The names at the left of the rows, each with a menu. `place` is their left edge, and which of two
/// heat maps they are beside.
pub(super) fn names_ui(
    ui: &mut Ui,
    session: &Session,
    geometry: &Geometry<'_>,
    lanes: &Lanes,
    place: (f32, usize),
    menu: &mut LaneMenu,
    commands: &mut Vec<Command>,
) {
    let (left, index) = place;
    menu.row = menu.row.min(lanes.names.len().saturating_sub(1));
    let mut next_row = None;
    axes::paint_lanes(ui, geometry, left, lanes);
    let unit = session.view.unit();
    for (lane, (name, total)) in lanes.names.iter().zip(&lanes.totals).enumerate() {
        let top = geometry.cells.top() + lane as f32 * geometry.row_height();
        let rect = Rect::from_x_y_ranges(
            left..=geometry.cells.left(),
            top..=top + geometry.row_height(),
        );
        let id = lane_id(ui, index, lane);
        // The one below has the same rows.
        let has_keys = index == 0 && lane == menu.row;
        let sense = match has_keys {
            true => Sense::click(),
            false => Sense::CLICK,
        };
        let response = ui.interact(rect, id, sense);
        if index == 0 {
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(egui::Role::ListItem, true, name);
                info.current_text_value = Some(unit.text(*total));
                info
            });
        }
        if response.secondary_clicked() {
            menu.pointed = PointedLane::new(lanes, lane);
            menu.opened_at = None;
        }
        let mut popup = egui::Popup::context_menu(&response);
        if has_keys {
            let is_opened = keys(ui, &response, lanes, menu, &mut next_row);
            if let Some(at) = menu.opened_at {
                // Opened by a key: where its row is.
                popup = popup
                    .open_memory(is_opened.then_some(true.into()))
                    .at_position(at);
            }
        }
        popup.show(|ui| menu_ui(ui, session, menu.pointed.as_ref(), commands));
        response.on_hover_text(format!("{name}: {}", unit.text(*total)));
    }
    if let Some(row) = next_row {
        menu.row = row;
        let id = lane_id(ui, index, row);
        ui.memory_mut(|memory| memory.request_focus(id));
    }
}

fn lane_id(ui: &Ui, index: usize, lane: usize) -> egui::Id {
    ui.scope_id().with(("lane", index, lane))
}

/// While a row has the focus, arrows go to the next one, and the key for it opens its menu; whether that
/// has just been pressed.
fn keys(
    ui: &Ui,
    response: &Response,
    lanes: &Lanes,
    menu: &mut LaneMenu,
    next_row: &mut Option<usize>,
) -> bool {
    if !response.has_focus() {
        return false;
    }
    // The arrows of an open menu are its own.
    let has_menu = egui::Popup::is_any_open(ui.ctx());
    let filter = EventFilter {
        vertical_arrows: !has_menu,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    if has_menu {
        return false;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let last = lanes.names.len() - 1;
    if pressed(Modifiers::NONE, Key::ArrowDown) {
        *next_row = Some((menu.row + 1).min(last));
    }
    if pressed(Modifiers::NONE, Key::ArrowUp) {
        *next_row = Some(menu.row.saturating_sub(1));
    }
    let is_opened = pressed(Modifiers::SHIFT, Key::F10);
    if is_opened {
        menu.pointed = PointedLane::new(lanes, menu.row);
        menu.opened_at = Some(response.rect.left_bottom());
    }
    is_opened
}

/// What can be done with a row.
pub(super) fn menu_ui(
    ui: &mut Ui,
    session: &Session,
    pointed: Option<&PointedLane>,
    commands: &mut Vec<Command>,
) {
    if let Some(pointed) = pointed {
        entries(ui, commands, |ui, commands| {
            entries_ui(ui, session, pointed, commands);
        });
    }
}

fn entries_ui(ui: &mut Ui, session: &Session, pointed: &PointedLane, commands: &mut Vec<Command>) {
    let PointedLane { name, key, others } = pointed;
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
            filter.pids = thread.pid.into_iter().collect();
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
            let pid = |thread: &Thread| thread.pid;
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
