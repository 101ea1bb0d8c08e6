//! Session files in the window: what is open as a [`SessionFile`], and back.

use super::app::{App, shown};
use super::choices::{Absent, Baseline, Choices, GraphMode, NamedSelection, ViewKey};
use super::dialogs::Purpose;
use super::measure::Measure;
use super::other::Other;
use super::session::Session;
use super::tab::Tab;
use super::tabs::Tabs;
use super::view::View;
use super::zoom::Zoom;
use crate::difference::Normalization;
use crate::filter::{EventChoice, SampleFilter};
use crate::lanes::LaneKind;
use crate::profile::{FrameId, Profile};
use crate::session_file::{
    self, ENDING, FilterView, FrameName, KeptSelection, OtherView, ProfileView, SessionFile,
    to_seconds, to_selection,
};
use crate::shape::Shape;
use egui::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl App {
    /// Opens all profiles of a session; those that are open already as the session has them.
    pub(super) fn open_session(&mut self, context: &Context, path: &Path) {
        let session = match session_file::open(path) {
            Ok(session) => session,
            Err(error) => return self.tell_error(error.to_string()),
        };
        self.preferences.remember_session(path);
        let front = session.profiles.get(session.shown);
        let front = front.map(|view| view.file.clone());
        for view in session.profiles {
            self.open_view(context, view);
        }
        if let Some(file) = front {
            self.open_profile(context, file);
        }
    }

    /// Opens a profile to show this of it.
    pub(super) fn open_view(&mut self, context: &Context, view: ProfileView) {
        // What it is compared with must be open, too.
        if let Some(other) = &view.compared_with {
            self.open_profile(context, other.file.clone());
        }
        self.open_profile(context, view.file.clone());
        self.show_in_front(view);
    }

    /// Shows this of the profile in front, once it is there.
    pub(super) fn show_in_front(&mut self, view: ProfileView) {
        if let Some(tab) = self.tabs.active_mut() {
            tab.opening = Some(view);
        }
        self.show_opening();
    }

    /// Shows what profiles were opened to show, once they are there.
    pub(super) fn show_opening(&mut self) {
        let mut problems = Vec::new();
        for index in 0..self.tabs.iter().count() {
            let opening = self.tabs.iter().nth(index).filter(|tab| is_whole(tab));
            let Some(view) = opening.and_then(|tab| tab.opening.as_ref()) else {
                continue;
            };
            let other = match &view.compared_with {
                None => None,
                Some(wanted) => match find_other(wanted, &self.tabs, view.shape()) {
                    None => continue,
                    found => found,
                },
            };
            let tab = self.tabs.iter_mut().nth(index);
            problems.extend(tab.and_then(|tab| show_opening_in(tab, other)));
        }
        if let Some(problem) = problems.into_iter().next() {
            self.tell_error(problem);
        }
    }

    /// Asks where to save the session.
    pub(super) fn choose_session(&mut self, context: &Context) {
        let Some(path) = self.session().and_then(|session| session.path.clone()) else {
            return self.tell_no_file("a session leads to files");
        };
        let stem = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = stem.split('.').next().unwrap_or_default();
        let file_name = format!("{stem}.{ENDING}");
        let purpose = Purpose::Save {
            title: "Save the session",
            folder: path.parent().map(Path::to_owned),
            file_name,
            ending: ENDING,
        };
        self.open_dialog(context, purpose, None);
    }

    /// Writes the session: all open profiles that are files, and what is chosen of them.
    pub(super) fn save_session(&mut self, path: PathBuf) {
        let path = match path.extension() {
            Some(ending) if ending.eq_ignore_ascii_case("json") => path,
            _ => PathBuf::from(format!("{}.{ENDING}", path.display())),
        };
        let mut session = SessionFile::default();
        for (index, tab) in self.tabs.iter().enumerate() {
            if let Some(view) = view_of_tab(tab) {
                if self.tabs.is_shown(index) {
                    session.shown = session.profiles.len();
                }
                session.profiles.push(view);
            }
        }
        match session_file::save(&session, &path) {
            Ok(()) => {
                self.preferences.remember_session(&path);
                self.tell(format!("Saved {}", shown(&path)));
            }
            Err(error) => self.tell_error(error.to_string()),
        }
    }

    /// The command that opens the same selection and search, to be sent to others.
    pub(super) fn copy_command(&mut self, context: &Context) {
        match self.session().and_then(view_of) {
            Some(view) => {
                context.copy_text(session_file::command_line(&view));
                self.tell("Copied the command that shows this".to_owned());
            }
            None => self.tell_no_file("the command that shows this opens a file"),
        }
    }

    /// Why what is shown has no such thing as others have.
    fn tell_no_file(&mut self, what: &str) {
        if let Some(session) = self.session() {
            let name = &session.name;
            let text = format!("{name} came with the program and is no file; {what}.");
            self.tell_error(text);
        }
    }
}

