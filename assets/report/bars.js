'use strict';
// The bars above the flame graph: what is selected, what it is compared with, shape and search.

function initBars() {
  byId('whole').addEventListener('click', () => choose({ selection: null, baseline: null }));
  byId('compare').addEventListener('click', () => choose({ baseline: 'rest' }));
  byId('with-rest').addEventListener('click', () => choose({ baseline: 'rest' }));
  byId('end-comparison').addEventListener('click', () => choose({ baseline: null }));
  byId('vanished').addEventListener('change', (event) => choose({ vanished: event.target.checked, zoom: NO_FRAMES }));
  byId('normalization').addEventListener('change', (event) => choose({ byTime: event.target.value === 'time' }));
  byId('shape').addEventListener('change', (event) => chooseShape(event.target.value));
  byId('list-matches').addEventListener('click', listMatches);
  byId('only-these').addEventListener('click', () => filterMatches(false));
  byId('without-these').addEventListener('click', () => filterMatches(true));
  initSearch();
}

function chooseShape(shape) {
  if (shape === 'sandwich') return; // it needs a function
  if (shape === 'callers') setMode('callers');
  else choose({ mode: 'callees', middle: null, icicle: shape === 'icicle' });
}

// Filters mind capital letters on the command line.
function filterMatches(isWithout) {
  const { search } = chosen;
  filterStacks({ text: search, pattern: sensitive(search), matches: derived.matches, isWithout });
}

let pause = 0; // until what is typed is searched for

function initSearch() {
  const field = byId('search');
  const commit = () => {
    clearTimeout(pause);
    pause = 0;
    if (field.value !== chosen.search) choose({ search: field.value }, 'search');
  };
  field.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(commit, 80);
  });
  field.addEventListener('change', commit);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      field.value = ''; // before the blur, which commits
      commit();
      field.blur();
    } else if (['Enter', 'F3'].includes(event.key) && !event.isComposing) {
      commit();
      stepMatch(event.shiftKey ? -1 : 1);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
}

function drawBars() {
  const { noun } = profile.meta, { selection, baseline } = chosen;
  setText('selected', selectedText());
  byId('hint').hidden = selection !== null;
  byId('whole').hidden = selection === null;
  byId('compare').hidden = selection === null || baseline !== null;
  byId('comparison').hidden = baseline === null;
  if (baseline) setText('compared', `Compared with ${baselineText()} · ${countOf(derived.plain.baseline.sum, noun)}`);
  byId('with-rest').hidden = baseline === 'rest';
  byId('vanished').checked = chosen.vanished;
  byId('normalization').value = chosen.byTime ? 'time' : 'samples';
  byId('shape').value = chosen.mode === 'callees' ? (chosen.icicle ? 'icicle' : 'flame') : chosen.mode;
  byId('shape').querySelector('[value=sandwich]').hidden = chosen.mode !== 'sandwich';
  if (!pause && byId('search').value !== chosen.search) byId('search').value = chosen.search;
  drawEdits();
  drawMatched();
}

function selectedText() {
  const { selection } = chosen, count = countOf(derived.plain.selection.sum, profile.meta.noun);
  if (selection) return `Selected ${rangeText(selection)} · ${shortSeconds(nanosOf(selection))} s long · ${count}`;
  const whole = clock.whole();
  const what = clock.from === null ? 'Whole profile' : `${seconds(whole.from)} s to ${seconds(whole.to)} s of the profile`;
  return `${what} · ${shortSeconds(whole.to - whole.from)} s · ${count}`;
}

function baselineText() {
  if (chosen.baseline !== 'rest') return rangeText(chosen.baseline);
  return chosen.selection ? 'the rest of the profile' : 'nothing: select a range to compare it with the rest';
}

// Only what has changed is read out.
function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

// How the flame graph is not as it was recorded, each in words and with the way back.
function listEdits() {
  const { middle, focus, hidden, collapses } = chosen, edits = [];
  const short = (frame) => clip(frameName(frame), 40);
  if (middle !== null) edits.push([`Sandwich: ${short(middle)}`, 'Back to the flame graph (Esc)', { mode: 'callees', middle: null }]);
  if (focus !== null) edits.push([`Focus: ${short(focus)}`, 'Show everything again', { focus: null }]);
  if (hidden.length > 0) edits.push([`${countOf(hidden.length, 'function')} hidden`, `Show again: ${hidden.map(frameName).join(', ')}`, { hidden: NO_FRAMES }]);
  if (collapses) edits.push(['Recursion collapsed', 'Show each call again (R)', { collapses: false }]);
  return edits;
}

const shapeInWords = () => (chosen.mode === 'callers' ? ['Callers'] : []).concat(listEdits().map(([text]) => text));

function drawEdits() {
  const list = byId('edits'), edits = listEdits(), key = JSON.stringify(edits);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...edits.map(([text, title, changes]) => make('button', `${text} ×`, { type: 'button', title, onclick: () => choose(changes) })));
}

function drawMatched() {
  const { matches, problem, main: { shown, zoom } } = derived;
  byId('search').setAttribute('aria-invalid', problem !== '');
  byId('matched').classList.toggle('wrong', problem !== '');
  byId('list-matches').hidden = !matches;
  byId('only-these').hidden = byId('without-these').hidden = !matches || !canFilter();
  let text = problem;
  if (matches) {
    const found = shown.matched(matches, 0);
    text = `Matched ${percent(found, shown.sum)} (${countOf(found, profile.meta.noun)})`;
    const nodes = matchedNodes(flame.main), at = nodes.indexOf(flame.main.found);
    if (nodes.length > 0) text += at < 0 ? ` · ${nodes.length} in the picture` : ` · ${at + 1} of ${nodes.length}`;
    if (zoom > 0) text += ` · ${percent(shown.matched(matches, zoom), shown.total[zoom])} of the zoom`;
  }
  setText('matched', text);
}
