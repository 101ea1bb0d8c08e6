'use strict';
// Above the heat map: what its rows are, what colours its cells, and what the colours stand for.

function initLegend() {
  const select = byId('rows');
  select.append(make('option', 'Offsets', { value: 0 }), ...profile.lanes.map(({ kind }, index) => make('option', kind, { value: index + 1 })));
  select.hidden = profile.lanes.length === 0;
  select.addEventListener('change', () => choose({ rows: Number(select.value) }));
  byId('show-search').addEventListener('change', () => togglePainted('search'));
  byId('difference').addEventListener('change', () => togglePainted('difference'));
  byId('beside').addEventListener('change', (event) => {
    look.beside = event.target.value === 'beside';
    redraw();
  });
}

// From offsets to CPUs, threads, and so on.
const stepRows = () => choose({ rows: (chosen.rows + 1) % heat.kinds.length });

function drawLegend() {
  const { painted, beside } = look, isShown = painted === 'search';
  byId('rows').value = chosen.rows;
  byId('show-search-label').hidden = !derived.matches || !heat.rows.canTell;
  byId('show-search').checked = isShown;
  byId('beside').hidden = !heat.cells.found;
  byId('beside').value = beside ? 'beside' : 'instead';
  byId('difference-label').hidden = !canDiffer();
  byId('difference').checked = painted === 'difference';
  const { title, end, colorAt } = legend();
  setText('legend-text', title);
  setText('legend-end', end);
  drawColors(colorAt, title + end + emptyColor());
}

// What stands before the colours and behind, and which colour is so far from 0 to 1.
function legend() {
  const { all, found: part, difference } = heat.cells;
  if (difference) return differenceLegend(difference);
  if (part && !look.beside) return { title: 'Found in each cell:\u00a00', end: '100 %', colorAt: (at) => shareColor(Math.round(at * SHARE_STEPS)) };
  const { noun } = profile.meta, top = all.top;
  const more = all.max > top ? ` or more (the busiest has ${withThousands(all.max)})` : '';
  return {
    title: `${noun[0].toUpperCase()}${noun.slice(1)}s in each ${duration(heat.rows.step)}:\u00a00`,
    end: `${withThousands(top)}${more}`,
    colorAt: (at) => countColor(Math.round(at * top), top),
  };
}

function differenceLegend({ top, max }) {
  const [last, most] = [top, max].map((value) => value.toFixed(3)), isMore = max > top && last !== most;
  return {
    title: 'Difference from the baseline (0 as by chance, 1 wholly):\u00a00',
    end: isMore ? `${last} or more (at most ${most})` : last,
    colorAt: (at) => differenceColor(at * top, top),
  };
}

function drawColors(colorAt, of) {
  const canvas = byId('legend');
  if (canvas.dataset.of === of) return;
  canvas.dataset.of = of;
  const context = prepare(canvas, 100, 12);
  for (let x = 0; x < 100; x++) {
    context.fillStyle = colorAt(x / 99);
    context.fillRect(x, 0, 1, 12);
  }
}
