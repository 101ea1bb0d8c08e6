'use strict';
// Which columns are in sight, by wheel and key; and how high the heat map is.

const LEAST_COLUMNS = 2;
const ZOOM_STEP = 1.5; // by key

function initZoom() {
  heat.element.addEventListener('wheel', onWheel, { passive: false });
  initSplitter();
}

// Scrolls in time; with Ctrl, zooms around the pointer.
function onWheel(event) {
  const area = plot(), delta = Math.sign(event.deltaY || event.deltaX), { view } = heat;
  const shown = (area.right - area.left) / area.column;
  if (!event.ctrlKey && shown >= clock.columns) return;
  event.preventDefault();
  if (!event.ctrlKey) return scrollTo(view.first + delta * view.columns / 12);
  zoomTime(delta > 0 ? 0.8 : 1.25, view.first + (pointIn(heat.element, event).x - area.left) / area.column);
}

// Shows so many times as much detail; a column stays where it is.
function zoomTime(factor, at) {
  const { first, columns } = heat.view, after = fittingColumns(columns / factor);
  heat.view.columns = after;
  scrollTo(at - (at - first) / columns * after);
}

const fittingColumns = (columns) => Math.min(clock.columns, Math.max(Math.min(LEAST_COLUMNS, clock.columns), columns));

// In columns, from where to where the selection is.
function selectedColumns() {
  const ranges = chosen.selection;
  return ranges && [ranges[0].cells[0] / clock.rows, (ranges[ranges.length - 1].cells[1] + 1) / clock.rows];
}

// Of the selection, where that is in sight.
function middleOfView() {
  const { first, columns } = heat.view, selected = selectedColumns();
  const middle = selected && (selected[0] + selected[1]) / 2;
  return selected && middle >= first && middle < first + columns ? middle : first + columns / 2;
}

// With some of what is around it.
function zoomToSelection() {
  const selected = selectedColumns();
  if (!selected) return;
  const [start, end] = selected, margin = Math.max(1, (end - start) * 0.1);
  heat.view.columns = fittingColumns(end - start + 2 * margin);
  scrollTo(start - margin);
}

function scrollTo(first) {
  heat.view.first = Math.max(0, Math.min(clock.columns - heat.view.columns, first));
  redraw();
}

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
