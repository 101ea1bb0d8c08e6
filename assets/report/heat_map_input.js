'use strict';
// Gestures over the heat map, and its arrows. A drag shows what it would select; Esc gives it up.

function initHeatMapInput() {
  const { element } = heat;
  element.addEventListener('pointerdown', startDrag);
  element.addEventListener('mousedown', (event) => event.button === 1 && event.preventDefault());
  element.addEventListener('pointermove', moveOver);
  element.addEventListener('pointerup', endDrag);
  element.addEventListener('pointercancel', giveUpDrag);
  element.addEventListener('pointerleave', leaveHeatMap);
  element.addEventListener('dblclick', selectColumn);
  element.addEventListener('wheel', onWheel, { passive: false });
  initSplitter();
}

function startDrag(event) {
  const point = pointIn(heat.element, event), area = plotAt(point);
  if (point.x > area.right + 4 || point.x < area.left || event.button > 1) return;
  heat.element.setPointerCapture(event.pointerId);
  const cells = cellsAtPoint(point, area);
  const before = { selection: chosen.selection, baseline: chosen.baseline };
  const isOutside = point.y < PLOT.top || point.y >= plot().bottom;
  heat.drag = { anchor: cells, before, isOutside, area, kind: kindOfDrag(event), x: point.x, first: heat.view.first };
  if (heat.drag.kind === 'select' && !isOutside) heat.drag.anchor = heldEdge(point, area) || cells;
  if (heat.drag.kind === 'extend') heat.drag.anchor = farEnd(before.selection[0].cells, cells);
  if (heat.drag.kind !== 'pan') dragTo(cells);
}

function kindOfDrag(event) {
  if (event.button === 1) return 'pan';
  if (event.ctrlKey || event.metaKey) return 'baseline';
  if (event.altKey) return 'recurring';
  return event.shiftKey && chosen.selection ? 'extend' : 'select';
}

const GRIP = 4; // how near the pointer has to be to an edge, in points

// Which end of the selection stays where it is, where the pointer holds the edge of the other one.
function heldEdge(point, area) {
  const ranges = chosen.selection;
  if (!ranges || ranges.length > 1 || heat.rows.lanes) return null;
  const [first, last] = ranges[0].cells, height = (area.bottom - area.top) / clock.rows;
  if ((last - first + 1) * height < 3 * GRIP) return null; // all of it would be edge
  const isNear = (cell, row) => {
    const left = area.x(Math.floor(cell / clock.rows));
    const isBeside = point.x >= left && point.x < left + area.column;
    return isBeside && Math.abs(area.bottom - row * height - point.y) <= GRIP;
  };
  if (isNear(first, first % clock.rows)) return [last, last];
  return isNear(last, last % clock.rows + 1) ? [first, first] : null;
}

// Which end of a selection stays where it is.
const farEnd = ([first, last], [cell]) => (cell < first ? [last, last] : [first, first]);

function dragTo(cells) {
  const { anchor, isOutside, kind } = heat.drag;
  const first = Math.min(anchor[0], cells[0]), last = Math.max(anchor[1], cells[1]);
  const [left, right] = [first, last].map((cell) => Math.floor(cell / clock.rows));
  let ranges = [clock.range(first, last)];
  if (isOutside) {
    ranges = [clock.range(left * clock.rows, (right + 1) * clock.rows - 1)];
  } else if (kind === 'recurring') {
    const [low, high] = [anchor[0] % clock.rows, cells[1] % clock.rows].sort((a, b) => a - b);
    const columns = Array.from({ length: right - left + 1 }, (_, index) => (left + index) * clock.rows);
    ranges = union(columns.map((start) => clock.range(start + low, start + high)));
  }
  choose(kind === 'baseline' ? { baseline: ranges } : { selection: ranges });
}

function moveOver(event) {
  const point = pointIn(heat.element, event), area = heat.drag ? heat.drag.area : plotAt(point);
  heat.pointer = point;
  if (heat.drag && heat.drag.kind === 'pan') {
    scrollTo(heat.drag.first - (point.x - heat.drag.x) / area.column);
  } else if (heat.drag) {
    dragTo(cellsAtPoint(point, area));
  }
  heat.element.style.cursor = heldEdge(point, area) ? 'ns-resize' : '';
  const lines = describePoint(point, area);
  if (lines) showTooltip(lines, event);
  else hideTooltip();
  redraw();
}

function endDrag() {
  heat.drag = null;
}

// Gives back what was selected before, and whether there was a drag.
function giveUpDrag() {
  if (!heat.drag) return false;
  const { before } = heat.drag;
  heat.drag = null;
  show(before);
  return true;
}

