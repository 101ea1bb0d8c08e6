-- Folded stacks, for FlameGraph's scripts and speedscope: a line a distinct stack. The same counts as
-- `emberscope flamegraph FOLDER --format folded`: idle samples left out, of the first event. In the folder
-- of the export: duckdb -noheader -list -separator ' ' < folded.sql > all.folded
WITH all_samples AS (
    SELECT * FROM read_parquet('samples/*.parquet')
),
shown AS (
    SELECT event FROM all_samples WHERE event_id = 0 ORDER BY profile LIMIT 1
),
-- What is counted first need not be joined so often.
counted AS (
    SELECT profile, stack_id, sum(samples) AS samples
    FROM all_samples JOIN shown USING (event)
    WHERE NOT idle
    GROUP BY ALL
)
SELECT
    array_to_string([replace(name, ';', ':') FOR name IN frames], ';') AS stack,
    sum(samples)::BIGINT AS samples
FROM counted JOIN read_parquet('stacks/*.parquet') USING (profile, stack_id)
GROUP BY ALL
ORDER BY stack;
