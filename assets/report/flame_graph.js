'use strict';
// The flame graph's section: its pictures, the colours' meaning, the way back from a zoom, and in words
// what is pointed at.

const KIND_NAMES = ['all', 'comm', 'kernel', 'user', 'C++', 'JIT', 'inlined'];

const flame = { main: null, callers: null };

function initFlameGraph() {
  const isSandwich = () => chosen.mode === 'sandwich';
  // In a sandwich the function itself is below, and what stands for everything is in neither.
  flame.main = new FlamePane(byId('flame-graph'), () => derived.main,
    () => (isSandwich() ? { firstRow: 1, rootOnTop: true } : { firstRow: 0, rootOnTop: chosen.icicle }));
  flame.callers = new FlamePane(byId('flame-callers'), () => derived.callers, () => ({ firstRow: 2, rootOnTop: false }));
  views.push(drawBars, drawBreadcrumbs, drawPanes, showDetails);
  drawKinds();
}

const panes = () => [flame.callers, flame.main];

// What is beside the pictures decides how large they are.
function drawPanes() {
  for (const pane of panes()) pane.draw();
}

// A frame in words, a line each.
function describeNode(pane, node) {
  const { graph } = pane, frame = graph.stacks.frame[node], total = graph.shown.total[node];
  const { noun } = profile.meta, all = derived.plain.shown.sum;
  const lines = [nameOf(graph, node)];
  if (node > 0) lines.push(originOf(frame));
  const whole = chosen.vanished ? 'what has vanished' : chosen.selection ? 'the selection' : 'the profile';
  lines.push(`${countOf(total, noun)}, ${percent(total, all)} of ${whole}`);
  if (graph.zoom > 0) lines.push(`${percent(total, graph.shown.total[graph.zoom])} of the zoom`);
  if (!graph.fromLeaves) lines.push(`self ${withThousands(graph.shown.own[node])}, ${percent(graph.shown.own[node], all)}`);
  if (graph.baseline) lines.push(`${countOf(graph.selection.total[node], noun)} where the baseline explains ${usual(graph, node).toFixed(1)}`);
  return lines;
}

// Module and kind of code.
function originOf(frame) {
  const { frames, meta } = profile, kind = KIND_NAMES[frames.kind[frame]], module = moduleOf(frame);
  if (isMergedFrame(frame)) {
    return `calls with fewer than ${withThousands(meta.merged.least)} ${meta.noun}s each, merged to keep the page small`;
  }
  return module ? `${module} (${kind})` : kind;
}

const isMergedFrame = (frame) => profile.meta.merged !== null && frame === profile.frames.names.length - 1;

// What is pointed at or has the keyboard, in one line.
function showDetails() {
  const pane = panes().find(({ graph, pointed }) => graph && pointed !== null);
  byId('details').textContent = (pane ? describeNode(pane, pane.pointed) : told ? [told] : describeProfile()).join(' · ');
}

function describeProfile() {
  const { meta } = profile, parts = [countOf(meta.total, meta.noun)];
  if (derived.samples !== profile.samples) parts.push(`${withThousands(derived.samples.amount.reduce((a, b) => a + b, 0))} pass the filters above`);
  if (meta.idle) parts.push(`${withThousands(meta.idle)} idle left out`);
  if (meta.filtered) parts.push(`${withThousands(meta.filtered)} filtered`);
  return parts.concat(meta.notes);
}

function drawBreadcrumbs() {
  const nav = byId('breadcrumbs'), graph = derived.main, path = [];
  nav.hidden = graph.zoom === 0;
  for (let node = graph.zoom; node > 0; node = graph.stacks.parent[node]) path.push(node);
  const key = pathTo(graph.stacks, graph.zoom).join();
  if (nav.dataset.path === key) return;
  nav.dataset.path = key;
  const button = (text, node) => make('button', text, { type: 'button', onclick: () => zoomTo(derived.main, nodeAt(derived.main.shown, pathTo(graph.stacks, node))) });
  const shown = path.slice(0, 6).reverse();
  nav.replaceChildren(button('Reset zoom', 0), ...shown.map((node) => button(nameOf(graph, node), node)));
  if (shown.length < path.length) nav.children[0].after(make('span', '› …'));
}

function zoomTo(graph, node) {
  const path = pathTo(graph.stacks, node);
  if (path.join() !== chosen.zoom.join()) choose({ zoom: path.length > 0 ? path : NO_FRAMES });
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
    const isCompared = chosen.baseline !== null, list = byId('kinds');
    if (list.dataset.compared === String(isCompared)) return;
    list.dataset.compared = isCompared;
    const compared = [['less than the baseline', changes[0]], ['as much', changes[middle]], ['more', changes[2 * middle]]];
    list.replaceChildren(...(isCompared ? compared : kinds).map(labelled));
  };
  views.unshift(draw);
}
