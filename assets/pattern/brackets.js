'use strict';
// The part of the parser that reads sets of characters: \w, \p{Greek}, [a-z&&[^aeiou]].

Object.assign(PatternParser.prototype, {
  perlClass(letter) {
    const { u } = this.flags, small = letter.toLowerCase(), isNegated = letter !== small;
    if (!u && isNegated) this.failLater(NOT_UTF8);
    const has = u ? UNICODE_CLASSES[small] : ASCII_CLASSES[PERL_NAMES[small]];
    return { has: isNegated ? outside(has) : has };
  },

  // Behind \p or \P.
  parseProperty() {
    const isNegated = this.char === 'P';
    if (!this.next()) fail(ENDED_EARLY);
    if (this.char === '{') return this.propertySet(this.parsePropertyName(), isNegated);
    if (this.char === '\\') fail('invalid Unicode character class');
    const name = this.char;
    this.next();
    return this.propertySet(name, isNegated);
  },

  parsePropertyName() {
    let name = '';
    while (this.next() && this.char !== '}') name += this.char;
    if (this.isAtEnd) fail(ENDED_EARLY);
    this.at += 1;
    return name;
  },

  propertySet(text, isNegated) {
    if (!this.flags.u) return { has: this.failLater(NO_UNICODE) };
    const operator = ['!=', ':', '='].find((one) => text.includes(one)), [name, value] = splitAt(text, operator);
    try {
      const property = operator ? nativePropertyValue(name, value) : nativeProperty(text);
      return { has: this.folded(native(`\\p{${property}}`), isNegated !== (operator === '!=')) };
    } catch (error) {
      return { has: this.failLater(error.message) };
    }
  },

  // As Rust has it, first the other case is added, and then the set is turned around.
  folded(has, isNegated) {
    const { i, u } = this.flags;
    if (!u && isNegated) this.failLater(NOT_UTF8);
    const all = !i ? has : u ? anyCase(has) : asciiAnyCase(has);
    return isNegated ? outside(all) : all;
  },

  // From one bracket to the other. The sets of each side of && and the like are made one.
  parseBrackets() {
    if (++this.open > MOST_LEVELS) nodeOf('set', [{ levels: MOST_LEVELS }]);
    const { isNegated, items: first } = this.openBrackets();
    let items = first, operator = null, left = null;
    for (;;) {
      this.skipSpace();
      if (this.isAtEnd) fail('unclosed character class');
      if (this.char === ']') break;
      const sign = ['&', '-', '~'].find((one) => this.startsWith(one + one));
      if (sign) {
        this.at += 2;
        left = this.combined(operator, left, unionOf(items));
        operator = sign;
        items = [];
      } else {
        items.push(this.parseClassItem());
      }
    }
    this.at += 1;
    this.open -= 1;
    const { has, levels } = this.combined(operator, left, unionOf(items));
    return nodeOf('set', [{ levels }], { has: this.folded(has, isNegated) });
  },

  // What is behind the bracket: hyphens and a closing bracket stand for themselves there.
  openBrackets() {
    const items = [], nextInside = () => this.next() || fail('unclosed character class');
    nextInside();
    const isNegated = this.char === '^';
    if (isNegated) nextInside();
    for (; this.char === '-'; nextInside()) items.push(leaf('set', { has: inRange(0x2d, 0x2d) }));
    if (items.length === 0 && this.char === ']') {
      items.push(leaf('set', { has: inRange(0x5d, 0x5d) }));
      nextInside();
    }
    return { isNegated, items };
  },

  combined(operator, left, right) {
    if (!operator) return right;
    const [one, other] = [left, right].map(({ has }) => this.folded(has, false));
    return nodeOf('set', [left, right], { has: COMBINED[operator](one, other) });
  },

  parseClassItem() {
    if (this.char === '[') return this.parseNamedClass() || this.parseBrackets();
    const first = this.parseClassCharacter();
    this.skipSpace();
    if (this.isAtEnd) fail('unclosed character class');
    if (this.char !== '-' || [']', '-'].includes(this.peek())) return this.classItem(first);
    if (!this.next()) fail('unclosed character class');
    return this.classRange(first, this.parseClassCharacter());
  },

  // `[:alpha:]`, or null where it is none.
  parseNamedClass() {
    const end = this.chars.indexOf(':', this.at + 2);
    if (!this.startsWith('[:') || end < 0 || this.chars[end + 1] !== ']') return null;
    const text = this.chars.slice(this.at + 2, end).join(''), isNegated = text.startsWith('^');
    const name = isNegated ? text.slice(1) : text;
    if (!Object.hasOwn(ASCII_CLASSES, name)) return null;
    this.at = end + 2;
    return leaf('set', { has: this.folded(ASCII_CLASSES[name], isNegated) });
  },

  parseClassCharacter() {
    if (this.char === '\\') return this.parseEscape();
    this.at += 1;
    return { point: this.chars[this.at - 1].codePointAt(0) };
  },

  classItem(item) {
    if (item.look) fail('invalid escape sequence found in character class');
    return leaf('set', { has: item.has || inRange(this.classPoint(item), item.point) });
  },

  classRange(first, last) {
    if (first.point === undefined || last.point === undefined) fail('invalid range boundary, must be a literal');
    if (first.point > last.point) fail('invalid character class range, the start must be <= the end');
    return leaf('set', { has: inRange(this.classPoint(first), this.classPoint(last)) });
  },

  classPoint({ point, isByte }) {
    if (!this.flags.u && point > 0x7f) this.failLater(isByte ? NOT_UTF8 : NO_UNICODE);
    return point;
  },

  // The character behind this one, where flag x says so without blanks and comments.
  peek() {
    if (!this.flags.x) return this.chars[this.at + 1];
    const before = this.at;
    this.next();
    const { char } = this;
    this.at = before;
    return char;
  },
});

function unionOf(items) {
  if (items.length === 0) return leaf('set', { has: nothing });
  return items.length === 1 ? items[0] : nodeOf('set', items, { has: either(items.map(({ has }) => has)) });
}

function splitAt(text, separator) {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + String(separator).length)];
}
