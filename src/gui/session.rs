//! [`Session`]: one open profile: what of it is chosen, and what was derived from it for that.

use super::choices::{Absent, Baseline, Choices, GraphEdits, GraphMode, History, ViewKey};
use super::derived::{Layout, Tree, TreeKey};
use super::filter_panel::Listed;
use super::looked_for::MatchedKey;
use super::measure::Measure;
use super::samples::{SAMPLES, Sample};
use super::table_rows::TableLook;
use super::tables::{Tables, TablesKey};
use super::view::{Found, MapBaseline, View};
use super::zoom::Zoom;
use crate::difference::{Side, Union};
use crate::export;
use crate::filter::{EventChoice, SampleFilter};
use crate::findings::{self, FindOptions, Finding};
use crate::flame_graph::SiblingOrder;
use crate::heat_map::HeatMapOptions;
use crate::job::Latest;
use crate::lanes::{LaneKind, LaneOptions, Lanes};
use crate::load::{Address, LoadOptions, Sought, addresses, addresses_in, is_export};
use crate::profile::{EventId, FrameId, Profile, StackId, StackTable, WallClock};
use crate::search::compile;
use crate::selection::Selection;
use crate::shape::Shape;
use crate::value_map::ValueMap;
use regex::Regex;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Parts of a column that lanes are counted in.
const LANE_SLOTS: u32 = 20;
/// The most lanes that are told apart, and the most CPUs, which are all alike: none is less busy for
/// good because its number is higher.
const MOST_LANES: usize = 100;
const MOST_CPUS: usize = 256;
/// The most groups that a strip of columns is stacked of, and the most CPUs, of which one alone is to be
/// seen.
const MOST_GROUPS: usize = 7;
const MOST_CPU_GROUPS: usize = 64;

/// Samples by lane.
type LanesKey = (ViewKey, LaneOptions);
/// How unlike a baseline each cell is.
type DifferenceKey = (ViewKey, MapBaseline);

/// One open profile.
pub(super) struct Session {
    /// What it is called: its file's name.
    pub(super) name: String,
    /// Where it is, unless it came with the program.
    pub(super) path: Option<PathBuf>,
    pub(super) profile: Arc<Profile>,
    /// What its stacks are made of.
    pub(super) shape: Shape,
    pub(super) clock: Option<WallClock>,
    pub(super) choices: Choices,
    pub(super) history: History,
    /// The selection that is being dragged.
    pub(super) preview: Option<Selection>,
    /// Whatever there is to say about the profile.
    pub(super) notes: String,
    /// What another session had chosen when this one last followed it.
    followed: Option<Choices>,
    /// To the next finding (`true`) or the one before, once there are any.
    pub(super) awaited_step: Option<bool>,
    /// Whether the selection moves on by itself.
    pub(super) is_playing: bool,
    /// What else is derived because some view shows it.
    pub(super) wanted: Wanted,
    /// What is searched for, and as an expression, if it is one.
    pub(super) pattern: (String, Option<Regex>),
    views: Latest<ViewKey, Result<Arc<View>, String>>,
    /// The last view that could be made.
    pub(super) view: Arc<View>,
    trees: Latest<TreeKey, Tree>,
    pub(super) tables: Tables,
    lanes: Latest<LanesKey, Option<Arc<Lanes>>>,
    groups: Latest<LanesKey, Option<Arc<Lanes>>>,
    pub(super) matched: Latest<MatchedKey, Option<Arc<Found>>>,
    difference_map: Latest<DifferenceKey, Option<Arc<ValueMap>>>,
    findings: Latest<SampleFilter, Arc<Vec<Finding>>>,
    /// What filters can be chosen from; of one profile it is always the same.
    listed: Latest<(), Arc<Listed>>,
    /// What `emberscope info` prints.
    details: Latest<ViewKey, String>,
    /// Whether there is text to look for addresses in.
    pub(super) has_text: bool,
    pub(super) addresses: Latest<FrameId, Result<Vec<Address>, String>>,
    pub(super) layout: Layout,
}

