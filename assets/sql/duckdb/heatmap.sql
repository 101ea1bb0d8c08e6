-- The heat map: samples by second since the origin, and by fiftieths of it (row 0 is offset 0). The same
-- counts as `emberscope heatmap FOLDER --rows 50`: idle samples left out, of the first event; empty cells are not
-- listed. In the folder of the export: duckdb -csv < heatmap.sql
WITH all_samples AS (
    SELECT * FROM read_parquet('samples/*.parquet')
),
shown AS (
    SELECT
        min(time_ns) // 1000000000 * 1000000000 AS origin,
        50 AS rows_of_a_column,
        (SELECT event FROM all_samples WHERE event_id = 0 ORDER BY profile LIMIT 1) AS event
    FROM all_samples
)
SELECT
    (time_ns - origin) // 1000000000 AS "second",
    (time_ns - origin) % 1000000000 * rows_of_a_column // 1000000000 AS "row",
    sum(samples)::BIGINT AS samples
FROM all_samples JOIN shown USING (event)
WHERE NOT idle
GROUP BY ALL
ORDER BY ALL;
