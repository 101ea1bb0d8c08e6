'use strict';
// Moving the selection by key, from cell to cell.

// Moves the selection by columns and rows; by whole columns, or not at all, where it is by columns.
function nudge(columns, rows) {
  const ranges = chosen.selection, by = columns * clock.rows + rows;
  if (!ranges) return chooseCells([busiestCell()]);
  const least = -ranges[0].cells[0], most = clock.cells - 1 - ranges[ranges.length - 1].cells[1];
  const inside = Math.min(most, Math.max(least, by)), moved = rows === 0 ? inside - inside % clock.rows : inside;
  if (moved !== 0) chooseCells(ranges.map(({ cells }) => cells.map((cell) => cell + moved)));
}

function busiestCell() {
  const { counts, max } = allCells(heat.kinds[0], derived.samples), cell = counts.indexOf(max);
  return [cell, cell];
}

// Moves its end; of several ranges each one's or, where they recur, how often they do.
function grow(columns, rows) {
  const ranges = (chosen.selection || []).map(({ cells }) => cells), end = clock.cells - 1;
  if (ranges.length === 0) return nudge(columns, rows);
  const grown = ([first, last], by, most) => [first, Math.max(first, Math.min(Math.max(most, last), last + by))];
  const endOfColumn = ([, last]) => last - last % clock.rows + clock.rows - 1;
  if (ranges.length === 1) return chooseCells([grown(ranges[0], columns * clock.rows + rows, end)]);
  if (rows !== 0) return chooseCells(ranges.map((range) => grown(range, rows, endOfColumn(range))));
  if (recurs(ranges)) return chooseCells(recurring(ranges, columns > 0, end));
  chooseCells(ranges.slice(0, -1).concat([grown(ranges[ranges.length - 1], columns * clock.rows, end)]));
}

// Whether ranges are as long as each other and evenly apart.
function recurs(ranges) {
  const [[first, last], [next]] = ranges;
  return ranges.every(([start, end], index) => end - start === last - first && start - first === index * (next - first));
}

// Once more, or once less.
function recurring(ranges, more, end) {
  const [before, last] = ranges.slice(-2), next = last.map((cell) => cell + last[0] - before[0]);
  if (!more) return ranges.slice(0, -1);
  return next[1] <= end ? ranges.concat([next]) : ranges;
}

// To the first or the last column.
function nudgeTo(isLast) {
  const ranges = chosen.selection, { rows, columns } = clock, column = isLast ? columns - 1 : 0;
  if (!ranges) return chooseCells([[column * rows, (column + 1) * rows - 1]]);
  const at = Math.floor((isLast ? ranges[ranges.length - 1].cells[1] : ranges[0].cells[0]) / rows);
  nudge(column - at, 0);
}

// The offsets of the selection in each column that it spans or, of one within a column, in all of them.
function selectInEachColumn() {
  const ranges = chosen.selection;
  if (!ranges) return;
  const { rows } = clock, ends = [ranges[0].cells[0], ranges[ranges.length - 1].cells[1]];
  const [left, right] = ends.map((cell) => Math.floor(cell / rows));
  const [low, high] = ends.map((cell) => cell % rows).sort((a, b) => a - b);
  const [from, to] = left === right ? [0, clock.columns - 1] : [left, right];
  choose({ selection: inColumns(from, to, [low, high]) });
}

function chooseCells(ranges) {
  choose({ selection: union(ranges.map(([first, last]) => clock.range(first, last))) });
  const column = Math.floor(ranges[0][0] / clock.rows), { view } = heat;
  if (column < view.first || column >= view.first + view.columns) scrollTo(column - view.columns / 2);
}

// Arrows along the time go by a column; where rows are threads, by a step of theirs, and not up or down.
function arrow(columns, rows, isEnd) {
  const { lanes, cells } = heat.rows, move = isEnd ? grow : nudge;
  if (!lanes) move(columns, rows);
  else if (columns !== 0) move(0, columns * cells);
}

const HEAT_KEYS = {
  ArrowUp: (isEnd) => arrow(0, 1, isEnd),
  ArrowDown: (isEnd) => arrow(0, -1, isEnd),
  ArrowRight: (isEnd) => arrow(1, 0, isEnd),
  ArrowLeft: (isEnd) => arrow(-1, 0, isEnd),
  Home: () => nudgeTo(false),
  End: () => nudgeTo(true),
  PageUp: () => scrollTo(heat.view.first - heat.view.columns),
  PageDown: () => scrollTo(heat.view.first + heat.view.columns),
  ' ': togglePlay,
};

const PLAY_STEP = 350; // milliseconds
let playing = 0;

// Moves the selection on by itself, until the end.
function togglePlay() {
  if (playing) return stopPlaying();
  playing = setInterval(() => {
    press += 1; // each step is undone by itself
    const before = chosen.selection;
    nudge(1, 0);
    if (chosen.selection === before) stopPlaying();
  }, PLAY_STEP);
}

function stopPlaying() {
  clearInterval(playing);
  playing = 0;
}