function leaveHeatMap() {
  heat.pointer = null;
  hideTooltip();
  redraw();
}

function selectColumn(event) {
  const point = pointIn(heat.element, event), area = plotAt(point);
  if (point.x < area.left || point.x > area.right || event.ctrlKey || event.altKey) return;
  const [start] = cellsAtPoint(point, area);
  const first = start - start % clock.rows;
  choose({ selection: [clock.range(first, first + clock.rows - 1)] });
}

// Scrolls in time; with Ctrl, zooms around the pointer.
function onWheel(event) {
  const area = plot(), delta = Math.sign(event.deltaY || event.deltaX), { view } = heat;
  const shown = (area.right - area.left) / area.column;
  if (!event.ctrlKey && shown >= clock.columns) return;
  event.preventDefault();
  if (!event.ctrlKey) return scrollTo(view.first + delta * view.columns / 12);
  const at = view.first + (pointIn(heat.element, event).x - area.left) / area.column;
  const columns = Math.min(clock.columns, Math.max(Math.min(4, clock.columns), view.columns * (delta > 0 ? 1.25 : 0.8)));
  const share = columns / view.columns;
  heat.view = { first: view.first, columns };
  scrollTo(at - (at - view.first) * share);
}

function scrollTo(first) {
  heat.view.first = Math.max(0, Math.min(clock.columns - heat.view.columns, first));
  redraw();
}

// Moves the selection by cells, or with `isEnd` its end alone.
function nudge(by, isEnd) {
  const ranges = chosen.selection;
  if (!ranges) return chooseCells(0, 0);
  const first = ranges[0].cells[0], last = ranges[ranges.length - 1].cells[1];
  if (isEnd) return chooseCells(first, Math.max(first, last + by));
  if (first + by < 0 || last + by >= clock.cells) return;
  if (ranges.length > 1) return choose({ selection: ranges.map(({ cells }) => clock.range(cells[0] + by, cells[1] + by)) });
  chooseCells(first + by, last + by);
}

// The offsets of the selection in each column that it spans or, of one within a column, in all of them.
function selectInEachColumn() {
  const ranges = chosen.selection;
  if (!ranges) return;
  const { rows } = clock, ends = [ranges[0].cells[0], ranges[ranges.length - 1].cells[1]];
  const [left, right] = ends.map((cell) => Math.floor(cell / rows));
  const [low, high] = ends.map((cell) => cell % rows).sort((a, b) => a - b);
  const [from, to] = left === right ? [0, clock.columns - 1] : [left, right];
  const columns = Array.from({ length: to - from + 1 }, (_, index) => (from + index) * rows);
  choose({ selection: union(columns.map((start) => clock.range(start + low, start + high))) });
}

// As far as arrows move along the time: a column; where rows are threads, a step of theirs.
const nudgeAcross = () => (heat.rows.lanes ? heat.rows.cells : clock.rows);
const nudgeUp = () => (heat.rows.lanes ? 0 : 1);

function chooseCells(first, last) {
  choose({ selection: [clock.range(first, last)] });
  const column = Math.floor(first / clock.rows), { view } = heat;
  if (column < view.first || column >= view.first + view.columns) scrollTo(column - view.columns / 2);
}

const HEAT_KEYS = {
  ArrowUp: (isEnd) => nudge(nudgeUp(), isEnd),
  ArrowDown: (isEnd) => nudge(-nudgeUp(), isEnd),
  ArrowRight: (isEnd) => nudge(nudgeAcross(), isEnd),
  ArrowLeft: (isEnd) => nudge(-nudgeAcross(), isEnd),
  Home: () => chooseCells(0, clock.rows - 1),
  End: () => chooseCells(clock.cells - clock.rows, clock.cells - 1),
};

// The height of the heat map, by pointer or arrows.
function initSplitter() {
  const splitter = byId('splitter');
  const resize = (height) => {
    const most = window.innerHeight - 260;
    heat.element.style.height = `${Math.max(120, Math.min(most, height))}px`;
  };
  splitter.addEventListener('pointerdown', (event) => splitter.setPointerCapture(event.pointerId));
  splitter.addEventListener('pointermove', (event) => {
    if (splitter.hasPointerCapture(event.pointerId)) resize(event.clientY - heat.element.getBoundingClientRect().top);
  });
  splitter.addEventListener('keydown', (event) => {
    const by = { ArrowUp: -20, ArrowDown: 20 }[event.key];
    if (!by) return;
    resize(heat.element.getBoundingClientRect().height + by);
    event.preventDefault();
    event.stopPropagation();
  });
}
