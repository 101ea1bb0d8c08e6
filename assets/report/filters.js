'use strict';
// Filters by the heat map's rows: which CPUs, threads, processes or events count; none ticked is all of them. And
// by what stacks hold.

// Rows of which the counts alone are known would not follow.
const canFilter = () => profile.meta.has_owners;

function initFilters() {
  byId('filters-button').hidden = !canFilter();
  if (!canFilter()) return;
  byId('filters-button').addEventListener('click', () => togglePanel('filters'));
  heat.element.addEventListener('contextmenu', openHeatMapMenu);
  views.push(drawFilters);
}

function fillFilters(panel) {
  const clear = make('button', 'Clear all', { type: 'button', id: 'clear-filters', onclick: () => choose({ filters: NO_FILTERS, stackFilters: NO_FRAMES }) });
  const about = make('p', 'A search or a right click on a frame makes filters by stack.', { className: 'quiet' });
  panel.append(make('h2', 'Filters'), clear, ...profile.lanes.map(filterList), about);
}

function filterList({ kind, names }) {
  const list = make('fieldset'), rows = heat.kinds.find(({ lanes }) => lanes && lanes.kind === kind);
  const totals = rows.grid(profile.samples).rowTotals;
  list.append(make('legend', kind));
  names.forEach((name, row) => {
    const label = make('label'), box = make('input', undefined, { type: 'checkbox' });
    box.addEventListener('change', () => chooseRows(kind, toggled(chosen.filters[kind] || [], row)));
    box.dataset.kind = kind;
    box.dataset.row = row;
    label.append(box, ` ${name} (${countOf(totals[row], profile.meta.noun)})`);
    list.append(label);
  });
  return list;
}

const toggled = (rows, row) => (rows.includes(row) ? rows.filter((other) => other !== row) : rows.concat(row).sort((a, b) => a - b));

function chooseRows(kind, rows) {
  const { [kind]: _, ...others } = chosen.filters, filters = rows.length > 0 ? { ...others, [kind]: rows } : others;
  choose({ filters: Object.keys(filters).length > 0 ? filters : NO_FILTERS });
}

// Right click on a row: what can be done with it.
function openHeatMapMenu(event) {
  const point = pointIn(heat.element, event), area = plotAt(point), { lanes } = heat.rows;
  if (!lanes || point.x > area.right || point.y < area.top || point.y >= area.bottom) return;
  event.preventDefault();
  const row = heat.rows.rowAt(placeInPlot(point, area).part), others = lanes.names.map((_, other) => other).filter((other) => other !== row);
  const items = [
    ['Only this', () => chooseRows(lanes.kind, [row])],
    ['Without this', () => chooseRows(lanes.kind, others)],
  ];
  const copy = ['Copy name', () => copyText(lanes.names[row])];
  openMenu(row < lanes.single ? [...items, copy] : [copy], placeOf(event), heat.element);
}

function drawFilters() {
  drawChosenFilters();
  const { filters } = chosen, panel = byId('filters');
  if (panel.hidden) return;
  if (!panel.hasChildNodes()) fillFilters(panel);
  byId('clear-filters').disabled = derived.samples === profile.samples;
  for (const box of panel.querySelectorAll('input')) {
    box.checked = (filters[box.dataset.kind] || []).includes(Number(box.dataset.row));
  }
}

// Beside the file's name, each with the way back.
function drawChosenFilters() {
  const { filters, stackFilters } = chosen, list = byId('filters-chosen');
  const chips = profile.lanes.filter(({ kind }) => filters[kind]).map((lanes) => [filterText(lanes), () => chooseRows(lanes.kind, [])]);
  stackFilters.forEach((one, index) => chips.push([stackFilterText(one), () => forgetStackFilter(index)]));
  const of = JSON.stringify(chips.map(([text]) => text));
  if (list.dataset.of === of) return;
  list.dataset.of = of;
  list.replaceChildren(...chips.map(([text, onclick]) => make('button', `${text} ×`, { type: 'button', title: 'Take this filter away', onclick })));
}

const forgetStackFilter = (at) => choose({ stackFilters: chosen.stackFilters.filter((_, index) => index !== at) });
const stackFilterText = ({ text, isWithout }) => `${isWithout ? 'Without' : 'With'} ${clip(text, 40)}`;

// In words, what is left out where that is less.
function filterText({ kind, names }) {
  const rows = chosen.filters[kind], out = names.filter((_, row) => !rows.includes(row));
  if (rows.length === 1) return `Only ${names[rows[0]]}`;
  return out.length === 1 ? `Without ${out[0]}` : `${rows.length} of ${names.length} ${kind.toLowerCase()}`;
}

const FILTER_OPTIONS = { CPUs: '--cpu', Threads: '--tid', Processes: '--pid' };

// As the command line says it, where its numbers do.
function filterOptions() {
  const words = profile.lanes.filter(({ kind }) => chosen.filters[kind] && FILTER_OPTIONS[kind]).flatMap(({ kind, names }) => (
    chosen.filters[kind].map((row) => `${FILTER_OPTIONS[kind]} ${(/\d+$/.exec(names[row]) || ['N'])[0]}`)));
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  for (const isWithout of [false, true]) {
    chosen.stackFilters.filter((one) => one.isWithout === isWithout).forEach(({ pattern }, index) => {
      words.push(`${isWithout ? '--exclude-stack' : index === 0 ? '--stack' : '--also-stack'} ${quoted(pattern)}`);
    });
  }
  return words.map((word) => ` ${word}`).join('');
}
