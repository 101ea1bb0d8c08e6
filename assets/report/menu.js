'use strict';
// The menu of a frame or a function: all that can be done with it.

const menu = { element: null, returnTo: null };

function initMenu() {
  menu.element = byId('menu');
  menu.element.addEventListener('keydown', onMenuKey);
  menu.element.addEventListener('contextmenu', (event) => event.preventDefault());
  menu.element.addEventListener('focusout', (event) => {
    if (!menu.element.contains(event.relatedTarget)) closeMenu();
  });
}

const placeOf = ({ clientX, clientY }) => ({ x: clientX, y: clientY });

function openFrameMenu({ graph, element }, node, place) {
  const path = pathTo(graph.stacks, node), frame = graph.stacks.frame[node];
  const items = [];
  if (chosen.mode !== 'sandwich') items.push(['Zoom to frame', () => zoomTo(derived.main, nodeAt(derived.main.shown, path))]);
  if (node > 0) {
    const names = path.map(frameName);
    // The innermost first, as profilers list stacks.
    items.push(['Copy stack', () => copyText((graph.fromLeaves ? names : names.reverse()).join('\n'))]);
    items.push(...functionItems(frame));
  }
  openMenu(items, place, element);
}

function functionItems(frame) {
  const name = frameName(frame), isMarked = chosen.marked === frame;
  return [
    ['Copy name', () => copyText(name)],
    null,
    ['Callers and callees (sandwich)', () => setMode('sandwich', frame)],
    ['Focus on what it calls', () => choose({ focus: frame, mode: 'callees', middle: null })],
    ['Hide this function', () => hide([frame])],
    ...(moduleOf(frame) ? [['Hide its module', () => hide(framesOfModule(frame))]] : []),
    [isMarked ? 'Remove the mark' : 'Mark everywhere', () => toggleMark(frame)],
    null,
    ['Show on heat map', () => showOnHeatMap(exactly(name))],
    ['Search for this', () => choose({ search: exactly(name) })],
    ...(canFilter() ? stackFilterItems(frame) : []),
  ];
}

// Of all functions of this name, as where it is searched for.
function stackFilterItems(frame) {
  const name = frameName(frame), matches = Uint8Array.from(profile.frames.names, (other) => (other === name ? 1 : 0));
  const filter = { text: name, pattern: wholeName(name), matches };
  return [
    ['Only samples with this', () => filterStacks({ ...filter, isWithout: false })],
    ['Without samples with this', () => filterStacks({ ...filter, isWithout: true })],
  ];
}

function showOnHeatMap(search) {
  look.painted = 'search';
  choose({ search });
}

// Items are texts and what they do; null is a line between them.
function openMenu(items, { x, y }, returnTo) {
  hideTooltip();
  const { element } = menu;
  element.replaceChildren(...items.map((item) => {
    if (!item) return make('hr');
    const button = make('button', item[0], { type: 'button', tabIndex: -1 });
    button.setAttribute('role', 'menuitem');
    button.addEventListener('click', () => {
      closeMenu();
      item[1]();
    });
    return button;
  }));
  element.hidden = false;
  const { width, height } = element.getBoundingClientRect();
  element.style.left = `${Math.max(0, Math.min(x, window.innerWidth - width - 4))}px`;
  element.style.top = `${Math.max(0, Math.min(y, window.innerHeight - height - 4))}px`;
  menu.returnTo = returnTo;
  element.querySelector('button').focus();
}

function closeMenu() {
  if (menu.element.hidden) return;
  const hadFocus = menu.element.contains(document.activeElement);
  menu.element.hidden = true;
  if (hadFocus) menu.returnTo.focus();
}

function onMenuKey(event) {
  const items = Array.from(menu.element.querySelectorAll('button')), at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) items[(to + items.length) % items.length].focus();
  else if (event.key === 'Escape' || event.key === 'Tab') closeMenu();
  else if (event.key !== 'Enter' && event.key !== ' ') return;
  event.stopPropagation();
  if (event.key !== 'Enter' && event.key !== ' ') event.preventDefault();
}

// Older than the clipboard's other interface, and works for files, too.
function copyText(text) {
  const field = make('textarea', undefined, { value: text, className: 'offscreen' });
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
  if (before) before.focus();
}
