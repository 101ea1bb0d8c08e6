'use strict';
// Gestures over the heat map. A drag shows what it would select; Esc gives it up.

function initHeatMapInput() {
  const { element } = heat;
  element.addEventListener('pointerdown', startDrag);
  element.addEventListener('mousedown', (event) => event.button === 1 && event.preventDefault());
  element.addEventListener('pointermove', moveOver);
  element.addEventListener('pointerup', endDrag);
  element.addEventListener('pointercancel', giveUpDrag);
  element.addEventListener('pointerleave', leaveHeatMap);
  element.addEventListener('dblclick', selectColumn);
}

function startDrag(event) {
  const point = pointIn(heat.element, event), area = plotAt(point), kind = kindOfDrag(event, point, area);
  if (!kind) return;
  stopPlaying();
  heat.element.setPointerCapture(event.pointerId);
  const cells = cellsAtPoint(point, area), edge = kind === 'cells' && !event.shiftKey ? heldEdge(point, area) : null;
  const before = { selection: chosen.selection, baseline: chosen.baseline };
  heat.drag = { kind, anchor: cells, extends: event.shiftKey, before, area, x: point.x, first: heat.view.first, ...edge };
  if (kind !== 'pan') dragTo(cells);
}

// What a press begins, if anything.
function kindOfDrag(event, point, area) {
  if (event.button > 1 || point.x < area.left) return null;
  if (event.button === 1) return 'pan';
  const isOutside = point.y < PLOT.top || point.y >= plot().bottom;
  if (point.x > area.right + 4) return isOutside || heat.rows.lanes ? null : 'rows';
  if (isOutside) return event.ctrlKey || event.metaKey ? 'baseline' : 'columns';
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? 'added' : 'baseline';
  return event.altKey ? 'recurring' : 'cells';
}

const GRIP = 4; // how near the pointer has to be to an edge, in points

// The drag of the selection's edge, as if it had begun at the other end, where the pointer is near one.
function heldEdge(point, area) {
  const ranges = chosen.selection;
  if (!ranges || ranges.length > 1 || !isInPlot(point, area)) return null;
  const [first, last] = ranges[0].cells, { rows } = clock, isWhole = first % rows === 0 && last % rows === rows - 1;
  const side = heat.rows.lanes || isWhole ? nearEnd(point.x, area.x(first / rows), area.x((last + 1) / rows)) : null;
  if (side) return { kind: isWhole && !heat.rows.lanes ? 'columns' : 'cells', anchor: side === 'end' ? [first, first] : [last, last], isSide: true };
  if (heat.rows.lanes) return null;
  const height = area.down / rows;
  if ((last - first + 1) * height < 3 * GRIP) return null; // all of it would be edge
  const isNear = (cell, row) => {
    const left = area.x(Math.floor(cell / rows));
    return point.x >= left && point.x < left + area.column && Math.abs(area.bottom - row * height - point.y) <= GRIP;
  };
  if (isNear(first, first % rows)) return { anchor: [last, last] };
  return isNear(last, last % rows + 1) ? { anchor: [first, first] } : null;
}

function nearEnd(x, left, right) {
  const grip = Math.min(GRIP, (right - left) / 3);
  if (Math.abs(x - right) <= grip) return 'end';
  return Math.abs(x - left) <= grip ? 'start' : null;
}

function dragTo(cells) {
  const { kind, anchor, before } = heat.drag, ranges = rangesOf(kind, anchor, cells);
  if (kind === 'baseline') choose({ baseline: ranges });
  else if (kind === 'added') choose({ selection: union((before.selection || []).concat(ranges)) });
  else choose({ selection: heat.drag.extends && before.selection && ranges.length === 1 ? extended(before.selection, ranges[0]) : ranges });
}

// What is selected from where a drag began to the cells it has come to.
function rangesOf(kind, anchor, cells) {
  const { rows, columns } = clock, first = Math.min(anchor[0], cells[0]), last = Math.max(anchor[1], cells[1]);
  const [left, right] = [first, last].map((cell) => Math.floor(cell / rows));
  if (kind === 'columns') return [clock.range(left * rows, (right + 1) * rows - 1)];
  if (kind !== 'recurring' && kind !== 'rows') return [clock.range(first, last)];
  const offsets = [anchor[0] % rows, cells[1] % rows].sort((a, b) => a - b);
  return kind === 'rows' ? inColumns(0, columns - 1, offsets) : inColumns(left, right, offsets);
}

// The same offsets in each of some columns.
function inColumns(left, right, [low, high]) {
  const columns = Array.from({ length: right - left + 1 }, (_, index) => (left + index) * clock.rows);
  return union(columns.map((start) => clock.range(start + low, start + high)));
}

// A selection that goes on to a range: of several ranges, the nearest one does.
function extended(before, by) {
  const distance = ({ cells }) => Math.max(by.cells[0] - cells[1], cells[0] - by.cells[1]);
  const nearest = before.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  return union(before.map((range) => (range === nearest ? hull(range, by) : range)));
}

function moveOver(event) {
  const point = pointIn(heat.element, event), area = heat.drag ? heat.drag.area : plotAt(point);
  heat.pointer = point;
  if (heat.drag && heat.drag.kind === 'pan') {
    scrollTo(heat.drag.first - (point.x - heat.drag.x) / area.column);
  } else if (heat.drag) {
    dragTo(cellsAtPoint(point, area));
  }
  const edge = heldEdge(point, area);
  if (!heat.drag) heat.element.style.cursor = edge ? (edge.isSide ? 'ew-resize' : 'ns-resize') : '';
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
