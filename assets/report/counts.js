'use strict';
// Selections to counts: how much is in each call node, in each cell, and what is different from a
// baseline. A selection is a list of ranges in order; null is everything.

class CallTree {
  constructor(stacks, own = new Float64Array(stacks.length)) {
    this.stacks = stacks;
    this.own = own;
    this.total = new Float64Array(own.length);
    this.addUp();
  }

  // Counts the entries of some slots.
  count({ start, node, amount }, slotRanges) {
    this.own.fill(0);
    for (const [first, end] of slotRanges) {
      for (let entry = start[first]; entry < start[end]; entry++) this.own[node[entry]] += amount[entry];
    }
    this.addUp();
  }

  // What the baseline has in stacks that the selection does not have.
  countVanished(baseline, selection) {
    for (let node = 0; node < this.own.length; node++) {
      this.own[node] = selection.total[node] === 0 ? baseline.own[node] : 0;
    }
    this.addUp();
  }

  // Callers come before callees, so one pass from the end adds each to its caller.
  addUp() {
    const { parent } = this.stacks;
    this.total.set(this.own);
    for (let node = this.total.length - 1; node > 0; node--) this.total[parent[node]] += this.total[node];
  }

  get sum() {
    return this.total[0];
  }

  // How much is in stacks in which a frame matches, in the subtree of `zoom`.
  matched(matches, zoom) {
    const { frame, end, parent } = this.stacks;
    for (let node = zoom; node > 0; node = parent[node]) if (matches[frame[node]]) return this.total[zoom];
    let sum = 0;
    for (let node = zoom; node < end[zoom];) {
      const found = this.total[node] === 0 || (node > 0 && matches[frame[node]]);
      if (found) sum += this.total[node];
      node = found ? end[node] : node + 1;
    }
    return sum;
  }

  // How long the folded stacks would be, in characters.
  foldedLength(names) {
    const { frame, parent } = this.stacks;
    const lengths = new Float64Array(this.own.length);
    let sum = 0;
    for (let node = 1; node < lengths.length; node++) {
      lengths[node] = lengths[parent[node]] + names[frame[node]].length + 1;
      if (this.own[node] > 0) sum += lengths[node] + 4;
    }
    return sum;
  }

  // `comm;root;…;leaf count` a line, as `emberscope flamegraph --format folded` writes them.
  folded(names) {
    const { frame, parent } = this.stacks;
    const shown = names.map((name) => name.replaceAll(';', ':'));
    const lines = new Map();
    for (let node = 1; node < this.own.length; node++) {
      if (this.own[node] === 0) continue;
      const path = [];
      for (let at = node; at > 0; at = parent[at]) path.push(shown[frame[at]]);
      const line = path.reverse().join(';');
      lines.set(line, (lines.get(line) || 0) + this.own[node]);
    }
    return Array.from(lines, ([line, count]) => `${line} ${count}\n`).sort().join('');
  }
}

// How much more there is than would be usual: from −1 by 0 to 1.
const change = (count, usual) => (count + usual > 0 ? (count - usual) / (count + usual) : 0);

// Self and total of each frame. Of calls of a function in itself the outermost is counted, so that no
// sample is counted twice.
function countFunctions(tree, frames) {
  const { length, frame, depth } = tree.stacks;
  const own = new Float64Array(frames), total = new Float64Array(frames);
  const open = new Uint32Array(frames), path = []; // how often a frame is on the way from the root
  for (let node = 0; node < length; node++) {
    while (path.length > depth[node]) open[path.pop()] -= 1;
    const at = frame[node];
    own[at] += tree.own[node];
    if (open[at] === 0) total[at] += tree.total[node];
    open[at] += 1;
    path.push(at);
  }
  return { own, total };
}

const slotRanges = (selection, slots) => (selection ? selection.map((range) => range.slots) : [[0, slots]]);

// All slots that are not in a selection.
function restOf(selection, slots) {
  const rest = [];
  let next = 0;
  for (const [first, end] of slotRanges(selection, slots)) {
    if (first > next) rest.push([next, first]);
    next = Math.max(next, end);
  }
  if (next < slots) rest.push([next, slots]);
  return rest;
}

// Sorted, and joined where they touch.
function union(ranges) {
  const joined = [];
  for (const range of ranges.slice().sort((a, b) => a.cells[0] - b.cells[0])) {
    const last = joined[joined.length - 1];
    if (!last || range.from > last.to) {
      joined.push({ ...range });
    } else if (range.to > last.to) {
      last.to = range.to;
      last.slots = [last.slots[0], range.slots[1]];
      last.cells = [last.cells[0], range.cells[1]];
    }
  }
  return joined;
}

// From where the one of two ranges begins that is first to where the last one ends.
function hull(one, other) {
  const [early, late] = one.from < other.from ? [one, other] : [other, one], end = late.to > early.to ? late : early;
  return { from: early.from, to: end.to, cells: [early.cells[0], end.cells[1]], slots: [early.slots[0], end.slots[1]] };
}
