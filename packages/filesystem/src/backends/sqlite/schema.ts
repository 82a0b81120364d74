/** Marks a database file as a store of this kind: "ltch". */
export const APPLICATION_ID = 0x6c746368

/** Columns of a version, which move unchanged from a head to its superseded row. */
export const VERSION_COLUMNS = 'sequence, state, write_id, time, size, meta, digest, body'

const versionColumns = `
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  state INTEGER NOT NULL CHECK (state IN (0, 1)),
  write_id TEXT NOT NULL,
  time REAL NOT NULL,
  size INTEGER NOT NULL,
  meta TEXT NOT NULL,
  digest INTEGER NOT NULL`

/**
 * The migrations, in order; `user_version` counts those that a file has had. They all run in one transaction. A migration
 * that was released is never edited.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL) STRICT;

-- Heads. Bodies come last, so that a listing without bodies does not read what overflows a page. In the order of "tree" a
-- record is followed by all that lies below it, which the order of paths does not grant: /a < /a-b < /a/b.
CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  tree TEXT NOT NULL GENERATED ALWAYS AS (replace(path, '/', char(1))) VIRTUAL,
  generation TEXT NOT NULL,
  oldest INTEGER NOT NULL,
  ops TEXT NOT NULL,${versionColumns},
  body BLOB
) STRICT;
CREATE INDEX record_tree ON record (state, tree);
CREATE INDEX record_tombstone ON record (time) WHERE state = 0;
CREATE TRIGGER record_grows_by_one BEFORE UPDATE ON record
WHEN NEW.generation <> OLD.generation OR NEW.sequence <> OLD.sequence + 1
BEGIN SELECT RAISE(ABORT, 'the sequence of a record grows by one'); END;

-- Superseded versions.
CREATE TABLE version (
  record INTEGER NOT NULL,${versionColumns},
  body BLOB,
  PRIMARY KEY (record, sequence)
) STRICT, WITHOUT ROWID;

-- The write ids of the last versions of each record, in a ring of slots.
CREATE TABLE recent (
  record INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  write_id TEXT NOT NULL,
  PRIMARY KEY (record, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_row (
  collection TEXT NOT NULL,
  name TEXT NOT NULL,
  tuple BLOB NOT NULL,
  path TEXT NOT NULL,
  PRIMARY KEY (collection, name, tuple, path)
) STRICT, WITHOUT ROWID;

-- "last" is the sequence of the last entry that ever was, "oldest" that of the first that is retained.
CREATE TABLE log (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  last INTEGER NOT NULL,
  oldest INTEGER NOT NULL
) STRICT;
CREATE TABLE log_entry (
  log INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  time REAL NOT NULL,
  digest INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (log, sequence)
) STRICT, WITHOUT ROWID;

-- What the last transacts appended to each log.
CREATE TABLE log_transact (
  log INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  write_id TEXT NOT NULL,
  PRIMARY KEY (log, first)
) STRICT, WITHOUT ROWID;

-- The last changes, for watchers. Its newest row is never deleted, so ids only grow.
CREATE TABLE change (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL CHECK (type IN ('put', 'delete', 'compacted')),
  path TEXT NOT NULL,
  version TEXT
) STRICT;
`,
]
