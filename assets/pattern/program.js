'use strict';
// A tree as a program of small steps, each with what may come next: a nondeterministic automaton (Thompson's).

// What a step of each kind is: a set that the next character has to be in, a place that has to be one, a fork.
const SET = 0, LOOK = 1, FORK = 2, MATCH = 3;

class PatternProgram {
  constructor(tree) {
    expectSmall(tree);
    this.kind = [];
    this.what = []; // the set's or the place's number
    this.next = [];
    this.other = []; // a fork's second way
    this.sets = [];
    this.looks = [];
    this.numbers = new Map();
    this.start = this.build(tree, this.step(MATCH, 0, -1));
  }

  step(kind, what, next, other = -1) {
    this.kind.push(kind);
    this.what.push(what);
    this.next.push(next);
    this.other.push(other);
    return this.kind.length - 1;
  }

  // From the end to the beginning: what comes next is there already.
  build(tree, next) {
    if (tree.kind === 'set') return this.step(SET, this.numberOf(tree.has, this.sets, tree.points), next);
    if (tree.kind === 'look') return this.step(LOOK, this.numberOf(tree.look, this.looks), next);
    if (tree.kind === 'sequence') return tree.items.reduceRight((after, item) => this.build(item, after), next);
    if (tree.kind === 'choice') return this.buildChoice(tree.items, next);
    if (tree.kind === 'repeat') return this.buildRepeat(tree, next);
    return next; // flags
  }

  buildChoice(items, next) {
    const ways = items.map((item) => this.build(item, next));
    return ways.reduceRight((other, way) => this.step(FORK, 0, way, other));
  }

  buildRepeat(tree, next) {
    const { item } = tree, [least, most] = countsOf(tree);
    let first = next;
    if (most === Infinity) first = this.buildLoop(item, next);
    else for (let index = least; index < most; index++) first = this.step(FORK, 0, this.build(item, first), next);
    for (let index = 0; index < least; index++) first = this.build(item, first);
    return first;
  }

  buildLoop(item, next) {
    const fork = this.step(FORK, 0, -1, next);
    this.next[fork] = this.build(item, fork);
    return fork;
  }

  // The same set, and the same character, has the same number wherever it stands.
  numberOf(what, list, points) {
    const key = points ? points.join() : what;
    if (!this.numbers.has(key)) this.numbers.set(key, list.push(what) - 1);
    return this.numbers.get(key);
  }
}

// What matches nothing but places matches no more when it is repeated.
function countsOf({ item, least, most }) {
  return widthOf(item) === 0 ? [Math.min(least, 1), Math.min(most, 1)] : [least, most];
}

// The longest match, as far as it matters: none, or some.
function widthOf(tree) {
  if (tree.width === undefined) tree.width = measureWidth(tree);
  return tree.width;
}

function measureWidth({ kind, items, item, most }) {
  if (kind === 'set') return 1;
  if (kind === 'repeat') return most === 0 ? 0 : widthOf(item);
  return items ? Math.max(0, ...items.map(widthOf)) : 0;
}