/// What is derived only where it is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wanted {
    /// How the table of functions is to be.
    pub(super) functions: Option<TableLook>,
    /// What the strip of columns is stacked by.
    pub(super) groups: Option<LaneKind>,
    /// When the code that the search finds ran.
    pub(super) matched: bool,
    /// How unlike the baseline each cell is.
    pub(super) difference: bool,
    pub(super) findings: bool,
    /// The names to choose filters from.
    pub(super) filters: bool,
    pub(super) details: bool,
}

impl Session {
    /// Shows a profile; `view` is what to show of it at first. `wake` is called from other threads
    /// when something new has been derived.
    pub(super) fn new(
        name: String,
        path: Option<PathBuf>,
        (profile, shape): (Arc<Profile>, Shape),
        view: View,
        wake: impl Fn() + Clone + Send + 'static,
    ) -> Self {
        Self {
            name,
            has_text: profile.info.lines > 0 && !path.as_deref().is_some_and(is_export),
            path,
            clock: WallClock::of(&profile),
            profile,
            shape,
            choices: Choices {
                shape,
                ..Choices::new(view.key.clone())
            },
            history: History::default(),
            preview: None,
            notes: String::new(),
            followed: None,
            awaited_step: None,
            is_playing: false,
            wanted: Wanted::default(),
            pattern: (String::new(), None),
            views: Latest::new(wake.clone()),
            view: Arc::new(view),
            trees: Latest::new(wake.clone()),
            tables: Tables::new(wake.clone()),
            lanes: Latest::new(wake.clone()),
            groups: Latest::new(wake.clone()),
            matched: Latest::new(wake.clone()),
            difference_map: Latest::new(wake.clone()),
            findings: Latest::new(wake.clone()),
            listed: Latest::new(wake.clone()),
            details: Latest::new(wake.clone()),
            addresses: Latest::new(wake),
            layout: Layout::default(),
        }
    }

