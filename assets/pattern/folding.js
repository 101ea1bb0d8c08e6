'use strict';
// Characters that are the same but for their case, by Unicode's simple case folding: k, K and the sign for kelvin.

// The same letter twice, as JavaScript's own simple case folding has it.
const SAME_BUT_FOR_CASE = /^(.)\1$/isu;
const HAS_CASE = /[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]/gu;
// These have no single letter as their capital, by which they would be found.
const WITHOUT_A_CAPITAL = [[0x390, 0x1fd3], [0x3b0, 0x1fe3], [0xfb05, 0xfb06]];

let caseVariants = null; // made once it is needed, which it seldom is

// A code point and all others that are the same but for their case.
function variantsOf(point) {
  if (point < 0x80) return asciiVariants(point);
  caseVariants = caseVariants || findVariants();
  return caseVariants.get(point) || [point];
}

function asciiVariants(point) {
  const small = point | 0x20;
  if (small < 0x61 || small > 0x7a) return [point];
  const other = { 0x6b: [0x212a], 0x73: [0x17f] }[small] || [];
  return [small, small ^ 0x20, ...other];
}

function findVariants() {
  const variants = new Map();
  const join = (one, other) => {
    const all = Array.from(new Set([one, other].flatMap((point) => variants.get(point) || [point])));
    for (const point of all) variants.set(point, all);
  };
  for (const [letter] of allCharacters().matchAll(HAS_CASE)) {
    for (const other of [letter.toLowerCase(), letter.toUpperCase()]) {
      if (other !== letter && SAME_BUT_FOR_CASE.test(letter + other)) join(letter.codePointAt(0), other.codePointAt(0));
    }
  }
  for (const [one, other] of WITHOUT_A_CAPITAL) join(one, other);
  return variants;
}

// Of the planes that have letters with a case.
function allCharacters() {
  const parts = [];
  for (let from = 0; from < 0x20000; from += 0x400) {
    if (from >= 0xd800 && from < 0xe000) continue;
    parts.push(String.fromCodePoint(...Array.from({ length: 0x400 }, (_, index) => from + index)));
  }
  return parts.join('');
}
