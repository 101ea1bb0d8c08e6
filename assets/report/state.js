'use strict';
// What is shown (`profile`), what the reader has chosen (`chosen`), and what follows from it
// (`derived`). Views draw these; input goes through `choose`.

let profile = null, clock = null, map = null;

const chosen = {
  selection: null, // ranges; null is everything
  baseline: null, // ranges, 'rest', or null where nothing is compared
  vanished: false,
  zoom: 0, // a call node
  search: '',
  icicle: false,
};

const derived = { selection: null, baseline: null, shown: null, matches: null, problem: '' };
const views = []; // functions that draw
let trees = null, drawing = 0;
let counted = {}; // what the trees are of

function start(loaded) {
  profile = loaded;
  clock = new Clock(profile.meta.heat_map, profile.samples);
  map = cellCounts(profile, clock);
  trees = { selection: new CallTree(profile), baseline: null, vanished: null };
  chosen.icicle = profile.meta.icicle;
  choose({});
}

function choose(changes) {
  noteBefore(changes);
  show(changes);
}

function show(changes) {
  Object.assign(chosen, changes);
  if (!chosen.baseline) chosen.vanished = false;
  if ('search' in changes) lookFor(chosen.search);
  redraw();
}

// Once before the next picture, however much has changed.
function redraw() {
  if (drawing) return;
  drawing = requestAnimationFrame(() => {
    drawing = 0;
    derive();
    for (const view of views) view();
  });
}

function derive() {
  const { selection, baseline, vanished } = chosen, slots = profile.samples.cell.length;
  if (counted.selection !== selection) trees.selection.count(slotRanges(selection, slots));
  if (baseline && (counted.baseline !== baseline || counted.selection !== selection)) {
    trees.baseline = trees.baseline || new CallTree(profile);
    trees.baseline.count(baseline === 'rest' ? restOf(selection, slots) : slotRanges(baseline, slots));
  }
  if (vanished) {
    trees.vanished = trees.vanished || new CallTree(profile);
    trees.vanished.countVanished(trees.baseline, trees.selection);
  }
  counted = { selection, baseline };
  derived.selection = trees.selection;
  derived.baseline = baseline ? trees.baseline : null;
  derived.shown = vanished ? trees.vanished : trees.selection;
  const { parent } = profile.stacks;
  while (chosen.zoom > 0 && derived.shown.total[chosen.zoom] === 0) chosen.zoom = parent[chosen.zoom];
}

// Ignores case unless the pattern has a capital letter (escapes such as \S aside), or begins with (?i),
// which other engines have.
function lookFor(source) {
  derived.matches = null;
  derived.problem = '';
  if (!source) return;
  const body = source.replace(/^\(\?i\)/, '');
  const anyCase = body !== source || !/[A-Z]/.test(body.replace(/\\./g, ''));
  try {
    const regex = new RegExp(body, anyCase ? 'i' : '');
    derived.matches = Uint8Array.from(profile.frames.names, (name) => (regex.test(name) ? 1 : 0));
  } catch (error) {
    derived.problem = error.message;
  }
}

const nanosOf = (ranges) => ranges.reduce((sum, { from, to }) => sum + to - from, 0n);

// `11.300 s to 11.600 s`
function rangeText(ranges) {
  const [first, last] = [ranges[0], ranges[ranges.length - 1]];
  const text = `${seconds(first.from)} s to ${seconds(last.to)} s`;
  return ranges.length === 1 ? text : `${ranges.length} ranges from ${text}`;
}

// One step back: comparison and search and zoom before the selection.
function stepBack() {
  if (chosen.search) choose({ search: '' });
  else if (chosen.zoom > 0) choose({ zoom: 0 });
  else if (chosen.baseline) choose({ baseline: null });
  else choose({ selection: null });
}
