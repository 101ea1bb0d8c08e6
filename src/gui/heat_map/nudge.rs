//! Moving the selection by key, from cell to cell.

use crate::heat_map::{Cell, HeatMap};
use crate::profile::{TimeRange, Timestamp};
use crate::selection::Selection;

/// Where to go by key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gui) enum Nudge {
    /// Moves the selection by whole columns and by rows.
    Move {
        columns: i64,
        rows: i64,
    },
    /// Moves its end; of a recurring selection, each range's, or how often it recurs.
    Grow {
        columns: i64,
        rows: i64,
    },
    /// To the first or the last column.
    First,
    Last,
    /// By a column.
    Step {
        forward: bool,
    },
}

/// The selection that a key leads to from `selection`. From the whole profile it goes to the first or
/// the last column, or else to the busiest cell.
pub(in crate::gui) fn nudged(map: &HeatMap, selection: &Selection, nudge: Nudge) -> Selection {
    let ranges: Vec<Cells> = selection
        .ranges()
        .iter()
        .map(|range| Cells::of(map, *range))
        .collect();
    let (Some(first), Some(last)) = (ranges.first().copied(), ranges.last().copied()) else {
        return match nudge {
            Nudge::First => Selection::range(map.column_range(0)),
            Nudge::Last => Selection::range(map.column_range(map.columns - 1)),
            _ => busiest(map),
        };
    };
    let rows_a_column = i64::from(map.options.rows);
    let end = index_of(map, map.last_cell());
    let by = match nudge {
        Nudge::Move { columns, rows } => columns * rows_a_column + rows,
        Nudge::Step { forward: true } => rows_a_column,
        Nudge::Step { forward: false } => -rows_a_column,
        Nudge::First => -(first.first / rows_a_column * rows_a_column),
        Nudge::Last => (end / rows_a_column - last.last / rows_a_column) * rows_a_column,
        Nudge::Grow { columns, rows } => {
            let grown = match ranges.as_slice() {
                [range] => vec![range.grown(columns * rows_a_column + rows, end)],
                _ if rows != 0 => ranges
                    .iter()
                    .map(|range| range.grown(rows, range.last_of_column(rows_a_column)))
                    .collect(),
                _ if recurs(&ranges) => recurring(&ranges, columns > 0, end),
                [before @ .., last] => {
                    let last = last.grown(columns * rows_a_column, end);
                    [before, &[last]].concat()
                }
                [] => Vec::new(),
            };
            return to_selection(map, &grown);
        }
    };
    let inside = by.clamp(-first.first, (end - last.last).max(0));
    let by = match by % rows_a_column {
        // By whole columns, or not at all.
        0 => inside - inside % rows_a_column,
        _ => inside,
    };
    let moved: Vec<Cells> = ranges.iter().map(|range| range.moved(by)).collect();
    to_selection(map, &moved)
}

/// Whether ranges are as long as each other and evenly apart.
fn recurs(ranges: &[Cells]) -> bool {
    let long = |range: &Cells| range.last - range.first;
    let apart = |pair: &[Cells]| pair[1].first - pair[0].first;
    let mut gaps = ranges.windows(2).map(apart);
    let first = gaps.next();
    gaps.all(|gap| Some(gap) == first) && ranges.iter().all(|range| long(range) == long(&ranges[0]))
}

/// Once more, or once less.
fn recurring(ranges: &[Cells], more: bool, end: i64) -> Vec<Cells> {
    let mut ranges = ranges.to_vec();
    let [.., before, last] = ranges.as_slice() else {
        return ranges;
    };
    let next = last.moved(last.first - before.first);
    if !more {
        ranges.pop();
    } else if next.last <= end {
        ranges.push(next);
    }
    ranges
}

fn busiest(map: &HeatMap) -> Selection {
    let busiest = map.counts.iter().position(|count| *count == map.max);
    let cell = cell_of(map, busiest.unwrap_or(0) as i64);
    Selection::range(map.range_of(cell))
}

