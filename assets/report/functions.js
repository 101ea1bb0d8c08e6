'use strict';
// The table of functions: self and total of each in the selection, or while something is compared, how
// much of each there is now and before. Functions are many: only the rows in sight are elements.

const ROW_HEIGHT = 20;
const MOST_TABLE_HEIGHT = 8e6; // browsers do not scroll much further

const table = {
  panel: null, body: null, space: null,
  order: null, isReversed: false, // a column's name; which it is depends on what is compared
  onlyFound: false,
  counts: null, of: {}, // by frame, and what they were counted for
  rows: [], // frames in order
  key: '', // what they were ordered for
  at: 0, // the row that the keyboard is at
  drawn: [], // what the elements are of
};

// By name: the heading, what is in it of a frame, and whether it has a bar.
const TABLE_COLUMNS = {
  self: { title: 'Self', value: (frame) => table.counts.own[frame] },
  total: { title: 'Total', value: (frame) => table.counts.total[frame] },
  baseline: { title: 'Before', value: (frame) => table.before.total[frame] },
  change: { title: 'Change', value: (frame) => table.counts.total[frame] - table.before.total[frame] * derived.scale },
};

const tableColumns = () => (derived.plain.baseline ? ['total', 'baseline', 'change'] : ['self', 'total']);

function initFunctions() {
  table.panel = byId('functions');
  table.body = byId('function-rows');
  table.space = table.body.querySelector('div');
  byId('functions-button').addEventListener('click', () => togglePanel('functions'));
  byId('narrow').addEventListener('input', redraw);
  byId('narrow').addEventListener('keydown', leaveField);
  byId('only-found').addEventListener('change', redraw);
  table.body.addEventListener('scroll', drawRows, { passive: true });
  table.body.addEventListener('click', clickRow);
  table.body.addEventListener('contextmenu', openRowMenu);
  new ResizeObserver(redraw).observe(table.body);
  views.push(drawFunctions);
}

function drawFunctions() {
  if (table.panel.hidden) return;
  countTable();
  byId('only-found-label').hidden = !derived.matches;
  orderTable();
  drawHeadings();
  table.space.style.height = `${Math.min(MOST_TABLE_HEIGHT, table.rows.length * ROW_HEIGHT)}px`;
  setText('function-count', countOf(table.rows.length, 'function'));
  drawRows();
}

// What the search finds, as a table.
function listMatches() {
  if (table.panel.hidden) togglePanel('functions');
  byId('only-found').checked = true;
  redraw();
}

function countTable() {
  const { selection: selected, baseline: compared } = chosen, of = { selected, compared, samples: derived.samples };
  if (table.counts && Object.keys(of).every((key) => of[key] === table.of[key])) return;
  const frames = profile.frames.names.length, { selection, baseline } = derived.plain;
  table.counts = countFunctions(selection, frames);
  table.before = baseline ? countFunctions(baseline, frames) : null;
  table.of = of;
  table.key = '';
}

// Names of processes and threads are no functions.
const isFunction = (frame) => profile.frames.kind[frame] > 1 || isMergedFrame(frame);

function orderTable() {
  const columns = tableColumns(), order = columns.concat('name').includes(table.order) ? table.order : columns[columns.length - 1];
  const first = table.before ? 'change' : 'self', by = table.order === null ? first : order;
  const narrowed = byId('narrow').value.toLowerCase(), found = byId('only-found').checked ? derived.matches : null;
  const key = JSON.stringify([by, table.isReversed, narrowed, found && chosen.search, chosen.byTime]);
  if (key === table.key) return;
  table.key = key;
  table.by = by;
  const { own, total } = table.counts, { names } = profile.frames, rows = [];
  for (let frame = 0; frame < names.length; frame++) {
    if (total[frame] === 0 && !(table.before && table.before.total[frame] > 0)) continue;
    if (!isFunction(frame) || (found && !found[frame])) continue;
    if (!narrowed || names[frame].toLowerCase().includes(narrowed)) rows.push(frame);
  }
  rows.sort(orderOf(by, own, total));
  if (table.isReversed) rows.reverse();
  table.rows = rows;
  table.at = Math.min(table.at, Math.max(0, rows.length - 1));
}

// Largest first, then by what else tells most. Frames are in order of their names.
function orderOf(by, own, total) {
  if (by === 'name') return (a, b) => a - b;
  const { value } = TABLE_COLUMNS[by];
  const amount = by === 'change' ? (frame) => Math.abs(value(frame)) : value;
  const other = by === 'self' ? total : own;
  return (a, b) => amount(b) - amount(a) || other[b] - other[a] || a - b;
}

function drawHeadings() {
  const columns = tableColumns(), head = byId('function-head'), key = JSON.stringify([columns, table.by, table.isReversed]);
  table.panel.classList.toggle('compared', columns.length > 2);
  if (head.dataset.key === key) return;
  head.dataset.key = key;
  const focused = head.contains(document.activeElement) ? document.activeElement.dataset.by : null;
  head.replaceChildren(...columns.concat('name').map(headingOf));
  if (focused) head.querySelector(`[data-by=${focused}]`).focus();
}

function headingOf(by) {
  const isChosen = by === table.by, isNextLast = isChosen && !table.isReversed;
  const cell = make('span'), arrow = isChosen ? (table.isReversed ? ' ▲' : ' ▼') : '';
  const button = make('button', (by === 'name' ? 'Function' : TABLE_COLUMNS[by].title) + arrow, { type: 'button' });
  button.title = by === 'name' ? `Order by name, ${isNextLast ? 'Z' : 'A'} first` : `Order by this, ${isNextLast ? 'smallest' : 'largest'} first`;
  button.dataset.by = by;
  button.addEventListener('click', () => {
    table.isReversed = isNextLast;
    table.order = by;
    redraw();
  });
  button.setAttribute('aria-pressed', isChosen);
  cell.append(button);
  return cell;
}

