'use strict';
// A regular expression as a tree: the syntax of Rust's crate `regex`, with its own words for what is wrong.
//
// Nodes are { kind: 'set', has }, 'look', 'sequence', 'choice' and 'repeat'. Each knows how many levels it has, as
// Rust counts them: nothing may be so deep that walking through it would fail.

const MOST_LEVELS = 250, LARGEST_COUNT = 0xffffffff, LARGEST_POINT = 0x10ffff;
const ENDED_EARLY = 'incomplete escape sequence, reached end of pattern prematurely';
const NOT_UTF8 = 'pattern can match invalid UTF-8', NO_UNICODE = 'Unicode not allowed here';
const META = '\\.+*?()|[]{}^$#&-~';
const CONTROLS = { a: 0x07, f: 0x0c, t: 0x09, n: 0x0a, r: 0x0d, v: 0x0b };
const HEX_DIGITS = { x: 2, u: 4, U: 8 };
const WORD_EDGES = { start: 'wordStart', end: 'wordEnd', 'start-half': 'wordStartHalf', 'end-half': 'wordEndHalf' };

const isWhite = (char) => char !== undefined && UNICODE_CLASSES.s(char.codePointAt(0));
const isDigit = (char) => char !== undefined && char >= '0' && char <= '9';
const isNameStart = (char) => char === '_' || /^\p{Alphabetic}$/u.test(char);
const isNamePart = (char) => /^[_.[\]\p{Alphabetic}\p{N}]$/u.test(char);

function fail(problem) {
  throw new Error(problem);
}

// Nodes with their levels.
function nodeOf(kind, parts, properties) {
  const levels = 1 + parts.reduce((most, part) => Math.max(most, part.levels), 0);
  if (levels > MOST_LEVELS) fail(`exceed the maximum number of nested parentheses/brackets (${MOST_LEVELS})`);
  return { kind, levels, ...properties };
}

const leaf = (kind, properties) => ({ kind, levels: 0, ...properties });

class PatternParser {
  constructor(source, ignoresCase) {
    this.chars = Array.from(source);
    this.at = 0;
    this.open = 0; // groups and classes
    this.problem = '';
    this.names = new Set();
    this.flags = { i: ignoresCase, m: false, s: false, U: false, u: true, x: false, R: false };
  }

  get char() {
    return this.chars[this.at];
  }

  get isAtEnd() {
    return this.at >= this.chars.length;
  }

  parse() {
    const tree = this.parseChoice();
    if (!this.isAtEnd) fail('unopened group');
    if (this.problem) fail(this.problem);
    return tree;
  }

  // What is wrong with what is meant, told once it is known that nothing is wrong with how it is written.
  failLater(problem) {
    this.problem = this.problem || problem;
    return nothing;
  }

  // ---- Going through the text ----

  startsWith(text) {
    return Array.from(text).every((char, index) => this.chars[this.at + index] === char);
  }

  take(text) {
    const isThere = this.startsWith(text);
    if (isThere) this.at += text.length;
    return isThere;
  }

  // Blanks and comments, where flag x says that they are none of the expression.
  skipSpace() {
    if (!this.flags.x) return;
    while (!this.isAtEnd) {
      if (isWhite(this.char)) this.at += 1;
      else if (this.char === '#') this.skipLine();
      else break;
    }
  }

  skipLine() {
    while (!this.isAtEnd && this.char !== '\n') this.at += 1;
    this.at += this.isAtEnd ? 0 : 1;
  }

  // On to what comes next; false at the end.
  next() {
    this.at += 1;
    this.skipSpace();
    return !this.isAtEnd;
  }

  // ---- Groups, sequences, repetitions ----

  parseChoice() {
    const branches = [this.parseSequence()];
    while (this.char === '|') {
      this.at += 1;
      branches.push(this.parseSequence());
    }
    return branches.length === 1 ? branches[0] : nodeOf('choice', branches, { items: branches });
  }

  parseSequence() {
    const items = [];
    for (this.skipSpace(); !this.isAtEnd && !'|)'.includes(this.char); this.skipSpace()) this.parseItem(items);
    return items.length === 1 ? items[0] : sequenceOf(items);
  }

  parseItem(items) {
    const { char } = this;
    if (char === '(') items.push(this.parseGroup());
    else if (char === '[') items.push(setNode(this.parseBrackets()));
    else if ('?*+'.includes(char)) items.push(this.parseRepetition(items.pop()));
    else if (char === '{') items.push(this.parseCounted(items.pop()));
    else items.push(this.parsePrimitive());
  }