/// Whether all of a profile is there: a part may lack events.
fn is_whole(tab: &Tab) -> bool {
    tab.session.is_some() && tab.loading.is_none() && tab.next.is_none()
}

/// Another profile as it was shown, once it is there; one that can't be opened has no tab.
fn find_other(wanted: &OtherView, tabs: &Tabs, shape: Shape) -> Option<Result<Other, String>> {
    let index = tabs.of_file(&wanted.file);
    let Some(tab) = index.and_then(|index| tabs.iter().nth(index)) else {
        let name = shown(&wanted.file);
        let problem = format!("{name} is not open, and so nothing is compared with it");
        return Some(Err(problem));
    };
    let session = tab.session.as_ref().filter(|_| is_whole(tab))?;
    Some(other_of(session, wanted, shape))
}

fn other_of(session: &Session, wanted: &OtherView, shape: Shape) -> Result<Other, String> {
    let profile = &session.profile;
    let measure = wanted.measure.as_deref();
    let measure = measure.and_then(|name| Measure::named(profile, name));
    let key = ViewKey {
        measure: measure.unwrap_or_default(),
        filter: known_events(wanted.filter.filter()?, profile).0,
        heat_map: session.view.key.heat_map,
    };
    let view = match session.view.key == key {
        true => Arc::clone(&session.view),
        false => Arc::new(View::new(profile, key)?),
    };
    let selection = to_selection(&wanted.select, profile);
    Ok(Other::new(session, view, selection, shape))
}

/// What went wrong, if anything did.
fn show_opening_in(tab: &mut Tab, other: Option<Result<Other, String>>) -> Option<String> {
    let session = tab.session.as_mut()?;
    let view = tab.opening.take()?;
    let profile = Arc::clone(&session.profile);
    let result = apply(&view, session, &profile, other);
    result
        .err()
        .map(|problem| format!("{}: {problem}", tab.name))
}

/// What cannot be shown is left out, and said.
fn apply(
    view: &ProfileView,
    session: &mut Session,
    profile: &Profile,
    other: Option<Result<Other, String>>,
) -> Result<(), String> {
    let before = session.choices.clone();
    let (filter, unknown) = known_events(view.filter.filter()?, profile);
    let measure = view.measure.as_deref();
    let measure = measure.and_then(|name| Measure::named(profile, name));
    let mut choices = Choices::new(ViewKey {
        measure: measure.unwrap_or_default(),
        filter,
        heat_map: before.view.heat_map,
    });
    choices.named = before.named.clone();
    choices.icicle = view.icicle.unwrap_or(before.icicle);
    if let Some(rows) = view.rows.filter(|rows| (1..=1000).contains(rows)) {
        choices.view.heat_map.rows = rows;
    }
    let rows = u64::from(choices.view.heat_map.rows);
    if let Some(nanos) = view.column_nanos.filter(|nanos| *nanos >= rows) {
        choices.view.heat_map.column_nanos = nanos;
    }
    let lanes = LaneKind::ALL.into_iter();
    let lanes = lanes.filter(|(_, name)| view.lanes.as_deref() == Some(*name));
    choices.lanes = lanes.map(|(kind, _)| kind).next();
    choices.selection = to_selection(&view.select, profile);
    let (other, missing) = match other.transpose() {
        Ok(other) => (other, None),
        Err(missing) => (None, Some(missing)),
    };
    let ranges = view.baseline.as_ref();
    let ranges = ranges.map(|ranges| (!ranges.is_empty()).then(|| to_selection(ranges, profile)));
    let is_compared = other.is_some() || ranges.is_some();
    choices.baseline = is_compared.then(|| Baseline {
        other,
        ranges: ranges.flatten(),
        normalization: match view.by_time {
            true => Normalization::Time,
            false => Normalization::Samples,
        },
        shows_vanished: view.vanished,
    });
    choices.search.clone_from(&view.search);
    if view.from_leaves {
        choices.mode = GraphMode::Callers;
    }
    choices.shape = view.shape();
    choices.edits.collapses_recursion = view.collapse_recursion;
    choices.absent = Absent {
        sandwich: view.sandwich.clone(),
        focus: view.focus.clone(),
        hidden: view.hidden.clone(),
        marked: view.marked.clone(),
    };
    choices.find_absent(profile);
    choices.zoom = Zoom::named(profile, view.zoom.clone());
    for kept in &view.kept {
        let kept = NamedSelection {
            name: session_file::brief(&kept.name),
            selection: to_selection(&kept.select, profile),
        };
        if !choices.named.contains(&kept) {
            choices.named.push(kept);
        }
    }
    session.choices = choices;
    if session.choices != before {
        session.history.note(before, None);
    }
    // Nothing that was written is lost.
    let mut notes = view.notes.clone();
    notes.retain(|c| c == '\n' || c == '\t' || !c.is_control());
    if !session.notes.contains(&notes) {
        let notes = [session.notes.as_str(), notes.as_str()];
        session.notes = notes.join("\n").trim_start().to_owned();
    }
    let unknown = unknown.map(|name| format!("no event is named {name:?}: it is left out"));
    match missing.or(unknown) {
        None => Ok(()),
        Some(problem) => Err(problem),
    }
}

