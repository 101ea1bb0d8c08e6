'use strict';
// The flame graph of the selection. Only the rows in sight are drawn.

const FRAME_HEIGHT = 18;
const FRAME_PADDING = 4;
const FRAME_TEXT = '#1a1712';
const LEAST_WIDTH = 0.5; // narrower boxes are left out of the picture, never of the counts
const KIND_NAMES = ['all', 'comm', 'kernel', 'user', 'C++', 'JIT', 'inlined'];

const flame = {
  element: null, canvas: null, space: null,
  rows: [], // boxes by depth
  hovered: null, focused: null, // nodes
  scrolled: 0, // how far away from the root, in points
  zoom: 0, // what was zoomed to when it was drawn
};

function initFlameGraph() {
  flame.element = byId('flame-graph');
  flame.space = byId('flame-space');
  flame.canvas = flame.space.querySelector('canvas');
  flame.element.addEventListener('scroll', onScroll, { passive: true });
  new ResizeObserver(redraw).observe(flame.element);
  views.push(drawFlameGraph, drawBars, drawBreadcrumbs, showDetails);
  drawKinds();
}

function drawFlameGraph() {
  const width = flame.element.clientWidth, height = flame.element.clientHeight;
  flame.rows = layOut(profile.stacks, derived.shown, chosen.zoom, LEAST_WIDTH / Math.max(1, width));
  const needed = Math.max(height, flame.rows.length * FRAME_HEIGHT);
  flame.space.style.height = `${needed}px`;
  // What is in sight stays there when the picture turns or its height changes.
  flame.element.scrollTop = chosen.icicle ? flame.scrolled : needed - height - flame.scrolled;
  if (flame.zoom !== chosen.zoom) showRow(profile.stacks.depth[chosen.zoom]);
  flame.zoom = chosen.zoom;
  drawFrames();
}

function onScroll() {
  const { scrollTop, scrollHeight, clientHeight } = flame.element;
  flame.scrolled = chosen.icicle ? scrollTop : scrollHeight - clientHeight - scrollTop;
  drawFrames();
}

// Where a row is, from the top of the whole picture.
function rowTop(depth) {
  const height = Math.max(flame.element.clientHeight, flame.rows.length * FRAME_HEIGHT);
  return chosen.icicle ? depth * FRAME_HEIGHT : height - (depth + 1) * FRAME_HEIGHT;
}

function drawFrames() {
  const width = flame.element.clientWidth, height = flame.element.clientHeight;
  const context = prepare(flame.canvas, width, height);
  context.textBaseline = 'middle';
  if (flame.rows.length === 0) return drawNothing(context, width, height);
  context.font = `12px ${theme.mono}`;
  const cell = context.measureText('M').width;
  flame.rows.forEach((row, depth) => {
    const y = rowTop(depth) - flame.element.scrollTop;
    if (y > -FRAME_HEIGHT && y < height) for (const box of row) drawBox(context, box, y, width, cell);
  });
}

function drawNothing(context, width, height) {
  context.font = `13px ${theme.sans}`;
  context.fillStyle = theme.quiet;
  context.textAlign = 'center';
  context.fillText(chosen.vanished ? 'Nothing has vanished' : 'No samples in this range', width / 2, height / 2);
  context.textAlign = 'left';
}

function drawBox(context, { node, x0, x1 }, y, width, cell) {
  const x = x0 * width, wide = (x1 - x0) * width, frame = profile.stacks.frame[node];
  const isMatch = derived.matches && node > 0 && derived.matches[frame];
  const isFaded = (derived.matches && !isMatch) || isCaller(node);
  context.globalAlpha = isFaded ? 0.45 : 1;
  context.fillStyle = isMatch ? profile.meta.match_color : boxColor(node, frame);
  context.fillRect(x, y, wide > 2 ? wide - 1 : wide, FRAME_HEIGHT - 1);
  context.globalAlpha = 1;
  if (derived.baseline && wide > 3) { // pale boxes have edges
    context.strokeStyle = theme.line;
    context.strokeRect(x + 0.5, y + 0.5, wide - 2, FRAME_HEIGHT - 2);
  }
  if (node === flame.hovered || node === focusedNode()) {
    context.strokeStyle = theme.ink;
    context.strokeRect(x + 0.5, y + 0.5, Math.max(0, wide - 2), FRAME_HEIGHT - 2);
  }
  const text = clip(nameOf(node), Math.floor((wide - 2 * FRAME_PADDING) / cell));
  if (!text) return;
  context.fillStyle = isFaded ? theme.ink : FRAME_TEXT;
  context.fillText(text, x + FRAME_PADDING, y + FRAME_HEIGHT / 2);
}

const isCaller = (node) => node !== chosen.zoom && node < chosen.zoom && profile.stacks.end[node] > chosen.zoom;
const focusedNode = () => (document.activeElement === flame.element ? flame.focused : null);
const nameOf = (node) => (node === 0 ? 'all' : profile.frames.names[profile.stacks.frame[node]]);

function boxColor(node, frame) {
  if (!derived.baseline || derived.baseline.sum === 0) return `#${profile.frames.color[frame].toString(16).padStart(6, '0')}`;
  const { changes } = profile.meta, middle = (changes.length - 1) / 2;
  return changes[Math.round(middle * (1 + change(derived.selection, derived.baseline, node)))];
}

