import { inspect } from 'node:util'
import { anything, FilesystemError, unwritten } from '@latchless/filesystem'
import { PostgresFailure } from '@latchless/filesystem/postgres'
import { postgresFailure as failureOf } from '@latchless/filesystem/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { connectClient, dropDatabase, openStore, text, until, waitingWriters } from './store.ts'

afterAll(dropDatabase)

const sent = { operation: 'put', path: '/a', writes: true, sent: true }

/** SQLSTATE → what a write that was sent may do. */
const expected: readonly (readonly [string, FilesystemError['retry']])[] = [
  ['40001', 'safe'],
  ['40P01', 'safe'],
  ['55P03', 'safe'],
  ['53100', 'safe'],
  ['53200', 'safe'],
  ['53300', 'safe'],
  ['57014', 'safe'],
  ['57P03', 'safe'],
  ['25006', 'safe'],
  ['58030', 'safe'],
  ['08000', 'unknown'],
  ['08003', 'unknown'],
  ['08006', 'unknown'],
  ['08007', 'unknown'],
  ['40003', 'unknown'],
  ['57P01', 'unknown'],
  ['57P02', 'unknown'],
  ['08P01', 'unknown'],
  ['22021', 'never'],
  ['22P02', 'never'],
  ['23505', 'never'],
  ['28P01', 'never'],
  ['28000', 'never'],
  ['3D000', 'never'],
  ['3F000', 'never'],
  ['42501', 'never'],
  ['42P01', 'never'],
  ['42883', 'never'],
  ['54000', 'never'],
  ['XX000', 'never'],
  ['XX001', 'never'],
  ['P0001', 'never'],
]

describe('An answer of the server', () => {
  for (const [code, retry] of expected) {
    test(`${code} to a write that was sent is ${retry}`, () => {
      const error = failureOf({ code, severity: 'ERROR', message: 'a value', detail: 'a value' }, sent)
      expect(error).toMatchObject({ code: 'unavailable', retry, path: '/a', operation: 'put' })
    })
  }

  test('that is a FATAL or a PANIC leaves a write that was sent unknown, whatever its code, because its commit may survive', () => {
    for (const severity of ['FATAL', 'PANIC']) {
      for (const [code] of expected)
        expect(failureOf({ code, severity }, sent), `${severity} ${code}`).toMatchObject({ retry: 'unknown' })
    }
  })

  test('of a proxy that lost the server or has none free leaves a sent write unknown, and is safe for what was not sent', () => {
    const answer = { code: '08P01', severity: 'ERROR', message: 'server conn crashed?' }
    expect(failureOf(answer, sent).retry).toBe('unknown')
    expect(failureOf(answer, { ...sent, writes: false }).retry).toBe('safe')
    expect(
      failureOf({ ...answer, message: 'query_wait_timeout', severity: 'FATAL' }, { ...sent, sent: false }).retry,
    ).toBe('safe')
  })

  test('is never unknown for what only reads or was not sent', () => {
    for (const [code, retry] of expected) {
      for (const progress of [
        { ...sent, writes: false },
        { ...sent, sent: false },
      ]) {
        expect(failureOf({ code, severity: 'FATAL' }, progress).retry).toBe(retry === 'unknown' ? 'safe' : retry)
      }
    }
  })

  test('keeps its code as the cause, and neither values nor the connection string', () => {
    const answer = Object.assign(new Error('duplicate key value (secret)'), {
      code: '23505',
      severity: 'ERROR',
      detail: 'Key (body)=(secret)',
      where: 'secret',
      connectionString: 'postgres://u:secret@h',
    })
    const error = failureOf(answer, sent)
    expect(error.cause).toBeInstanceOf(PostgresFailure)
    expect(error.cause).toMatchObject({ code: '23505', message: 'SQLSTATE 23505' })
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('secret')
  })

  test('A broken connection is unknown for a write that was sent, and safe before it was', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
    expect(failureOf(reset, sent)).toMatchObject({ retry: 'unknown', cause: { code: 'ECONNRESET' } })
    expect(failureOf(reset, { ...sent, sent: false }).retry).toBe('safe')
    // Five characters like a SQLSTATE, but not an answer of the server.
    expect(failureOf(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), sent).retry).toBe('unknown')
  })

  test('A certificate that does not fit is refused for good', () => {
    const refused = Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(failureOf(refused, { ...sent, sent: false }).retry).toBe('never')
  })
})

test('A write behind a foreign lock is cancelled by its statement timeout, and nothing landed', async () => {
  await using store = await openStore({ checkoutTimeoutMs: 1_000, statementTimeoutMs: 1_200, deadlineMs: 3_000 })
  const { filesystem, client, options } = store
  const { version } = await filesystem.put('/locked', text('1'), unwritten)
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${options.schema}.records WHERE path = '/locked' FOR UPDATE`)
  const error = await filesystem.put('/locked', text('2'), anything).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'unavailable', retry: 'safe', cause: { code: '57014' } })
  // Readers and other records are not held up.
  expect(await filesystem.get('/locked')).toMatchObject({ version })
  await filesystem.put('/free', text('1'), unwritten)
  await client.query('ROLLBACK')
  await filesystem.put('/locked', text('2'), anything)
})

test('A connection that an operator ends in the middle of a write leaves the outcome unknown', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await filesystem.put('/ended', text('1'), unwritten)
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${options.schema}.records WHERE path = '/ended' FOR UPDATE`)
  const write = filesystem.put('/ended', text('2'), anything).catch((reason: unknown) => reason)
  const operator = await connectClient(options.url)
  const waiting = `FROM pg_stat_activity WHERE ${waitingWriters(options.schema)}`
  await until(operator, `SELECT count(*) = 1 ${waiting}`)
  await operator.query(`SELECT pg_terminate_backend(pid) ${waiting}`)
  expect(await write).toMatchObject({ code: 'unavailable', retry: 'unknown', cause: { code: '57P01' } })
  await client.query('ROLLBACK')
  await operator.end()
  // The pool has replaced the connection.
  await filesystem.put('/ended', text('3'), anything)
})

test('Values with quotes, placeholders, SQL and NUL come back as they were', async () => {
  await using store = await openStore()
  const { filesystem } = store
  const hostile = `'"; DROP TABLE records; -- $1 \\ \u0000 %s`
  const path = `/'"; DROP TABLE records; -- $1`
  await filesystem.put(path, { ...text(hostile), tuples: { by: [hostile, null] } }, unwritten, {
    updates: [{ opId: `'; $1 "` }],
    writer: { service: hostile, host: hostile, pid: 1 },
  })
  const head = await filesystem.get(path)
  expect(head).toMatchObject({
    entry: { body: new Uint8Array(Buffer.from(hostile)), tuples: { by: [hostile, null] } },
    info: { writer: { service: hostile } },
    ops: [{ opId: `'; $1 "` }],
  })
  expect((await filesystem.query('/', 'by', { range: { prefix: [hostile] } })).items).toHaveLength(1)
})

test('A tuple that would not fit a page of the index is refused before anything is written', async () => {
  await using store = await openStore()
  const write = store.filesystem.put('/big', { ...text('x'), tuples: { by: ['x'.repeat(2000)] } }, unwritten)
  await expect(write).rejects.toMatchObject({ code: 'too-large' })
  expect(await store.filesystem.get('/big')).toEqual({ state: 'unwritten' })
})
