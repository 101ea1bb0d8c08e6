'use strict';
// What the rows of the heat map are: offsets within a column, upwards, or CPUs, threads, processes and
// events, downwards, over the same time in steps of several cells.

const MOST_PIXELS = 4096;

class OffsetRows {
  constructor() {
    this.left = 68;
    this.isFromTop = false;
    this.count = clock.rows;
    this.step = clock.column / BigInt(clock.rows);
    this.canTell = true; // what of it is found
  }

  grid(samples) {
    return countGrid(samples, this.count, 1, (cell) => cell);
  }

  y(area, row) {
    return area.top + area.down * (1 - row / this.count);
  }

  rowAt(part) {
    return Math.min(this.count - 1, Math.max(0, Math.ceil((1 - part) * this.count) - 1));
  }

  nameOf(row) {
    const at = (edge) => seconds(clock.offset(edge));
    return `${at(row)} s to ${at(row + 1)} s in each column`;
  }

  // The first and last cell that a point stands for.
  cellsAt(column, part) {
    const cell = Math.min(clock.columns - 1, Math.floor(column)) * clock.rows + this.rowAt(part);
    return [cell, cell];
  }

  // Where in a grid what a point stands for is.
  placeAt([cell]) {
    return cell;
  }

  // Ranges as up to three boxes each: the rest of the first column, whole ones, the start of the last.
  boxesOf(range) {
    const [first, last] = range.cells.map((cell) => [Math.floor(cell / clock.rows), cell % clock.rows]);
    if (first[0] === last[0]) return [[first[0], last[0] + 1, first[1], last[1] + 1]];
    const boxes = [[first[0], first[0] + 1, first[1], clock.rows], [last[0], last[0] + 1, 0, last[1] + 1]];
    if (last[0] > first[0] + 1) boxes.push([first[0] + 1, last[0], 0, clock.rows]);
    return boxes;
  }

  drawLabels(context, area) {
    const steps = [5, 4, 2].find((number) => area.down / number >= 30) || 1;
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
    this.isFromTop = true;
    this.count = lanes.names.length;
    this.cells = clock.rows / lanes.slots; // of a step
    this.step = clock.column / BigInt(lanes.slots);
    this.canTell = lanes.ofOwner !== null;
  }

  grid(samples) {
    const { slots, ofOwner, counts } = this.lanes;
    if (!ofOwner) return new Grid(this.count, slots, counts);
    return countGrid(samples, this.count, slots, (cell, owner) => Math.floor(cell / this.cells) * this.count + ofOwner[owner]);
  }

  y(area, row) {
    return area.top + area.down * row / this.count;
  }

  cellsAt(column) {
    const slot = Math.min(clock.columns * this.lanes.slots - 1, Math.floor(column * this.lanes.slots));
    return [slot * this.cells, (slot + 1) * this.cells - 1];
  }

  rowAt(part) {
    return Math.min(this.count - 1, Math.max(0, Math.floor(part * this.count)));
  }

  nameOf(row) {
    return this.lanes.names[row];
  }

  placeAt([first], part) {
    return first / this.cells * this.count + this.rowAt(part);
  }

  boxesOf(range) {
    return [[range.cells[0] / clock.rows, (range.cells[1] + 1) / clock.rows, 0, this.count]];
  }

  drawLabels(context, area) {
    const height = area.down / this.count, every = Math.ceil(13 / height);
    for (let lane = 0; lane < this.count; lane += every) {
      context.fillText(fitName(context, this.lanes.names[lane], this.left - 14), area.left - 8, this.y(area, lane + 0.5));
    }
  }
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
