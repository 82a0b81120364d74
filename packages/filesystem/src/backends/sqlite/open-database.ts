import type { DatabaseSync } from 'node:sqlite'
import { FilesystemError } from '../../errors.ts'
import { Database } from './database.ts'
import type { WorkerSettings } from './protocol.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'
import { NewerSchema, sqliteFailure } from './sqlite-failure.ts'

/** How long opening waits for other processes that open or close the same file. Nothing else waits in SQLite itself. */
const OPEN_BUSY_MS = 5000

/** How far the write-ahead log grows before it is moved into the database file; also what remains of it when it restarts. */
export const LOG_BYTES_MAX: number = 16 * 1024 * 1024

/** Opens the connection of a worker, creating or migrating the schema when it is behind, unless it is only to be read. */
export async function openDatabase(settings: WorkerSettings): Promise<{ database: Database; epoch: string }> {
  const { path } = settings
  const connection = await connect(settings)
  try {
    checkSqliteVersion(connection, settings)
    const known = checkOwner(connection, path)
    if (settings.readOnly && known < MIGRATIONS.length) {
      throw refuse('invalid-argument', path, 'it holds no store of this version; open it for writing once')
    }
    configureReading(connection)
    if (!settings.readOnly) configureWriting(connection, settings)
    if (known < MIGRATIONS.length) migrate(connection, settings)
    if (settings.check) quickCheck(connection, path)
    connection.exec('PRAGMA busy_timeout = 0')
    const database = new Database(connection, path)
    return { database, epoch: String(database.get('epoch', {})?.['epoch']) }
  } catch (error) {
    connection.close()
    throw sqliteFailure('open store', path, error, 'before')
  }
}

async function connect({ path, readOnly }: WorkerSettings): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite').catch((cause: unknown) => {
    throw refuse('unsupported', path, 'this Node has no node:sqlite; use Node 24 or later', cause)
  })
  try {
    return new DatabaseSync(path, { readOnly, timeout: OPEN_BUSY_MS, enableForeignKeyConstraints: false })
  } catch (error) {
    throw sqliteFailure('open store', path, error, 'before')
  }
}

function checkSqliteVersion(connection: DatabaseSync, { path, sqliteVersionMin }: WorkerSettings): void {
  const version = String(connection.prepare('SELECT sqlite_version() AS version').get()?.['version'])
  if (compareVersions(version, sqliteVersionMin) >= 0) return
  throw refuse(
    'unsupported',
    path,
    `the SQLite ${version} in Node ${process.version} can lose commits when it resets its write-ahead log; ` +
      `use a Node with SQLite ${sqliteVersionMin} or later, such as 24.21`,
  )
}

/** What the file is, before anything in it is changed: its schema's version, 0 for an empty file. */
function checkOwner(connection: DatabaseSync, path: string): number {
  const applicationId = pragma(connection, 'application_id')
  const schema = pragma(connection, 'user_version')
  if (applicationId === APPLICATION_ID) {
    if (schema <= MIGRATIONS.length) return schema
    throw new NewerSchema(schema, MIGRATIONS.length)
  }
  const objects = Number(connection.prepare('SELECT count(*) AS objects FROM sqlite_schema').get()?.['objects'])
  if (applicationId === 0 && schema === 0 && objects === 0) return 0
  throw refuse('invalid-argument', path, 'it is a database of another program; name a file of its own')
}

function configureReading(connection: DatabaseSync): void {
  connection.exec('PRAGMA trusted_schema = OFF')
  connection.exec('PRAGMA cell_size_check = ON')
  connection.exec('PRAGMA cache_size = -16000')
}

function configureWriting(connection: DatabaseSync, { durability }: WorkerSettings): void {
  // Deleted content is overwritten, so that a purged body does not stay in free pages.
  connection.exec('PRAGMA secure_delete = ON')
  connection.exec('PRAGMA journal_mode = WAL')
  // The store moves the log itself: an automatic move would keep an error of the disk to itself.
  connection.exec('PRAGMA wal_autocheckpoint = 0')
  connection.exec(`PRAGMA journal_size_limit = ${LOG_BYTES_MAX}`)
  connection.exec(`PRAGMA synchronous = ${durability === 'disk' ? 'FULL' : 'NORMAL'}`)
}

/** All outstanding migrations in one transaction: a crash leaves the schema as it was. */
function migrate(connection: DatabaseSync, { path, epoch }: WorkerSettings): void {
  connection.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have migrated while this one waited, further than this program knows.
    const known = checkOwner(connection, path)
    for (const migration of MIGRATIONS.slice(known)) connection.exec(migration)
    if (known === 0) connection.prepare('INSERT INTO store (id, epoch) VALUES (1, ?)').run(epoch)
    connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
    connection.exec('COMMIT')
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    throw error
  }
}

function quickCheck(connection: DatabaseSync, path: string): void {
  const found = connection.prepare('PRAGMA quick_check(1)').get()
  if (found && Object.values(found)[0] === 'ok') return
  throw refuse('corrupt', path, 'the database file is damaged; restore it from a backup')
}

function pragma(connection: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(connection.prepare(`PRAGMA ${name}`).get()?.[name])
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (const [at, part] of left.entries()) {
    if (part !== (right[at] ?? 0)) return part - (right[at] ?? 0)
  }
  return left.length - right.length
}

function refuse(
  code: 'unsupported' | 'invalid-argument' | 'corrupt',
  path: string,
  problem: string,
  cause?: unknown,
): FilesystemError {
  const message = `Cannot open store ${JSON.stringify(path)}: ${problem}`
  return new FilesystemError(code, message, { operation: 'open store', path, cause })
}