/// Without events that the profile does not have, and the first of those.
fn known_events(mut filter: SampleFilter, profile: &Profile) -> (SampleFilter, Option<String>) {
    let mut unknown = None;
    if let EventChoice::Named(names) = &mut filter.event {
        unknown = names.iter().find(|name| !profile.has_event(name)).cloned();
        names.retain(|name| profile.has_event(name));
        if names.is_empty() {
            filter.event = EventChoice::First;
        }
    }
    (filter, unknown)
}

/// What is chosen of a tab's profile, or will be once it is there.
pub(super) fn view_of_tab(tab: &Tab) -> Option<ProfileView> {
    if let Some(opening) = &tab.opening {
        return Some(opening.clone());
    }
    match &tab.session {
        Some(session) => view_of(session),
        None => Some(ProfileView {
            file: tab.path.clone()?,
            ..ProfileView::default()
        }),
    }
}

/// What is chosen of a profile; nothing of one that is no file.
fn view_of(session: &Session) -> Option<ProfileView> {
    let (choices, profile) = (&session.choices, &session.profile);
    let lanes = LaneKind::ALL.into_iter();
    let lanes = lanes.filter(|(kind, _)| choices.lanes == Some(*kind));
    let kept = session.choices.named.iter().map(|kept| KeptSelection {
        name: kept.name.clone(),
        select: to_seconds(&kept.selection, profile),
    });
    let ranges = |baseline: &Baseline| {
        let ranges = baseline.ranges.as_ref();
        ranges.map_or(Vec::new(), |ranges| to_seconds(ranges, profile))
    };
    let compared = choices.baseline.as_ref();
    let own = compared.filter(|baseline| baseline.other.is_none());
    let other = compared.and_then(|baseline| view_of_other(baseline.other.as_ref()?));
    let name = |frame: &FrameId| FrameName::of(profile, *frame);
    let (hidden, absent) = (choices.edits.hidden.iter(), choices.absent.clone());
    let view = ProfileView {
        file: std::path::absolute(session.path.as_ref()?).ok()?,
        select: to_seconds(&choices.selection, profile),
        baseline: own.map(ranges),
        compared_with: other,
        search: choices.search.clone(),
        filter: FilterView::from(&choices.view.filter),
        rows: Some(choices.view.heat_map.rows),
        column_nanos: Some(choices.view.heat_map.column_nanos),
        lanes: lanes.map(|(_, name)| name.to_owned()).next(),
        icicle: Some(choices.icicle),
        from_leaves: choices.mode == GraphMode::Callers,
        collapse_recursion: choices.edits.collapses_recursion,
        measure: measure_name(choices.view.measure, profile),
        by_time: compared.is_some_and(|baseline| baseline.normalization == Normalization::Time),
        vanished: compared.is_some_and(|baseline| baseline.shows_vanished),
        zoom: choices.zoom.names().to_vec(),
        sandwich: match &choices.mode {
            GraphMode::Sandwich(function) => Some(name(function)),
            _ => absent.sandwich,
        },
        focus: choices.edits.focus.as_ref().map(name).or(absent.focus),
        hidden: hidden.map(name).chain(absent.hidden).collect(),
        marked: choices.marked.as_ref().map(name).or(absent.marked),
        kept: kept.collect(),
        notes: session.notes.clone(),
        ..ProfileView::default()
    };
    Some(view.with_shape(choices.shape))
}

/// `None` where that is no file.
fn view_of_other(other: &Other) -> Option<OtherView> {
    Some(OtherView {
        file: std::path::absolute(other.path.as_ref()?).ok()?,
        select: to_seconds(&other.selection, &other.profile),
        filter: FilterView::from(&other.view.key.filter),
        measure: measure_name(other.view.key.measure, &other.profile),
    })
}

fn measure_name(measure: Measure, profile: &Profile) -> Option<String> {
    match measure {
        Measure::Samples => None,
        measure => Some(measure.name(profile)),
    }
}
