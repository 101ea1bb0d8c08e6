// Interaction for Emberscope's SVG flame graphs: details, zoom, search, keyboard, link state.
// Searches go by the scripts in `pattern/`. The picture is complete without any of them, and its
// text comes from untrusted profiles: everything shown goes through textContent, never through a parser.
(() => {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';
  const XHTML = 'http://www.w3.org/1999/xhtml';
  const PADDING = 3; // between a box's edge and its text
  const BASELINE = 4; // from the bottom of a box up to its text's baseline
  const HINT = 'Click a frame to zoom · / or Ctrl-F to search · Esc to go back';

  const svg = document.getElementById('emberscope');
  const [header, frameGroup, resetButton, searchButton, matchedLine, detailsLine] =
    ['header', 'frames', 'reset', 'search', 'matched', 'details'].map((id) => svg.querySelector('#' + id));
  const numbers = (element, ...keys) => keys.map((key) => Number(element.getAttribute('data-' + key)));
  const [total, left, width, omitted] = numbers(svg, 'total', 'left', 'width', 'omitted');
  const atLeast = omitted > 0 ? '≥ ' : ''; // frames left out of the file may have matched too

  // Depth-first, whatever order the file has: parents come before their children, and one
  // subtree ends before the next begins. The sums rely on it.
  const frames = Array.from(frameGroup.querySelectorAll('.frame'), readFrame)
    .sort((a, b) => a.start - b.start || a.depth - b.depth);
  const frameOf = new Map(frames.map((frame) => [frame.g, frame]));
  const rows = [];
  for (const frame of frames) (rows[frame.depth] = rows[frame.depth] || []).push(frame);

  const whole = { start: 0, end: total, value: total, depth: -1 };
  const cell = cellWidth();
  let focus = whole; // what the full width stands for
  let pattern = '', problem = ''; // the regular expression, and what is wrong with it
  let tabStop = null; // the one frame that the Tab key reaches; arrows go on from there
  let field = null, pause = 0; // the search input, made on first use, and its timer

  function readFrame(g) {
    const [start, value, depth] = numbers(g, 'o', 'v', 'd');
    const [title, rect, text] = ['title', 'rect', 'text'].map((tag) => g.querySelector(tag));
    return { g, title, rect, text, start, value, depth, end: start + value, match: false, hidden: false };
  }

  // A title's first line is the frame's name, the others say more about it.
  const nameOf = (frame) => frame.title.textContent.split('\n', 1)[0];
  const encloses = (outer, inner) =>
    outer.depth <= inner.depth && outer.start <= inner.start && outer.end >= inner.end;
  const percent = (part, all) => (all > 0 ? 100 * part / all : 0).toFixed(2) + ' %';

  // Measured: the reader's monospace font need not be the one the exporter assumed.
  function cellWidth() {
    const g = frameGroup.appendChild(document.createElementNS(SVG, 'g'));
    const probe = g.appendChild(document.createElementNS(SVG, 'text'));
    g.setAttribute('class', 'frame');
    probe.textContent = '0'.repeat(100);
    let measured = 0;
    try { measured = probe.getComputedTextLength() / 100; } catch (e) { /* not rendered */ }
    g.remove();
    return measured || 7.3;
  }

  // Shortens to a number of character cells. Counts code points, never cutting one in two,
  // and allows two cells for those that may be wide or come from a fallback font.
  function clip(text, cells) {
    if (cells < 3) return '';
    let used = 0, end = 0, cut = 0;
    for (const char of text) {
      used += char === '…' || char.codePointAt(0) < 0x300 ? 1 : 2;
      end += char.length;
      if (used > cells) return text.slice(0, cut) + '…';
      if (used < cells) cut = end;
    }
    return text;
  }

  // The numbers at the end of the line matter more than the end of a long name.
  function describe(frame) {
    const [name, ...more] = frame.title.textContent.split('\n');
    if (focus !== whole && frame !== focus && encloses(focus, frame)) {
      more.push(percent(frame.value, focus.value) + ' of zoom');
    }
    const tail = more.map((part) => ' · ' + part).join('');
    const taken = matchedLine.textContent ? matchedLine.getComputedTextLength() + 24 : 0;
    const cells = Math.floor((width - taken) / cell);
    return clip(clip(name, Math.max(24, cells - tail.length)) + tail, cells);
  }

  function showDetails(frame) {
    const shown = frame || (focus === whole ? null : focus);
    detailsLine.textContent = shown ? describe(shown) : HINT;
    detailsLine.classList.toggle('idle', !frame);
  }

  // ---- Zoom ----

  function place(frame) {
    const ancestor = frame !== focus && encloses(frame, focus);
    frame.hidden = !ancestor && !encloses(focus, frame);
    frame.g.classList.toggle('ancestor', ancestor);
    frame.g.classList.toggle('hidden', frame.hidden);
    if (frame.hidden) return;
    const scale = width / focus.value;
    const x = left + (ancestor ? 0 : (frame.start - focus.start) * scale);
    const w = ancestor ? width : frame.value * scale;
    frame.rect.setAttribute('x', x.toFixed(2));
    frame.rect.setAttribute('width', (w > 2 ? w - 0.5 : w).toFixed(2)); // a gap, where it can be seen
    label(frame, x, Math.floor((w - 2 * PADDING) / cell));
  }

  function label(frame, x, cells) {
    const shown = cells < 3 ? '' : clip(nameOf(frame), cells);
    if (!frame.text) { // narrow frames come without: most never need it
      if (!shown) return;
      const [y, height] = ['y', 'height'].map((key) => Number(frame.rect.getAttribute(key)));
      frame.text = frame.g.appendChild(document.createElementNS(SVG, 'text'));
      frame.text.setAttribute('y', y + height - BASELINE);
    }
    frame.text.setAttribute('x', (x + PADDING).toFixed(2));
    frame.text.textContent = shown;
  }

  function zoom(frame) {
    focus = frame.depth <= 0 && frame.value === total ? whole : frame;
    setTabStop(focus === whole ? frames[0] : focus); // before the boxes change: it costs a layout
    frames.forEach(place);
    if (document.activeElement === resetButton) tabStop.g.focus(); // the button is about to go
    resetButton.classList.toggle('off', focus === whole);
    showMatched();
    showDetails(null);
  }

  // ---- Search ----

  // By frame, whether it matches; null where nothing is searched for, or nothing can be.
  function matchesOf(source) {
    problem = '';
    try {
      const expression = source ? compileSearch(source) : null;
      return expression && frames.map((frame) => expression.test(nameOf(frame)));
    } catch (e) {
      problem = e.message;
      return null;
    }
  }

  function search(source) {
    const matches = matchesOf(source);
    pattern = source;
    frames.forEach((frame, index) => {
      const match = matches !== null && matches[index];
      if (match !== frame.match) frame.g.classList.toggle('match', frame.match = match);
    });
    svg.classList.toggle('searching', matches !== null);
    searchButton.querySelector('text').textContent = source ? 'Reset search' : 'Search';
    if (field && field.value !== source) field.value = source;
    showField(source || document.activeElement === field);
    showMatched();
    showDetails(null);
  }

  // How much of a range has a match in its stack. What is above or below another match was
  // counted with it; a match that encloses the range counts for all of it.
  function matchedWithin(range) {
    let sum = 0, counted = 0;
    for (const { match, start, end } of frames) {
      if (!match || start < counted) continue;
      counted = end;
      sum += Math.max(0, Math.min(end, range.end) - Math.max(start, range.start));
    }
    return sum;
  }

  function showMatched() {
    const sum = matchedWithin(whole);
    let line = 'Matched: no frame';
    if (sum > 0) {
      const unit = svg.getAttribute('data-unit');
      line = `Matched: ${atLeast}${percent(sum, total)} (${sum.toLocaleString('en-US')} ${unit})`;
      if (focus !== whole) line += ` · ${atLeast}${percent(matchedWithin(focus), focus.value)} of zoom`;
    }
    matchedLine.textContent = clip(problem, 80) || (pattern && line);
    matchedLine.classList.toggle('error', problem !== '');
  }

  function makeField() {
    const box = document.createElementNS(SVG, 'foreignObject');
    const input = document.createElementNS(XHTML, 'input');
    const button = searchButton.getBBox();
    const set = (element, values) => Object.keys(values).forEach((key) => element.setAttribute(key, values[key]));
    set(box, { x: button.x - 248, y: button.y, width: 240, height: button.height });
    set(input, { id: 'search-field', placeholder: 'regular expression', 'aria-label': 'Regular expression to search for',
      autocomplete: 'off', spellcheck: 'false' });
    header.appendChild(box).appendChild(input);
    if (!input.focus || !input.getBoundingClientRect().width) { // no HTML inside SVG here
      box.remove();
      return null;
    }
    const commit = () => {
      clearTimeout(pause);
      if (input.value !== pattern) act(() => search(input.value));
      showField(pattern || document.activeElement === input);
    };
    input.addEventListener('input', () => { clearTimeout(pause); pause = setTimeout(commit, 120); });
    input.addEventListener('blur', commit);
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') clearSearch();
      if (event.key === 'Enter' && !event.isComposing) input.blur();
    });
    return input;
  }

  function showField(shown) {
    if (field) field.parentNode.classList.toggle('hidden', !shown);
  }

  function openSearch() {
    field = field || makeField();
    showField(true);
    if (field) {
      field.focus();
      field.select();
    } else {
      const answer = window.prompt('Regular expression to search for', pattern);
      if (answer !== null) act(() => search(answer));
    }
  }

  function clearSearch() {
    if (field) field.value = ''; // before the blur, which commits
    if (field) field.blur();
    act(() => search(''));
  }

  // ---- State in the address ----

  // Does what the reader asked for, then notes the new state. Some browsers refuse that for
  // files or embedded documents, or when done too often: the view works without.
  function act(change) {
    change();
    const state = new URLSearchParams();
    if (focus !== whole) state.set('zoom', focus.depth + '-' + focus.start);
    if (pattern) state.set('search', pattern);
    const hash = state.toString() && '#' + state;
    try { history.replaceState(null, '', location.href.split('#')[0] + hash); } catch (e) { /* not kept */ }
  }

  function recall() {
    const state = new URLSearchParams(location.hash.slice(1));
    const [depth, start] = (state.get('zoom') || '').split('-').map(Number);
    const frame = (rows[depth] || []).find((candidate) => candidate.start === start) || whole;
    const source = state.get('search') || '';
    if (frame !== focus) zoom(frame);
    if (source) field = field || makeField();
    if (source !== pattern) search(source);
  }

  // ---- Input ----

  function setTabStop(frame) {
    if (tabStop) tabStop.g.removeAttribute('tabindex');
    tabStop = frame;
    const attributes = { tabindex: 0, role: 'treeitem', 'aria-level': frame.depth + 1 };
    for (const key of Object.keys(attributes)) frame.g.setAttribute(key, attributes[key]);
  }

  // Arrows move as the picture looks: which way leads to the root depends on how it grows.
  function neighbour(frame, key) {
    const visible = (row) => (row || []).filter((other) => !other.hidden);
    const row = visible(rows[frame.depth]);
    if (key === 'ArrowLeft') return row[row.indexOf(frame) - 1];
    if (key === 'ArrowRight') return row[row.indexOf(frame) + 1];
    const outward = (key === 'ArrowUp') === (svg.getAttribute('data-orientation') !== 'icicle');
    if (!outward) return visible(rows[frame.depth - 1]).find((other) => encloses(other, frame));
    return visible(rows[frame.depth + 1]).filter((other) => encloses(frame, other))
      .sort((a, b) => b.value - a.value)[0];
  }

  function activate(target) {
    const frame = frameOf.get(target.closest('.frame'));
    const control = target.closest('.control');
    if (frame) {
      act(() => zoom(frame));
      tabStop.g.focus({ preventScroll: true });
      showDetails(frame);
    }
    if (control === resetButton) act(() => zoom(whole));
    if (control === searchButton) (pattern ? clearSearch : openSearch)();
    return frame || control;
  }

  // In the field Ctrl-F is the browser's own: pressed twice, it searches as everywhere else.
  function onKey(event) {
    if (event.target === field || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    const frame = frameOf.get(event.target);
    if (command ? event.key === 'f' : event.key === '/') {
      openSearch();
    } else if (!command && event.key === 'Escape') {
      if (pattern) clearSearch();
      else if (focus !== whole) act(() => zoom(whole));
    } else if (!command && (event.key === 'Enter' || event.key === ' ')) {
      if (!activate(event.target)) return;
    } else if (!command && frame && /^Arrow/.test(event.key)) {
      const next = neighbour(frame, event.key) || frame;
      setTabStop(next);
      next.g.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  // A tall picture scrolls; what is said about it stays in sight.
  function stick() {
    header.setAttribute('transform', `translate(0 ${Math.max(0, window.scrollY)})`);
  }

  if (!frames.length) return;
  svg.addEventListener('click', (event) => activate(event.target));
  svg.addEventListener('mouseover', (event) => showDetails(frameOf.get(event.target.closest('.frame'))));
  svg.addEventListener('mouseleave', () => showDetails(null));
  svg.addEventListener('focusin', (event) => showDetails(frameOf.get(event.target)));
  document.addEventListener('keydown', onKey);
  window.addEventListener('scroll', stick, { passive: true });
  window.addEventListener('hashchange', recall);

  svg.classList.add('live');
  svg.setAttribute('role', 'group'); // within an image, nothing could be reached
  frameGroup.setAttribute('role', 'tree');
  resetButton.classList.add('off');
  frames.filter((frame) => frame.text).forEach(place); // clip to the font found here
  setTabStop(frames[0]);
  showDetails(null);
  recall();
  stick();
})();
