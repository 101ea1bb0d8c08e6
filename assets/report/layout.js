'use strict';
// A call tree as boxes, as `src/flame_graph.rs` lays them out: in units of the whole width.

// The zoomed node and what it calls, its callers below; boxes narrower than `least` are left out.
function layOut(stacks, tree, zoom, least) {
  const { parent, depth, end } = stacks, whole = tree.total[zoom];
  const rows = []; // by depth: boxes from left to right
  const add = (node, x0, x1) => (rows[depth[node]] = rows[depth[node]] || []).push({ node, x0, x1 });
  if (whole === 0) return rows;
  for (let node = zoom; node > 0;) add(node = parent[node], 0, 1);
  const base = depth[zoom], next = [0]; // where in the zoomed node's samples the next box of a depth begins
  for (let node = zoom; node < end[zoom];) {
    const level = depth[node] - base, weight = tree.total[node];
    const from = next[level];
    next[level] = from + weight;
    if (weight === 0 || weight / whole < least) {
      node = end[node];
      continue;
    }
    next[level + 1] = from;
    add(node, from / whole, (from + weight) / whole);
    node++;
  }
  return rows;
}

// The box of a row that is at a place.
function boxAt(row, x) {
  let low = 0, high = row ? row.length : 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (row[middle].x1 <= x) low = middle + 1;
    else high = middle;
  }
  return row && row[low] && row[low].x0 <= x ? row[low] : null;
}

// A text shortened to so many character cells; wide characters take two. Empty where less than three fit.
function clip(text, cells) {
  if (cells < 3) return '';
  let used = 0, kept = '';
  for (const character of text) {
    used += character.codePointAt(0) < 0x300 ? 1 : 2;
    if (used > cells) return `${kept}…`;
    if (used < cells) kept += character;
  }
  return text;
}
