//! What is derived of a [`View`] for the flame graph: [`Tree`] and [`Layout`], each by what it
//! depends on.

use super::choices::{Baseline, GraphEdits, GraphMode, ViewKey};
use super::flame_graph::pane_width;
use super::theme;
use super::view::View;
use crate::call_tree::{CallTree, Direction, Matches, Reshape};
use crate::difference::{self, Side};
use crate::flame_graph::{FlameGraph, LayoutOptions, SiblingOrder};
use crate::profile::{FrameId, FrameKind, Profile, StackId, StackTable};
use crate::ratio;
use crate::search::compile;
use crate::selection::Selection;
use regex::Regex;
use std::sync::Arc;

/// What decides what the flame graph shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TreeKey {
    pub(super) view: ViewKey,
    pub(super) selection: Selection,
    pub(super) baseline: Option<Baseline>,
    pub(super) search: String,
    pub(super) mode: GraphMode,
    pub(super) edits: GraphEdits,
}

impl TreeKey {
    /// The same samples, with their stacks as they were recorded and nothing beside them.
    pub(super) fn unshaped(self) -> Self {
        Self {
            baseline: None,
            mode: GraphMode::default(),
            edits: GraphEdits::default(),
            ..self
        }
    }
}

/// The samples of a selection, as the flame graph shows them.
pub(super) struct Tree {
    pub(super) main: Shaped,
    /// In a sandwich, the callers of its function; `main` are its callees.
    pub(super) callers: Option<Shaped>,
    /// Beside time off the CPUs, the samples of what ran on them.
    pub(super) on_cpu: Option<Shaped>,
    /// What everything in the selection counts for, whatever the flame graph shows of it.
    pub(super) selected: u64,
    /// What one sample of the baseline would be in as much as is selected.
    pub(super) scale: f64,
    /// What everything in the baseline counts for.
    pub(super) compared: u64,
    /// What is wrong with the search expression.
    pub(super) problem: Option<String>,
    /// Where the search finds nothing in the selection: what it finds in the rest of the profile.
    pub(super) found_elsewhere: u64,
}

/// A call tree in some shape, and what the search found in it.
pub(super) struct Shaped {
    pub(super) tree: CallTree,
    /// What names and stacks are of, where it is compared with another profile: both.
    pub(super) both: Option<Arc<Profile>>,
    /// By node, what the selection has of it, where the tree is of what has vanished.
    observed: Option<Vec<u64>>,
    /// By node, what the baseline has of it; `None` where there is no comparison.
    pub(super) baseline: Option<Vec<u64>>,
    /// By node, of what a ratio has so many; `None` where no ratio is shown.
    pub(super) numerators: Option<Vec<u64>>,
    /// `None` where nothing is searched for.
    pub(super) matches: Option<Matches>,
}

impl Shaped {
    /// The stacks that the tree's nodes are of.
    pub(super) fn stacks<'a>(&'a self, profile: &'a Profile) -> &'a StackTable {
        self.tree.stacks(self.both.as_deref().unwrap_or(profile))
    }

    /// By node, what the selection has of it.
    pub(super) fn observed(&self) -> &[u64] {
        self.observed.as_ref().unwrap_or(&self.tree.total_weight)
    }

    /// The ratio in a node and all it calls; `None` where none is shown, or there is none.
    pub(super) fn ratio(&self, node: StackId) -> Option<f64> {
        let numerator = *self.numerators.as_ref()?.get(node.index())?;
        ratio::ratio(numerator, *self.tree.total_weight.get(node.index())?)
    }

    /// Whether frames are coloured by ratio.
    pub(super) fn has_ratio(&self) -> bool {
        self.numerators.is_some() && self.baseline.is_none()
    }
}

