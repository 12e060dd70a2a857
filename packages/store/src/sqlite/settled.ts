/** The tasks of the run of number ?1 as they were settled last, but those that were reopened since. */
const settled = `
  WITH reopened AS MATERIALIZED (
    SELECT value AS label, max(seq) AS seq FROM journal, json_each(journal.reopened)
    WHERE run = ?1 AND journal.reopened IS NOT NULL GROUP BY value
  ), latest AS (
    SELECT label, max(seq) AS seq, task, how, receipt, milliseconds FROM journal
    WHERE run = ?1 AND how IS NOT NULL GROUP BY label
  ), settled AS (
    SELECT latest.* FROM latest LEFT JOIN reopened USING (label) WHERE reopened.seq IS NULL OR latest.seq > reopened.seq
  )`

/** The settled tasks of a run, in the order in which they were settled. */
export const tasksOfRun = `${settled} SELECT label, task, how, receipt, milliseconds FROM settled ORDER BY seq`

/** How many of these were settled in which way, as JSON, and how long those took that ran. */
export const countsOfRun = `${settled}
  SELECT json_group_object(how, tasks) AS counts,
    coalesce(sum(spent) FILTER (WHERE how IN ('ran', 'failed', 'caught')), 0.0) AS milliseconds
  FROM (SELECT how, count(*) AS tasks, sum(milliseconds) AS spent FROM settled GROUP BY how)`
