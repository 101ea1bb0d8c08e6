'use strict';
// Call trees seen otherwise, as `src/call_tree/reshape.rs` does it: from the leaves, around one function,
// without some functions, with recursion as one call. The counts of what stays are exact.

// Where there could be more nodes than this, callers with less than one in SMALLEST of all are left out.
const MOST_NODES = 2 ** 22;
const SMALLEST = 2 ** 14;

// Trees over the same stacks become trees over others, which are the same for all of them. `of`: a frame,
// or null; only what it calls, or from the leaves, who calls it.
function reshape(stacks, trees, { fromLeaves, of, hidden, collapses }) {
  const inner = fromLeaves ? null : of;
  let graph = { stacks, trees };
  if (hidden.length > 0 || collapses || inner !== null) graph = reshapeCallees(graph, { of: inner, hidden, collapses });
  return fromLeaves ? reshapeCallers(graph, of) : graph;
}

// What everything, or one function, calls. A group's members are nodes.
function reshapeCallees({ stacks, trees }, { of, hidden, collapses }) {
  const isHidden = new Uint8Array(1 + stacks.frame.reduce((a, b) => Math.max(a, b), 0));
  for (const frame of hidden) isHidden[frame] = 1;
  // What is below a node; that of hidden and collapsed calls takes their place.
  const step = (inFrame, own, calls) => {
    const below = new Map();
    while (calls.length > 0) {
      const call = calls.pop(), frame = stacks.frame[call];
      if (trees.every((tree) => tree.total[call] === 0)) continue;
      if ((collapses && frame === inFrame) || isHidden[frame]) {
        trees.forEach((tree, index) => { own[index] += tree.own[call]; });
        pushCallees(stacks, call, calls);
      } else if (below.has(frame)) {
        below.get(frame).push(call);
      } else {
        below.set(frame, [call]);
      }
    }
    return { own, below };
  };
  const expand = (frame, nodes) => {
    const own = trees.map((tree) => nodes.reduce((sum, node) => sum + tree.own[node], 0)), calls = [];
    for (const node of nodes) pushCallees(stacks, node, calls);
    return step(frame, own, calls);
  };
  if (of === null) return build(step(null, trees.map((tree) => tree.own[0]), pushCallees(stacks, 0, [])), expand);
  return build(step(null, trees.map(() => 0), outermost(stacks, of)), expand);
}

function pushCallees({ end }, node, calls) {
  for (let callee = node + 1; callee < end[node]; callee = end[callee]) calls.push(callee);
  return calls;
}

// The calls of a function that no other call of it is around.
function outermost({ length, frame, end }, of) {
  const calls = [];
  for (let node = 1; node < length;) {
    if (frame[node] === of) calls.push(node);
    node = frame[node] === of ? end[node] : node + 1;
  }
  return calls;
}

// Who calls the innermost functions, or one function. A group's members are nodes and how much has come up
// from below to each, by tree.
function reshapeCallers({ stacks, trees }, of) {
  const { parent, frame, depth, length } = stacks, count = trees.length;
  const place = new Uint32Array(length); // where a node is in the group that it was put into last
  const put = (below, node, amounts, from) => {
    let group = below.get(frame[node]);
    if (!group) below.set(frame[node], group = { nodes: [], amounts: [] });
    let at = place[node];
    if (group.nodes[at] !== node) {
      place[node] = at = group.nodes.push(node) - 1;
      for (let tree = 0; tree < count; tree++) group.amounts.push(0);
    }
    for (let tree = 0; tree < count; tree++) group.amounts[at * count + tree] += amounts[from * count + tree];
  };
  const below = new Map(), amounts = besideEachOther(trees.map((tree) => (of === null ? tree.own : tree.total)));
  let most = 0;
  const begin = (node) => {
    if (!amounts.subarray(node * count, (node + 1) * count).some((amount) => amount > 0)) return;
    put(below, node, amounts, node);
    most += depth[node];
  };
  if (of !== null) outermost(stacks, of).forEach(begin);
  else for (let node = 1; node < length; node++) begin(node);
  const least = most > MOST_NODES ? Math.floor(trees[0].sum / SMALLEST) : 0;
  return build({ own: trees.map((tree) => (of === null ? tree.own[0] : 0)), below }, (_, { nodes, amounts: group }) => {
    const own = new Array(count).fill(0), above = new Map();
    let shown = 0;
    for (let at = 0; at < group.length; at += count) shown += group[at];
    for (let member = 0; member < nodes.length; member++) {
      const caller = parent[nodes[member]];
      if (caller > 0 && shown >= least) put(above, caller, group, member);
      else for (let tree = 0; tree < count; tree++) own[tree] += group[member * count + tree];
    }
    return { own, below: above };
  });
}

// Columns as one: the first number of each, then the second of each, and so on.
function besideEachOther(columns) {
  if (columns.length === 1) return columns[0];
  const { length } = columns[0], all = new Float64Array(length * columns.length);
  columns.forEach((column, index) => {
    for (let at = 0; at < length; at++) all[at * columns.length + index] = column[at];
  });
  return all;
}

// Nodes depth-first, by frame among siblings. A step is what a node counts for in itself, by tree, and by
// frame the group of members below it; `expand` makes the step of a group.
function build(root, expand) {
  const parent = [0], frame = [0], depth = [0], own = root.own.map((amount) => [amount]);
  const waiting = [];
  const wait = ({ below }, caller) => {
    const frames = below.size > 1 ? Array.from(below.keys()).sort((a, b) => b - a) : below.keys();
    for (const at of frames) waiting.push({ caller, at, group: below.get(at) });
  };
  wait(root, 0);
  while (waiting.length > 0) {
    const { caller, at, group } = waiting.pop();
    const node = parent.push(caller) - 1, step = expand(at, group);
    frame.push(at);
    depth.push(depth[caller] + 1);
    step.own.forEach((amount, tree) => own[tree].push(amount));
    wait(step, node);
  }
  const columns = [parent, frame, depth].map((column) => Uint32Array.from(column));
  const stacks = withEnds(...columns);
  return { stacks, trees: own.map((amounts) => new CallTree(stacks, Float64Array.from(amounts))) };
}

function withEnds(parent, frame, depth) {
  const { length } = parent, end = new Uint32Array(length);
  for (let node = length - 1; node >= 0; node--) {
    end[node] = Math.max(end[node], node + 1);
    if (node > 0) end[parent[node]] = Math.max(end[parent[node]], end[node]);
  }
  return { length, parent, frame, depth, end };
}

// The node at the end of a path of frames from the root, as far as it goes where something has samples.
function nodeAt(tree, path) {
  const { frame, end } = tree.stacks;
  let at = 0;
  for (const wanted of path) {
    let callee = at + 1;
    while (callee < end[at] && frame[callee] !== wanted) callee = end[callee];
    if (callee >= end[at] || tree.total[callee] === 0) break;
    at = callee;
  }
  return at;
}

function pathTo({ parent, frame }, node) {
  const path = [];
  for (let at = node; at > 0; at = parent[at]) path.push(frame[at]);
  return path.reverse();
}
