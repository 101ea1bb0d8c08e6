'use strict';
// Pointer and keyboard over the flame graph.

function initFlameGraphInput() {
  const { element } = flame;
  element.addEventListener('pointermove', (event) => hover(nodeAt(event), event));
  element.addEventListener('pointerleave', () => hover(null));
  element.addEventListener('click', (event) => {
    const node = nodeAt(event);
    if (node === null) return;
    flame.focused = node;
    hideTooltip(); // until the pointer moves over the new picture
    choose({ zoom: node });
  });
  element.addEventListener('focus', () => {
    if (flame.focused === null) flame.focused = chosen.zoom;
    redraw();
  });
  element.addEventListener('blur', redraw);
  byId('shape').addEventListener('change', (event) => choose({ icicle: event.target.value === 'icicle' }));
  initSearch();
}

function initSearch() {
  const field = byId('search');
  let pause = 0;
  const commit = () => {
    clearTimeout(pause);
    if (field.value !== chosen.search) choose({ search: field.value });
  };
  field.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(commit, 80);
  });
  field.addEventListener('change', commit);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      clearTimeout(pause);
      field.value = ''; // before the blur, which commits
      choose({ search: '' });
      field.blur();
    } else if (event.key === 'Enter' && !event.isComposing) {
      commit();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
}

// The node whose box is under the pointer.
function nodeAt(event) {
  const { x, y } = pointIn(flame.element, event), width = flame.element.clientWidth;
  if (flame.rows.length === 0 || x >= width) return null;
  const fromTop = Math.floor((y + flame.element.scrollTop - (chosen.icicle ? 0 : rowTop(flame.rows.length - 1))) / FRAME_HEIGHT);
  const depth = chosen.icicle ? fromTop : flame.rows.length - 1 - fromTop;
  const box = boxAt(flame.rows[depth], x / width);
  return box && box.node;
}

function hover(node, event) {
  if (node === null) hideTooltip();
  else showTooltip(describeNode(node), event);
  if (node === flame.hovered) return;
  flame.hovered = node;
  flame.element.style.cursor = node === null ? '' : 'pointer';
  redraw();
}

function zoomOut() {
  choose({ zoom: profile.stacks.parent[chosen.zoom] });
}

// Arrows move as the picture looks: which way leads to the root depends on how it grows.
function moveFocus(key) {
  const { depth, parent } = profile.stacks, at = isInSight(flame.focused) ? flame.focused : chosen.zoom;
  const row = flame.rows[depth[at]] || [], place = row.findIndex(({ node }) => node === at);
  let next = null;
  if (key === 'ArrowLeft') next = row[place - 1];
  else if (key === 'ArrowRight') next = row[place + 1];
  else if ((key === 'ArrowUp') === chosen.icicle) next = at > 0 ? { node: parent[at] } : null;
  else next = widestCallee(at);
  flame.focused = next ? next.node : at;
  flame.hovered = null;
  showRow(depth[flame.focused]);
  redraw();
}

const isInSight = (node) => node !== null && (flame.rows[profile.stacks.depth[node]] || []).some((box) => box.node === node);

function widestCallee(node) {
  const row = flame.rows[profile.stacks.depth[node] + 1] || [], callees = row.filter((box) => profile.stacks.parent[box.node] === node);
  return callees.sort((a, b) => b.x1 - b.x0 - (a.x1 - a.x0))[0];
}

function showRow(depth) {
  const top = rowTop(depth), { element } = flame;
  if (top < element.scrollTop) element.scrollTop = top;
  if (top + FRAME_HEIGHT > element.scrollTop + element.clientHeight) element.scrollTop = top + FRAME_HEIGHT - element.clientHeight;
}

const FLAME_KEYS = {
  ArrowUp: () => moveFocus('ArrowUp'),
  ArrowDown: () => moveFocus('ArrowDown'),
  ArrowLeft: () => moveFocus('ArrowLeft'),
  ArrowRight: () => moveFocus('ArrowRight'),
  Enter: () => flame.focused !== null && choose({ zoom: flame.focused }),
};
