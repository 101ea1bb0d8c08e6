'use strict';
// Sets of characters, as functions that tell whether a code point is in them, and what they are made of.

const inRange = (first, last) => (point) => point >= first && point <= last;
const either = (sets) => (sets.length === 1 ? sets[0] : (point) => sets.some((has) => has(point)));
const outside = (has) => (point) => !has(point);
const nothing = () => false;

const COMBINED = {
  '&': (one, other) => (point) => one(point) && other(point),
  '-': (one, other) => (point) => one(point) && !other(point),
  '~': (one, other) => (point) => one(point) !== other(point),
};

// A set with all that is the same but for case.
const anyCase = (has) => (point) => has(point) || variantsOf(point).some(has);
const asciiAnyCase = (has) => (point) => has(point) || (isAsciiLetter(point) && has(point ^ 0x20));
const isAsciiLetter = (point) => (point | 0x20) >= 0x61 && (point | 0x20) <= 0x7a && point < 0x80;

// What JavaScript knows of characters is asked for one at a time.
function native(inside) {
  let regex;
  try {
    regex = new RegExp(`^[${inside}]$`, 'u');
  } catch (error) { // an old browser
    cannotSearch(inside);
  }
  return (point) => regex.test(String.fromCodePoint(point));
}

const UNICODE_CLASSES = {
  d: native('\\p{Nd}'),
  s: native('\\p{White_Space}'),
  w: native('\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}'),
};

const textRanges = (...pairs) => either(pairs.map(([first, last]) => inRange(first.charCodeAt(0), last.charCodeAt(0))));

const ASCII_CLASSES = {
  alnum: textRanges('09', 'AZ', 'az'),
  alpha: textRanges('AZ', 'az'),
  ascii: inRange(0, 0x7f),
  blank: textRanges('\t\t', '  '),
  cntrl: either([inRange(0, 0x1f), inRange(0x7f, 0x7f)]),
  digit: textRanges('09'),
  graph: textRanges('!~'),
  lower: textRanges('az'),
  print: textRanges(' ~'),
  punct: textRanges('!/', ':@', '[`', '{~'),
  space: textRanges('\t\r', '  '),
  upper: textRanges('AZ'),
  word: textRanges('09', 'AZ', '__', 'az'),
  xdigit: textRanges('09', 'AF', 'af'),
};

const PERL_NAMES = { d: 'digit', s: 'space', w: 'word' };

const isWordCharacter = UNICODE_CLASSES.w, isAsciiWordCharacter = ASCII_CLASSES.word;
