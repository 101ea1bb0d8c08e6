'use strict';
// How unlike a baseline the functions of each cell are, as `src/difference_map.rs` measures it: its
// comments say why. Each sample counts for one, in the function that it ended in.

const NOTHING = -1; // the value of cells without samples
const PRIOR = 10;
const ENOUGH = 10; // samples that a cell should have on average
const DIFFERENCE_ROWS = [50, 25, 20, 10, 5, 2, 1];
const PLAINLY_DIFFERENT = 0.3; // no scale ends before this

// A grid of numbers from 0 to 1, of rows of several cells where these have too few samples; or null where
// the baseline has no samples.
function differenceGrid(samples, baseline) {
  const { leaf, names } = leafNames(profile), mix = mixOf(samples, baseline, leaf, names);
  if (!mix) return null;
  const rows = differenceRows(samples), cells = clock.rows / rows; // of a block
  const values = new Float64Array(clock.columns * rows).fill(NOTHING), counts = new Float64Array(values.length);
  const counter = { counts: new Float64Array(names), seen: [] };
  const { cell, start, node, amount } = samples;
  const close = (block) => {
    counts[block] = counter.seen.reduce((sum, name) => sum + counter.counts[name], 0);
    if (counts[block] > 0) values[block] = adjusted(mix, divergence(mix, counter), counts[block]);
  };
  for (let slot = 0; slot < cell.length; slot++) {
    const block = Math.floor(cell[slot] / cells);
    for (let entry = start[slot]; entry < start[slot + 1]; entry++) countName(counter, leaf[node[entry]], amount[entry]);
    if (slot + 1 === cell.length || Math.floor(cell[slot + 1] / cells) !== block) close(block);
  }
  const most = largest(values), steps = values.map((value) => Math.round(Math.max(0, value) * 1000));
  return { rows, perColumn: 1, counts: values, samples: counts, max: Math.max(0, most), top: Math.max(PLAINLY_DIFFERENT, scaleEnd(steps) / 1000) };
}

const differenceColor = (value, top) => heatColor(Math.round(value * 1000), Math.round(top * 1000));

// Functions of one name are one, whatever their modules: by node the number of its name.
function leafNames({ frames, stacks }) {
  const numbers = new Map();
  const number = frames.names.map((name) => numbers.get(name) ?? (numbers.set(name, numbers.size), numbers.size - 1));
  return { leaf: stacks.frame.map((frame) => number[frame]), names: numbers.size };
}

// The most rows that are whole cells each and have ten samples on average.
function differenceRows({ amount }) {
  const nanos = clock.parts.reduce((sum, { from, to }) => sum + to - from, 0n), least = 10000000n;
  const columns = Math.max(1e-9, Number(nanos > least ? nanos : least) / Number(clock.column));
  const all = amount.reduce((a, b) => a + b, 0);
  const most = DIFFERENCE_ROWS.find((rows) => all >= ENOUGH * columns * rows) || 1;
  let rows = Math.min(most, clock.rows);
  while (clock.rows % rows > 0) rows -= 1;
  return rows;
}

function countName({ counts, seen }, name, amount) {
  if (amount === 0) return;
  if (counts[name] === 0) seen.push(name);
  counts[name] += amount;
}

// A baseline: the share of each name; each share that there is, and how many names have it; and what is
// expected of so many samples.
function mixOf({ start, node, amount }, slotRanges, leaf, names) {
  const counts = new Float64Array(names);
  for (const [first, end] of slotRanges) {
    for (let entry = start[first]; entry < start[end]; entry++) counts[leaf[node[entry]]] += amount[entry];
  }
  const total = counts.reduce((a, b) => a + b, 0), functions = new Map();
  if (total === 0) return null;
  for (const own of counts) if (own > 0) functions.set(own, (functions.get(own) || 0) + 1);
  const distinct = Array.from(functions, ([own, length]) => [own / total, length]);
  return { shares: counts.map((own) => own / total), distinct, expected: new Map(), logs: [0] };
}

// From the baseline, in bits; begins anew.
function divergence({ shares }, { counts, seen }) {
  const total = seen.reduce((sum, name) => sum + counts[name], 0);
  let sum = 0, rest = 1;
  for (const name of seen) {
    sum += term(mixed(counts[name], total, shares[name]), shares[name]);
    rest -= shares[name];
    counts[name] = 0;
  }
  seen.length = 0;
  // Of functions that the cell lacks each term is the same part of its share.
  return sum + Math.max(0, rest) * term(mixed(0, total, 1), 1);
}

const mixed = (own, total, share) => (own + PRIOR * share) / (total + PRIOR);

function term(one, other) {
  const mean = (one + other) / 2, part = (share) => (share > 0 ? share * Math.log2(share / mean) : 0);
  return (part(one) + part(other)) / 2;
}

function adjusted(mix, observed, count) {
  const near = rounded(count);
  if (!mix.expected.has(near)) mix.expected.set(near, expectedOf(mix, near));
  const expected = mix.expected.get(near);
  return Math.min(1, Math.max(0, (observed - expected) / Math.max(1 - expected, Number.EPSILON)));
}

// The count itself, or one so near below it that nearly as much is expected.
function rounded(count) {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(count)) + 1 - 6);
  return Math.floor(count / step) * step;
}

// The mean of what so many samples of the baseline itself would have.
function expectedOf({ distinct, logs }, count) {
  for (let number = logs.length; number <= count; number++) logs.push(logs[number - 1] + Math.log(number));
  const mean = ([share, functions]) => functions * binomialMean(logs, count, share, (own) => term(mixed(own, count, share), share));
  return distinct.reduce((sum, one) => sum + mean(one), 0);
}

// The mean of a function of how often something of probability `share` happens. `logs`: of factorials.
function binomialMean(logs, count, share, value) {
  if (share >= 1) return value(count);
  const mean = count * share, spread = Math.sqrt(count * share * (1 - share));
  const reach = 8 * spread + 8; // what is farther out is not worth adding
  const first = Math.max(0, Math.floor(mean - reach)), last = Math.min(count, Math.ceil(mean + reach));
  const choices = logs[count] - logs[first] - logs[count - first];
  let probability = Math.exp(choices + first * Math.log(share) + (count - first) * Math.log(1 - share)), sum = 0;
  for (let times = first; times <= last; times++) {
    sum += probability * value(times);
    probability *= (count - times) / (times + 1) * share / (1 - share);
  }
  return sum;
}
