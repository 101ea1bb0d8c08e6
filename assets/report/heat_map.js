'use strict';
// The heat map with its axes, its bars of samples by column and by row, the selection and the baseline
// over it.

const PLOT = { top: 32, right: 52, bottom: 22 };
const WIDEST_COLUMN = 48; // unless the reader zooms

const heat = {
  element: null, canvas: null,
  view: { first: 0, columns: 1 }, // which columns are in sight; parts of columns, too
  drag: null, // what a pointer is doing, and the cells it has come to
  pointer: null, // where it is
  picture: null, // the cells, one texel each, and what they were made for
  kinds: [], // of rows
  rows: null, // those that are shown
};

function initHeatMap() {
  heat.element = byId('heat-map');
  heat.canvas = heat.element.querySelector('canvas');
  heat.canvas.style.position = 'absolute';
  heat.kinds = [new OffsetRows(), ...profile.lanes.map((lanes) => new LaneRows(lanes))];
  heat.rows = heat.kinds[0];
  initRowChoice();
  fitHeatMap();
  views.push(drawHeatMap);
  new ResizeObserver(redraw).observe(heat.element);
}

function initRowChoice() {
  const select = byId('rows');
  select.append(make('option', 'Offsets', { value: 0 }), ...profile.lanes.map(({ kind }, index) => make('option', kind, { value: index + 1 })));
  select.hidden = profile.lanes.length === 0;
  select.addEventListener('change', () => choose({ rows: Number(select.value) }));
}

// From offsets to CPUs, threads, and so on.
const stepRows = () => choose({ rows: (chosen.rows + 1) % heat.kinds.length });

function fitHeatMap() {
  heat.view = { first: 0, columns: clock.columns };
  redraw();
}

// Where everything is, in points.
function plot() {
  const { width, height } = heat.element.getBoundingClientRect();
  const { left } = heat.rows, across = Math.max(20, width - left - PLOT.right);
  const down = Math.max(20, height - PLOT.top - PLOT.bottom);
  const isFitted = heat.view.columns >= clock.columns;
  const column = Math.min(isFitted ? WIDEST_COLUMN : across, across / heat.view.columns);
  const x = (at) => left + (at - heat.view.first) * column;
  const right = Math.min(left + across, x(clock.columns));
  const area = { width, height, left, right, top: PLOT.top, bottom: PLOT.top + down, down, column, x };
  area.y = (row) => heat.rows.y(area, row);
  return area;
}

// How many columns, and which part of the height, a point is from the upper left; outside, those of the
// nearest point in sight.
function placeInPlot({ x, y }, area) {
  const column = heat.view.first + (Math.min(Math.max(x, area.left), area.right - 0.01) - area.left) / area.column;
  const part = (Math.min(Math.max(y, area.top), area.bottom - 0.01) - area.top) / area.down;
  return { column: Math.min(clock.columns - 0.001, Math.max(0, column)), part };
}

// The first and last cell that a point stands for.
function cellsAtPoint(point, area) {
  const { column, part } = placeInPlot(point, area);
  return heat.rows.cellsAt(column, part);
}

const isInPlot = ({ x, y }, area) => x >= area.left && x < area.right && y >= area.top && y < area.bottom;

function drawHeatMap() {
  heat.rows = heat.kinds[chosen.rows];
  drawLegend();
  const area = plot(), context = prepare(heat.canvas, area.width, area.height);
  context.font = `11.5px ${theme.sans}`;
  context.save();
  context.beginPath();
  context.rect(area.left, 0, area.right - area.left, area.height);
  context.clip();
  drawCells(context, area);
  drawColumnBars(context, area);
  for (const [ranges, color] of [[baselineRanges(), theme.baseline], [chosen.selection, theme.selection]]) {
    if (ranges) drawRanges(context, area, ranges, color);
  }
  drawCross(context, area);
  context.restore();
  drawRowBars(context, area);
  drawRowLabels(context, area);
  drawTimes(context, area);
  context.strokeStyle = theme.edge;
  context.strokeRect(area.left - 0.5, area.top - 0.5, area.right - area.left + 1, area.down + 1);
}

const baselineRanges = () => (Array.isArray(chosen.baseline) ? chosen.baseline : null);

function drawCells(context, area) {
  const first = Math.max(0, Math.floor(heat.view.first));
  const end = Math.min(clock.columns, Math.ceil(heat.view.first + (area.right - area.left) / area.column));
  const key = [heat.rows.key, first, end, area.column, area.down].join();
  if (!heat.picture || heat.picture.key !== key) heat.picture = { key, ...heat.rows.paint(first, end, area) };
  const { texels, width, part } = heat.picture, height = area.down * part;
  context.imageSmoothingEnabled = false;
  context.drawImage(texels, area.x(first), area.bottom - height, width * area.column, height);
}

