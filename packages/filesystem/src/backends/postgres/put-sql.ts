import { WRITE_IDS_KEPT } from '../../filesystem.ts'
import { opsSql } from './tables.ts'
import { createHeadSql, markSql, replaceHeadSql, writeVariables } from './write-sql.ts'

/**
 * `put_record`: one put or delete (p_body NULL), one call, one round trip. Its outcome is a row and never an exception:
 * - `written` and `replayed`, with the version;
 * - `nothing`: a delete of what is not live under `any`;
 * - `conflict`, with the head that won. The function is VOLATILE, so under READ COMMITTED each statement in it has a snapshot
 *   of its own and this head is the one that was committed meanwhile, never the one of the call's beginning.
 *
 * No lock outlives the call, because the call is the transaction.
 */
export function putSql(s: string): string {
  return `
CREATE OR REPLACE FUNCTION ${s}.put_record(
  p_path text, p_expect text, p_sequence bigint, p_generation text, p_new_generation text, p_write_id uuid,
  p_body bytea, p_content_type text, p_kind text, p_schema_version bigint, p_index_names text[], p_index_tuples bytea[],
  p_writer json, p_updates json, p_ops json, p_keep bigint,
  OUT outcome text, OUT sequence bigint, OUT generation text, OUT head json, OUT body bytea
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE${writeVariables(s)}
  v_lock boolean := false;
BEGIN
  w_path := p_path; w_body := p_body; w_content_type := p_content_type; w_kind := p_kind;
  w_schema_version := p_schema_version; w_index_names := p_index_names; w_index_tuples := p_index_tuples;
  w_generation := p_new_generation;
  w_mark := ${markSql('p_write_id')};
  LOOP
    IF v_lock THEN
      SELECT r.* INTO w_head FROM ${s}.records r WHERE r.path = p_path FOR UPDATE;
    ELSE
      SELECT r.* INTO w_head FROM ${s}.records r WHERE r.path = p_path;
    END IF;
    IF position(w_mark IN w_head.recent_ids) > 0 THEN
      SELECT w.sequence INTO sequence FROM ${s}.writes w
        WHERE w.path = p_path AND w.sequence > w_head.sequence - ${WRITE_IDS_KEPT} AND w.write_id = p_write_id;
      IF FOUND THEN
        outcome := 'replayed'; generation := w_head.generation;
        RETURN;
      END IF;
    END IF;

    IF p_body IS NULL AND p_expect = 'any' AND w_head.live IS NOT TRUE THEN
      outcome := 'nothing';
      RETURN;
    ELSIF w_head.path IS NULL AND p_body IS NOT NULL AND p_expect <> 'version' THEN${createHeadSql(s)}
      sequence := 1; generation := w_generation;
    ELSIF (w_head.live OR (p_body IS NOT NULL AND w_head.path IS NOT NULL)) AND (p_expect = 'any'
      OR (p_expect = 'absent' AND NOT w_head.live)
      OR (p_expect = 'version' AND w_head.sequence = p_sequence AND w_head.generation = p_generation)) THEN${replaceHeadSql(s)}
      sequence := w_head.sequence + 1; generation := w_head.generation;
    ELSE
      outcome := 'conflict'; sequence := NULL; generation := NULL;
      head := ${headJsonSql(s, 'w_head')}; body := w_head.body;
      RETURN;
    END IF;
    IF w_done THEN
      outcome := 'written';
      RETURN;
    END IF;
    -- Somebody came first. A blind write cannot lose, so it waits for its turn once instead of racing again and again.
    v_lock := p_expect = 'any';
  END LOOP;
END $function$;
`
}

/** The head in the composite variable \`h\` as JSON, without its body; NULL when there is none. */
export function headJsonSql(s: string, h: string): string {
  return `CASE WHEN ${h}.path IS NOT NULL THEN json_build_object(
        'head_sequence', ${h}.sequence, 'head_generation', ${h}.generation, 'head_live', ${h}.live,
        'head_write_id', ${h}.write_id, 'head_time', (extract(epoch FROM ${h}.time) * 1000)::bigint,
        'head_content_type', ${h}.content_type, 'head_kind', ${h}.kind, 'head_schema_version', ${h}.schema_version,
        'head_index_names', ${h}.index_names,
        'head_index_tuples', (SELECT json_agg(encode(t.tuple, 'hex') ORDER BY t.at)
          FROM unnest(${h}.index_tuples) WITH ORDINALITY AS t (tuple, at)),
        'head_writer', ${h}.writer, 'head_updates', ${h}.updates, 'head_ops', ${opsSql(s, h)}) END`
}