fn to_selection(map: &HeatMap, ranges: &[Cells]) -> Selection {
    Selection::from_ranges(ranges.iter().map(|range| range.range(map)).collect())
}

/// A range in cells, counted in time order: moved among them it skips the time that is left out
/// between far-away parts, and keeps to their edges, which are not evenly spaced to the nanosecond.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cells {
    first: i64,
    last: i64,
    /// How many nanoseconds after the first one's start it starts, and before the last one's end it
    /// ends: times that were typed may lie anywhere.
    after: u64,
    before: u64,
}

impl Cells {
    fn of(map: &HeatMap, range: TimeRange) -> Self {
        let cell = |time: Timestamp| map.cell_at(time.max(map.origin)).min(map.last_cell());
        let first = cell(range.start);
        let last = cell(Timestamp(range.end.nanos().saturating_sub(1))).max(first);
        let (start, end) = (map.range_of(first), map.range_of(last));
        // What begins in time that is left out begins with a cell.
        let is_in = start.contains(range.start);
        Self {
            first: index_of(map, first),
            last: index_of(map, last),
            after: if is_in {
                range.start.nanos_since(start.start)
            } else {
                0
            },
            before: end.end.nanos_since(range.end),
        }
    }

    fn range(self, map: &HeatMap) -> TimeRange {
        let cells = map.range_between(cell_of(map, self.first), cell_of(map, self.last));
        let range = TimeRange {
            start: cells.start.saturating_add(self.after),
            end: Timestamp(cells.end.nanos().saturating_sub(self.before)),
        };
        if range.is_empty() { cells } else { range }
    }

    fn moved(self, by: i64) -> Self {
        Self {
            first: self.first + by,
            last: self.last + by,
            ..self
        }
    }

    /// With its end elsewhere, not before its start, nor after the cell `most`.
    fn grown(self, by: i64, most: i64) -> Self {
        Self {
            last: (self.last + by).min(most.max(self.last)).max(self.first),
            before: 0,
            ..self
        }
    }

    fn last_of_column(self, rows: i64) -> i64 {
        self.last / rows * rows + rows - 1
    }
}

fn index_of(map: &HeatMap, cell: Cell) -> i64 {
    i64::from(cell.column) * i64::from(map.options.rows) + i64::from(cell.row)
}