function drawRanges(context, area, ranges, color) {
  const fill = new Path2D(), edge = new Path2D(); // filled at once: what overlaps is no darker
  for (const [start, end, low, high] of ranges.flatMap((range) => heat.rows.boxesOf(range))) {
    const x = area.x(start), width = Math.max(1, area.x(end) - x);
    const y = Math.min(area.y(high), area.y(low)), height = Math.max(1, Math.abs(area.y(low) - area.y(high)));
    fill.rect(x, y, width, height);
    fill.rect(x, 2, width, area.top - 4);
    if (width > 2) edge.rect(x + 0.5, y + 0.5, width - 1, Math.max(0, height - 1));
  }
  context.fillStyle = context.strokeStyle = color;
  context.globalAlpha = 0.45;
  context.fill(fill);
  context.globalAlpha = 1;
  context.stroke(edge);
}

function drawColumnBars(context, area) {
  const first = Math.max(0, Math.floor(heat.view.first));
  const most = map.columns.reduce((a, b) => Math.max(a, b), 1), highest = area.top - 4;
  context.fillStyle = theme.strip;
  const gap = area.column > 4 ? 1 : 0;
  for (let column = first; column < clock.columns && area.x(column) < area.right; column++) {
    const height = map.columns[column] / most * highest;
    context.fillRect(area.x(column), area.top - 2 - height, Math.max(1, area.column - gap), height);
  }
}

function drawRowBars(context, area) {
  const { totals, count } = heat.rows;
  const most = totals.reduce((a, b) => Math.max(a, b), 1), height = area.down / count;
  context.fillStyle = theme.strip;
  for (let row = 0; row < count; row++) {
    const width = totals[row] / most * (PLOT.right - 12), y = Math.min(area.y(row), area.y(row + 1));
    context.fillRect(area.right + 4, y, width, Math.max(0.5, height - (height > 3 ? 1 : 0)));
  }
}

function drawCross(context, area) {
  if (!heat.pointer || !isInPlot(heat.pointer, area)) return;
  context.fillStyle = '#00000030';
  context.fillRect(area.left, heat.pointer.y, area.right - area.left, 1);
  context.fillRect(heat.pointer.x, area.top, 1, area.down);
}

function drawRowLabels(context, area) {
  context.fillStyle = theme.quiet;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText(`${profile.meta.noun}s`, area.left - 8, area.top - 18);
  heat.rows.drawLabels(context, area);
}

// Times below; a line where time without samples is left out.
function drawTimes(context, area) {
  context.fillStyle = theme.quiet;
  context.textAlign = 'left';
  context.textBaseline = 'top';
  const step = roundStep(Math.ceil(70 / area.column));
  let free = area.left - 20;
  clock.blocks.forEach((block, index) => {
    const end = index + 1 < clock.blocks.length ? clock.blocks[index + 1].column : clock.columns;
    const hidden = Math.max(0, Math.floor((heat.view.first - block.column) / step)) * step;
    for (let column = block.column + hidden; column < end; column += step) {
      const x = area.x(column);
      if (x < area.left - 0.5) continue;
      if (x >= area.right) break;
      context.fillRect(x, area.bottom, 1, 4);
      if (column === block.column && block.skipped > 0n) {
        context.fillStyle = theme.selection;
        context.fillRect(x - 1, 2, 2, area.bottom + 2);
        context.fillStyle = theme.quiet;
      }
      const text = timeLabel(clock.columnStart(column)), { width } = context.measureText(text);
      const left = Math.min(x, area.width - width - 4);
      if (left < free) continue;
      context.fillText(text, left, area.bottom + 6);
      free = left + width + 12;
    }
  });
}

const roundStep = (least) => {
  for (let power = 1; ; power *= 10) for (const digit of [1, 2, 5]) if (digit * power >= least) return digit * power;
};

const timeLabel = (nanos) => (nanos % 1000000000n === 0n ? `${nanos / 1000000000n} s` : `${seconds(nanos)} s`);

function drawLegend() {
  const { ramp } = profile.meta.heat_map, { noun } = profile.meta, { top, max, step, key } = heat.rows;
  byId('rows').value = chosen.rows;
  if (byId('legend').dataset.of === key) return;
  byId('legend').dataset.of = key;
  const context = prepare(byId('legend'), 100, 12);
  for (let x = 0; x < 100; x++) {
    context.fillStyle = top <= 12 ? heatColor(Math.floor(x / 100 * (top + 1)), top) : ramp[Math.round(x / 99 * (ramp.length - 1))];
    context.fillRect(x, 0, 1, 12);
  }
  byId('legend-text').textContent = `${noun[0].toUpperCase()}${noun.slice(1)}s in each ${duration(step)}: 0`;
  const more = max > top ? ` or more (the busiest has ${withThousands(max)})` : '';
  byId('legend-end').textContent = `${withThousands(top)}${more}`;
}
