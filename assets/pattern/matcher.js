'use strict';
// Whether a text has a match somewhere, in time that grows with its length alone: the program's steps are followed
// all at once. Which steps may come next is a state; states are made as they are met, and kept.

const LINE_FEED = 1, RETURN = 2, WORD = 4, ASCII_WORD = 8, EDGE = 16; // what is beside a place
const MOST_KEPT = 400_000; // steps in states; then all states are forgotten and made anew
const MOST_WORK = 10_000_000; // steps gone through while states are made: a few seconds

const crlfStart = (before, after) => (before & (EDGE | LINE_FEED)) !== 0 || ((before & RETURN) !== 0 && (after & LINE_FEED) === 0);
const crlfEnd = (before, after) => (after & (EDGE | RETURN)) !== 0 || ((after & LINE_FEED) !== 0 && (before & RETURN) === 0);

const wordLooks = (word, name) => ({
  [`word${name}`]: [word, (before, after) => (before & word) !== (after & word)],
  [`notWord${name}`]: [word, (before, after) => (before & word) === (after & word)],
  [`wordStart${name}`]: [word, (before, after) => (before & word) === 0 && (after & word) !== 0],
  [`wordEnd${name}`]: [word, (before, after) => (before & word) !== 0 && (after & word) === 0],
  [`wordStartHalf${name}`]: [word, (before) => (before & word) === 0],
  [`wordEndHalf${name}`]: [word, (_, after) => (after & word) === 0],
});

// By place: what has to be known of the characters at its sides, and whether it is one.
const LOOKS = {
  start: [0, (before) => (before & EDGE) !== 0],
  end: [0, (_, after) => (after & EDGE) !== 0],
  lineStart: [LINE_FEED, (before) => (before & (EDGE | LINE_FEED)) !== 0],
  lineEnd: [LINE_FEED, (_, after) => (after & (EDGE | LINE_FEED)) !== 0],
  lineStartCrlf: [LINE_FEED | RETURN, crlfStart],
  lineEndCrlf: [LINE_FEED | RETURN, crlfEnd],
  ...wordLooks(WORD, ''),
  ...wordLooks(ASCII_WORD, 'Ascii'),
};

const sideOf = (point) => (
  (point === 0x0a ? LINE_FEED : 0) | (point === 0x0d ? RETURN : 0)
  | (isWordCharacter(point) ? WORD : 0) | (isAsciiWordCharacter(point) ? ASCII_WORD : 0));

// A state has `steps` that wait for a character or a place, what was `before` it, and by symbol what comes `next`.
const FOUND = { next: [], steps: [], before: 0 }, NEVER = { next: [], steps: [], before: 0 };

// A text of the numbers, as characters where they are small enough: that is the fastest.
function keyOf(steps, before) {
  const isSmall = steps.length < 10_000 && steps[steps.length - 1] < 0x10000;
  return isSmall ? String.fromCharCode(before, ...steps) : `${before} ${steps.join()}`;
}

class PatternMatcher {
  constructor(program) {
    this.program = program;
    this.looks = program.looks.map((look) => LOOKS[look][1]);
    this.sides = program.looks.reduce((sides, look) => sides | LOOKS[look][0], EDGE);
    this.seen = new Uint32Array(program.kind.length); // by step, the last walk that came by it
    this.walks = 0;
    this.work = 0;
    this.forget();
    this.initSymbols();
  }

  // Does it match somewhere?
  test(text) {
    let state = this.first = this.first || this.stateOf([], EDGE);
    if (state === FOUND) return true;
    for (let at = 0; at < text.length; at++) {
      let code = text.charCodeAt(at);
      if (code >= 0xd800 && code < 0xdc00) {
        code = text.codePointAt(at);
        if (code > 0xffff) at += 1;
      }
      const symbol = code < 128 ? this.ascii[code] : this.symbolOf(code);
      state = state.next[symbol] || this.advance(state, symbol);
      if (state === FOUND) return true;
      if (state === NEVER) return false;
    }
    return (state.next[0] || this.advance(state, 0)) === FOUND;
  }

  // ---- Symbols: characters between which the program makes no difference. The first is the end. ----

  initSymbols() {
    this.symbols = new Map();
    this.symbolOfPoint = new Map();
    this.members = [new Uint8Array(this.program.sets.length)]; // by symbol and set
    this.side = [EDGE]; // by symbol
    this.ascii = Uint32Array.from({ length: 128 }, (_, point) => this.makeSymbol(point));
  }

  symbolOf(point) {
    let symbol = this.symbolOfPoint.get(point);
    if (symbol === undefined) this.symbolOfPoint.set(point, symbol = this.makeSymbol(point));
    return symbol;
  }

  makeSymbol(point) {
    const members = Uint8Array.from(this.program.sets, (has) => (has(point) ? 1 : 0));
    const side = sideOf(point) & this.sides, key = `${side} ${members.join('')}`;
    if (!this.symbols.has(key)) {
      this.symbols.set(key, this.members.push(members) - 1);
      this.side.push(side);
    }
    return this.symbols.get(key);
  }

  // ---- States ----

  forget() {
    this.states = new Map();
    this.kept = 0;
    this.first = null;
  }

  // The state after a symbol, noted in the one before.
  advance(state, symbol) {
    const next = this.follow(state, symbol);
    state.next[symbol] = next;
    return next;
  }

  follow({ steps, before }, symbol) {
    const { kind, what, next } = this.program, members = this.members[symbol], targets = [];
    const here = this.throughLooks(steps, before, this.side[symbol]);
    if (here === null) return FOUND;
    if (symbol === 0) return NEVER;
    for (const step of here) if (kind[step] === SET && members[what[step]] === 1) targets.push(next[step]);
    return this.stateOf(targets, this.side[symbol]);
  }

  // The steps behind places that are here, too; null where one of them is the end.
  throughLooks(steps, before, after) {
    const { kind, what, next } = this.program;
    if (!steps.some((step) => kind[step] === LOOK)) return steps;
    return this.walk(steps, (step) => (this.looks[what[step]](before, after) ? next[step] : -1));
  }

  stateOf(targets, before) {
    const { start } = this.program;
    const found = this.walk([...targets, start], () => -1);
    if (found === null) return FOUND;
    const steps = Uint32Array.from((before & EDGE) !== 0 ? found : found.filter((step) => !this.isStart(step))).sort();
    if (steps.length === 0) return NEVER;
    const key = keyOf(steps, before);
    let state = this.states.get(key);
    if (state) return state;
    if (this.kept > MOST_KEPT) this.forget();
    this.kept += steps.length + this.side.length;
    this.states.set(key, state = { next: new Array(this.side.length).fill(null), steps, before });
    return state;
  }

  // Whether it waits for the text's start, which does not come again.
  isStart(step) {
    return this.program.kind[step] === LOOK && this.program.looks[this.program.what[step]] === 'start';
  }

  // All steps that forks lead to, but for the forks; null where the end is one. `behindLook` tells what to go on with
  // behind a place, if anything.
  walk(from, behindLook) {
    const { kind, next, other } = this.program, { seen } = this, walk = ++this.walks, found = [], open = Array.from(from);
    while (open.length > 0) {
      const step = open.pop();
      if (step < 0 || seen[step] === walk) continue;
      seen[step] = walk;
      this.work += 1;
      if (kind[step] === MATCH) return null;
      if (kind[step] === FORK) {
        open.push(other[step], next[step]);
        continue;
      }
      found.push(step);
      if (kind[step] === LOOK) open.push(behindLook(step));
    }
    if (this.work > MOST_WORK) cannotSearch('it takes too long');
    return found;
  }
}
