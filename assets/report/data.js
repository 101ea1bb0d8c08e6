'use strict';
// The page's data: packed bytes to columns. `docs/report.md` has the encoding; `src/export/report/`
// writes it. Names come from the profile and are never handed to a parser, only to textContent and
// canvases.

// Reads numbers, texts and columns one after the other.
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  number() {
    let value = 0, weight = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 128;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  lines() {
    return this.text().split('\n');
  }

  // All lowest bytes, then all second ones, and so on.
  column() {
    const length = this.number(), bytes = this.number();
    const values = bytes > 4 ? new Float64Array(length) : new Uint32Array(length);
    for (let byte = 0, weight = 1; byte < bytes; byte++, weight *= 256) {
      const plane = this.bytes.subarray(this.at, this.at + length);
      for (let i = 0; i < length; i++) values[i] += plane[i] * weight;
      this.at += length;
    }
    return values;
  }
}

function fromBase64(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unpack(base64) {
  const packed = fromBase64(base64);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function readProfile(bytes) {
  const reader = new Reader(bytes);
  const meta = JSON.parse(reader.text());
  const names = reader.lines(), modules = reader.lines();
  const frames = { names, modules, module: reader.column(), kind: reader.column(), color: reader.column() };
  const stacks = readStacks(reader);
  if (meta.merged) addMergedFrame(meta, frames);
  const samples = readSamples(reader, stacks.ends);
  return { meta, frames, stacks, samples, lanes: meta.lanes.map((lanes) => readLanes(lanes, reader, meta.has_owners)) };
}

// What stands for rare calls that were merged.
function addMergedFrame(meta, frames) {
  const more = (column, value) => Uint32Array.from([...column, value]);
  const color = parseInt(meta.merged_color.slice(1), 16);
  frames.module = more(frames.module, frames.modules.push('') - 1);
  frames.kind = more(frames.kind, 0);
  frames.color = more(frames.color, color);
  frames.names[frames.color.length - 1] = '(rare calls, merged)';
}

// Call nodes, depth-first: a subtree is the nodes from one up to its `end`. `ends`: those that samples
// end in.
function readStacks(reader) {
  const counts = reader.column(), firsts = reader.column(), others = reader.column();
  const length = counts.length;
  const [parent, frame, depth, end] = [0, 0, 0, 0].map(() => new Uint32Array(length));
  const ends = [];
  // By depth, the callers of the present node: which, how many callees are still to come, the last one's frame.
  const open = [], left = [], last = [];
  let top = -1, first = 0, other = 0;
  for (let node = 0; node < length; node++) {
    for (; top >= 0 && left[top] === 0; top--) end[open[top]] = node;
    if (top < 0 || last[top] < 0) frame[node] = firsts[first++];
    else frame[node] = last[top] + others[other++];
    if (top >= 0) {
      parent[node] = open[top];
      left[top]--;
      last[top] = frame[node];
    }
    if (counts[node] & 1) ends.push(node);
    top++;
    depth[node] = top;
    open[top] = node;
    left[top] = counts[node] >>> 1;
    last[top] = -1;
  }
  for (; top >= 0; top--) end[open[top]] = length;
  return { length, parent, frame, depth, end, ends };
}

// Slots are parts of cells, in time order. Slot i has the entries from start[i] up to start[i + 1],
// each a node, whose the samples are, and how much is in it.
function readSamples(reader, ends) {
  const cell = reader.column(), lengths = reader.column();
  const node = reader.column(), owner = reader.column(), amount = reader.column();
  const start = new Uint32Array(lengths.length + 1);
  for (let slot = 0, entry = 0; slot < lengths.length; slot++) {
    if (slot > 0) cell[slot] += cell[slot - 1];
    for (let rank = 0, end = entry + lengths[slot]; entry < end; entry++) {
      rank += node[entry];
      node[entry] = ends[rank];
      amount[entry] += 1;
    }
    start[slot + 1] = entry;
  }
  return { cell, start, node, owner, amount };
}

// The row of each owner or, where owners are not known, counts by step and row.
function readLanes(lanes, reader, hasOwners) {
  const column = reader.column(), rows = lanes.names.length, steps = column.length / rows;
  if (hasOwners) return { ...lanes, ofOwner: column, counts: null };
  return { ...lanes, ofOwner: null, counts: column.map((_, place) => column[place % rows * steps + Math.floor(place / rows)]) };
}
