'use strict';
// What is shown (`profile`), what the reader has chosen (`chosen`), and what follows from it
// (`derived`). Views draw these; input goes through `choose`.

let profile = null, clock = null;

// Always the same, so that what has not changed is seen to be the same.
const NO_FRAMES = [], NO_FILTERS = {};

const chosen = {
  selection: null, // ranges; null is everything
  baseline: null, // ranges, 'rest', or null where nothing is compared
  vanished: false,
  byTime: false, // whether the baseline is scaled by time instead of by samples
  mode: 'callees', // what the flame graph grows from; or 'callers', or 'sandwich'
  middle: null, // the frame that a sandwich is of
  focus: null, // a frame: only what it calls is shown
  hidden: NO_FRAMES,
  collapses: false, // whether recursion is one call
  zoom: NO_FRAMES, // frames from the root
  search: '',
  marked: null, // a frame
  icicle: false,
  rows: 0, // of the heat map: offsets, or which of the profile's other rows
  filters: NO_FILTERS, // by kind of rows, those whose samples count; all where none are named
  stackFilters: NO_FRAMES, // what stacks have to hold, or must not, one after the other
  kept: [], // selections with their names
};

// How cells are coloured; as in the window, this is not undone.
const look = {
  painted: null, // 'search': by what it finds; 'difference': by how unlike the baseline they are; or by count
  beside: false, // whether what a search finds is in a heat map of its own
};

// `main` and `callers` (of a sandwich) are what flame graphs show: stacks, what is counted in them now
// and before, and which node is zoomed to. `plain` is the same as it was recorded. `samples` are those that
// pass the filters.
const derived = { samples: null, plain: null, main: null, callers: null, scale: 0, matches: null, problem: '' };
const views = []; // functions that draw
let trees = null, drawing = 0;
let counted = {}; // what the graphs are of

function start(loaded) {
  profile = loaded;
  clock = new Clock(profile.meta.heat_map, profile.samples);
  trees = { selection: new CallTree(profile.stacks), baseline: null, vanished: null };
  chosen.icicle = profile.meta.icicle;
  chosen.kept = profile.meta.kept.map(({ name, ranges }) => ({ name, selection: ranges.map((range) => clock.exactRange(range)) }));
  choose({});
}

function choose(changes, typing = null) {
  noteBefore(changes, typing);
  show(changes);
}

function show(changes) {
  Object.assign(chosen, changes);
  if (!chosen.baseline) chosen.vanished = false;
  if (chosen.mode === 'sandwich' || !isPlainChoice(changes)) chosen.zoom = changes.zoom || NO_FRAMES;
  if ('search' in changes) lookFor(chosen.search);
  redraw();
}

// Whether the flame graph keeps its shape, so that what is zoomed to stays where it is.
const isPlainChoice = (changes) => !['mode', 'middle', 'focus', 'hidden', 'collapses'].some((key) => key in changes);

// Once before the next picture, however much has changed.
function redraw() {
  if (drawing) return;
  drawing = requestAnimationFrame(() => {
    drawing = 0;
    derive();
    for (const view of views) view();
  });
}

// What decides how the flame graph looks, without zoom and search.
const SHAPE = ['filters', 'stackFilters', 'selection', 'baseline', 'vanished', 'byTime', 'mode', 'middle', 'focus', 'hidden', 'collapses'];

function derive() {
  if (SHAPE.some((key) => counted[key] !== chosen[key])) {
    countPlain();
    countShapes();
    counted = Object.fromEntries(SHAPE.map((key) => [key, chosen[key]]));
  }
  const { main } = derived;
  main.zoom = nodeAt(main.shown, chosen.zoom);
  // Where that has no samples, its nearest caller that has some is zoomed to.
  if (main.stacks.depth[main.zoom] < chosen.zoom.length) chosen.zoom = pathTo(main.stacks, main.zoom);
}

