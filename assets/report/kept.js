'use strict';
// The selections that are kept, with their names: to go back to, and to compare with.

function initKept() {
  const panel = byId('selections');
  const keep = make('button', 'Keep the selection', { type: 'button', id: 'keep', title: 'M', onclick: keepSelection });
  const about = make('p', 'Selections that are kept stand here, to go back to and to compare.', { id: 'none-kept', className: 'quiet' });
  panel.append(make('h2', 'Selections'), keep, about, make('div', undefined, { id: 'kept' }));
  byId('selections-button').addEventListener('click', () => togglePanel('selections'));
  views.push(drawKept);
}

function keepSelection() {
  const { selection, kept } = chosen;
  if (!selection) return;
  let number = kept.length + 1;
  while (kept.some(({ name }) => name === `Selection ${number}`)) number += 1;
  const name = `Selection ${number}`;
  choose({ kept: kept.concat({ name, selection }) });
  if (byId('selections').hidden) tell(`Kept as ${name}; L shows the list.`);
}

function drawKept() {
  const { kept, selection, baseline } = chosen, list = byId('kept');
  byId('keep').disabled = selection === null;
  byId('none-kept').hidden = kept.length > 0;
  byId('selections-button').textContent = kept.length > 0 ? `Selections (${kept.length})` : 'Selections';
  // Elements stay as long as there are as many: one of them may be typed into.
  if (list.children.length !== kept.length) list.replaceChildren(...kept.map((_, index) => keptElement(index)));
  kept.forEach((one, index) => {
    const [field, about, select, compare] = list.children[index].querySelectorAll('input, p, button');
    if (field.value !== one.name) field.value = one.name;
    about.textContent = `${rangeText(one.selection)} · ${shortSeconds(nanosOf(one.selection))} s`;
    select.setAttribute('aria-pressed', selection === one.selection);
    compare.setAttribute('aria-pressed', baseline === one.selection);
    compare.setAttribute('aria-label', `Compare with ${one.name}`);
  });
}

function keptElement(index) {
  const element = make('article'), button = (text, onclick, title = '') => make('button', text, { type: 'button', onclick, title });
  const field = make('input', undefined, { type: 'text', autocomplete: 'off', spellcheck: false });
  field.setAttribute('aria-label', `Name of selection ${index + 1}`);
  field.addEventListener('input', () => renameKept(index, field.value));
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === 'Escape') field.blur();
    event.stopPropagation();
  });
  const now = () => chosen.kept[index].selection;
  const actions = make('div');
  actions.append(
    button('Select', () => choose({ selection: now() })),
    button('Baseline', () => choose({ baseline: chosen.baseline === now() ? null : now() }), 'Compare what is selected with it'),
    button('Forget', () => choose({ kept: chosen.kept.filter((_, other) => other !== index) })),
  );
  element.append(field, make('p', undefined, { className: 'quiet' }), actions);
  return element;
}

function renameKept(at, name) {
  choose({ kept: chosen.kept.map((one, index) => (index === at ? { ...one, name } : one)) }, `name ${at}`);
}
