'use strict';
// The bars of samples above the columns and beside the rows, and in words what is pointed at there. What a
// search finds is told from the rest.

function drawColumnBars(context, area) {
  const { all, found: part } = heat.cells, most = Math.max(1, largest(all.columnTotals));
  const height = (amount) => amount / most * (area.top - 4), gap = area.column > 4 ? 1 : 0;
  const first = Math.max(0, Math.floor(heat.view.first));
  for (let column = first; column < clock.columns && area.x(column) < area.right; column++) {
    const bar = (amount, color) => {
      context.fillStyle = color;
      context.fillRect(area.x(column), area.top - 2 - height(amount), Math.max(1, area.column - gap), height(amount));
    };
    bar(all.columnTotals[column], theme.strip);
    if (part) bar(part.columnTotals[column], profile.meta.match_color);
  }
}

// `index`: beside which of two heat maps.
function drawRowBars(context, area, index) {
  const { all, found: part } = heat.cells, { count } = heat.rows;
  const most = Math.max(1, largest(all.rowTotals)), height = area.down / count;
  for (let row = 0; row < count; row++) {
    const y = Math.min(area.y(row), area.y(row + 1));
    const bar = (amount, color) => {
      context.fillStyle = color;
      context.fillRect(area.right + 4, y, amount / most * (PLOT.right - 12), Math.max(0.5, height - (height > 3 ? 1 : 0)));
    };
    if (index === 0) bar(all.rowTotals[row], theme.strip);
    if (part) bar(part.rowTotals[row], profile.meta.match_color);
  }
}

// What is at a point, a line each; null where nothing is.
function describePoint(point, area) {
  if (!heat.cells) return null; // nothing is drawn yet
  if (isInPlot(point, area)) return describePlace(placeInPlot(point, area));
  const isAbove = point.y < PLOT.top && point.x >= area.left && point.x < area.right;
  if (isAbove) return describeColumn(Math.floor(placeInPlot(point, area).column));
  const isBeside = point.y >= area.top && point.y < area.bottom && point.x >= area.right + 4;
  return isBeside ? describeRow(heat.rows.rowAt(placeInPlot(point, area).part)) : null;
}

function describePlace({ column, part }) {
  const { rows, cells: { all, found: matching, difference } } = heat, cells = rows.cellsAt(column, part);
  if (difference) return describeDifference(difference, cells[0]);
  const place = rows.placeAt(cells, part), count = all.counts[place];
  const lines = [...amountLines(count, matching && matching.counts[place]), timesOf(clock.range(...cells))];
  lines.push(`${Math.round(all.max > 0 ? 100 * count / all.max : 0)} % of the busiest cell`);
  if (rows.lanes) lines.unshift(rows.nameOf(rows.rowAt(part)));
  return lines;
}

// Its cells may be larger ones.
function describeDifference({ rows, counts, samples }, cell) {
  const size = clock.rows / rows, block = Math.floor(cell / size), value = counts[block];
  const text = value === NOTHING ? 'nothing' : value.toFixed(3);
  return [
    countOf(samples[block], profile.meta.noun),
    `${text} unlike the baseline (0 to 1)`,
    timesOf(clock.range(block * size, (block + 1) * size - 1)),
  ];
}

function describeColumn(column) {
  const { all, found: matching } = heat.cells, first = column * clock.rows;
  const times = timesOf(clock.range(first, first + clock.rows - 1));
  return [...amountLines(all.columnTotals[column], matching && matching.columnTotals[column]), times];
}

function describeRow(row) {
  const { all, found: matching } = heat.cells;
  return [heat.rows.nameOf(row), ...amountLines(all.rowTotals[row], matching && matching.rowTotals[row])];
}

// How much there is and, where a search is shown, how much of it is found.
function amountLines(all, part) {
  const { noun } = profile.meta, lines = [countOf(all, noun)];
  if (part !== null) lines.push(`${countOf(part, noun)} found (${Math.round(all > 0 ? 100 * part / all : 0)} %)`);
  return lines;
}

const timesOf = ({ from, to }) => `${seconds(from)} s to ${seconds(to)} s`;
