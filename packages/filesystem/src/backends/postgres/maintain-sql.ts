/** Rows that one call of `purge_expired` deletes, more or less, so that it does not outlast the statement timeout. */
export const PURGE_ROWS = 1000

/**
 * `purge_expired`: forgets tombstones that are old enough, with their versions and writes, and leaves one `compacted` change
 * for each; then such changes that are old in their turn, after which cursors from before them are answered with a gap.
 * Records that somebody is writing are skipped, so it never waits for a writer. A call ends behind p_rows deleted rows, within a
 * record too: then its oldest versions are gone, as after a write that retains fewer. `more` says that there may be work left.
 */
export function maintainSql(s: string): string {
  return `
CREATE OR REPLACE FUNCTION ${s}.purge_expired(p_tombstone_ms double precision, p_changes_ms double precision, p_limit bigint,
  p_rows bigint, OUT removed bigint, OUT more boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
  v_path text;
  v_left bigint := p_rows;
  v_deleted bigint;
  v_last bigint;
  v_newest xid8;
  v_cutoff timestamptz := clock_timestamp() - p_tombstone_ms * interval '1 millisecond';
BEGIN
  removed := 0;
  more := true;
  FOR v_path IN SELECT t.path FROM ${s}.tombstones t WHERE t.time <= v_cutoff ORDER BY t.time LIMIT p_limit LOOP
    PERFORM 1 FROM ${s}.records r WHERE r.path = v_path AND NOT r.live AND r.time <= v_cutoff FOR UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    SELECT count(*), max(o.sequence) INTO v_deleted, v_last FROM (
      SELECT v.sequence FROM ${s}.versions v WHERE v.path = v_path ORDER BY v.sequence LIMIT v_left) o;
    IF v_deleted > 0 THEN
      DELETE FROM ${s}.versions v WHERE v.path = v_path AND v.sequence <= v_last;
      UPDATE ${s}.records r SET oldest = greatest(r.oldest, v_last + 1)
        WHERE r.path = v_path AND NOT r.live AND r.time <= v_cutoff;
    END IF;
    v_left := v_left - v_deleted;
    IF v_left <= 0 THEN
      RETURN;
    END IF;
    DELETE FROM ${s}.records r WHERE r.path = v_path AND NOT r.live AND r.time <= v_cutoff;
    DELETE FROM ${s}.writes w WHERE w.path = v_path;
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    DELETE FROM ${s}.tombstones t WHERE t.path = v_path;
    INSERT INTO ${s}.writes (path, sequence, generation, purged_at) VALUES (v_path, 0, '', clock_timestamp());
    removed := removed + 1;
    v_left := v_left - v_deleted - 1;
    IF v_left <= 0 THEN
      RETURN;
    END IF;
  END LOOP;
  WITH old AS (
    SELECT w.path, w.sequence FROM ${s}.writes w
    WHERE w.purged_at <= clock_timestamp() - p_changes_ms * interval '1 millisecond'
    ORDER BY w.purged_at LIMIT least(p_limit - removed, v_left) FOR UPDATE SKIP LOCKED
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
  more := removed >= p_limit OR v_deleted >= v_left;
END $function$;
`
}
