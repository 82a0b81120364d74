import { WRITE_IDS_KEPT } from '../../filesystem.ts'

/** Bytes of each of the last write ids that a head holds. */
const MARK_BYTES = 2

/**
 * The last bytes of a writeId. A head holds those of its last writes, so that a write learns without a look at another table
 * that its id is new; where the bytes are there, the ids themselves are looked up in `writes`.
 */
export function markSql(writeId: string): string {
  return `substr(uuid_send(${writeId}), ${17 - MARK_BYTES})`
}

/** Rows of `writes` behind the last {@link WRITE_IDS_KEPT} of a path are dropped every so many writes. */
const DROP_EVERY = 32

/**
 * The pieces of PL/pgSQL that change a record. They are the only statements that do, and each carries its precondition. `s` is
 * the quoted schema. They read the variables that {@link writeVariables} declares; `w_body` NULL is a delete.
 */
export const writeVariables = (s: string): string => `
  w_path text;
  w_head ${s}.records;
  w_generation text;
  w_body bytea;
  w_content_type text;
  w_kind text;
  w_schema_version bigint;
  w_index_names text[];
  w_index_tuples bytea[];
  w_name text;
  w_mark bytea;
  w_done boolean;`

// Deletes are bounded on both sides: a range that is open below would walk over everything that was deleted before and is not
// vacuumed yet.

/**
 * Replaces the head that was read into w_head. The read took no lock and needs none: what a version holds never changes, so when
 * the update finds that version still there, w_head is what it replaces, and when somebody else came first it finds nothing.
 * Sets w_done.
 */
export function replaceHeadSql(s: string): string {
  return `
    UPDATE ${s}.records r SET
      sequence = w_head.sequence + 1, oldest = greatest(r.oldest, w_head.sequence + 1 - p_keep),
      ops_sequence = CASE WHEN p_ops IS NULL THEN w_head.ops_sequence ELSE w_head.sequence + 1 END,
      time = clock_timestamp(), write_id = p_write_id, live = w_body IS NOT NULL, content_type = w_content_type,
      kind = w_kind, schema_version = w_schema_version, index_names = w_index_names, index_tuples = w_index_tuples,
      writer = p_writer, updates = p_updates, body = w_body,
      recent_ids = w_mark || substr(w_head.recent_ids, 1, ${(WRITE_IDS_KEPT - 1) * MARK_BYTES})
    WHERE r.path = w_path AND r.sequence = w_head.sequence AND r.generation = w_head.generation;
    w_done := FOUND;
    IF w_done THEN
      INSERT INTO ${s}.writes (path, sequence, generation, live, write_id, ops)
        VALUES (w_path, w_head.sequence + 1, w_head.generation, w_body IS NOT NULL, p_write_id, p_ops);
      ${retainSql(s)}
      IF w_head.live IS DISTINCT FROM (w_body IS NOT NULL) THEN
        IF w_body IS NULL THEN
          INSERT INTO ${s}.tombstones (path, time) VALUES (w_path, clock_timestamp());
        ELSE
          DELETE FROM ${s}.tombstones WHERE path = w_path;
        END IF;
      END IF;
      IF w_head.index_names IS DISTINCT FROM w_index_names OR w_head.index_tuples IS DISTINCT FROM w_index_tuples THEN
        IF w_head.index_names IS NOT NULL THEN
          DELETE FROM ${s}.index_rows WHERE path = w_path;
        END IF;
        ${indexRowsSql(s)}
      END IF;
      IF w_head.sequence >= ${WRITE_IDS_KEPT} AND w_head.sequence % ${DROP_EVERY} = 0 THEN
        DELETE FROM ${s}.writes WHERE path = w_path AND sequence <= w_head.sequence + 1 - ${WRITE_IDS_KEPT}
          AND sequence > w_head.sequence - ${WRITE_IDS_KEPT + DROP_EVERY};
      END IF;
    END IF;`
}

/** Keeps the superseded head when it is to be kept, and drops the versions that are not any more. */
function retainSql(s: string): string {
  return `IF p_keep > 0 AND w_head.sequence > 0 THEN
        INSERT INTO ${s}.versions (path, sequence, time, write_id, schema_version, live, generation, content_type, kind,
            index_names, index_tuples, writer, updates, body)
          VALUES (w_path, w_head.sequence, w_head.time, w_head.write_id, w_head.schema_version, w_head.live,
            w_head.generation, w_head.content_type, w_head.kind, w_head.index_names, w_head.index_tuples, w_head.writer,
            w_head.updates, w_head.body);
      END IF;
      IF w_head.oldest < w_head.sequence AND w_head.oldest < w_head.sequence + 1 - p_keep THEN
        DELETE FROM ${s}.versions
          WHERE path = w_path AND sequence >= w_head.oldest AND sequence < w_head.sequence + 1 - p_keep;
      END IF;`
}

/** Creates the record at w_path where there is none, as version 1 of w_generation. Sets w_done. */
export function createHeadSql(s: string): string {
  return `
    INSERT INTO ${s}.records (path, sequence, time, write_id, schema_version, live, generation, content_type, kind,
      index_names, index_tuples, writer, updates, body, recent_ids, oldest, ops_sequence)
    VALUES (w_path, 1, clock_timestamp(), p_write_id, w_schema_version, true, w_generation, w_content_type, w_kind,
      w_index_names, w_index_tuples, p_writer, p_updates, w_body, w_mark, 1, CASE WHEN p_ops IS NULL THEN 0 ELSE 1 END)
    ON CONFLICT (path) DO NOTHING;
    w_done := FOUND;
    IF w_done THEN
      INSERT INTO ${s}.writes (path, sequence, generation, live, write_id, ops)
      VALUES (w_path, 1, w_generation, true, p_write_id, p_ops);
      ${indexRowsSql(s)}
    END IF;`
}

function indexRowsSql(s: string): string {
  return `IF w_index_names IS NOT NULL THEN
          w_name := substring(w_path FROM '[^/]+$');
          INSERT INTO ${s}.index_rows (collection, index_name, tuple, name, path)
          SELECT coalesce(nullif(left(w_path, -char_length(w_name) - 1), ''), '/'), i.index_name, i.tuple, w_name, w_path
          FROM unnest(w_index_names, w_index_tuples) AS i (index_name, tuple);
        END IF;`
}
