'use strict';
// The heat map with its axes, its bars of samples by column and by offset, the selection and the
// baseline over it.

const PLOT = { left: 68, top: 32, right: 52, bottom: 22 };
const WIDEST_COLUMN = 48; // unless the reader zooms
const MOST_PIXELS = 4096;

const heat = {
  element: null, canvas: null,
  view: { first: 0, columns: 1 }, // which columns are in sight; parts of columns, too
  drag: null, // what a pointer is doing, and the cells it has come to
  pointer: null, // where it is
  picture: null, // the cells, one texel each, and what they were made for
};

function initHeatMap() {
  heat.element = byId('heat-map');
  heat.canvas = heat.element.querySelector('canvas');
  heat.canvas.style.position = 'absolute';
  fitHeatMap();
  drawLegend();
  views.push(drawHeatMap);
  new ResizeObserver(redraw).observe(heat.element);
}

function fitHeatMap() {
  heat.view = { first: 0, columns: clock.columns };
  redraw();
}

// Where everything is, in points.
function plot() {
  const { width, height } = heat.element.getBoundingClientRect();
  const across = Math.max(20, width - PLOT.left - PLOT.right);
  const down = Math.max(20, height - PLOT.top - PLOT.bottom);
  const isFitted = heat.view.columns >= clock.columns;
  const column = Math.min(isFitted ? WIDEST_COLUMN : across, across / heat.view.columns);
  const x = (at) => PLOT.left + (at - heat.view.first) * column;
  const right = Math.min(PLOT.left + across, x(clock.columns));
  const y = (row) => PLOT.top + down * (1 - row / clock.rows);
  return { width, height, left: PLOT.left, right, top: PLOT.top, bottom: PLOT.top + down, down, column, x, y };
}

// The cell at a point; outside, the nearest one in sight.
function cellAtPoint({ x, y }, area) {
  const column = Math.floor(heat.view.first + (Math.min(Math.max(x, area.left), area.right - 0.01) - area.left) / area.column);
  const row = Math.floor(clock.rows * (area.bottom - Math.min(Math.max(y, area.top + 0.01), area.bottom)) / area.down);
  const within = (at, count) => Math.min(count - 1, Math.max(0, at));
  return within(column, clock.columns) * clock.rows + within(row, clock.rows);
}

const isInPlot = ({ x, y }, area) => x >= area.left && x < area.right && y >= area.top && y < area.bottom;

function heatColor(count) {
  const { top, ramp, scale } = profile.meta.heat_map;
  const last = ramp.length - 1;
  const part = Math.min(count, top) / top;
  const shares = { log: Math.log1p(part * top) / Math.log1p(top), steep: part ** 3 };
  const share = shares[scale] ?? part;
  return ramp[count > 0 ? Math.max(1, Math.round(share * last)) : 0]; // what is not empty never looks empty
}

function drawHeatMap() {
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
  drawOffsets(context, area);
  drawTimes(context, area);
  context.strokeStyle = theme.edge;
  context.strokeRect(area.left - 0.5, area.top - 0.5, area.right - area.left + 1, area.down + 1);
}

const baselineRanges = () => (Array.isArray(chosen.baseline) ? chosen.baseline : null);

function drawCells(context, area) {
  const first = Math.max(0, Math.floor(heat.view.first));
  const end = Math.min(clock.columns, Math.ceil(heat.view.first + (area.right - area.left) / area.column));
  const ratio = window.devicePixelRatio || 1;
  const across = Math.max(1, Math.ceil(1 / (area.column * ratio)), Math.ceil((end - first) / MOST_PIXELS));
  const up = Math.max(1, Math.floor(clock.rows / (area.down * ratio)), Math.ceil(clock.rows / MOST_PIXELS));
  const key = [first, end, across, up].join();
  if (!heat.picture || heat.picture.key !== key) heat.picture = { key, ...paintCells(first, end, across, up) };
  const { texels, columns, rows } = heat.picture;
  context.imageSmoothingEnabled = false;
  const height = area.down * rows * up / clock.rows;
  context.drawImage(texels, area.x(first), area.bottom - height, columns * across * area.column, height);
}