  // Flags for the rest of a group, or a group.
  parseGroup() {
    this.next();
    if (['?=', '?!', '?<=', '?<!'].some((start) => this.startsWith(start))) {
      fail('look-around, including look-ahead and look-behind, is not supported');
    }
    const before = { ...this.flags }, isNamed = this.take('?P<') || this.take('?<');
    const isSpecial = !isNamed && this.startsWith('?');
    if (isNamed) this.parseName();
    if (isSpecial && this.parseFlags() === ')') return leaf('flags');
    return this.parseGroupBody(before, !isSpecial);
  }

  parseGroupBody(before, isCaptured) {
    if (++this.open > MOST_LEVELS) nodeOf('group', [{ levels: MOST_LEVELS }]);
    const inside = this.parseChoice();
    if (this.isAtEnd) fail('unclosed group');
    this.flags = before;
    this.at += 1;
    this.open -= 1;
    return nodeOf('sequence', [inside], { items: [inside], isCaptured });
  }

  parseName() {
    if (this.isAtEnd) fail('unclosed capture group name');
    let name = '';
    for (; !this.isAtEnd && this.char !== '>'; this.at++) {
      if (!(name === '' ? isNameStart : isNamePart)(this.char)) fail('invalid capture group character');
      name += this.char;
    }
    if (this.isAtEnd) fail('unclosed capture group name');
    if (name === '') fail('empty capture group name');
    if (this.names.has(name)) fail('duplicate capture group name');
    this.names.add(name);
    this.at += 1;
  }

  // `?i-s` and what ends it: a colon or a parenthesis. Sets them.
  parseFlags() {
    this.at += 1;
    if (this.isAtEnd) fail('unclosed group');
    const seen = new Set(), wanted = {};
    let isOn = true, last = '';
    for (; this.char !== ':' && this.char !== ')'; this.at++) {
      last = this.char;
      if (this.isAtEnd) fail('expected flag but got end of regex');
      if (last !== '-' && !(last in this.flags)) fail('unrecognized flag');
      if (seen.has(last)) fail(last === '-' ? 'flag negation operator repeated' : 'duplicate flag');
      seen.add(last);
      if (last === '-') isOn = false;
      else wanted[last] = isOn;
    }
    if (last === '-') fail('dangling flag negation operator');
    const end = this.char;
    if (end === ')' && seen.size === 0) fail('repetition operator missing expression');
    this.at += 1;
    this.flags = { ...this.flags, ...wanted };
    return end;
  }

  // Whether as much or as little as can be is taken makes no difference to whether there is a match.
  parseRepetition(item) {
    const [least, most] = { '?': [0, 1], '*': [0, Infinity], '+': [1, Infinity] }[this.char];
    expectRepeatable(item);
    this.at += 1;
    this.take('?');
    return repeatNode(item, least, most);
  }

  parseCounted(item) {
    expectRepeatable(item);
    const [least, most] = this.parseCounts();
    if (this.char !== '}') fail('unclosed counted repetition');
    if (this.next()) this.take('?');
    if (most < least) fail('invalid repetition count range, the start must be <= the end');
    return repeatNode(item, least, most);
  }

  parseCounts() {
    if (!this.next()) fail('unclosed counted repetition');
    const least = this.parseNumber();
    if (this.isAtEnd) fail('unclosed counted repetition');
    const isRange = this.char === ',';
    if (isRange && !this.next()) fail('unclosed counted repetition');
    const most = isRange && this.char !== '}' ? this.parseNumber() : isRange ? Infinity : least;
    if (least === null || most === null) fail('repetition quantifier expects a valid decimal');
    return [least, most];
  }

  // Null where there is none.
  parseNumber() {
    let digits = '';
    while (isWhite(this.char)) this.at += 1;
    for (; isDigit(this.char); this.next()) digits += this.char;
    while (isWhite(this.char)) this.next();
    if (Number(digits) > LARGEST_COUNT) fail('decimal literal invalid');
    return digits === '' ? null : Number(digits);
  }

  // ---- Characters ----

  parsePrimitive() {
    const { char } = this, { m, R } = this.flags;
    if (char === '\\') return this.nodeOfEscape(this.parseEscape());
    this.at += 1;
    if (char === '.') return this.dotNode();
    if (char === '^') return lookNode(m ? (R ? 'lineStartCrlf' : 'lineStart') : 'start');
    if (char === '$') return lookNode(m ? (R ? 'lineEndCrlf' : 'lineEnd') : 'end');
    return this.literalNode({ point: char.codePointAt(0) });
  }

