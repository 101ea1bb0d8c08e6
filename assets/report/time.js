'use strict';
// Cells of the heat map to times and back, as `src/heat_map.rs` has them. Times are BigInt
// nanoseconds since the origin; cells are numbered in time order.

class Clock {
  constructor(map, samples) {
    this.rows = map.rows;
    this.columns = map.columns;
    this.cells = map.rows * map.columns;
    this.column = BigInt(map.column);
    this.blocks = map.blocks.map(({ column, number, skipped }) => ({
      column, number: BigInt(number), skipped: BigInt(skipped),
    }));
    this.from = map.from === null ? null : BigInt(map.from);
    this.to = map.to === null ? null : BigInt(map.to);
    this.start = BigInt(map.start);
    this.end = BigInt(map.end);
    this.parts = map.parts.map(([from, to]) => ({ from: BigInt(from), to: BigInt(to) }));
    this.slotCell = samples.cell;
  }

  // All that is in the page.
  whole() {
    const to = this.to !== null && this.to < this.end ? this.to : this.end;
    return { from: this.from === null ? this.start : this.from, to };
  }

  // How long ranges are, without the time between parts of the profile that are far from each other.
  lengthOf(ranges) {
    let sum = 0n;
    for (const { from, to } of ranges) {
      for (const part of this.parts) {
        const length = (to < part.to ? to : part.to) - (from > part.from ? from : part.from);
        if (length > 0n) sum += length;
      }
    }
    return sum;
  }

  columnStart(column) {
    let found = this.blocks[0];
    for (const block of this.blocks) if (block.column <= column) found = block;
    return (found.number + BigInt(column - found.column)) * this.column;
  }

  // When a row begins, after its column's start.
  offset(row) {
    const rows = BigInt(this.rows);
    return (BigInt(row) * this.column + rows - 1n) / rows;
  }

  cellStart(cell) {
    return this.columnStart(Math.floor(cell / this.rows)) + this.offset(cell % this.rows);
  }

  cellEnd(cell) {
    return this.columnStart(Math.floor(cell / this.rows)) + this.offset(cell % this.rows + 1);
  }

  // The cell that holds a time, or the last one before it.
  cellAt(time) {
    const number = time / this.column;
    let found = this.blocks[0], end = this.columns;
    for (const block of this.blocks) {
      if (block.number <= number) found = block;
      else { end = block.column; break; }
    }
    const column = found.column + Number(number - found.number);
    if (column >= end) return end * this.rows - 1;
    return column * this.rows + Number(time % this.column * BigInt(this.rows) / this.column);
  }

  // From one cell to another, both included.
  range(one, other) {
    const first = Math.max(0, Math.min(one, other));
    const last = Math.min(this.cells - 1, Math.max(one, other));
    let from = this.cellStart(first), to = this.cellEnd(last);
    if (this.from !== null && from < this.from && this.from < to) from = this.from;
    if (this.to !== null && to > this.to && this.to > from) to = this.to;
    return { cells: [first, last], slots: [this.slotAt(first), this.slotAt(last + 1)], from, to };
  }

  // A finding's, which may begin or end within cells.
  exactRange({ from, to, slots }) {
    from = BigInt(from);
    to = BigInt(to);
    return { cells: [this.cellAt(from), this.cellAt(to - 1n)], slots, from, to };
  }

  // The first slot at or after a cell.
  slotAt(cell) {
    let low = 0, high = this.slotCell.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.slotCell[middle] < cell) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

// Seconds with as many decimals as they need, three at least: `12.340`.
function seconds(nanos) {
  const fraction = String(nanos % 1000000000n).padStart(9, '0').replace(/0{1,6}$/, '');
  return `${nanos / 1000000000n}.${fraction}`;
}

// As far as people read: `12.34`.
const shortSeconds = (nanos) => String(+(Number(nanos) / 1e9).toFixed(3));

// `20 ms`, `1.5 s`
function duration(nanos) {
  const number = Number(nanos);
  if (number >= 1e9) return `${+(number / 1e9).toFixed(3)} s`;
  if (number >= 1e6) return `${+(number / 1e6).toFixed(3)} ms`;
  return `${+(number / 1e3).toFixed(3)} µs`;
}
