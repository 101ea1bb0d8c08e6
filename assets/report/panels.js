'use strict';
// Findings, folded stacks, help; and the buttons of the bars.

// Characters of folded stacks; with more of them a browser would stand still.
const MOST_FOLDED = 8e6;

const findings = { ranges: [] };

function initPanels() {
  initFindings();
  initFolded();
  initHelp();
  byId('whole').addEventListener('click', () => choose({ selection: null, baseline: null }));
  byId('compare').addEventListener('click', () => choose({ baseline: 'rest' }));
  byId('with-rest').addEventListener('click', () => choose({ baseline: 'rest' }));
  byId('end-comparison').addEventListener('click', () => choose({ baseline: null }));
  byId('vanished').addEventListener('change', (event) => choose({ vanished: event.target.checked, zoom: 0 }));
}

function initFindings() {
  const found = profile.meta.findings, panel = byId('findings');
  findings.ranges = found.map(({ ranges }) => ranges.map((range) => clock.exactRange(range)));
  const about = found.length
    ? 'Ranges that behave unlike the rest. N and P go from one to the next.'
    : 'Nothing behaves unlike the rest, as far as the samples that are shown tell.';
  panel.append(make('h2', 'Findings'), make('p', about, { className: 'quiet' }), ...found.map(findingElement));
  byId('findings-button').addEventListener('click', toggleFindings);
  byId('findings-button').textContent = found.length ? `Findings (${found.length})` : 'Findings';
  views.push(markFinding);
}

function findingElement(finding, index) {
  const element = make('article');
  const button = make('button', finding.title, { type: 'button', title: 'Select it and compare it with the rest' });
  button.addEventListener('click', () => showFinding(index));
  const functions = finding.functions.map(([times, name]) => {
    const line = make('div', undefined, { className: 'function' });
    const link = make('button', name, { type: 'button', title: 'Search for it' });
    link.addEventListener('click', () => choose({ search: `^${escapeRegex(name)}$` }));
    line.append(make('span', times, { className: 'quiet' }), link);
    return line;
  });
  element.append(button, make('p', finding.explanation), ...functions);
  return element;
}

const escapeRegex = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

function toggleFindings() {
  const panel = byId('findings');
  panel.hidden = !panel.hidden;
  byId('findings-button').setAttribute('aria-expanded', !panel.hidden);
}

function showFinding(index) {
  if (!findings.ranges[index]) return;
  if (byId('findings').hidden) toggleFindings();
  choose({ selection: findings.ranges[index], baseline: 'rest', vanished: false, zoom: 0 });
  byId('findings').querySelectorAll('article')[index].scrollIntoView({ block: 'nearest' });
}

function markFinding() {
  byId('findings').querySelectorAll('article > button').forEach((button, index) => {
    button.setAttribute('aria-current', chosen.selection === findings.ranges[index]);
  });
}

function initFolded() {
  const dialog = byId('folded'), text = byId('folded-text');
  byId('folded-button').addEventListener('click', () => {
    const isTooLong = derived.selection.foldedLength() > MOST_FOLDED;
    text.value = isTooLong ? '' : derived.selection.folded();
    const instead = `This is too much text to show here. Select a shorter range, or use: ${foldedCommand()}`;
    byId('folded-title').textContent = isTooLong ? instead : byId('selected').textContent;
    text.hidden = byId('folded-copy').hidden = isTooLong;
    byId('folded-copy').textContent = 'Copy';
    dialog.showModal();
  });
  byId('folded-copy').addEventListener('click', (event) => {
    text.select();
    // Older than the clipboard's other interface, and works for files, too.
    event.target.textContent = document.execCommand('copy') ? 'Copied' : 'Press Ctrl+C';
  });
}

// What writes the same text. Filters are those that the page was made with.
function foldedCommand() {
  const [range] = chosen.selection || [];
  const times = range ? ` --from ${seconds(range.from)} --to ${seconds(range.to)}` : '';
  return `emberscope flamegraph FILE${times} --format folded -o stacks.folded`;
}

const HELP = {
  'Heat map': [
    ['Drag; click; Shift-click', 'Select a range; a cell; extend to it'],
    ['Double click; drag above or below', 'Whole column; whole columns'],
    ['Alt-drag', 'The same offsets in each column'],
    ['Ctrl-drag; B', 'What the selection is compared with; the selection becomes that'],
    ['Arrows; Shift and arrows', 'Move the selection by a cell; move its end'],
    ['Home; End', 'To the first; to the last column'],
    ['Wheel; Ctrl and wheel; middle drag; 0', 'Scroll; zoom; pan; show everything'],
  ],
  'Flame graph': [
    ['Click; Backspace', 'Zoom to a frame; out to its caller'],
    ['Tab, then arrows; Enter', 'From frame to frame; zoom'],
    ['I', 'Icicle'],
  ],
  'Search and findings': [
    ['Ctrl+F or /', 'Search by regular expression'],
    ['D; N; P', 'Findings; next; previous'],
  ],
  'Anywhere': [
    ['Esc', 'Give up a drag; clear search, zoom, comparison, selection'],
    ['Ctrl+Z; Ctrl+Shift+Z', 'Undo; redo'],
    ['?', 'This overview'],
  ],
};

function initHelp() {
  for (const [title, keys] of Object.entries(HELP)) {
    const section = make('section'), list = make('dl');
    for (const [key, does] of keys) list.append(make('dt', key), make('dd', does));
    section.append(make('h2', title), list);
    byId('help-tables').append(section);
  }
  byId('help-button').addEventListener('click', () => byId('help').showModal());
}