// Where cells are smaller than a pixel the busiest of those that share one is shown.
function paintCells(first, end, across, up) {
  const columns = Math.ceil((end - first) / across), rows = Math.ceil(clock.rows / up);
  const texels = make('canvas', undefined, { width: columns, height: rows });
  const context = texels.getContext('2d'), image = context.createImageData(columns, rows);
  const most = new Float64Array(columns * rows);
  for (let column = first; column < end; column++) {
    const x = Math.floor((column - first) / across);
    for (let row = 0; row < clock.rows; row++) {
      const at = (rows - 1 - Math.floor(row / up)) * columns + x;
      most[at] = Math.max(most[at], map.counts[column * clock.rows + row]);
    }
  }
  const shades = new Map();
  most.forEach((count, at) => {
    if (!shades.has(count)) shades.set(count, parseInt(heatColor(count).slice(1), 16));
    const color = shades.get(count);
    image.data.set([color >> 16, color >> 8 & 255, color & 255, 255], at * 4);
  });
  context.putImageData(image, 0, 0);
  return { texels, columns, rows };
}

// Ranges as up to three boxes each: the rest of the first column, whole ones, the start of the last.
function boxesOf(range) {
  const [first, last] = range.cells.map((cell) => [Math.floor(cell / clock.rows), cell % clock.rows]);
  if (first[0] === last[0]) return [[first[0], last[0] + 1, first[1], last[1] + 1]];
  const boxes = [[first[0], first[0] + 1, first[1], clock.rows], [last[0], last[0] + 1, 0, last[1] + 1]];
  if (last[0] > first[0] + 1) boxes.push([first[0] + 1, last[0], 0, clock.rows]);
  return boxes;
}

function drawRanges(context, area, ranges, color) {
  const fill = new Path2D(), edge = new Path2D(); // filled at once: what overlaps is no darker
  for (const [start, end, low, high] of ranges.flatMap(boxesOf)) {
    const x = area.x(start), width = Math.max(1, area.x(end) - x);
    const y = area.y(high), height = Math.max(1, area.y(low) - y);
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
  const most = map.rows.reduce((a, b) => Math.max(a, b), 1), height = area.down / clock.rows;
  context.fillStyle = theme.strip;
  for (let row = 0; row < clock.rows; row++) {
    const width = map.rows[row] / most * (PLOT.right - 12);
    context.fillRect(area.right + 4, area.y(row + 1), width, Math.max(0.5, height - (height > 3 ? 1 : 0)));
  }
}

function drawCross(context, area) {
  if (!heat.pointer || !isInPlot(heat.pointer, area)) return;
  context.fillStyle = '#00000030';
  context.fillRect(area.left, heat.pointer.y, area.right - area.left, 1);
  context.fillRect(heat.pointer.x, area.top, 1, area.down);
}

function drawOffsets(context, area) {
  context.fillStyle = theme.quiet;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText(`${profile.meta.noun}s`, area.left - 8, area.top - 18);
  const steps = Math.max(1, Math.min(5, Math.floor(area.down / 30)));
  for (let step = 0; step <= steps; step++) {
    const y = area.bottom - area.down * step / steps;
    context.fillText(offsetLabel(clock.column * BigInt(step) / BigInt(steps)), area.left - 8, y);
    context.fillRect(area.left - 5, y - 0.5, 4, 1);
  }
}

// In milliseconds up to a column of a second, as people speak of offsets.
const offsetLabel = (nanos) => (clock.column <= 1000000000n ? `${+(Number(nanos) / 1e6).toFixed(3)} ms` : duration(nanos));

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
  const { top, ramp } = profile.meta.heat_map, noun = profile.meta.noun;
  const cell = duration(clock.column / BigInt(clock.rows));
  const canvas = byId('legend'), context = prepare(canvas, 100, 12);
  for (let x = 0; x < 100; x++) {
    context.fillStyle = top <= 12 ? heatColor(Math.floor(x / 100 * (top + 1))) : ramp[Math.round(x / 99 * (ramp.length - 1))];
    context.fillRect(x, 0, 1, 12);
  }
  byId('legend-text').textContent = `${noun[0].toUpperCase()}${noun.slice(1)}s in each ${cell}: 0`;
  const more = map.max > top ? ` or more (the busiest has ${withThousands(map.max)})` : '';
  byId('legend-end').textContent = `${withThousands(top)}${more}`;
}
