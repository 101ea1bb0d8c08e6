'use strict';
// What the rows of the heat map are: offsets within a column, upwards, or CPUs, threads, processes and
// events, downwards, over the same time in steps of several cells.

const MOST_PIXELS = 4096;

class OffsetRows {
  constructor() {
    this.left = 68;
    this.key = 'offsets';
    this.count = clock.rows;
    this.top = profile.meta.heat_map.top;
    this.max = map.max;
    this.totals = map.rows;
    this.step = clock.column / BigInt(clock.rows);
  }

  y(area, row) {
    return area.top + area.down * (1 - row / this.count);
  }

  // The first and last cell that a point stands for.
  cellsAt(column, part) {
    const row = Math.min(this.count - 1, Math.max(0, Math.ceil((1 - part) * this.count) - 1));
    const cell = Math.min(clock.columns - 1, Math.floor(column)) * clock.rows + row;
    return [cell, cell];
  }

  countAt([cell]) {
    return map.counts[cell];
  }

  // Ranges as up to three boxes each: the rest of the first column, whole ones, the start of the last.
  boxesOf(range) {
    const [first, last] = range.cells.map((cell) => [Math.floor(cell / clock.rows), cell % clock.rows]);
    if (first[0] === last[0]) return [[first[0], last[0] + 1, first[1], last[1] + 1]];
    const boxes = [[first[0], first[0] + 1, first[1], clock.rows], [last[0], last[0] + 1, 0, last[1] + 1]];
    if (last[0] > first[0] + 1) boxes.push([first[0] + 1, last[0], 0, clock.rows]);
    return boxes;
  }

  // Where cells are smaller than a pixel the busiest of those that share one is shown.
  paint(first, end, area) {
    const ratio = window.devicePixelRatio || 1;
    const across = Math.max(1, Math.ceil(1 / (area.column * ratio)), Math.ceil((end - first) / MOST_PIXELS));
    const up = Math.max(1, Math.floor(clock.rows / (area.down * ratio)), Math.ceil(clock.rows / MOST_PIXELS));
    const picture = new Texels(Math.ceil((end - first) / across), Math.ceil(clock.rows / up));
    for (let column = first; column < end; column++) {
      const x = Math.floor((column - first) / across);
      for (let row = 0; row < clock.rows; row++) {
        picture.raise(x, picture.rows - 1 - Math.floor(row / up), map.counts[column * clock.rows + row]);
      }
    }
    return { texels: picture.paint(this.top), width: picture.columns * across, part: picture.rows * up / clock.rows };
  }

  drawLabels(context, area) {
    const steps = Math.max(1, Math.min(5, Math.floor(area.down / 30)));
    for (let step = 0; step <= steps; step++) {
      const y = area.bottom - area.down * step / steps;
      context.fillText(offsetLabel(clock.column * BigInt(step) / BigInt(steps)), area.left - 8, y);
      context.fillRect(area.left - 5, y - 0.5, 4, 1);
    }
  }
}

class LaneRows {
  constructor(lanes) {
    this.lanes = lanes;
    this.left = 150;
    this.key = lanes.kind;
    this.count = lanes.names.length;
    this.top = lanes.top;
    this.max = lanes.max;
    this.totals = lanes.totals;
    this.cells = clock.rows / lanes.slots; // of a step
    this.step = clock.column / BigInt(lanes.slots);
  }

  y(area, row) {
    return area.top + area.down * row / this.count;
  }

  cellsAt(column) {
    const slot = Math.min(clock.columns * this.lanes.slots - 1, Math.floor(column * this.lanes.slots));
    return [slot * this.cells, (slot + 1) * this.cells - 1];
  }

  laneAt(part) {
    return Math.min(this.count - 1, Math.max(0, Math.floor(part * this.count)));
  }

  countAt([first], part) {
    return this.lanes.counts[this.laneAt(part) * clock.columns * this.lanes.slots + first / this.cells];
  }

  boxesOf(range) {
    return [[range.cells[0] / clock.rows, (range.cells[1] + 1) / clock.rows, 0, this.count]];
  }

  paint(first, end, area) {
    const { slots, counts } = this.lanes, ratio = window.devicePixelRatio || 1, all = clock.columns * slots;
    const across = Math.max(1, Math.ceil(slots / (area.column * ratio)), Math.ceil((end - first) * slots / MOST_PIXELS));
    const picture = new Texels(Math.ceil((end - first) * slots / across), this.count);
    for (let lane = 0; lane < this.count; lane++) {
      for (let slot = first * slots; slot < end * slots; slot++) {
        picture.raise(Math.floor((slot - first * slots) / across), lane, counts[lane * all + slot]);
      }
    }
    return { texels: picture.paint(this.top), width: picture.columns * across / slots, part: 1 };
  }

  drawLabels(context, area) {
    const height = area.down / this.count, every = Math.ceil(13 / height);
    for (let lane = 0; lane < this.count; lane += every) {
      context.fillText(fitName(context, this.lanes.names[lane], this.left - 14), area.left - 8, this.y(area, lane + 0.5));
    }
  }
}

// Counts as a picture, one texel each.
class Texels {
  constructor(columns, rows) {
    this.columns = columns;
    this.rows = rows;
    this.most = new Float64Array(columns * rows);
  }

  raise(x, y, count) {
    const at = y * this.columns + x;
    if (count > this.most[at]) this.most[at] = count;
  }

  paint(top) {
    const canvas = make('canvas', undefined, { width: this.columns, height: this.rows });
    const context = canvas.getContext('2d'), image = context.createImageData(this.columns, this.rows);
    const shades = new Map();
    this.most.forEach((count, at) => {
      if (!shades.has(count)) shades.set(count, parseInt(heatColor(count, top).slice(1), 16));
      const color = shades.get(count);
      image.data.set([color >> 16, color >> 8 & 255, color & 255, 255], at * 4);
    });
    context.putImageData(image, 0, 0);
    return canvas;
  }
}

function heatColor(count, top) {
  const { ramp, scale } = profile.meta.heat_map;
  const last = ramp.length - 1;
  const part = Math.min(count, top) / top;
  const shares = { log: Math.log1p(part * top) / Math.log1p(top), steep: part ** 3 };
  const share = shares[scale] ?? part;
  return ramp[count > 0 ? Math.max(1, Math.round(share * last)) : 0]; // what is not empty never looks empty
}

// In milliseconds up to a column of a second, as people speak of offsets.
const offsetLabel = (nanos) => (clock.column <= 1000000000n ? `${+(Number(nanos) / 1e6).toFixed(3)} ms` : duration(nanos));

// As much of a name as there is room for; its number stays.
function fitName(context, name, width) {
  if (context.measureText(name).width <= width) return name;
  const number = (/ \d+$/.exec(name) || [''])[0], kept = Array.from(name.slice(0, name.length - number.length)).slice(0, 60);
  while (kept.length > 0 && context.measureText(`${kept.join('')}…${number}`).width > width) kept.pop();
  return `${kept.join('')}…${number}`;
}
