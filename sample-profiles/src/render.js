// A Node.js program for the mixed-mode recording: it renders pages for 14 s.
'use strict';

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

const end = Date.now() + 14000;
let total = 0;
(function step() {
  for (let i = 0; i < 4; i++) total += renderPage(2000);
  if (Date.now() < end) setTimeout(step, 8);
  else console.log(total);
})();
