-- The heat map: samples by second since the origin, and by fiftieths of it (row 0 is offset 0). The same
-- counts as `emberscope heatmap FOLDER --rows 50`: idle samples left out, of the first event; empty cells are not
-- listed. In the folder of the export: spark-sql -f heatmap.sql
CREATE OR REPLACE TEMPORARY VIEW all_samples USING parquet OPTIONS (path 'samples');

WITH shown AS (
    SELECT
        min(time_ns) DIV 1000000000 * 1000000000 AS origin,
        50 AS rows_of_a_column,
        min_by(event, struct(event_id, profile)) AS event
    FROM all_samples
)
SELECT
    (time_ns - origin) DIV 1000000000 AS `second`,
    (time_ns - origin) % 1000000000 * rows_of_a_column DIV 1000000000 AS `row`,
    sum(samples) AS samples
FROM all_samples JOIN shown USING (event)
WHERE NOT idle
GROUP BY 1, 2
ORDER BY 1, 2;
