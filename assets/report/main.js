'use strict';
// Begins: unpacks the data, fills the page, shows both pictures.

async function main() {
  if (typeof DecompressionStream === 'undefined') {
    return notice('This browser cannot unpack the page’s data. Use Firefox 113, Chromium 103, Safari 16.4 or later.');
  }
  readTheme();
  const data = byId('data');
  start(readProfile(await unpack(data.textContent)));
  data.remove(); // megabytes that nobody reads again
  describePage();
  initHeatMap();
  initHeatMapInput();
  initZoom();
  initFlameGraph();
  initFlameGraphInput();
  initBars();
  initMenu();
  initFunctions();
  initPanels();
  document.addEventListener('keydown', onKey);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    readTheme();
    redraw();
  });
  // Both pictures are drawn in the next frame.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    document.documentElement.dataset.ready = Math.round(performance.now());
  }));
}

function describePage() {
  const { title, file, filters, merged, has_stacks: hasStacks, shown, noun, total } = profile.meta;
  byId('file').textContent = title === 'Profile' ? file : `${title} · ${file}`;
  byId('about').textContent = filters;
  const said = [];
  if (merged) {
    const least = withThousands(merged.least);
    said.push(`To keep this page small, calls with fewer than ${least} ${noun}s in all are merged into “rare calls” beside their siblings: ${withThousands(merged.calls)} of ${withThousands(merged.of)} call nodes. All counts shown are exact.`);
  }
  if (shown > 0 && total > 0 && !hasStacks) said.push('The samples have no call stacks; record them with perf record -g.');
  if (said.length) notice(said.join(' '));
}

main().catch((error) => notice(`The page’s data cannot be read (${error.message}). Was the file cut short?`));
