//! [`Session`]: one open profile: what of it is shown, and what was derived from it for that.

use crate::call_tree::{CallTree, Matches, RunningSums};
use crate::filter::{EventChoice, SampleFilter, Samples};
use crate::flame_graph::{FlameGraph, LayoutOptions};
use crate::heat_map::{HeatMap, HeatMapError, HeatMapOptions};
use crate::job::Latest;
use crate::profile::{EventId, Profile, StackId, TimeRange};
use crate::selection::Selection;
use regex::{Regex, RegexBuilder};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// What decides which samples are shown and how they are binned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ViewKey {
    pub(super) filter: SampleFilter,
    pub(super) heat_map: HeatMapOptions,
}

/// The samples that are shown, and their heat map.
pub(super) struct View {
    pub(super) key: ViewKey,
    pub(super) samples: Samples,
    pub(super) heat_map: Result<HeatMap, HeatMapError>,
    /// Made with the first call tree.
    sums: OnceLock<Option<RunningSums>>,
}

impl View {
    /// Filters and bins.
    pub(super) fn new(profile: &Profile, key: ViewKey) -> Result<Self, String> {
        let samples = key
            .filter
            .apply(profile)
            .map_err(|error| error.to_string())?;
        let heat_map = HeatMap::new(profile, &samples, key.heat_map);
        Ok(Self {
            key,
            samples,
            heat_map,
            sums: OnceLock::new(),
        })
    }

    /// The samples of a selection as a call tree.
    fn call_tree(&self, profile: &Profile, selection: &Selection) -> CallTree {
        let sums = self
            .sums
            .get_or_init(|| RunningSums::new(profile, &self.samples));
        match sums {
            Some(sums) => sums.call_tree(profile, &self.samples, selection),
            None => CallTree::new(profile, &self.samples, selection),
        }
    }
}

/// What decides what the flame graph shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TreeKey {
    view: ViewKey,
    pub(super) selection: Selection,
    search: String,
}

/// The samples of a selection as a call tree, and what the search found in it.
pub(super) struct Tree {
    pub(super) tree: CallTree,
    /// `None` where nothing is searched for; `Err` says what is wrong with the expression.
    pub(super) matches: Option<Result<Matches, String>>,
}

/// The boxes of the flame graph as last laid out, by row.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) graph: FlameGraph,
    /// The indices of each row's boxes, left to right.
    pub(super) rows: Vec<Vec<u32>>,
    /// For what it was laid out: tree, zoomed node, width in points.
    key: Option<(TreeKey, StackId, f32)>,
}

/// One open profile.
pub(super) struct Session {
    /// What it is called: its file's name.
    pub(super) name: String,
    /// Where it is, unless it came with the program.
    pub(super) path: Option<PathBuf>,
    pub(super) profile: Arc<Profile>,
    wanted_view: ViewKey,
    views: Latest<ViewKey, Option<Arc<View>>>,
    /// The last view that could be made.
    pub(super) view: Arc<View>,
    trees: Latest<TreeKey, Tree>,
    /// The committed selection.
    pub(super) selection: Selection,
    /// The range that is being dragged.
    pub(super) preview: Option<TimeRange>,
    pub(super) search: String,
    pub(super) zoom: StackId,
    pub(super) layout: Layout,
}

impl Session {
    /// Shows a profile; `view` is what to show of it at first. `wake` is called from other threads
    /// when something new has been derived.
    pub(super) fn new(
        name: String,
        path: Option<PathBuf>,
        profile: Arc<Profile>,
        view: View,
        wake: impl Fn() + Clone + Send + 'static,
    ) -> Self {
        Self {
            name,
            path,
            profile,
            wanted_view: view.key.clone(),
            views: Latest::new(wake.clone()),
            view: Arc::new(view),
            trees: Latest::new(wake),
            selection: Selection::whole(),
            preview: None,
            search: String::new(),
            zoom: StackId::ROOT,
            layout: Layout::default(),
        }
    }

    /// Shows what `other`, which is of an earlier part of the same profile, shows.
    pub(super) fn follow(&mut self, other: &Self) {
        self.wanted_view.filter = other.wanted_view.filter.clone();
        self.wanted_view.heat_map.rows = other.wanted_view.heat_map.rows;
        self.selection = other.selection.clone();
        self.preview = other.preview;
        self.search.clone_from(&other.search);
        let zoom = self.profile.find_stack(&other.profile, other.zoom);
        self.zoom = zoom.unwrap_or(StackId::ROOT);
    }

    /// Takes in what the workers have made, and asks for what is wanted now.
    ///
    /// # Errors
    /// With the message of a worker's failure.
    pub(super) fn update(&mut self) -> Result<(), String> {
        self.views.poll()?;
        if let Some((_, Some(view))) = self.views.current() {
            self.view = Arc::clone(view);
        }
        self.trees.poll()?;
        if self.wanted_view != self.view.key {
            let (profile, key) = (Arc::clone(&self.profile), self.wanted_view.clone());
            let wanted = key.clone();
            self.views
                .request(wanted, move || View::new(&profile, key).ok().map(Arc::new));
        }
        let key = self.wanted_tree();
        let (profile, view, wanted) = (
            Arc::clone(&self.profile),
            Arc::clone(&self.view),
            key.clone(),
        );
        self.trees.request(wanted, move || {
            let tree = view.call_tree(&profile, &key.selection);
            let pattern = (!key.search.is_empty()).then(|| compile(&key.search));
            let matches =
                pattern.map(|pattern| pattern.map(|p| Matches::find(&profile, &tree, &p)));
            Tree { tree, matches }
        });
        Ok(())
    }