impl Tree {
    /// Counts, shapes and searches.
    pub(super) fn new(profile: &Profile, view: &View, key: &TreeKey) -> Self {
        let tree = view.call_tree(profile, &key.selection);
        let selected = tree.total();
        let pattern = (!key.search.is_empty()).then(|| compile(&key.search));
        let (pattern, problem) = match pattern {
            None => (None, None),
            Some(Ok(pattern)) => (Some(pattern), None),
            Some(Err(problem)) => (None, Some(problem)),
        };
        let other = key
            .baseline
            .as_ref()
            .and_then(|baseline| baseline.other.as_ref());
        let union = other.map(|other| other.union(profile));
        let drawn = union.map_or(profile, |union| &union.profile);
        let compared = key.baseline.as_ref().and_then(|baseline| {
            let selection = (&key.selection, tree.clone());
            let difference = view.difference(profile, selection, baseline)?;
            Some((difference, baseline.shows_vanished))
        });
        let scale = compared
            .as_ref()
            .map_or(0.0, |(difference, _)| difference.scale());
        // What has vanished is the baseline's: the selection's counts are others.
        let (tree, observed) = match &compared {
            Some((difference, true)) => {
                let observed = Some(difference.selection.clone());
                (difference.elided(drawn), observed)
            }
            Some((difference, false)) => (difference.selection.clone(), None),
            None => (tree, None),
        };
        let compared = compared.map(|(difference, _)| difference.baseline);
        let of_both = |tree: CallTree| match union {
            Some(union) => union.tree(Side::Selection, &tree),
            None => tree,
        };
        let frame = |frame| union.map_or(frame, |union| union.frame_of(Side::Selection, frame));
        let numerators = view.numerators(profile, &key.selection).map(of_both);
        let edits = key.edits.mapped(frame);
        let shaped = |tree, direction, function| {
            let reshape = Reshape {
                function,
                ..edits.reshape(direction)
            };
            let beside = [observed.as_ref(), compared.as_ref(), numerators.as_ref()];
            Shaped {
                both: union.map(|union| Arc::clone(&union.profile)),
                ..Shaped::new(drawn, tree, beside, &reshape, pattern.as_ref())
            }
        };
        let (main, callers) = match key.mode {
            GraphMode::Callees => (shaped(tree, Direction::Callees, edits.focus), None),
            GraphMode::Callers => (shaped(tree, Direction::Callers, edits.focus), None),
            GraphMode::Sandwich(function) => {
                let function = frame(function);
                let callers = shaped(tree.clone(), Direction::Callers, Some(function));
                let callees = shaped(tree, Direction::Callees, Some(function));
                (callees, Some(callers))
            }
        };
        let on_cpu = match key.mode {
            GraphMode::Sandwich(_) => None,
            mode => view
                .on_cpu_tree(profile, &key.selection)
                .map(|tree| (mode, tree)),
        };
        let on_cpu = on_cpu.map(|(mode, tree)| {
            let direction = match mode {
                GraphMode::Callers => Direction::Callers,
                _ => Direction::Callees,
            };
            let reshape = edits.reshape(direction);
            Shaped {
                both: union.map(|union| Arc::clone(&union.profile)),
                ..Shaped::new(drawn, of_both(tree), [None; 3], &reshape, pattern.as_ref())
            }
        });
        let found_elsewhere = match &pattern {
            Some(pattern) => found_elsewhere(profile, view, key, &main, pattern),
            None => 0,
        };
        Self {
            found_elsewhere,
            main,
            callers,
            on_cpu,
            selected,
            scale,
            compared: compared.as_ref().map_or(0, CallTree::total),
            problem,
        }
    }
}

/// What a search finds in the profile that has found nothing in the selection.
fn found_elsewhere(
    profile: &Profile,
    view: &View,
    key: &TreeKey,
    main: &Shaped,
    pattern: &Regex,
) -> u64 {
    let is_found = main
        .matches
        .as_ref()
        .is_none_or(|matches| matches.total > 0);
    if is_found || key.selection.is_whole() {
        return 0;
    }
    let all = view.call_tree(profile, &Selection::whole());
    Matches::find(profile, &profile.stacks, &all, pattern).total
}

impl Shaped {
    fn new(
        profile: &Profile,
        tree: CallTree,
        beside: [Option<&CallTree>; 3],
        reshape: &Reshape,
        pattern: Option<&Regex>,
    ) -> Self {
        let tree = reshape.apply(profile, &tree).unwrap_or(tree);
        let stacks = tree.stacks(profile);
        let [observed, baseline, numerators] = beside.map(|other| {
            other.map(|other| match reshape.apply(profile, other) {
                None => other.total_weight.clone(),
                Some(other) => {
                    difference::aligned(stacks, other.stacks(profile), &other.total_weight)
                }
            })
        });
        let matches = pattern.map(|pattern| Matches::find(profile, stacks, &tree, pattern));
        Self {
            tree,
            both: None,
            observed,
            baseline,
            numerators,
            matches,
        }
    }
}

/// A flame graph's boxes by row.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) graph: FlameGraph,
    /// The indices of each row's boxes, left to right.
    pub(super) rows: Vec<Vec<u32>>,
    /// The node that is as wide as the picture.
    pub(super) zoomed: StackId,
}

/// The boxes of the flame graph as last laid out.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) main: Rows,
    /// In a sandwich.
    pub(super) callers: Rows,
    /// Beside time off the CPUs.
    pub(super) on_cpu: Rows,
    /// For what it was laid out: tree, zoomed path, width in points, order.
    key: Option<(TreeKey, Vec<FrameId>, f32, SiblingOrder)>,
    /// Goes up with each change.
    pub(super) version: u64,
    /// Where the last change was only one of zoom: what takes the boxes as they are to where they
    /// were, `offset + x * scale`.
    pub(super) transition: Option<(f64, f64)>,
}

impl Layout {
    /// Whether its boxes are those of the newest tree.
    pub(super) fn is_of(&self, tree: &TreeKey) -> bool {
        self.key.as_ref().is_some_and(|(key, ..)| key == tree)
    }

