'use strict';
// What searches go by: regular expressions as the window and the command line have them, which is as Rust's crate
// `regex` has them. JavaScript's own differ in what they match, and some of them never end.

// Has `test(text)`: whether there is a match somewhere. Throws what is wrong with the expression, in a line.
function compilePattern(source, ignoresCase = false) {
  return new PatternMatcher(new PatternProgram(new PatternParser(source, ignoresCase).parse()));
}

// Whether a capital letter stands for itself: `\S` is none.
function hasCapital(source) {
  return /\p{Uppercase}/u.test(source.replace(/\\[^]/gu, ''));
}

// A search: case matters once it has a capital letter.
const compileSearch = (source) => compilePattern(source, !hasCapital(source));

// A search as an expression for filters, where case always matters.
const sensitive = (source) => (hasCapital(source) ? source : `(?i)${source}`);

const escapePattern = (text) => text.replace(/[\\.+*?()|[\]{}^$#&~-]/g, '\\$&');

// An expression that finds one function by its whole name: for filters, and for searches, in just these letters.
const wholeName = (name) => `^${escapePattern(name)}$`;
const exactly = (name) => (hasCapital(escapePattern(name)) ? wholeName(name) : `^(?-i:${escapePattern(name)})$`);
