'use strict';
// Keys that work anywhere, or over what has the focus.

const KEYS = {
  '/': openSearch,
  '?': () => byId('help').showModal(),
  0: fitHeatMap,
  ',': () => nudge(-1, 0),
  '.': () => nudge(1, 0),
  '+': () => zoomTime(ZOOM_STEP, middleOfView()),
  '=': () => zoomTime(ZOOM_STEP, middleOfView()), // the same key without Shift
  '-': () => zoomTime(1 / ZOOM_STEP, middleOfView()),
  Escape: () => (playing ? stopPlaying() : giveUpDrag() || stepBack()),
  Backspace: zoomOut,
  b: baselineFromSelection,
  c: () => setMode(chosen.mode === 'callers' ? 'callees' : 'callers'),
  d: () => togglePanel('findings'),
  e: selectInEachColumn,
  f: () => togglePanel('filters'),
  h: () => togglePainted('search'),
  i: () => choose({ icicle: !chosen.icicle }),
  l: () => togglePanel('selections'),
  m: keepSelection,
  n: (isBack) => stepFinding(isBack ? -1 : 1),
  p: () => stepFinding(-1),
  r: () => choose({ collapses: !chosen.collapses }),
  t: () => togglePanel('functions'),
  u: () => canDiffer() && togglePainted('difference'),
  v: stepRows,
  w: () => choose({ selection: null }),
  z: zoomToSelection,
  F3: (isBack) => stepMatch(isBack ? -1 : 1),
};

// With Ctrl; with Shift, letters are capital.
const UNDO_KEYS = { z: undo, Z: redo, y: redo };

// The same key again ends the comparison.
function baselineFromSelection() {
  const { selection, baseline } = chosen;
  if (selection) choose({ baseline: baseline === selection ? null : selection });
}

// From the finding that is selected to the one after or before it.
function stepFinding(by) {
  const at = findings.ranges.indexOf(chosen.selection) + by;
  showFinding(Math.max(0, Math.min(findings.ranges.length - 1, at)));
}

function openSearch() {
  byId('search').focus();
  byId('search').select();
}

function onKey(event) {
  if (event.altKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  const isTyping = event.target.matches('input[type=search], input[type=text]');
  const isCommand = event.ctrlKey || event.metaKey;
  // In the field Ctrl+F is the browser's own: pressed twice, it searches as everywhere else.
  if (isCommand && event.key === 'f' && !isTyping) {
    openSearch();
  } else if (isCommand && !isTyping && UNDO_KEYS[event.key]) {
    UNDO_KEYS[event.key]();
  } else if (isCommand || isTyping) {
    return;
  } else if (!actOn(event)) {
    return;
  }
  event.preventDefault();
}

function actOn({ key, shiftKey, target }) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  const isControl = ['SELECT', 'TEXTAREA'].includes(target.tagName);
  if (name === ' ' && target.matches('button, input, select')) return false; // it presses them
  const pane = panes().find(({ element }) => element === target), isInTable = target === table.body;
  const own = pane ? FLAME_KEYS[name] : isInTable ? TABLE_KEYS[name] : null;
  const act = own || KEYS[name] || (!isControl && !pane && !isInTable && HEAT_KEYS[name]);
  if (!act) return false;
  hideTooltip(); // the picture may be another one
  act(own ? pane : shiftKey);
  return true;
}
