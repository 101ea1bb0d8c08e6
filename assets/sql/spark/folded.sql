-- Folded stacks, for FlameGraph's scripts and speedscope: a line a distinct stack. The same counts as
-- `emberscope flamegraph FOLDER --format folded`: idle samples left out, of the first event. In the folder
-- of the export: spark-sql -f folded.sql | tr '\t' ' ' > all.folded
CREATE OR REPLACE TEMPORARY VIEW all_samples USING parquet OPTIONS (path 'samples');

CREATE OR REPLACE TEMPORARY VIEW all_stacks USING parquet OPTIONS (path 'stacks');

WITH shown AS (
    SELECT min_by(event, struct(event_id, profile)) AS event FROM all_samples
),
-- What is counted first need not be joined so often.
counted AS (
    SELECT profile, stack_id, sum(samples) AS samples
    FROM all_samples JOIN shown USING (event)
    WHERE NOT idle
    GROUP BY profile, stack_id
)
SELECT
    array_join(transform(frames, name -> replace(name, ';', ':')), ';') AS stack,
    sum(samples) AS samples
FROM counted JOIN all_stacks USING (profile, stack_id)
GROUP BY 1
ORDER BY 1;
