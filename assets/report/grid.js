'use strict';
// Samples to amounts by column and row of a heat map, whatever its rows are; and the colours of amounts.

// Amounts by place: one step of time after the other, each of some rows. Columns are of several steps.
class Grid {
  constructor(rows, perColumn, counts) {
    this.rows = rows;
    this.perColumn = perColumn;
    this.counts = counts;
    this.max = largest(counts);
    this.end = null;
    this.rowTotals = this.sums(rows, (place) => place % rows);
    this.columnTotals = this.sums(clock.columns, (place) => Math.floor(place / (rows * perColumn)));
  }

  // The count that has the last colour.
  get top() {
    this.end ??= scaleEnd(this.counts);
    return this.end;
  }

  sums(length, of) {
    const sums = new Float64Array(length);
    this.counts.forEach((count, place) => { sums[of(place)] += count; });
    return sums;
  }
}

const largest = (counts) => counts.reduce((a, b) => Math.max(a, b), 0);

// `placeOf`: of a cell and whose the samples are.
function countGrid({ cell, start, owner, amount }, rows, perColumn, placeOf) {
  const counts = new Float64Array(clock.columns * perColumn * rows);
  for (let slot = 0; slot < cell.length; slot++) {
    for (let entry = start[slot]; entry < start[slot + 1]; entry++) counts[placeOf(cell[slot], owner[entry])] += amount[entry];
  }
  return new Grid(rows, perColumn, counts);
}

// As `src/palette.rs` has it.
function scaleEnd(counts) {
  const { scale } = profile.meta.heat_map, busy = counts.filter((count) => count > 0).sort();
  if (busy.length === 0) return 1;
  const isClipped = scale === 'clipped' || scale === 'steep';
  return busy[isClipped ? Math.ceil(busy.length * 99 / 100) - 1 : busy.length - 1];
}

// Where cells are smaller than a pixel, which of them share a texel: so many across and up.
function merging(grid, columns, area) {
  const ratio = window.devicePixelRatio || 1, { rows, perColumn } = grid;
  const across = Math.max(1, Math.ceil(perColumn / (area.column * ratio)), Math.ceil(columns * perColumn / MOST_PIXELS));
  const up = Math.max(1, Math.floor(rows / (area.down * ratio)), Math.ceil(rows / MOST_PIXELS));
  return { across, up };
}

// Amounts of the columns from `first` up to `end`, put together by `join` where they share a texel, from
// the lowest row on.
function mergeCells({ rows, perColumn, counts }, [first, end], { across, up }, join, nothing = 0) {
  const high = Math.ceil(rows / up), steps = (end - first) * perColumn;
  const texels = new Float64Array(Math.ceil(steps / across) * high).fill(nothing);
  for (let step = 0; step < steps; step++) {
    const from = (first * perColumn + step) * rows, to = Math.floor(step / across) * high;
    for (let row = 0; row < rows; row++) {
      const at = to + Math.floor(row / up);
      texels[at] = join(texels[at], counts[from + row]);
    }
  }
  return { high, texels };
}

// As a picture. `colorOf`: #rrggbb of an amount, or null where nothing is drawn.
function paintTexels({ high, texels }, isFromTop, colorOf) {
  const wide = texels.length / high, canvas = make('canvas', undefined, { width: wide, height: high });
  const context = canvas.getContext('2d'), image = context.createImageData(wide, high), known = new Map();
  texels.forEach((amount, index) => {
    if (!known.has(amount)) known.set(amount, colorOf(amount));
    const color = known.get(amount);
    if (color === null) return;
    const x = Math.floor(index / high), row = index % high, y = isFromTop ? row : high - 1 - row;
    const number = parseInt(color.slice(1), 16);
    image.data.set([number >> 16, number >> 8 & 255, number & 255, 255], (y * wide + x) * 4);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

// Of one sort of cells after the other: the picture, and how far it reaches across and up.
function paintGrid(grid, columns, area, isFromTop, merge) {
  const { across, up } = merging(grid, columns[1] - columns[0], area), { texels, colorOf } = merge({ across, up });
  return {
    canvas: paintTexels(texels, isFromTop, colorOf),
    width: texels.texels.length / texels.high * across / grid.perColumn,
    part: texels.high * up / grid.rows,
  };
}

// The busiest of the cells that share a texel.
const paintCounts = (grid, columns, area, isFromTop, top) => paintGrid(grid, columns, area, isFromTop, (merged) => ({
  texels: mergeCells(grid, columns, merged, Math.max), colorOf: (count) => countColor(count, top),
}));

// Which part of each cell is found.
const paintShares = (all, found, columns, area, isFromTop) => paintGrid(all, columns, area, isFromTop, (merged) => {
  const sum = (grid) => mergeCells(grid, columns, merged, (a, b) => a + b), texels = sum(found), whole = sum(all).texels;
  texels.texels = texels.texels.map((part, index) => shareStep(part, whole[index]));
  return { texels, colorOf: shareColor };
});

const paintDifferences = (grid, columns, area) => paintGrid(grid, columns, area, false, (merged) => ({
  texels: mergeCells(grid, columns, merged, Math.max, NOTHING), colorOf: (value) => (value === NOTHING ? null : differenceColor(value, grid.top)),
}));

const SHARE_STEPS = 255;

// What is not nothing never looks like nothing.
const shareStep = (part, whole) => Math.max(Math.floor(part * SHARE_STEPS / Math.max(whole, 1)), part > 0 ? SHARE_STEPS >> 3 : 0);
const shareColor = (step) => (step === 0 ? emptyColor() : profile.meta.heat_map.ramp[step]);
const countColor = (count, top) => (count === 0 ? emptyColor() : heatColor(count, top));
// White would glare in a dark page.
const emptyColor = () => (profile.meta.heat_map.begins_white && theme.empty) || profile.meta.heat_map.ramp[0];

function heatColor(count, top) {
  const { ramp, scale } = profile.meta.heat_map;
  const last = ramp.length - 1;
  const part = Math.min(count, top) / top;
  const shares = { log: Math.log1p(part * top) / Math.log1p(top), steep: part ** 3 };
  const share = shares[scale] ?? part;
  return ramp[count > 0 ? Math.max(1, Math.round(share * last)) : 0]; // what is not empty never looks empty
}
