'use strict';
// Panels beside the pictures: which are open; findings. Folded stacks, help.

// Characters of folded stacks; with more of them a browser would stand still.
const MOST_FOLDED = 8e6;

const findings = { ranges: [] };

function initPanels() {
  initFindings();
  initFilters();
  initKept();
  initFolded();
  initHelp();
}

// Of those at one side one is open; where the window is narrow, of all.
const PANELS = { functions: 'left', filters: 'right', selections: 'right', findings: 'right' };

function togglePanel(name) {
  const isOpen = byId(name).hidden, isNarrow = window.innerWidth < 1000;
  if (byId(`${name}-button`).hidden) return;
  for (const [panel, side] of Object.entries(PANELS)) {
    if (panel === name) byId(panel).hidden = !isOpen;
    else if (isOpen && (isNarrow || side === PANELS[name])) byId(panel).hidden = true;
    byId(`${panel}-button`).setAttribute('aria-expanded', !byId(panel).hidden);
  }
  redraw();
}

// Esc leaves a field, empty; as it does where it is the search.
function leaveField(event) {
  if (event.key !== 'Escape') return;
  event.target.value = '';
  event.target.blur();
  event.preventDefault();
  event.stopPropagation();
  redraw();
}

function initFindings() {
  const found = profile.meta.findings, panel = byId('findings');
  findings.ranges = found.map(({ ranges }) => ranges.map((range) => clock.exactRange(range)));
  const about = found.length
    ? 'Ranges that behave unlike the rest. N and P go from one to the next.'
    : 'Nothing behaves unlike the rest, as far as the samples that are shown tell.';
  panel.append(make('h2', 'Findings'), make('p', about, { className: 'quiet' }), ...found.map(findingElement));
  byId('findings-button').addEventListener('click', () => togglePanel('findings'));
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
    link.addEventListener('click', () => choose({ search: exactly(name) }));
    line.append(make('span', times, { className: 'quiet' }), link);
    return line;
  });
  element.append(button, make('p', finding.explanation), ...functions);
  return element;
}

function showFinding(index) {
  if (!findings.ranges[index]) return;
  if (byId('findings').hidden) togglePanel('findings');
  choose({ selection: findings.ranges[index], baseline: 'rest', vanished: false, zoom: NO_FRAMES });
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
    const { selection } = derived.main, { names } = profile.frames;
    const isTooLong = selection.foldedLength(names) > MOST_FOLDED;
    text.value = isTooLong ? '' : selection.folded(names);
    const instead = `This is too much text to show here. Select a shorter range, or use: ${foldedCommand()}`;
    byId('folded-title').textContent = isTooLong ? instead : [byId('selected').textContent, ...shapeInWords()].join(' · ');
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

// What writes the same text, with the filters that the page was made with besides.
function foldedCommand() {
  const [range] = chosen.selection || [];
  const times = range ? ` --from ${seconds(range.from)} --to ${seconds(range.to)}` : '';
  return `emberscope flamegraph FILE${times}${filterOptions()} --format folded -o stacks.folded`;
}

const HELP = {
  'Heat map': [
    ['Drag; click; Shift-click', 'Select a range; a cell; extend to it'],
    ['Double click; drag above or below the cells', 'Whole column; whole columns'],
    ['Alt-drag; E', 'The same offsets in each column'],
    ['Click or drag on the bars at the right', 'These offsets in every column'],
    ['Ctrl-Shift-drag', 'Select another range besides'],
    ['Ctrl-drag; B', 'What the selection is compared with; the selection becomes that'],
    ['Drag an edge of the selection', 'Move its start or end'],
    ['Right click on a row\'s name or cells', 'Only this CPU, thread, process or event; all but this'],
    ['Arrows; Shift and arrows', 'Move the selection by a cell; move its end'],
    ['Home; End', 'To the first; to the last column'],
    ['W', 'The whole profile again'],
    [', and .; Space', 'Step back and on by a column; play'],
    ['M; L', 'Keep the selection; list of kept ones'],
    ['Wheel; Ctrl and wheel; middle drag; 0', 'Scroll; zoom; pan; show everything'],
    ['+ and -; Page Up and Page Down; Z', 'Zoom in and out; a screen back and on; zoom to the selection'],
    ['V', 'Rows as offsets, CPUs, threads, processes, events'],
    ['H', 'Show when the code ran that the search finds'],
    ['U', 'Show how unlike the baseline each cell is'],
  ],
  'Flame graph': [
    ['Click; Backspace', 'Zoom to a frame; out to its caller'],
    ['Ctrl-click', 'Mark a function everywhere'],
    ['Right click; Shift+F10', 'All that can be done with a frame'],
    ['I; C; R', 'Icicle; callers; collapse recursion'],
    ['Tab, then arrows; Enter', 'From frame to frame; zoom'],
    ['T', 'Table of functions'],
  ],
  'Search and filters': [
    ['Ctrl+F or /', 'Search by regular expression'],
    ['Enter or F3; with Shift', 'Next match; previous match'],
    ['F', 'Filters'],
    ['D; N; P or Shift+N', 'Findings: ranges unlike the rest; next; previous'],
  ],
  'Anywhere': [
    ['Esc', 'Give up a drag; clear search, mark, zoom, shape, comparison, selection'],
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