// A frame in words, a line each.
function describeNode(node) {
  const { frames, stacks, meta } = profile, frame = stacks.frame[node];
  const tree = derived.shown, lines = [nameOf(node)];
  const kind = KIND_NAMES[frames.kind[frame]], module = frames.modules[frames.module[frame]];
  if (node > 0) lines.push(meta.merged && frame === frames.names.length - 1 ? mergedText() : module ? `${module} (${kind})` : kind);
  const whole = chosen.vanished ? 'what has vanished' : chosen.selection ? 'the selection' : 'the profile';
  const total = tree.total[node];
  lines.push(`${countOf(total, meta.noun)}, ${percent(total, tree.sum)} of ${whole}`);
  if (chosen.zoom > 0) lines.push(`${percent(total, tree.total[chosen.zoom])} of the zoom`);
  lines.push(`self ${withThousands(tree.own[node])}, ${percent(tree.own[node], tree.sum)}`);
  if (derived.baseline) {
    const [now, before] = [derived.selection, derived.baseline];
    lines.push(`${countOf(now.total[node], meta.noun)} where the baseline explains ${expectedBy(now, before, node).toFixed(1)}`);
  }
  return lines;
}

const mergedText = () => `calls with fewer than ${withThousands(profile.meta.merged.least)} ${profile.meta.noun}s each, merged to keep the page small`;

// What is pointed at or has the keyboard, in one line.
function showDetails() {
  const node = flame.hovered === null ? focusedNode() : flame.hovered;
  const { meta } = profile, parts = [countOf(meta.total, meta.noun)];
  if (meta.idle) parts.push(`${withThousands(meta.idle)} idle left out`);
  if (meta.filtered) parts.push(`${withThousands(meta.filtered)} filtered`);
  parts.push(...meta.unreadable);
  byId('details').textContent = node === null ? parts.join(' · ') : describeNode(node).join(' · ');
}

function drawBars() {
  const { noun } = profile.meta, { selection, baseline } = chosen, { sum } = derived.selection;
  const whole = clock.whole();
  const text = selection
    ? `Selected ${rangeText(selection)} · ${shortSeconds(nanosOf(selection))} s long · ${countOf(sum, noun)}`
    : `${clock.from === null ? 'Whole profile' : `${seconds(whole.from)} s to ${seconds(whole.to)} s of the profile`} · ${shortSeconds(whole.to - whole.from)} s · ${countOf(sum, noun)}`;
  setText('selected', text);
  byId('hint').hidden = selection !== null;
  byId('whole').hidden = selection === null;
  byId('compare').hidden = selection === null || baseline !== null;
  byId('comparison').hidden = baseline === null;
  if (baseline) setText('compared', `Compared with ${baselineText()} · ${countOf(derived.baseline.sum, noun)}`);
  byId('with-rest').hidden = baseline === 'rest';
  byId('vanished').checked = chosen.vanished;
  byId('shape').value = chosen.icicle ? 'icicle' : 'flame';
  if (byId('search').value !== chosen.search) byId('search').value = chosen.search;
  drawMatched();
}

function baselineText() {
  if (chosen.baseline !== 'rest') return rangeText(chosen.baseline);
  return chosen.selection ? 'the rest of the profile' : 'nothing: select a range to compare it with the rest';
}

// Only what has changed is read out.
function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function drawMatched() {
  const { matches, problem, shown } = derived;
  byId('search').setAttribute('aria-invalid', problem !== '');
  byId('matched').classList.toggle('wrong', problem !== '');
  let text = problem;
  if (matches) {
    const found = shown.matched(matches, 0);
    text = `Matched ${percent(found, shown.sum)} (${countOf(found, profile.meta.noun)})`;
    if (chosen.zoom > 0) text += ` · ${percent(shown.matched(matches, chosen.zoom), shown.total[chosen.zoom])} of the zoom`;
  }
  setText('matched', text);
}

function drawBreadcrumbs() {
  const nav = byId('breadcrumbs'), path = [];
  nav.hidden = chosen.zoom === 0;
  for (let node = chosen.zoom; node > 0; node = profile.stacks.parent[node]) path.push(node);
  const key = path.join();
  if (nav.dataset.path === key) return;
  nav.dataset.path = key;
  const button = (text, node) => make('button', text, { type: 'button', onclick: () => choose({ zoom: node }) });
  const shown = path.slice(0, 6).reverse();
  nav.replaceChildren(button('Reset zoom', 0), ...shown.map((node) => button(nameOf(node), node)));
  if (shown.length < path.length) nav.children[0].after(make('span', '› …'));
}

// The colours of kinds of code; of changes while something is compared.
function drawKinds() {
  const swatch = (color) => {
    const canvas = make('canvas');
    const context = prepare(canvas, 11, 11);
    context.fillStyle = color;
    context.fillRect(0, 0, 11, 11);
    return canvas;
  };
  const labelled = ([name, color]) => {
    const label = make('span', name, { className: 'swatch' });
    label.prepend(swatch(color));
    return label;
  };
  const draw = () => {
    const { changes, kinds } = profile.meta, middle = (changes.length - 1) / 2;
    const isCompared = derived.baseline !== null, list = byId('kinds');
    if (list.dataset.compared === String(isCompared)) return;
    list.dataset.compared = isCompared;
    const compared = [['less than the baseline', changes[0]], ['as much', changes[middle]], ['more', changes[2 * middle]]];
    list.replaceChildren(...(isCompared ? compared : kinds).map(labelled));
  };
  views.push(draw);
}