    pub(super) fn update(
        &mut self,
        profile: &Profile,
        key: &TreeKey,
        tree: &Tree,
        ((zoom, root), width, order): ((&[FrameId], Option<&str>), f32, SiblingOrder),
    ) {
        let is_current = self.key.as_ref().is_some_and(|(tree, path, at_width, by)| {
            at_width.to_bits() == width.to_bits() && *by == order && path == zoom && tree == key
        });
        if is_current {
            return;
        }
        let found = zoomed_node(profile, &tree.main, (zoom, root));
        let pane_width = match tree.on_cpu {
            Some(_) => pane_width(width),
            None => width,
        };
        let min_width = f64::from(theme::MIN_FRAME_WIDTH / pane_width.max(1.0));
        let rows = |shaped: &Shaped, zoom| {
            let options = LayoutOptions {
                zoom,
                min_width,
                order,
            };
            let graph = FlameGraph::new(shaped.stacks(profile), &shaped.tree, options);
            Rows::new(graph, zoom)
        };
        let before = std::mem::replace(&mut self.main, rows(&tree.main, found));
        let is_zoom = self
            .key
            .as_ref()
            .is_some_and(|(before, path, ..)| before == key && path.as_slice() != zoom);
        self.transition = is_zoom.then(|| transition(&before, &self.main)).flatten();
        let callers = tree.callers.as_ref();
        self.callers = callers.map_or_else(Rows::default, |shaped| rows(shaped, StackId::ROOT));
        self.on_cpu = tree.on_cpu.as_ref().map_or_else(Rows::default, |shaped| {
            rows(shaped, zoomed_node(profile, shaped, (zoom, root)))
        });
        self.key = Some((key.clone(), zoom.to_vec(), width, order));
        self.version += 1;
    }
}

/// Where a zoom in or out begins: the node that fills one picture is somewhere in the other.
fn transition(before: &Rows, now: &Rows) -> Option<(f64, f64)> {
    let place = |graph: &FlameGraph, node: StackId| {
        let found = graph.boxes.iter().find(|flame_box| flame_box.node == node);
        let wide = found.filter(|flame_box| flame_box.x1 > flame_box.x0);
        wide.map(|flame_box| (flame_box.x0, flame_box.x1 - flame_box.x0))
    };
    let is_in = now.zoomed.index() > before.zoomed.index();
    if is_in {
        place(&before.graph, now.zoomed)
    } else {
        let (x0, width) = place(&now.graph, before.zoomed)?;
        Some((-x0 / width, 1.0 / width))
    }
}

impl Rows {
    fn new(graph: FlameGraph, zoomed: StackId) -> Self {
        let merged = graph.merged.iter().map(|merged| merged.depth + 1).max();
        let count = graph.rows.max(merged.unwrap_or(0));
        let mut rows = vec![Vec::new(); count as usize];
        for (index, flame_box) in graph.boxes.iter().enumerate() {
            rows[flame_box.depth as usize].push(index as u32);
        }
        Self {
            graph,
            rows,
            zoomed,
        }
    }
}

/// The node at the end of a path of frames. One that does not begin with a thread, or what is in its
/// place, may be below any of them: then it is the widest such node, below one that is called like the
/// root that it had where there is any (`java`, `java 20527`). A node without samples cannot fill the
/// picture, and the root does.
fn zoomed_node(
    profile: &Profile,
    shaped: &Shaped,
    (path, lost): (&[FrameId], Option<&str>),
) -> StackId {
    let stacks = shaped.stacks(profile);
    let frames = &shaped.both.as_deref().unwrap_or(profile).frames;
    let is_comm = |frame: &FrameId| frames.kind[frame.index()] == FrameKind::Comm;
    let weight = |node: &StackId| shaped.tree.total_weight[node.index()];
    let below_any = || {
        let roots = stacks.callees(StackId::ROOT);
        let roots = roots.filter(|node| is_comm(&stacks.frame[node.index()]));
        let drawn = shaped.both.as_deref().unwrap_or(profile);
        let is_alike = |root: StackId| {
            let name = drawn.frame_name(stacks.frame[root.index()]);
            lost.is_some_and(|lost| lost.starts_with(&*name) || name.starts_with(lost))
        };
        let nodes = roots.filter_map(|root| Some((is_alike(root), node_at(stacks, root, path)?)));
        let best = nodes.max_by_key(|(is_alike, node)| (*is_alike, weight(node)));
        best.map(|(_, node)| node)
    };
    let found = node_at(stacks, StackId::ROOT, path);
    let found = match path.first() {
        Some(first) if found.is_none() && !is_comm(first) => below_any(),
        _ => found,
    };
    found
        .filter(|node| weight(node) > 0)
        .unwrap_or(StackId::ROOT)
}

/// The node at the end of a path of frames from a node on.
fn node_at(stacks: &StackTable, from: StackId, path: &[FrameId]) -> Option<StackId> {
    path.iter().try_fold(from, |at, frame| {
        let mut callees = stacks.callees(at);
        callees.find(|callee| stacks.frame[callee.index()] == *frame)
    })
}
