import { WRITE_IDS_KEPT } from '../../filesystem.ts'

/** The columns that heads and superseded versions share. */
const versionColumns = `
  path text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  time timestamptz NOT NULL,
  write_id uuid NOT NULL,
  schema_version bigint,
  live boolean NOT NULL,
  generation text COLLATE "C" NOT NULL,
  content_type text,
  kind text,
  index_names text[],
  index_tuples bytea[],
  writer json NOT NULL,
  updates json,
  body bytea`

/**
 * The tables of a store. `s` is the quoted schema.
 *
 * `records` holds the heads. Nothing that a write changes is indexed there and pages keep free space, so updates are
 * heap-only: the superseded row is reclaimed without touching an index. All of its indexes are on the path, which never
 * changes; those by tree sort `/` below every other character, so that the children of a directory follow each other. One is
 * of the live records and one of the tombstones, so that a page steps over any number of those; only a delete and what undoes it
 * move a record from one to the other.
 *
 * `writes` has one small row per write. It is the memory of write ids and of opIds, and at the same time the change log. Rows
 * behind the last writes of a path are dropped, so it is bounded by the number of paths and not by the number of writes.
 *
 * `tombstones` finds expired ones; an index on `records` for that would make every update touch it.
 */
export function tablesSql(s: string): string {
  return [storeSql(s), recordsSql(s), writesSql(s), indexesSql(s), logsSql(s)].join('')
}

function storeSql(s: string): string {
  return `
CREATE TABLE ${s}.store (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch text NOT NULL,
  changes_from xid8 NOT NULL DEFAULT '0'
);
INSERT INTO ${s}.store (epoch) VALUES (substr(md5(gen_random_uuid()::text), 1, 8));
`
}

function recordsSql(s: string): string {
  return `
CREATE TABLE ${s}.records (${versionColumns},
  recent_ids bytea NOT NULL DEFAULT '',
  oldest bigint NOT NULL,
  ops_sequence bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (path)
) WITH (fillfactor = 70);
CREATE INDEX records_by_tree ON ${s}.records ((translate(path, '/', E'\\x01') COLLATE "C")) WHERE live;
CREATE INDEX tombstones_by_tree ON ${s}.records ((translate(path, '/', E'\\x01') COLLATE "C")) WHERE NOT live;

CREATE TABLE ${s}.versions (${versionColumns},
  PRIMARY KEY (path, sequence)
);
`
}

function writesSql(s: string): string {
  return `
CREATE TABLE ${s}.writes (
  id bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  sequence bigint NOT NULL,
  write_id uuid,
  purged_at timestamptz,
  live boolean,
  path text COLLATE "C" NOT NULL,
  generation text COLLATE "C" NOT NULL,
  ops json,
  PRIMARY KEY (path, sequence)
);
CREATE INDEX writes_by_xid ON ${s}.writes (xid);
CREATE INDEX writes_purged ON ${s}.writes (purged_at) WHERE purged_at IS NOT NULL;

CREATE TABLE ${s}.tombstones (
  path text COLLATE "C" PRIMARY KEY,
  time timestamptz NOT NULL
);
CREATE INDEX tombstones_by_time ON ${s}.tombstones (time);
`
}

function indexesSql(s: string): string {
  return `
CREATE TABLE ${s}.index_rows (
  collection text COLLATE "C" NOT NULL,
  index_name text COLLATE "C" NOT NULL,
  tuple bytea NOT NULL,
  name text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  PRIMARY KEY (path, index_name)
);
CREATE INDEX index_rows_in_order ON ${s}.index_rows (collection, index_name, tuple, name);
`
}

function logsSql(s: string): string {
  return `
CREATE TABLE ${s}.logs (
  path text COLLATE "C" PRIMARY KEY,
  last bigint NOT NULL,
  oldest bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 50);

CREATE TABLE ${s}.log_entries (
  log text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  time timestamptz NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (log, sequence)
);

CREATE TABLE ${s}.log_writes (
  log text COLLATE "C" NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  write_id uuid NOT NULL,
  PRIMARY KEY (log, first)
);
`
}

/** The opIds of the last writes of the record \`r\`, newest first, as \`[[sequence, [opId, …]], …]\`; null when it has none. */
export function opsSql(s: string, r: string): string {
  return `CASE WHEN ${r}.ops_sequence > ${r}.sequence - ${WRITE_IDS_KEPT} THEN (
    SELECT json_agg(json_build_array(w.sequence, w.ops) ORDER BY w.sequence DESC) FROM ${s}.writes w
    WHERE w.path = ${r}.path AND w.sequence > ${r}.sequence - ${WRITE_IDS_KEPT} AND w.ops IS NOT NULL) END`
}