    /// Where its file is.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        Some(self.path.as_ref()?.parent()?.to_owned())
    }

    /// Whether frames are functions, and not groups of them.
    pub(super) fn has_functions(&self) -> bool {
        self.profile.recorded.is_none()
    }

    /// Shows what `other`, which is of another loading of the same profile, shows.
    pub(super) fn follow(&mut self, other: &Self) {
        // Frames are looked for by name, which is not done in every frame.
        if self.followed.as_ref() != Some(&other.choices) {
            let fitting = self.choices.view.heat_map;
            self.choices = other.choices.translated(&other.profile, &self.profile);
            let heat_map = &mut self.choices.view.heat_map;
            if !heat_map.fits(&self.profile) {
                heat_map.column_nanos = fitting.column_nanos;
            }
            self.followed = Some(other.choices.clone());
        }
        self.preview.clone_from(&other.preview);
        self.notes.clone_from(&other.notes);
        self.is_playing = other.is_playing;
        self.wanted.clone_from(&other.wanted);
    }

    /// Takes in what the workers have made, and asks for what is wanted now.
    ///
    /// # Errors
    /// With the message of a worker's failure.
    pub(super) fn update(&mut self) -> Result<(), String> {
        self.views.poll()?;
        match self.views.current() {
            Some((_, Ok(view))) => self.view = Arc::clone(view),
            Some((key, Err(message))) if *key == self.choices.view => {
                // What cannot be shown is not chosen.
                self.choices.view = self.view.key.clone();
                return Err(message.clone());
            }
            Some((_, Err(_))) | None => {}
        }
        self.trees.poll()?;
        self.tables.poll()?;
        self.lanes.poll()?;
        self.groups.poll()?;
        self.matched.poll()?;
        self.difference_map.poll()?;
        self.findings.poll()?;
        self.listed.poll()?;
        self.details.poll()?;
        self.addresses.poll()?;
        if self.choices.view != self.view.key {
            let (profile, key) = (Arc::clone(&self.profile), self.choices.view.clone());
            let wanted = key.clone();
            self.views
                .request(wanted, move || View::new(&profile, key).map(Arc::new));
        }
        if self.pattern.0 != self.choices.search {
            let search = &self.choices.search;
            let pattern = (!search.is_empty()).then(|| compile(search).ok()).flatten();
            self.pattern = (search.clone(), pattern);
        }
        if self.waits_for_shape() {
            return Ok(());
        }
        let key = self.wanted_tree();
        let (profile, view, wanted) = self.for_work(&key);
        self.trees
            .request(wanted, move || Tree::new(&profile, &view, &key));
        self.request_tables();
        self.request_lanes();
        self.request_matched();
        self.request_difference_map();
        self.request_findings();
        self.request_listed();
        self.request_details();
        Ok(())
    }

    /// Another profile is compared in the shape that is chosen, which this one has not yet.
    fn waits_for_shape(&self) -> bool {
        let baseline = self.choices.baseline.as_ref();
        let has_other = baseline.is_some_and(|baseline| baseline.other.is_some());
        has_other && self.shape != self.choices.shape
    }

    /// What work on another thread needs.
    pub(super) fn for_work<K: Clone>(&self, key: &K) -> (Arc<Profile>, Arc<View>, K) {
        let (profile, view) = (Arc::clone(&self.profile), Arc::clone(&self.view));
        (profile, view, key.clone())
    }

    fn wanted_tables(&self) -> Option<TablesKey> {
        let look = self.wanted.functions.clone()?;
        Some(TablesKey {
            view: self.view.key.clone(),
            selection: self.shown_selection(),
            baseline: self.choices.baseline.clone(),
            search: self.listed_search().filter(|_| look.only_found),
            look,
        })
    }

    /// What has been searched for: what is being typed may not have been yet. Another profile's
    /// functions are in no list.
    fn listed_search(&self) -> Option<String> {
        let (key, tree) = self.trees.current()?;
        let is_listed = !key.search.is_empty() && tree.main.both.is_none();
        is_listed.then(|| key.search.clone())
    }

    fn request_tables(&mut self) {
        let Some(key) = self.wanted_tables() else {
            return;
        };
        let tree = self.trees.current().filter(|_| key.search.is_some());
        let matches = tree.and_then(|(_, tree)| tree.main.matches.as_ref());
        let found = matches.map(|found| found.frames.as_slice());
        self.tables.request(&self.profile, &self.view, &key, found);
    }

    /// Whether only what has vanished is shown.
    pub(super) fn shows_vanished(&self) -> bool {
        let baseline = self.choices.baseline.as_ref();
        baseline.is_some_and(|baseline| baseline.shows_vanished)
    }

    /// Of the rows of the heat map, and of the bars above its columns.
    pub(super) fn wanted_lanes(&self) -> [Option<LanesKey>; 2] {
        let key = |kind: Option<LaneKind>, slots, most| {
            let options = kind.map(|kind| LaneOptions { kind, slots, most });
            options.map(|options| (self.view.key.clone(), options))
        };
        let most = match self.choices.lanes {
            Some(LaneKind::Cpu) => MOST_CPUS,
            _ => MOST_LANES,
        };
        let most_groups = match self.wanted.groups {
            Some(LaneKind::Cpu) => MOST_CPU_GROUPS,
            _ => MOST_GROUPS,
        };
        [
            key(self.choices.lanes, LANE_SLOTS, most),
            key(self.wanted.groups, 1, most_groups),
        ]
    }

    fn request_lanes(&mut self) {
        let [rows, bars] = self.wanted_lanes();
        for (key, is_rows) in [(rows, true), (bars, false)] {
            let Some(key) = key else { continue };
            let (profile, view, wanted) = self.for_work(&key);
            let worker = match is_rows {
                true => &mut self.lanes,
                false => &mut self.groups,
            };
            worker.request(wanted, move || {
                let lanes = view.lanes(&profile, key.1);
                lanes.ok().map(Arc::new)
            });
        }
    }

    /// Without a comparison, the baseline is all of the profile.
    fn wanted_difference_map(&self) -> Option<DifferenceKey> {
        let is_sampled = self.view.key.measure == Measure::Samples;
        let baseline = || match &self.choices.baseline {
            None => MapBaseline::Own(Selection::whole()),
            Some(Baseline {
                other: Some(other), ..
            }) => MapBaseline::Other(other.clone()),
            Some(baseline) => {
                let ranges = baseline.of(&self.profile, &self.choices.selection);
                MapBaseline::Own(ranges.unwrap_or_default())
            }
        };
        let is_wanted = self.wanted.difference && is_sampled;
        is_wanted.then(|| (self.view.key.clone(), baseline()))
    }

    fn request_difference_map(&mut self) {
        let Some(key) = self.wanted_difference_map() else {
            return;
        };
        let (profile, view, wanted) = self.for_work(&key);
        self.difference_map.request(wanted, move || {
            let map = view.difference_map(&profile, &key.1);
            map.map(Arc::new)
        });
    }

    /// Of a part of a profile, findings would come and go; of time off the CPUs there are none.
    fn wanted_findings(&self) -> Option<SampleFilter> {
        let measure = self.view.key.measure;
        let is_sampled = !matches!(measure, Measure::OffCpu(_) | Measure::OnStack);
        let is_wanted = self.wanted.findings && is_sampled && !self.profile.info.is_partial;
        is_wanted.then(|| self.view.key.filter.clone())
    }

    fn request_findings(&mut self) {
        let Some(key) = self.wanted_findings() else {
            return;
        };
        let (profile, view, wanted) = self.for_work(&key);
        self.findings.request_long(wanted, move |progress| {
            let found = findings::find(&profile, &view.samples, &FindOptions::default(), progress);
            Arc::new(found)
        });
    }

    fn wanted_listed(&self) -> Option<()> {
        self.wanted.filters.then_some(())
    }

    fn request_listed(&mut self) {
        if let Some(key) = self.wanted_listed() {
            let profile = Arc::clone(&self.profile);
            self.listed
                .request(key, move || Arc::new(Listed::new(&profile)));
        }
    }

    /// The names to choose filters from, once they are known.
    pub(super) fn listed(&self) -> Option<&Arc<Listed>> {
        self.listed.current().map(|(_, listed)| listed)
    }

    fn wanted_details(&self) -> Option<ViewKey> {
        self.wanted.details.then(|| self.view.key.clone())
    }

    fn request_details(&mut self) {
        let Some(key) = self.wanted_details() else {
            return;
        };
        let (profile, view, wanted) = self.for_work(&key);
        let name = self.name.clone();
        self.details.request(wanted, move || {
            let (filter, mut text) = (&view.key.filter, Vec::new());
            // Writing to memory does not fail.
            let _ = export::write_info_text(&profile, filter, &view.samples, &name, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
    }

    /// What is searched for.
    pub(super) fn pattern(&self) -> Option<&Regex> {
        self.pattern.1.as_ref()
    }

    /// What `emberscope info` prints of what is shown, once it is known.
    pub(super) fn details(&self) -> Option<&str> {
        self.details.current().map(|(_, text)| text.as_str())
    }

    /// The findings, once they are known.
    pub(super) fn findings(&self) -> Option<&Arc<Vec<Finding>>> {
        let (filter, findings) = self.findings.current()?;
        (*filter == self.view.key.filter).then_some(findings)
    }

    /// The step to a finding that was asked for before there were any.
    pub(super) fn due_step(&mut self) -> Option<bool> {
        self.findings()?;
        self.awaited_step.take()
    }

    /// Reads the profile's text again for the addresses of a frame.
    pub(super) fn find_addresses(&mut self, frame: FrameId, options: LoadOptions) {
        let (sought, path) = (Sought::new(&self.profile, frame), self.path.clone());
        let sample = SAMPLES.iter().find(|sample| sample.file_name == self.name);
        self.addresses.request_long(frame, move |progress| {
            let found = match (path, sample) {
                (Some(path), _) => addresses(&path, &sought, &options, progress),
                (None, Some(Sample { text, .. })) => {
                    addresses_in(Box::new(*text), Path::new(""), &sought, &options, progress)
                }
                (None, None) => Ok(Vec::new()),
            };
            found.map_err(|error| error.to_string())
        });
    }

    /// The selection being dragged, or else what is selected.
    pub(super) fn shown_selection(&self) -> Selection {
        let selection = self.preview.as_ref().unwrap_or(&self.choices.selection);
        selection.clone()
    }

    /// The newest call tree that is there, and what it is of.
    pub(super) fn tree(&self) -> Option<&(TreeKey, Tree)> {
        self.trees.current()
    }

    /// What names and frames of the flame graph are of: the profile, or it and another one that it is
    /// compared with.
    pub(super) fn drawn(&self) -> &Arc<Profile> {
        let tree = self.trees.current();
        let both = tree.and_then(|(_, tree)| tree.main.both.as_ref());
        both.unwrap_or(&self.profile)
    }

    fn union(&self) -> Option<&Union> {
        let (key, _) = self.trees.current()?;
        let other = key.baseline.as_ref()?.other.as_ref()?;
        other.made_union()
    }

    /// A frame of the profile as the flame graph has it.
    pub(super) fn drawn_frame(&self, frame: FrameId) -> FrameId {
        self.union()
            .map_or(frame, |union| union.frame_of(Side::Selection, frame))
    }

    /// A frame of the flame graph as the profile has it: not at all, if it is only in another one.
    pub(super) fn own_frame(&self, frame: FrameId) -> Option<FrameId> {
        match self.union() {
            None => Some(frame),
            Some(union) => union.own_frame(Side::Selection, frame),
        }
    }

    /// The stacks that node numbers of the flame graph are of.
    pub(super) fn stacks(&self) -> &StackTable {
        let tree = self.trees.current();
        tree.map_or(&self.profile.stacks, |(_, tree)| {
            tree.main.stacks(&self.profile)
        })
    }

    /// The heat map with a row a lane, where such rows are chosen and counted.
    pub(super) fn lanes(&self) -> Option<&Arc<Lanes>> {
        let kind = self.choices.lanes?;
        let ((view, options), lanes) = self.lanes.current()?;
        let fits = options.kind == kind && view.is_like(&self.view.key);
        lanes.as_ref().filter(|_| fits)
    }

    /// The columns' samples by group.
    pub(super) fn groups(&self) -> Option<&Arc<Lanes>> {
        let kind = self.wanted.groups?;
        let ((view, options), lanes) = self.groups.current()?;
        let fits = options.kind == kind && view.is_like(&self.view.key);
        lanes.as_ref().filter(|_| fits)
    }

    /// What cells are coloured by in place of their counts, where that is shown.
    pub(super) fn values(&self) -> Option<&Arc<ValueMap>> {
        let wanted = self.wanted_difference_map();
        let found = self.difference_map.current().zip(wanted);
        let shown = found.filter(|((key, _), wanted)| key.0.is_like(&wanted.0));
        let map = shown.and_then(|((_, map), _)| map.as_ref());
        map.or_else(|| self.view.values())
    }

    /// Whether something newer than what is shown is wanted.
    pub(super) fn is_stale(&self) -> bool {
        let [rows, bars] = self.wanted_lanes();
        let tables = self.wanted_tables();
        self.shape != self.choices.shape
            || self.view.key != self.choices.view
            || self.trees.is_late(Some(&self.wanted_tree()))
            || tables.is_some_and(|key| self.tables.is_late(&key))
            || self.lanes.is_late(rows.as_ref())
            || self.groups.is_late(bars.as_ref())
            || self.matched.is_late(self.wanted_matched().as_ref())
            || (self.difference_map).is_late(self.wanted_difference_map().as_ref())
            || self.findings.is_late(self.wanted_findings().as_ref())
            || self.listed.is_late(self.wanted_listed().as_ref())
            || self.details.is_late(self.wanted_details().as_ref())
            || self.addresses.is_stale()
    }

    fn wanted_tree(&self) -> TreeKey {
        TreeKey {
            view: self.view.key.clone(),
            selection: self.shown_selection(),
            baseline: self.choices.baseline.clone(),
            search: self.choices.search.clone(),
            mode: self.choices.mode,
            edits: self.choices.edits.clone(),
        }
    }

    /// What the flame graph shows once nothing is being dragged.
    pub(super) fn chosen_tree(&self) -> TreeKey {
        TreeKey {
            selection: self.choices.selection.clone(),
            search: String::new(),
            ..self.wanted_tree()
        }
    }

    /// Lays the flame graph out for a picture of `width` points, unless it is already.
    pub(super) fn lay_out(&mut self, width: f32, order: SiblingOrder) {
        let zoom = self.choices.zoom.frames().iter();
        let zoom: Vec<FrameId> = zoom.map(|frame| self.drawn_frame(*frame)).collect();
        if let Some((key, tree)) = self.trees.current() {
            let zoom = (zoom.as_slice(), self.choices.zoom.lost_root());
            self.layout
                .update(&self.profile, key, tree, (zoom, width, order));
        }
    }

    /// The node that is as wide as the picture.
    pub(super) fn zoomed_node(&self) -> StackId {
        self.layout.main.zoomed
    }

    /// Zooms to a node of the flame graph.
    pub(super) fn zoom_to(&mut self, node: StackId) {
        let path = self.stacks().path(node);
        let path: Option<Vec<FrameId>> = path.into_iter().map(|id| self.own_frame(id)).collect();
        // What only another profile has cannot be zoomed to: it would be gone with the comparison.
        if let Some(path) = path {
            self.choices.zoom = Zoom::to(&self.profile, path);
        }
    }

    pub(super) fn filter(&self) -> &SampleFilter {
        &self.choices.view.filter
    }

    pub(super) fn heat_map_options(&self) -> HeatMapOptions {
        self.choices.view.heat_map
    }

    /// Whether the baseline could be selected, and compared with what is selected now.
    pub(super) fn can_swap(&self) -> bool {
        let is_selected = !self.choices.selection.is_whole();
        self.choices.baseline.as_ref().is_some_and(|baseline| {
            baseline.other.is_some() || baseline.ranges.is_some() && is_selected
        })
    }

    /// Lets everything through again but for the event, which is chosen elsewhere.
    pub(super) fn clear_filters(&mut self) {
        let filter = &mut self.choices.view.filter;
        *filter = SampleFilter {
            event: filter.event.clone(),
            ..SampleFilter::default()
        };
    }

    /// `None` shows all events.
    pub(super) fn show_event(&mut self, event: Option<EventId>) {
        self.choices.view.measure = Measure::Samples;
        self.choices.view.filter.event = match event {
            None => EventChoice::All,
            Some(EventId(0)) => EventChoice::First,
            Some(event) => EventChoice::Named(vec![self.profile.event_name(event).into_owned()]),
        };
    }

    /// Clears the search, then the mark, the zoom, the shape, the comparison, the selection.
    pub(super) fn step_back(&mut self) {
        let choices = &mut self.choices;
        if !choices.search.is_empty() {
            choices.search.clear();
        } else if choices.marked.is_some() {
            choices.marked = None;
        } else if !choices.zoom.frames().is_empty() {
            choices.zoom = Zoom::default();
        } else if choices.shape != Shape::default() {
            choices.set_shape(Shape::default());
        } else if choices.mode != GraphMode::Callees || choices.edits != GraphEdits::default() {
            choices.mode = GraphMode::Callees;
            choices.edits = GraphEdits::default();
            choices.absent = Absent::default();
        } else if choices.baseline.is_some() {
            choices.baseline = None;
        } else {
            choices.selection = Selection::whole();
        }
    }
}
