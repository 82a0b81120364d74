import { WRITE_IDS_KEPT } from '../../filesystem.ts'

/** Entries that one call of `trim_log` deletes at the most, so that a long log does not outlast the statement timeout. */
export const TRIM_BATCH = 5000

/**
 * Appends p_bodies to the log: the lock on the row of the log is held to the end of the transaction, so numbers are dense and
 * entries become visible in their order. A reader that tails the log cannot skip one.
 */
export function appendSql(s: string, log: string, bodies: string, last: string): string {
  return `
  INSERT INTO ${s}.logs AS l (path, last) VALUES (${log}, cardinality(${bodies}))
    ON CONFLICT (path) DO UPDATE SET last = l.last + excluded.last
    RETURNING l.last INTO ${last};
  INSERT INTO ${s}.log_entries (log, sequence, time, body)
    SELECT ${log}, ${last} - cardinality(${bodies}) + e.position, clock_timestamp(), e.body
    FROM unnest(${bodies}) WITH ORDINALITY AS e (body, position);`
}

/** Remembers a batch by the writeId of its \`transact\`. */
export function rememberBatchSql(s: string, log: string, first: string, last: string): string {
  return `
  INSERT INTO ${s}.log_writes (log, first, last, write_id) VALUES (${log}, ${first}, ${last}, p_write_id);
  DELETE FROM ${s}.log_writes WHERE log = ${log} AND first <= (
    SELECT o.first FROM ${s}.log_writes o WHERE o.log = ${log} ORDER BY o.first DESC OFFSET ${WRITE_IDS_KEPT} LIMIT 1);`
}

export function logFunctionsSql(s: string): string {
  return `
CREATE OR REPLACE FUNCTION ${s}.append_entries(p_log text, p_bodies bytea[], OUT last bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
  ${appendSql(s, 'p_log', 'p_bodies', 'last')}
END $function$;

CREATE OR REPLACE FUNCTION ${s}.trim_log(p_log text, p_before bigint, OUT deleted bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
  UPDATE ${s}.logs l SET oldest = greatest(l.oldest, least(p_before, l.last + 1)) WHERE l.path = p_log;
  DELETE FROM ${s}.log_entries e USING ${s}.logs l WHERE l.path = p_log AND e.log = p_log AND e.sequence < l.oldest
    AND e.sequence < (SELECT min(f.sequence) FROM ${s}.log_entries f WHERE f.log = p_log) + ${TRIM_BATCH};
  GET DIAGNOSTICS deleted = ROW_COUNT;
END $function$;
`
}
