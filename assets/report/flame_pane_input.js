'use strict';
// Pointer and keyboard over a flame graph.

function initFlameGraphInput() {
  for (const pane of panes()) {
    const { element } = pane, nodeAt = (event) => pane.nodeAtPoint(pointIn(element, event));
    element.addEventListener('pointermove', (event) => hover(pane, nodeAt(event), event));
    element.addEventListener('pointerleave', () => hover(pane, null));
    element.addEventListener('click', (event) => clickOn(pane, nodeAt(event), event));
    element.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      const isPointer = event.button === 2, node = isPointer ? nodeAt(event) : pane.focused;
      if (node !== null) openFrameMenu(pane, node, isPointer ? placeOf(event) : placeOfNode(pane, node));
    });
    element.addEventListener('focus', () => {
      if (pane.focused === null) pane.focused = firstToFocus(pane);
      redraw();
    });
    element.addEventListener('blur', redraw);
  }
}

// What stands for everything is not in a sandwich.
function firstToFocus({ graph, look: { firstRow }, rows }) {
  return graph.zoom > 0 || firstRow === 0 ? graph.zoom : rows[firstRow] ? rows[firstRow][0].node : null;
}

function clickOn(pane, node, event) {
  if (node === null) return;
  pane.focused = node;
  hideTooltip(); // until the pointer moves over the new picture
  if (event.ctrlKey || event.metaKey) markNode(pane, node);
  else enter(pane, node);
}

function markNode({ graph }, node) {
  if (node > 0) toggleMark(graph.stacks.frame[node]);
}

// Zooms; in a sandwich, makes the function its middle.
function enter({ graph }, node) {
  const frame = graph.stacks.frame[node];
  if (chosen.mode !== 'sandwich') zoomTo(graph, node);
  else if (frame !== chosen.middle) setMode('sandwich', frame);
}

function hover(pane, node, event) {
  if (node === null) hideTooltip();
  else showTooltip(describeNode(pane, node), event);
  if (node === pane.hovered) return;
  pane.hovered = node;
  pane.element.style.cursor = node === null ? '' : 'pointer';
  redraw();
}

function zoomOut() {
  const { main } = derived;
  zoomTo(main, main.stacks.parent[main.zoom]);
}

// Arrows move as the picture looks: which way leads to the root depends on how it grows.
function moveFocus(pane, key) {
  const { depth, parent } = pane.graph.stacks, at = pane.isInSight(pane.focused) ? pane.focused : firstToFocus(pane);
  if (at === null) return;
  const row = pane.rows[depth[at]] || [], place = row.findIndex(({ node }) => node === at);
  let next = null;
  if (key === 'ArrowLeft') next = row[place - 1];
  else if (key === 'ArrowRight') next = row[place + 1];
  else if ((key === 'ArrowUp') === pane.look.rootOnTop) next = depth[at] > pane.look.firstRow ? { node: parent[at] } : null;
  else next = widestCallee(pane, at);
  pane.focused = next ? next.node : at;
  pane.hovered = null;
  pane.showRow(depth[pane.focused]);
  redraw();
}

// The boxes that the search has found, from left to right, callers before callees.
function matchedNodes({ graph, rows }) {
  if (!derived.matches || !graph) return [];
  const isFound = ({ node }) => node > 0 && derived.matches[graph.stacks.frame[node]];
  return rows.flat().filter(isFound).map(({ node }) => node).sort((a, b) => a - b);
}

// To the next of them, or with -1 the one before.
function stepMatch(by) {
  const pane = flame.main, nodes = matchedNodes(pane);
  if (nodes.length === 0) return;
  const at = nodes.indexOf(pane.found), next = at < 0 && by < 0 ? nodes.length - 1 : at + by;
  pane.found = nodes[(next + nodes.length) % nodes.length];
  pane.hovered = null;
  pane.showRow(pane.graph.stacks.depth[pane.found]);
  redraw();
}

function widestCallee({ graph: { stacks }, rows }, node) {
  const row = rows[stacks.depth[node] + 1] || [], callees = row.filter((box) => stacks.parent[box.node] === node);
  return callees.sort((a, b) => b.x1 - b.x0 - (a.x1 - a.x0))[0];
}

// Where the keyboard's menu opens.
function placeOfNode(pane, node) {
  const { left, top, width } = pane.element.getBoundingClientRect();
  const box = (pane.rows[pane.graph.stacks.depth[node]] || []).find((found) => found.node === node);
  const y = top + pane.rowTop(pane.graph.stacks.depth[node]) - pane.element.scrollTop + FRAME_HEIGHT;
  return { x: left + (box ? box.x0 * width : 0) + FRAME_PADDING, y };
}

// Each is given the picture that has the keyboard.
const FLAME_KEYS = {
  ArrowUp: (pane) => moveFocus(pane, 'ArrowUp'),
  ArrowDown: (pane) => moveFocus(pane, 'ArrowDown'),
  ArrowLeft: (pane) => moveFocus(pane, 'ArrowLeft'),
  ArrowRight: (pane) => moveFocus(pane, 'ArrowRight'),
  Enter: (pane) => pane.focused !== null && enter(pane, pane.focused),
};