fn cell_of(map: &HeatMap, index: i64) -> Cell {
    let rows = i64::from(map.options.rows);
    Cell {
        column: (index / rows) as u32,
        row: (index % rows) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::SampleFilter;
    use crate::heat_map::HeatMapOptions;
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};
    use crate::profile::NANOS_PER_SECOND;

    const SECOND: u64 = NANOS_PER_SECOND;

    /// With a sample at each of some seconds.
    fn map(seconds: &[u64], rows: u32) -> HeatMap {
        let lines = seconds
            .iter()
            .map(|second| format!("a 1 [000] {second}.000001: 1 c:\n\n"));
        let text: String = lines.collect();
        let text: Box<dyn std::io::Read + Send> = Box::new(std::io::Cursor::new(text));
        let options = LoadOptions::default();
        let profile = load::read(text, "t".as_ref(), &options, &Progress::default());
        let profile = profile.expect("a profile");
        let samples = SampleFilter::default().apply(&profile).expect("a filter");
        let options = HeatMapOptions {
            rows,
            column_nanos: SECOND,
        };
        HeatMap::new(&profile, &samples, options).expect("a heat map")
    }

    /// From the origin.
    fn range(map: &HeatMap, start: u64, end: u64) -> TimeRange {
        TimeRange {
            start: map.origin.saturating_add(start),
            end: map.origin.saturating_add(end),
        }
    }

    fn all() -> Vec<Nudge> {
        let steps = [(1, 0), (-1, 0), (0, 1), (0, -1), (7, 3), (-7, 0)];
        let moves = steps.map(|(columns, rows)| Nudge::Move { columns, rows });
        let grows = steps.map(|(columns, rows)| Nudge::Grow { columns, rows });
        let steps = [true, false].map(|forward| Nudge::Step { forward });
        let ends = [Nudge::First, Nudge::Last];
        [&moves[..], &grows, &steps, &ends].concat()
    }

    #[test]
    fn wherever_it_starts_a_selection_stays_inside_and_is_never_empty() {
        let map = map(&[10, 11, 12, 2_000_000], 49);
        let end = map.column_range(map.columns - 1).end;
        let starts = [
            range(&map, 0, 1),
            range(&map, 5, 3 * SECOND),
            range(&map, 1_999_990 * SECOND + 7, 1_999_990 * SECOND + 9),
            TimeRange {
                start: Timestamp(end.nanos() - 3),
                end,
            },
            TimeRange {
                start: Timestamp(end.nanos() - 3),
                end: end.saturating_add(SECOND),
            },
            range(&map, 2_999_999_999, 1_000_000 * SECOND),
        ];
        for start in starts {
            for (one, other) in all()
                .into_iter()
                .flat_map(|one| all().into_iter().map(move |other| (one, other)))
            {
                let once = nudged(&map, &Selection::range(start), one);
                let twice = nudged(&map, &once, other);
                let span = twice.span().expect("a range");
                assert!(span.start >= map.origin, "{start:?} {one:?} {other:?}");
                assert!(
                    span.end <= end.max(start.end),
                    "{start:?} {one:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn cells_stay_cells_where_rows_are_no_whole_number_of_nanoseconds() {
        let map = map(&[10, 11, 12], 49);
        let mut selection = Selection::range(map.range_of(Cell { column: 0, row: 0 }));
        for step in 1..100u32 {
            selection = nudged(
                &map,
                &selection,
                Nudge::Move {
                    columns: 0,
                    rows: 1,
                },
            );
            let cell = Cell {
                column: step / 49,
                row: step % 49,
            };
            assert_eq!(selection, Selection::range(map.range_of(cell)), "{step}");
        }
        let last = nudged(&map, &selection, Nudge::Last);
        assert_eq!(
            last,
            Selection::range(map.range_of(Cell { column: 2, row: 1 }))
        );
    }

    #[test]
    fn from_the_whole_profile_the_ends_are_columns() {
        let map = map(&[10, 11, 12], 10);
        let to = |nudge| nudged(&map, &Selection::whole(), nudge);
        assert_eq!(to(Nudge::First), Selection::range(map.column_range(0)));
        assert_eq!(to(Nudge::Last), Selection::range(map.column_range(2)));
    }

    #[test]
    fn steps_skip_the_time_that_is_left_out() {
        let map = map(&[10, 2_000_000], 10);
        let first = Selection::range(map.column_range(0));
        let second = nudged(&map, &first, Nudge::Step { forward: true });
        assert_eq!(second, Selection::range(map.column_range(1)));
        assert_eq!(nudged(&map, &second, Nudge::Step { forward: true }), second);
    }

    #[test]
    fn a_recurring_selection_stays_one() {
        let map = map(&[10, 11, 12, 13], 10);
        let cell = |column| map.range_of(Cell { column, row: 3 });
        let two = Selection::from_ranges(vec![cell(0), cell(1)]);
        let three = nudged(
            &map,
            &two,
            Nudge::Grow {
                columns: 1,
                rows: 0,
            },
        );
        assert_eq!(
            three,
            Selection::from_ranges(vec![cell(0), cell(1), cell(2)])
        );
        assert_eq!(
            nudged(
                &map,
                &three,
                Nudge::Grow {
                    columns: -1,
                    rows: 0
                }
            ),
            two
        );
        let taller = nudged(
            &map,
            &two,
            Nudge::Grow {
                columns: 0,
                rows: 1,
            },
        );
        assert_eq!(
            (taller.ranges().len(), taller.nanos()),
            (2, 4 * SECOND / 10)
        );
        let moved = nudged(&map, &two, Nudge::Last);
        assert_eq!(moved, Selection::from_ranges(vec![cell(2), cell(3)]));
    }
}