// Which rows are in sight, and where the first of them is drawn.
function rowsInSight() {
  const { scrollTop, clientHeight } = table.body, all = table.rows.length * ROW_HEIGHT;
  const shown = Math.min(MOST_TABLE_HEIGHT, all);
  // A table that is too high to be scrolled row by row goes in larger steps.
  const top = all > shown ? scrollTop * (all - clientHeight) / (shown - clientHeight) : scrollTop;
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - 1);
  const end = Math.min(table.rows.length, Math.ceil((top + clientHeight) / ROW_HEIGHT) + 1);
  return { first, end, offset: scrollTop - top };
}

// Elements stay while they show the same, so that a click begins and ends on the same one.
function drawRows() {
  if (table.panel.hidden || !table.counts) return;
  const { first, end, offset } = rowsInSight(), columns = tableColumns();
  const drawn = [table.rows, derived.matches, chosen.marked, derived.scale, table.at, first, end, offset];
  if (drawn.every((value, index) => value === table.drawn[index])) return;
  table.drawn = drawn;
  const rows = table.rows.slice(first, end).map((frame, index) => rowOf(frame, first + index, columns));
  rows.forEach((row, index) => { row.style.top = `${(first + index) * ROW_HEIGHT + offset}px`; });
  table.space.replaceChildren(...rows);
  table.body.setAttribute('aria-rowcount', table.rows.length);
  if (table.at >= first && table.at < end) table.body.setAttribute('aria-activedescendant', `function-${table.at}`);
  else table.body.removeAttribute('aria-activedescendant');
}

function rowOf(frame, index, columns) {
  const row = make('div', undefined, { className: 'row', id: `function-${index}` });
  row.setAttribute('role', 'row');
  row.setAttribute('aria-rowindex', index + 1);
  row.setAttribute('aria-selected', frame === chosen.marked);
  row.classList.toggle('at', index === table.at);
  row.dataset.frame = frame;
  const name = make('span', undefined, { className: 'name', title: `${frameName(frame)}\n${originOf(frame)}` });
  const swatch = make('i');
  swatch.style.background = derived.matches && derived.matches[frame] ? profile.meta.match_color : frameColor(frame);
  name.append(swatch, frameName(frame));
  const cells = columns.map((by) => numberCell(by, frame));
  row.append(...cells, name);
  const numbers = columns.map((by, column) => `${TABLE_COLUMNS[by].title} ${cells[column].textContent}`);
  row.setAttribute('aria-label', [frameName(frame), ...numbers].join(', '));
  for (const cell of row.children) cell.setAttribute('role', 'gridcell');
  return row;
}

// A share with a bar of it behind; a difference in how much is counted.
function numberCell(by, frame) {
  const value = TABLE_COLUMNS[by].value(frame), { noun } = profile.meta;
  if (by === 'change') {
    const { changes } = profile.meta, middle = (changes.length - 1) / 2;
    const cell = make('span', differenceText(value), { className: 'number difference' });
    const swatch = make('i');
    swatch.style.background = changes[Math.round(middle * (1 + change(table.counts.total[frame], table.before.total[frame] * derived.scale)))];
    cell.prepend(swatch);
    return cell;
  }
  const all = by === 'baseline' ? derived.plain.baseline.sum : derived.plain.selection.sum;
  const cell = make('span', percent(value, all), { className: 'number', title: countOf(value, noun) });
  cell.style.setProperty('--part', `${all > 0 ? 100 * value / all : 0}%`);
  return cell;
}

function differenceText(value) {
  const size = +Math.abs(value).toFixed(1);
  return `${size === 0 ? '' : value > 0 ? '+' : '−'}${withThousands(size)}`;
}

const rowAt = (event) => event.target.closest('.row');

function clickRow(event) {
  const row = rowAt(event);
  if (!row) return;
  table.at = Number(row.id.slice('function-'.length));
  toggleMark(Number(row.dataset.frame));
}

function openRowMenu(event) {
  event.preventDefault();
  const row = event.button === 2 ? rowAt(event) : byId(`function-${table.at}`);
  if (!row) return;
  const { left, bottom } = row.getBoundingClientRect();
  openMenu(functionItems(Number(row.dataset.frame)), event.button === 2 ? placeOf(event) : { x: left + 8, y: bottom }, table.body);
}

function moveRow(to) {
  table.at = Math.max(0, Math.min(table.rows.length - 1, to));
  const top = table.at * ROW_HEIGHT, { body } = table;
  if (table.rows.length * ROW_HEIGHT <= MOST_TABLE_HEIGHT) {
    if (top < body.scrollTop) body.scrollTop = top;
    if (top + ROW_HEIGHT > body.scrollTop + body.clientHeight) body.scrollTop = top + ROW_HEIGHT - body.clientHeight;
  }
  drawRows();
}

const pageOfRows = () => Math.max(1, Math.floor(table.body.clientHeight / ROW_HEIGHT) - 1);

const TABLE_KEYS = {
  ArrowUp: () => moveRow(table.at - 1),
  ArrowDown: () => moveRow(table.at + 1),
  PageUp: () => moveRow(table.at - pageOfRows()),
  PageDown: () => moveRow(table.at + pageOfRows()),
  Home: () => moveRow(0),
  End: () => moveRow(table.rows.length - 1),
  Enter: () => table.rows.length > 0 && toggleMark(table.rows[table.at]),
};
