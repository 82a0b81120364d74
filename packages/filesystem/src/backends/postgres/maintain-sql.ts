/**
 * `purge_expired`: forgets tombstones that are old enough, with their versions and writes, and leaves one `compacted` change
 * for each; then such changes that are old in their turn, after which cursors from before them are answered with a gap.
 * Records that somebody is writing are skipped, so it never waits for a writer.
 */
export function maintainSql(s: string): string {
  return `
CREATE OR REPLACE FUNCTION ${s}.purge_expired(p_tombstone_ms double precision, p_changes_ms double precision, p_limit bigint,
  OUT removed bigint, OUT more boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
  v_path text;
  v_deleted bigint;
  v_newest xid8;
  v_cutoff timestamptz := clock_timestamp() - p_tombstone_ms * interval '1 millisecond';
BEGIN
  removed := 0;
  FOR v_path IN SELECT t.path FROM ${s}.tombstones t WHERE t.time <= v_cutoff ORDER BY t.time LIMIT p_limit LOOP
    PERFORM 1 FROM ${s}.records r WHERE r.path = v_path AND NOT r.live AND r.time <= v_cutoff FOR UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    DELETE FROM ${s}.records r WHERE r.path = v_path AND NOT r.live AND r.time <= v_cutoff;
    DELETE FROM ${s}.versions v WHERE v.path = v_path;
    DELETE FROM ${s}.writes w WHERE w.path = v_path;
    DELETE FROM ${s}.tombstones t WHERE t.path = v_path;
    INSERT INTO ${s}.writes (path, sequence, generation, purged_at) VALUES (v_path, 0, '', clock_timestamp());
    removed := removed + 1;
  END LOOP;
  WITH old AS (
    SELECT w.path, w.sequence FROM ${s}.writes w
    WHERE w.purged_at <= clock_timestamp() - p_changes_ms * interval '1 millisecond'
    ORDER BY w.purged_at LIMIT p_limit - removed FOR UPDATE SKIP LOCKED
  ), dropped AS (
    DELETE FROM ${s}.writes w USING old WHERE w.path = old.path AND w.sequence = old.sequence AND w.purged_at IS NOT NULL
    RETURNING w.xid
  )
  SELECT count(*), max(xid::text::bigint)::text::xid8 INTO v_deleted, v_newest FROM dropped;
  IF v_deleted > 0 THEN
    UPDATE ${s}.store t SET changes_from = (v_newest::text::bigint + 1)::text::xid8
      WHERE t.changes_from <= v_newest;
  END IF;
  removed := removed + v_deleted;
  more := removed >= p_limit;
END $function$;
`
}