  dotNode() {
    const { s, R, u } = this.flags;
    if (!u) this.failLater(NOT_UTF8);
    if (s) return setNode({ has: () => true });
    return setNode({ has: R ? (point) => point !== 0x0a && point !== 0x0d : (point) => point !== 0x0a });
  }

  nodeOfEscape(escape) {
    if (escape.look) return lookNode(escape.look);
    return escape.has ? setNode(escape) : this.literalNode(escape);
  }

  literalNode({ point, isByte }) {
    const { i, u } = this.flags;
    if (!u && isByte && point > 0x7f) this.failLater(NOT_UTF8);
    const points = !i ? [point] : u ? variantsOf(point) : isAsciiLetter(point) ? [point, point ^ 0x20] : [point];
    return setNode({ has: points.length === 1 ? (other) => other === point : (other) => points.includes(other), points });
  }

  // A character, a set of them, or a place between characters.
  parseEscape() {
    this.at += 1;
    if (this.isAtEnd) fail(ENDED_EARLY);
    const { char } = this;
    if (isDigit(char)) fail('backreferences are not supported');
    if (char in HEX_DIGITS) return this.parseHex();
    if (char === 'p' || char === 'P') return this.parseProperty();
    this.at += 1;
    if ('dswDSW'.includes(char)) return this.perlClass(char);
    if (META.includes(char) || /^[^0-9A-Za-z<>\x80-\u{10ffff}]$/u.test(char)) return { point: char.codePointAt(0) };
    if (char in CONTROLS) return { point: CONTROLS[char] };
    return { look: this.parseLook(char) };
  }

  parseLook(char) {
    const ascii = this.flags.u ? '' : 'Ascii';
    const special = char === 'b' && this.char === '{' ? this.parseWordEdge() : null;
    const look = { A: 'start', z: 'end', b: 'word', B: 'notWord', '<': 'wordStart', '>': 'wordEnd' }[char];
    if (!look) fail('unrecognized escape sequence');
    return look === 'start' || look === 'end' ? look : (special || look) + ascii;
  }

  // `\b{start}`; or null where the brace begins a repetition.
  parseWordEdge() {
    const before = this.at, isPart = () => !this.isAtEnd && /^[A-Za-z-]$/.test(this.char);
    let name = '';
    if (!this.next()) {
      fail('found either the beginning of a special word boundary or a bounded repetition on a \\b with an opening brace, but no closing brace');
    }
    if (!isPart()) {
      this.at = before;
      return null;
    }
    for (; isPart(); this.next()) name += this.char;
    if (this.char !== '}') fail('special word boundary assertion is either unclosed or contains an invalid character');
    this.at += 1;
    if (!Object.hasOwn(WORD_EDGES, name)) fail('unrecognized special word boundary assertion, valid choices are: start, end, start-half or end-half');
    return WORD_EDGES[name];
  }

  parseHex() {
    const most = HEX_DIGITS[this.char];
    if (!this.next()) fail(ENDED_EARLY);
    const isBraced = this.char === '{', digits = isBraced ? this.bracedDigits() : this.fixedDigits(most);
    const point = parseInt(digits, 16);
    if (digits === '') fail('hexadecimal literal empty');
    if (point > LARGEST_POINT || (point >= 0xd800 && point <= 0xdfff)) fail('hexadecimal literal is not a Unicode scalar value');
    return { point, isByte: !isBraced && most === 2 };
  }

  fixedDigits(count) {
    let digits = '';
    for (let index = 0; index < count; index++) {
      if (index > 0 && !this.next()) fail(ENDED_EARLY);
      digits += this.hexDigit();
    }
    this.next();
    return digits;
  }

  bracedDigits() {
    let digits = '';
    while (this.next() && this.char !== '}') digits += this.hexDigit();
    if (this.isAtEnd) fail(ENDED_EARLY);
    this.next();
    return digits;
  }

  hexDigit() {
    return /^[0-9A-Fa-f]$/.test(this.char) ? this.char : fail('invalid hexadecimal digit');
  }
}

const setNode = ({ levels = 0, has, points }) => ({ kind: 'set', levels, has, points });
const lookNode = (look) => leaf('look', { look });
const sequenceOf = (items) => (items.length === 0 ? leaf('sequence', { items }) : nodeOf('sequence', items, { items }));
const repeatNode = (item, least, most) => nodeOf('repeat', [item], { item, least, most });

function expectRepeatable(item) {
  if (!item || item.kind === 'flags') fail('repetition operator missing expression');
}
