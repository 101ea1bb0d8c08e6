'use strict';
// How large an expression is, once what is repeated is written as often as it may be: Rust refuses those of more than
// 10 MB. Its bytes are guessed by what it was seen to take. Known before anything is repeated: (a{1000}){1000} is
// refused, not built.

const LARGEST_PROGRAM = 10 * 1024 * 1024;
const STEP_BYTES = 32, GROUP_BYTES = 64, FEW_RANGES = 64; // of all sets, \w takes most
const LARGEST_SET = 52_000, RANGE_BYTES = 68, WIDE_RANGE_BYTES = 180, WIDEST_RANGE_BYTES = 960;

function expectSmall(tree) {
  // Counting a set's ranges takes a tenth of a second, and is seldom needed.
  if (sizeOf(tree, () => LARGEST_SET) <= LARGEST_PROGRAM) return;
  const sizes = new Map();
  const counted = (has) => sizes.get(has) || sizes.set(has, rangesSize(has)).get(has);
  if (sizeOf(tree, counted) > LARGEST_PROGRAM) fail('the expression is too large');
}

// In bytes.
function sizeOf(tree, setSize) {
  const { kind, items, item, points, has, isCaptured } = tree;
  if (kind === 'set') return points ? pointsSize(points) : setSize(has);
  if (kind === 'repeat') return repeatSize(sizeOf(item, setSize), ...countsOf(tree));
  return (items || []).reduce((sum, one) => sum + sizeOf(one, setSize), isCaptured ? GROUP_BYTES : STEP_BYTES / 2);
}

function repeatSize(size, least, most) {
  const copies = most === Infinity ? Math.max(1, least) : most;
  return copies === 0 ? 0 : copies * (size + (least === most ? 0 : STEP_BYTES));
}

// Of a character, its bytes; of several, a set.
function pointsSize(points) {
  const bytes = (point) => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
  if (points.length === 1) return STEP_BYTES * bytes(points[0]);
  return FEW_RANGES + points.reduce((sum, point) => sum + (point < 0x80 ? 8 : RANGE_BYTES), 0);
}

function rangesSize(has) {
  let size = FEW_RANGES, first = -1;
  for (let point = 0; point <= LARGEST_POINT + 1; point++) {
    const isIn = point <= LARGEST_POINT && has(point);
    if (isIn && first < 0) first = point;
    if (isIn || first < 0) continue;
    size += rangeSize(first, point);
    first = -1;
  }
  return size;
}

function rangeSize(first, end) {
  if (end <= 0x80) return 8;
  return end - first < 64 ? RANGE_BYTES : end - first < 0x10000 ? WIDE_RANGE_BYTES : WIDEST_RANGE_BYTES;
}