    /// The range being dragged, or else what is selected.
    pub(super) fn shown_selection(&self) -> Selection {
        self.preview
            .map_or_else(|| self.selection.clone(), Selection::range)
    }

    /// The newest call tree that is there, and what it is of.
    pub(super) fn tree(&self) -> Option<&(TreeKey, Tree)> {
        self.trees.current()
    }

    /// Whether something newer than what is shown is wanted.
    pub(super) fn is_stale(&self) -> bool {
        let shown = self.trees.current().map(|(key, _)| key);
        self.view.key != self.wanted_view || shown != Some(&self.wanted_tree())
    }

    fn wanted_tree(&self) -> TreeKey {
        TreeKey {
            view: self.view.key.clone(),
            selection: self.shown_selection(),
            search: self.search.clone(),
        }
    }

    /// Lays the flame graph out for a picture of `width` points, unless it is already.
    pub(super) fn lay_out(&mut self, width: f32, min_width: f32) {
        let Some((key, tree)) = self.trees.current() else {
            return;
        };
        // A node without samples in the new selection cannot fill the picture.
        let empty = tree.tree.total_weight[self.zoom.index()] == 0;
        let zoom = if empty { StackId::ROOT } else { self.zoom };
        let is_current = self
            .layout
            .key
            .as_ref()
            .is_some_and(|(tree, node, at_width)| {
                (*node, at_width.to_bits()) == (zoom, width.to_bits()) && tree == key
            });
        if is_current {
            return;
        }
        let options = LayoutOptions {
            zoom,
            min_width: f64::from(min_width / width.max(1.0)),
        };
        let graph = FlameGraph::new(&self.profile.stacks, &tree.tree, options);
        let mut rows = vec![Vec::new(); graph.rows as usize];
        for (index, flame_box) in graph.boxes.iter().enumerate() {
            rows[flame_box.depth as usize].push(index as u32);
        }
        self.layout = Layout {
            graph,
            rows,
            key: Some((key.clone(), zoom, width)),
        };
    }

    /// The node that is as wide as the picture.
    pub(super) fn zoomed_node(&self) -> StackId {
        self.layout
            .key
            .as_ref()
            .map_or(StackId::ROOT, |(_, zoom, _)| *zoom)
    }

    pub(super) fn filter(&self) -> &SampleFilter {
        &self.wanted_view.filter
    }

    pub(super) fn heat_map_options(&self) -> HeatMapOptions {
        self.wanted_view.heat_map
    }

    pub(super) fn set_rows(&mut self, rows: u32) {
        self.wanted_view.heat_map.rows = rows;
    }

    pub(super) fn set_filter(&mut self, filter: SampleFilter) {
        self.wanted_view.filter = filter;
    }

    /// Lets everything through again but for the event, which is chosen elsewhere.
    pub(super) fn clear_filters(&mut self) {
        let event = self.wanted_view.filter.event.clone();
        self.wanted_view.filter = SampleFilter {
            event,
            ..SampleFilter::default()
        };
    }

    pub(super) fn set_idle_included(&mut self, included: bool) {
        self.wanted_view.filter.include_idle = included;
    }

    /// `None` shows all events.
    pub(super) fn show_event(&mut self, event: Option<EventId>) {
        self.wanted_view.filter.event = match event {
            None => EventChoice::All,
            Some(EventId(0)) => EventChoice::First,
            Some(event) => EventChoice::Named(vec![self.profile.event_name(event).into_owned()]),
        };
    }

    /// Clears the search, then the zoom, then the selection.
    pub(super) fn step_back(&mut self) {
        if !self.search.is_empty() {
            self.search.clear();
        } else if self.zoom != StackId::ROOT {
            self.zoom = StackId::ROOT;
        } else {
            self.selection = Selection::whole();
        }
    }
}

/// A search expression: case matters once it has a capital letter, as in the SVG export.
fn compile(search: &str) -> Result<Regex, String> {
    let has_capital = has_capital_letter(search);
    let built = RegexBuilder::new(search)
        .case_insensitive(!has_capital)
        .build();
    built.map_err(|error| regex_problem(&error))
}

/// What is wrong with an expression, in a line.
pub(super) fn regex_problem(error: &regex::Error) -> String {
    let message = match error {
        regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
        error => error.to_string(),
    };
    // The last line of the message says what is wrong; those before point at it.
    let last = message.lines().last();
    last.unwrap_or("not a regular expression").trim().to_owned()
}

/// Whether a capital letter stands for itself: `\S` is none.
fn has_capital_letter(search: &str) -> bool {
    let mut escaped = false;
    search.chars().any(|character| {
        let counts = character.is_uppercase() && !escaped;
        escaped = character == '\\' && !escaped;
        counts
    })
}
