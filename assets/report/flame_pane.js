'use strict';
// A flame graph's picture. A sandwich has two: who calls a function above, what it calls below. Only the
// rows in sight are drawn.

const FRAME_HEIGHT = 18;
const FRAME_PADDING = 4;
const FRAME_TEXT = '#1a1712';
const LEAST_WIDTH = 0.5; // narrower boxes are left out of the picture, never of the counts

class FlamePane {
  // `graph` and `look` say what to show: stacks and counts, which rows, which end is up.
  constructor(element, graph, look) {
    this.element = element;
    this.space = element.querySelector('div');
    this.canvas = element.querySelector('canvas');
    this.graphNow = graph;
    this.lookNow = look;
    this.graph = null;
    this.look = { firstRow: 0, rootOnTop: false };
    this.rows = []; // boxes by depth
    this.hovered = null; // nodes
    this.focused = null;
    this.found = null; // by going from match to match
    this.scrolled = 0; // how far away from the root, in points
    this.zoom = null; // what was zoomed to when it was drawn
    element.addEventListener('scroll', () => this.onScroll(), { passive: true });
    new ResizeObserver(redraw).observe(element);
  }

  draw() {
    const graph = this.graphNow(), { element } = this;
    element.hidden = graph === null;
    if (graph !== this.graph) this.take(graph);
    if (graph === null) return;
    this.look = this.lookNow();
    const width = element.clientWidth;
    this.rows = layOut(graph.stacks, graph.shown, graph.zoom, LEAST_WIDTH / Math.max(1, width));
    this.space.style.height = `${Math.max(FRAME_HEIGHT, this.drawnRows * FRAME_HEIGHT)}px`;
    // What is in sight stays there when the picture turns or its height changes.
    const height = this.height;
    element.scrollTop = this.look.rootOnTop ? this.scrolled : height - element.clientHeight - this.scrolled;
    if (this.zoom !== graph.zoom) this.showRow(graph.stacks.depth[graph.zoom]);
    this.zoom = graph.zoom;
    this.drawFrames();
  }

  // Other stacks have other nodes.
  take(graph) {
    const isOther = !graph || !this.graph || graph.stacks !== this.graph.stacks;
    this.graph = graph;
    if (!isOther) return;
    this.hovered = this.focused = this.found = null;
    hideTooltip();
  }

  onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.scrolled = this.look.rootOnTop ? scrollTop : scrollHeight - clientHeight - scrollTop;
    this.drawFrames();
  }

  get drawnRows() {
    return Math.max(0, this.rows.length - this.look.firstRow);
  }

  get height() {
    return Math.max(this.element.clientHeight, this.drawnRows * FRAME_HEIGHT);
  }

  // Where a row is, from the top of the whole picture.
  rowTop(depth) {
    const row = depth - this.look.firstRow;
    return this.look.rootOnTop ? row * FRAME_HEIGHT : this.height - (row + 1) * FRAME_HEIGHT;
  }

  // The node whose box is at a point of the element.
  nodeAtPoint({ x, y }) {
    const width = this.element.clientWidth, down = y + this.element.scrollTop;
    if (x >= width) return null;
    const row = Math.floor((this.look.rootOnTop ? down : this.height - down) / FRAME_HEIGHT);
    const box = boxAt(this.rows[row + this.look.firstRow], x / width);
    return box && box.node;
  }

  showRow(depth) {
    const top = this.rowTop(depth), { element } = this;
    if (top < element.scrollTop) element.scrollTop = top;
    if (top + FRAME_HEIGHT > element.scrollTop + element.clientHeight) element.scrollTop = top + FRAME_HEIGHT - element.clientHeight;
  }

  get focusedNode() {
    return document.activeElement === this.element ? this.focused : null;
  }

  get pointed() {
    if (this.hovered !== null) return this.hovered;
    return this.foundNode === null ? this.focusedNode : this.foundNode;
  }

  // As long as it is what is searched for.
  get foundNode() {
    const isMatch = derived.matches && this.isInSight(this.found) && derived.matches[this.graph.stacks.frame[this.found]];
    return isMatch ? this.found : null;
  }

  isInSight(node) {
    return node !== null && (this.rows[this.graph.stacks.depth[node]] || []).some((box) => box.node === node);
  }

  drawFrames() {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.element;
    const context = prepare(this.canvas, width, height);
    context.textBaseline = 'middle';
    if (this.drawnRows === 0) return this.drawNothing(context, width, height);
    context.font = `12px ${theme.mono}`;
    const cell = context.measureText('M').width;
    this.rows.forEach((row, depth) => {
      const y = this.rowTop(depth) - scrollTop;
      if (depth < this.look.firstRow || y <= -FRAME_HEIGHT || y >= height) return;
      for (const box of row) this.drawBox(context, box, y, width, cell);
    });
  }

  drawNothing(context, width, height) {
    context.font = `13px ${theme.sans}`;
    context.fillStyle = theme.quiet;
    context.textAlign = 'center';
    context.fillText(this.nothing, width / 2, height / 2);
    context.textAlign = 'left';
  }

  get nothing() {
    if (chosen.vanished) return 'Nothing has vanished';
    if (derived.plain.shown.sum === 0) return 'No samples in this range';
    const frame = chosen.mode === 'sandwich' ? chosen.middle : chosen.focus;
    if (frame === null) return 'Everything is hidden';
    return this.graph.shown.sum === 0 ? `No samples of ${frameName(frame)} in this range` : 'Nothing calls it';
  }

  drawBox(context, { node, x0, x1 }, y, width, cell) {
    const x = x0 * width, wide = (x1 - x0) * width, frame = this.graph.stacks.frame[node];
    const isMatch = derived.matches && node > 0 && derived.matches[frame];
    const isFaded = (derived.matches && !isMatch) || this.isCaller(node);
    context.globalAlpha = isFaded ? 0.45 : 1;
    context.fillStyle = isMatch ? profile.meta.match_color : this.boxColor(node, frame);
    context.fillRect(x, y, wide > 2 ? wide - 1 : wide, FRAME_HEIGHT - 1);
    context.globalAlpha = 1;
    if (this.graph.baseline && wide > 3) this.outline(context, x, y, wide, theme.line); // pale boxes have edges
    if (node > 0 && frame === chosen.marked) this.outline(context, x, y, wide, theme.selection, 2);
    if (node === this.middle) this.outline(context, x, y, wide, theme.ink, 1.5);
    if (node === this.hovered || node === this.focusedNode) this.outline(context, x, y, wide, theme.ink);
    if (node === this.found && isMatch) this.outline(context, x, y, wide, theme.ink, 2.5);
    const text = clip(nameOf(this.graph, node), Math.floor((wide - 2 * FRAME_PADDING) / cell));
    if (!text) return;
    context.fillStyle = isFaded ? theme.ink : FRAME_TEXT;
    context.fillText(text, x + FRAME_PADDING, y + FRAME_HEIGHT / 2);
  }

  outline(context, x, y, wide, color, thick = 1) {
    context.lineWidth = thick;
    context.strokeStyle = color;
    context.strokeRect(x + thick / 2, y + thick / 2, Math.max(0, wide - 1 - thick), FRAME_HEIGHT - 1 - thick);
    context.lineWidth = 1;
  }

  // What a sandwich is of.
  get middle() {
    return this.look.firstRow === 1 ? 1 : null;
  }

  // What is around the node that is zoomed to.
  isCaller(node) {
    const { zoom, stacks } = this.graph;
    return node < zoom && stacks.end[node] > zoom;
  }

  boxColor(node, frame) {
    const { baseline, selection } = this.graph;
    if (!baseline || baseline.sum === 0) return frameColor(frame);
    const { changes } = profile.meta, middle = (changes.length - 1) / 2;
    return changes[Math.round(middle * (1 + change(selection.total[node], usual(this.graph, node))))];
  }
}

const frameName = (frame) => profile.frames.names[frame];
const moduleOf = (frame) => profile.frames.modules[profile.frames.module[frame]];
const framesOfModule = (frame) => Array.from(profile.frames.names.keys()).filter((other) => moduleOf(other) === moduleOf(frame));
const frameColor = (frame) => `#${profile.frames.color[frame].toString(16).padStart(6, '0')}`;
const nameOf = (graph, node) => (node === 0 ? 'all' : frameName(graph.stacks.frame[node]));
