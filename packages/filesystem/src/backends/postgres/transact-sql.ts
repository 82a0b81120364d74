import { WRITE_IDS_KEPT } from '../../filesystem.ts'
import { appendSql, rememberBatchSql } from './log-sql.ts'
import { headJsonSql } from './put-sql.ts'
import { markSql, replaceHeadSql, writeVariables } from './write-sql.ts'

/**
 * `transact_records`: several steps in one call. All paths are locked first, in their order, so two transacts cannot deadlock;
 * a path without a record gets a placeholder at sequence 0 that no one else ever sees, so that its absence stays true to the
 * end. Then it is as with `put_record`: replay, judgement in the order of the steps, writes.
 */
export function transactSql(s: string): string {
  return `
CREATE OR REPLACE FUNCTION ${s}.transact_records(
  p_steps jsonb, p_write_id uuid, p_writer json, p_updates json, p_ops json, p_keep bigint
) RETURNS TABLE (step integer, outcome text, sequence bigint, generation text, first bigint, last bigint,
  head json, body bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE${writeVariables(s)}
  s_step jsonb;
  s_type text;
  s_expect text;
  s_bodies bytea[];
  s_replayed boolean := false;
BEGIN
  w_mark := ${markSql('p_write_id')};
${lockSql(s)}
${replaySql(s)}
  IF s_replayed THEN
    ${forgetPlaceholdersSql(s)}
    RETURN;
  END IF;
${judgeSql(s)}
${applySql(s)}
  ${forgetPlaceholdersSql(s)}
END $function$;
`
}

function lockSql(s: string): string {
  return `
  FOR w_path, w_generation IN
    SELECT e->>'path', e->>'newGeneration' FROM jsonb_array_elements(p_steps) e WHERE e->>'type' <> 'append'
    ORDER BY (e->>'path') COLLATE "C"
  LOOP
    LOOP
      PERFORM 1 FROM ${s}.records r WHERE r.path = w_path FOR UPDATE;
      EXIT WHEN FOUND;
      INSERT INTO ${s}.records (path, sequence, time, write_id, live, generation, writer, oldest)
        VALUES (w_path, 0, clock_timestamp(), p_write_id, false, w_generation, p_writer, 1) ON CONFLICT (path) DO NOTHING;
      EXIT WHEN FOUND;
    END LOOP;
  END LOOP;
  FOR w_path IN
    SELECT e->>'path' FROM jsonb_array_elements(p_steps) e WHERE e->>'type' = 'append' ORDER BY (e->>'path') COLLATE "C"
  LOOP
    INSERT INTO ${s}.logs (path, last) VALUES (w_path, 0) ON CONFLICT (path) DO NOTHING;
    PERFORM 1 FROM ${s}.logs l WHERE l.path = w_path FOR UPDATE;
  END LOOP;`
}

function replaySql(s: string): string {
  return `
  FOR s_index IN 0 .. jsonb_array_length(p_steps) - 1 LOOP
    step := s_index; s_step := p_steps->s_index; s_type := s_step->>'type'; w_path := s_step->>'path';
    IF s_type IN ('put', 'delete') THEN
      SELECT 'replayed', w.sequence, w.generation INTO outcome, sequence, generation
        FROM ${s}.writes w JOIN ${s}.records r USING (path)
        WHERE w.path = w_path AND w.sequence > r.sequence - ${WRITE_IDS_KEPT} AND w.write_id = p_write_id;
    ELSIF s_type = 'append' THEN
      SELECT 'replayed', w.first, w.last INTO outcome, first, last
        FROM ${s}.log_writes w WHERE w.log = w_path AND w.write_id = p_write_id;
    END IF;
    IF outcome = 'replayed' THEN
      s_replayed := true;
      RETURN NEXT;
    END IF;
    outcome := NULL; sequence := NULL; generation := NULL; first := NULL; last := NULL;
  END LOOP;`
}

function judgeSql(s: string): string {
  return `
  FOR s_index IN 0 .. jsonb_array_length(p_steps) - 1 LOOP
    step := s_index; s_step := p_steps->s_index; s_type := s_step->>'type'; s_expect := s_step->>'expect';
    CONTINUE WHEN s_type = 'append';
    SELECT r.* INTO w_head FROM ${s}.records r WHERE r.path = s_step->>'path';
    IF NOT (CASE s_expect
        WHEN 'any' THEN true
        WHEN 'absent' THEN NOT w_head.live
        WHEN 'unwritten' THEN w_head.sequence = 0
        ELSE w_head.sequence = (s_step->>'sequence')::bigint AND w_head.generation = s_step->>'generation'
      END) OR (s_type = 'delete' AND s_expect <> 'any' AND NOT w_head.live)
    THEN
      outcome := 'conflict';
      IF w_head.sequence > 0 THEN
        head := ${headJsonSql(s, 'w_head')}; body := w_head.body;
      END IF;
      ${forgetPlaceholdersSql(s)}
      RETURN NEXT;
      RETURN;
    END IF;
  END LOOP;`
}

function applySql(s: string): string {
  return `
  FOR s_index IN 0 .. jsonb_array_length(p_steps) - 1 LOOP
    step := s_index; s_step := p_steps->s_index; s_type := s_step->>'type'; w_path := s_step->>'path';
    outcome := 'nothing'; sequence := NULL; generation := NULL; first := NULL; last := NULL;
    IF s_type = 'append' THEN
      SELECT array_agg(decode(b.body, 'base64') ORDER BY b.position) INTO s_bodies
        FROM jsonb_array_elements_text(s_step->'bodies') WITH ORDINALITY AS b (body, position);
      ${appendSql(s, 'w_path', 's_bodies', 'last')}
      first := last - cardinality(s_bodies) + 1;
      ${rememberBatchSql(s, 'w_path', 'transact_records.first', 'transact_records.last')}
      outcome := 'appended';
    ELSIF s_type <> 'check' THEN
      SELECT r.* INTO w_head FROM ${s}.records r WHERE r.path = w_path;
      IF s_type = 'put' OR w_head.live THEN
        w_body := decode(s_step->>'body', 'base64');
        w_content_type := s_step->>'contentType'; w_kind := s_step->>'kind';
        w_schema_version := (s_step->>'schemaVersion')::bigint;
        SELECT array_agg(i->>0), array_agg(decode(i->>1, 'base64')) INTO w_index_names, w_index_tuples
          FROM jsonb_array_elements(s_step->'indexes') i;
        ${replaceHeadSql(s)}
        IF NOT w_done THEN
          RAISE EXCEPTION 'a locked record moved' USING ERRCODE = 'internal_error';
        END IF;
        outcome := 'written'; sequence := w_head.sequence + 1; generation := w_head.generation;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;`
}

function forgetPlaceholdersSql(s: string): string {
  return `DELETE FROM ${s}.records r USING jsonb_array_elements(p_steps) e WHERE r.path = e->>'path' AND r.sequence = 0;`
}