function countPlain() {
  const { selection, baseline, vanished } = chosen, { stacks } = profile, slots = profile.samples.cell.length;
  const samples = filtered(chosen.filters, chosen.stackFilters);
  const isSame = counted.selection === selection && derived.samples === samples;
  derived.samples = samples;
  if (!isSame) trees.selection.count(samples, slotRanges(selection, slots));
  if (baseline && !(isSame && counted.baseline === baseline)) {
    trees.baseline = trees.baseline || new CallTree(stacks);
    trees.baseline.count(samples, baselineSlots(slots));
  }
  if (vanished) {
    trees.vanished = trees.vanished || new CallTree(stacks);
    trees.vanished.countVanished(trees.baseline, trees.selection);
  }
  derived.plain = {
    stacks, zoom: 0,
    shown: vanished ? trees.vanished : trees.selection,
    selection: trees.selection,
    baseline: baseline ? trees.baseline : null,
  };
  derived.scale = baseline ? scaleOfBaseline() : 0;
}

const baselineSlots = (slots) => (chosen.baseline === 'rest' ? restOf(chosen.selection, slots) : slotRanges(chosen.baseline, slots));

// What a sample of the baseline is worth in as much as is selected.
function scaleOfBaseline() {
  const { selection, baseline } = derived.plain;
  if (!chosen.byTime) return baseline.sum > 0 ? selection.sum / baseline.sum : 0;
  const selected = clock.lengthOf(chosen.selection || [clock.whole()]);
  const compared = chosen.baseline === 'rest' ? clock.lengthOf([clock.whole()]) - selected : clock.lengthOf(chosen.baseline);
  return compared > 0n ? Number(selected) / Number(compared) : 0;
}

function countShapes() {
  const { mode, middle, focus, hidden, collapses } = chosen;
  const edits = { hidden, collapses };
  if (mode === 'sandwich') {
    derived.callers = reshaped({ fromLeaves: true, of: middle, ...edits });
    derived.main = reshaped({ fromLeaves: false, of: middle, ...edits });
  } else {
    derived.callers = null;
    derived.main = reshaped({ fromLeaves: mode === 'callers', of: focus, ...edits });
  }
}

function reshaped(shape) {
  const { stacks, shown, selection, baseline } = derived.plain;
  const before = Array.from(new Set([shown, selection, baseline].filter(Boolean)));
  const after = reshape(stacks, before, shape);
  const now = (tree) => tree && after.trees[before.indexOf(tree)];
  return {
    stacks: after.stacks, zoom: 0, shown: now(shown), selection: now(selection), baseline: now(baseline),
    fromLeaves: shape.fromLeaves,
  };
}

// What would be usual of a node, by the baseline.
const usual = (graph, node) => graph.baseline.total[node] * derived.scale;

function lookFor(source) {
  derived.matches = null;
  derived.problem = '';
  if (!source) return;
  try {
    derived.matches = matchesOf(source);
  } catch (error) {
    derived.problem = error.message;
  }
}

function togglePainted(what) {
  look.painted = look.painted === what ? null : what;
  redraw();
}

const nanosOf = (ranges) => ranges.reduce((sum, { from, to }) => sum + to - from, 0n);

// `11.300 s to 11.600 s`
function rangeText(ranges) {
  const [first, last] = [ranges[0], ranges[ranges.length - 1]];
  const text = `${seconds(first.from)} s to ${seconds(last.to)} s`;
  return ranges.length === 1 ? text : `${ranges.length} ranges from ${text}`;
}

const AS_RECORDED = { mode: 'callees', middle: null, focus: null, hidden: NO_FRAMES, collapses: false };

// One step back: search, mark, zoom and shape before the comparison, and that before the selection.
function stepBack() {
  const isAsRecorded = Object.entries(AS_RECORDED).every(([key, value]) => chosen[key] === value);
  if (chosen.search) choose({ search: '' });
  else if (chosen.marked !== null) choose({ marked: null });
  else if (chosen.zoom.length > 0) choose({ zoom: NO_FRAMES });
  else if (!isAsRecorded) choose(AS_RECORDED);
  else if (chosen.baseline) choose({ baseline: null });
  else choose({ selection: null });
}

// What can be done with a function, wherever it is shown.
const setMode = (mode, middle = null) => choose({ mode, middle });
const toggleMark = (frame) => choose({ marked: chosen.marked === frame ? null : frame });
const filterStacks = (filter) => choose({ stackFilters: chosen.stackFilters.concat(filter) });
const hide = (frames) => choose({ hidden: Array.from(new Set(chosen.hidden.concat(frames))) });
