'use strict';
// Which samples count: those that pass the filters, and of these the ones that a search finds.

// The same samples, with nothing in the entries that are not wanted.
function samplesWhere(samples, isWanted) {
  return { ...samples, amount: samples.amount.map((amount, entry) => (isWanted(entry) ? amount : 0)) };
}

// By node, whether a frame on the way to it from the root matches.
function nodesHolding({ length, frame, parent }, matches) {
  const holds = new Uint8Array(length);
  for (let node = 1; node < length; node++) holds[node] = matches[frame[node]] | holds[parent[node]];
  return holds;
}

// Those that pass the filters.
const filtered = remember((filters, stackFilters) => {
  const { owner, node } = profile.samples, passes = filters === NO_FILTERS ? null : ownersPassing(filters);
  const held = stackFilters.map(({ matches, isWithout }) => [nodesHolding(profile.stacks, matches), isWithout ? 0 : 1]);
  if (!passes && held.length === 0) return profile.samples;
  return samplesWhere(profile.samples, (entry) => (!passes || passes[owner[entry]]) && held.every(([holds, wanted]) => holds[node[entry]] === wanted));
});

// By owner, whether all filters let it through.
function ownersPassing(filters) {
  const chosenRows = profile.lanes.filter(({ kind }) => filters[kind]).map(({ kind, ofOwner }) => [ofOwner, new Set(filters[kind])]);
  return Uint8Array.from(profile.lanes[0].ofOwner, (_, owner) => (chosenRows.every(([rows, kept]) => kept.has(rows[owner])) ? 1 : 0));
}

// By frame, whether its name matches.
function matchesOf(source) {
  const expression = compileSearch(source);
  return Uint8Array.from(profile.frames.names, (name) => (expression.test(name) ? 1 : 0));
}

// What the search finds of the samples; null where nothing is searched for.
const samplesFound = remember((samples, matches) => {
  if (!matches) return null;
  const { node } = samples, holds = nodesHolding(profile.stacks, matches);
  return samplesWhere(samples, (entry) => holds[node[entry]]);
});
