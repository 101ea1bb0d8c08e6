'use strict';
// Undo and redo of what the reader has chosen. Whatever one press of a button or key brings about is
// undone at once, however many steps a drag has; so is what is typed into a field letter by letter.

const MOST_UNDONE = 200;
const past = [], future = [];
let press = 0; // how many there have been
let noted = { press: -1, typing: null };

for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, () => { press += 1; }, true);

const isChosen = (state) => Object.keys(state).every((key) => state[key] === chosen[key]);

// To be called before a change. `typing`: the field that it is typed into, if it is one.
function noteBefore(changes, typing) {
  if (isChosen(changes)) return;
  const goesOn = noted.press === press || (typing !== null && noted.typing === typing && future.length === 0);
  if (!goesOn) past.push({ ...chosen });
  if (past.length > MOST_UNDONE) past.shift();
  noted = { press, typing };
  future.length = 0;
}

// A drag that was given up leaves nothing to undo.
function forgetNothing() {
  while (past.length && isChosen(past[past.length - 1])) past.pop();
}

function goBack(from, to) {
  forgetNothing();
  const state = from.pop();
  if (!state) return;
  to.push({ ...chosen });
  noted = { press: -1, typing: null };
  show(state);
}

const undo = () => goBack(past, future);
const redo = () => goBack(future, past);
