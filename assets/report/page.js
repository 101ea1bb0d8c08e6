'use strict';
// What the views share: elements, words, colours, canvases, the tooltip.

const byId = (id) => document.getElementById(id);

// An element with text in it, which is shown as it is.
function make(tag, text, properties) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) element.textContent = text;
  return element;
}

const withThousands = (number) => number.toLocaleString('en-US');
const countOf = (number, noun) => `${withThousands(number)} ${noun}${number === 1 ? '' : 's'}`;
const percent = (part, all) => `${(all > 0 ? 100 * part / all : 0).toFixed(2)} %`;

// The theme's colours for canvases.
const theme = {};
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['panel', 'ink', 'quiet', 'line', 'strip', 'edge', 'selection', 'baseline', 'empty', 'mono', 'sans']) {
    theme[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

// Sizes a canvas in points, sharp on any screen, and clears it.
function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [width, height].map((length) => Math.max(1, Math.round(length * ratio)));
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// Beside the pointer, where the window has room.
function showTooltip(lines, event) {
  const tooltip = byId('tooltip'), gap = 14;
  tooltip.hidden = false;
  tooltip.textContent = lines.join('\n');
  const { width, height } = tooltip.getBoundingClientRect();
  const place = (at, size, most) => (at + gap + size <= most ? at + gap : Math.max(0, at - gap - size));
  tooltip.style.left = `${place(event.clientX, width, window.innerWidth)}px`;
  tooltip.style.top = `${place(event.clientY, height, window.innerHeight)}px`;
}

function hideTooltip() {
  byId('tooltip').hidden = true;
}

// Where the pointer is in an element.
function pointIn(element, event) {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

// Makes what it is given anew only when that is another.
function remember(make) {
  let of = null, made = null;
  return (...now) => {
    if (!of || now.some((value, index) => value !== of[index])) made = make(...now);
    of = now;
    return made;
  };
}

// Says something for a while, at the bottom.
let told = '', telling = 0;
function tell(text) {
  clearTimeout(telling);
  told = text;
  if (text) telling = setTimeout(() => tell(''), 6000);
  redraw();
}

function notice(text) {
  byId('notice').hidden = false;
  byId('notice').textContent = text;
}
