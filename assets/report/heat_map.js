'use strict';
// The heat map with its axes, the selection and the baseline over it. What a search finds may have one of
// its own below that of all samples, over the same time.

const PLOT = { top: 32, right: 52, bottom: 22 };
const WIDEST_COLUMN = 48; // unless the reader zooms
const BETWEEN = 16; // two heat maps

const heat = {
  element: null, canvas: null,
  view: { first: 0, columns: 1 }, // which columns are in sight; parts of columns, too
  drag: null, // what a pointer is doing, and the cells it has come to
  pointer: null, // where it is
  kinds: [], // of rows
  rows: null, // those that are shown
  cells: null, // what is in them: of all, of what the search finds, how unlike the baseline
};

function initHeatMap() {
  heat.element = byId('heat-map');
  heat.canvas = heat.element.querySelector('canvas');
  heat.canvas.style.position = 'absolute';
  heat.kinds = [new OffsetRows(), ...profile.lanes.map((lanes) => new LaneRows(lanes))];
  heat.rows = heat.kinds[0];
  initLegend();
  fitHeatMap();
  views.push(drawHeatMap);
  new ResizeObserver(redraw).observe(heat.element);
}

function fitHeatMap() {
  heat.view = { first: 0, columns: clock.columns };
  redraw();
}

const allCells = remember((rows, samples) => rows.grid(samples));
const foundCells = remember((rows, samples) => rows.grid(samples));
// Of what is compared with; of all, where nothing is.
const differentCells = remember((samples, baseline, selection) => {
  const slots = samples.cell.length;
  if (baseline === null) return differenceGrid(samples, [[0, slots]]);
  return differenceGrid(samples, baseline === 'rest' ? restOf(selection, slots) : slotRanges(baseline, slots));
});

function countCells() {
  const { rows } = heat, { samples, matches } = derived, { baseline, selection } = chosen;
  const isFound = look.painted === 'search' && matches && rows.canTell;
  const isDifferent = look.painted === 'difference' && canDiffer();
  heat.cells = {
    all: allCells(rows, samples),
    found: isFound ? foundCells(rows, samplesFound(samples, matches)) : null,
    difference: isDifferent ? differentCells(samples, baseline, baseline === 'rest' ? selection : null) : null,
  };
}

// Cells of samples alone can be compared, with offsets as rows.
const canDiffer = () => heat.rows === heat.kinds[0] && profile.meta.noun === 'sample';

// Where everything is, in points.
function plot() {
  const { width, height } = heat.element.getBoundingClientRect();
  const { left } = heat.rows, across = Math.max(20, width - left - PLOT.right);
  const down = Math.max(20, height - PLOT.top - PLOT.bottom);
  const isFitted = heat.view.columns >= clock.columns;
  const column = Math.min(isFitted ? WIDEST_COLUMN : across, across / heat.view.columns);
  const x = (at) => left + (at - heat.view.first) * column;
  const right = Math.min(left + across, x(clock.columns));
  return withRows({ width, height, left, right, column, x }, PLOT.top, down);
}

function withRows(area, top, down) {
  const part = { ...area, top, down, bottom: top + down };
  part.y = (row) => heat.rows.y(part, row);
  return part;
}

// Of the heat maps one above the other, or of the one that there is.
function plots() {
  const whole = plot();
  if (!heat.cells || !heat.cells.found || !look.beside) return [whole];
  const down = Math.max(10, (whole.down - BETWEEN) / 2);
  return [withRows(whole, whole.top, down), withRows(whole, whole.bottom - down, down)];
}

// Which of them a point is in or nearest to.
function plotAt({ y }) {
  const areas = plots();
  return areas.length > 1 && y > areas[0].bottom + BETWEEN / 2 ? areas[1] : areas[0];
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
  countCells();
  drawLegend();
  const areas = plots(), whole = plot(), context = prepare(heat.canvas, whole.width, whole.height);
  context.font = `11.5px ${theme.sans}`;
  context.save();
  context.beginPath();
  context.rect(whole.left, 0, whole.right - whole.left, whole.height);
  context.clip();
  drawCells(context, areas);
  drawColumnBars(context, whole);
  for (const [ranges, color] of [[baselineRanges(), theme.baseline], [chosen.selection, theme.selection]]) {
    if (ranges) drawRanges(context, areas, ranges, color);
  }
  for (const area of areas) drawCross(context, area);
  context.restore();
  areas.forEach((area, index) => drawFrame(context, area, index));
  drawTimes(context, whole);
}

function drawFrame(context, area, index) {
  drawRowBars(context, area, index);
  drawRowLabels(context, area, index);
  context.strokeStyle = theme.edge;
  context.strokeRect(area.left - 0.5, area.top - 0.5, area.right - area.left + 1, area.down + 1);
}

const baselineRanges = () => (Array.isArray(chosen.baseline) ? chosen.baseline : null);

// The columns in sight, and where they are: where these are the same, so are the pictures.
function drawCells(context, areas) {
  const [area] = areas, first = Math.max(0, Math.floor(heat.view.first));
  const end = Math.min(clock.columns, Math.ceil(heat.view.first + (area.right - area.left) / area.column));
  const { all, found: part, difference } = heat.cells;
  const pictures = paintCells(heat.rows, all, part, difference, areas.length, first, end, area.column, area.down, emptyColor());
  context.imageSmoothingEnabled = false;
  pictures.forEach(({ canvas, width, part: reach }, index) => {
    const { bottom, down, x, column } = areas[index];
    context.drawImage(canvas, x(first), bottom - down * reach, width * column, down * reach);
  });
}

const paintCells = remember((rows, all, part, difference, many, first, end, column, down) => {
  const columns = [first, end], area = { column, down }, top = all.top, { isFromTop } = rows;
  if (difference) return [paintDifferences(difference, columns, area)];
  if (part && many === 1) return [paintShares(all, part, columns, area, isFromTop)];
  return [all, part].slice(0, many).map((grid) => paintCounts(grid, columns, area, isFromTop, top));
});

function drawRanges(context, areas, ranges, color) {
  const fill = new Path2D(), edge = new Path2D(); // filled at once: what overlaps is no darker
  for (const [start, end, low, high] of ranges.flatMap((range) => heat.rows.boxesOf(range))) {
    const x = areas[0].x(start), width = Math.max(1, areas[0].x(end) - x);
    fill.rect(x, 2, width, PLOT.top - 4);
    for (const area of areas) {
      const y = Math.min(area.y(high), area.y(low)), height = Math.max(1, Math.abs(area.y(low) - area.y(high)));
      fill.rect(x, y, width, height);
      if (width > 2) edge.rect(x + 0.5, y + 0.5, width - 1, Math.max(0, height - 1));
    }
  }
  context.fillStyle = context.strokeStyle = color;
  context.globalAlpha = 0.45;
  context.fill(fill);
  context.globalAlpha = 1;
  context.stroke(edge);
}

function drawCross(context, area) {
  if (!heat.pointer || !isInPlot(heat.pointer, area)) return;
  context.fillStyle = theme.quiet;
  context.globalAlpha = 0.35;
  context.fillRect(area.left, heat.pointer.y, area.right - area.left, 1);
  context.fillRect(heat.pointer.x, area.top, 1, area.down);
  context.globalAlpha = 1;
}

function drawRowLabels(context, area, index) {
  context.fillStyle = theme.quiet;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  if (index === 0) context.fillText(`${profile.meta.noun}s`, area.left - 8, area.top - 18);
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
