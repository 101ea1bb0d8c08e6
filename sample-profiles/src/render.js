// A Node.js program for the mixed-mode recording: every 2 s it renders pages for 400 ms.
// Argument: the second of the monotonic clock at which the recording begins.
'use strict';

const DURATION = 11, PERIOD = 2, FIRST = 1.2, LENGTH = 0.4;

function escapeText(text) {
  return text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
}

function renderRow(index) {
  return `<li>${escapeText('item <' + index + '> & more')}</li>`;
}

function renderPage(rows) {
  let page = '';
  for (let i = 0; i < rows; i++) page += renderRow(i);
  return page.length;
}

const base = Number(process.argv[2]);
const now = () => Number(process.hrtime.bigint()) / 1e9 - base;
let total = 0;

function renderPages(until) {
  while (now() < until) total += renderPage(200);
}

(function schedule(burst) {
  const at = FIRST + PERIOD * burst;
  if (at > DURATION) return console.log(total);
  setTimeout(() => {
    renderPages(at + LENGTH);
    schedule(burst + 1);
  }, Math.max(0, (at - now()) * 1000));
})(-2);
