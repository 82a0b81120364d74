import { inspect } from 'node:util'
import { FilesystemError, openFilesystem } from '@latchless/filesystem'
import { migratePostgres, optionsFromUrl, PostgresFilesystem, roleSql } from '@latchless/filesystem/postgres'
import { afterAll, expect, test } from 'vitest'
import { dropDatabase, freshOptions, text } from './store.ts'

afterAll(dropDatabase)

const password = 'correct-horse'
const nobody = `postgres://someone:${password}@127.0.0.1:1/nothing`

async function refusal(work: Promise<unknown>): Promise<FilesystemError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(FilesystemError)
  return error as FilesystemError
}

test('Timeouts that are not nested are refused before anything is connected', async () => {
  for (const timeouts of [
    { checkoutTimeoutMs: 5_000, statementTimeoutMs: 5_000 },
    { statementTimeoutMs: 15_000 },
    { statementTimeoutMs: 1_000, deadlineMs: 1_000, checkoutTimeoutMs: 10 },
  ]) {
    const error = await refusal(PostgresFilesystem.open({ url: nobody, ...timeouts }))
    expect(error.code).toBe('invalid-argument')
    expect(error.message).toContain('checkoutTimeoutMs < statementTimeoutMs < deadlineMs')
  }
})

test('A URL cannot lift the nested timeouts, neither as a parameter nor in the startup options', async () => {
  const { url } = await freshOptions()
  for (const query of ['statement_timeout=60000', `options=${encodeURIComponent('-c statement_timeout=0')}`]) {
    const lifted = { url: `${url}?${query}`, schema: 'lifted' }
    const error = await refusal(PostgresFilesystem.open(lifted))
    expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('statementTimeoutMs') })
    expect((await refusal(migratePostgres(lifted))).code).toBe('invalid-argument')
  }
})

test('A connection whose certificate nobody verifies is refused, unless the server is on this machine', async () => {
  const { url } = await freshOptions()
  const away = `postgres://someone:${password}@db.invalid/nothing`
  for (const options of [
    { url: `${away}?sslmode=no-verify` },
    { url: `${away}?sslmode=require&uselibpqcompat=true` },
    { connection: { host: 'db.invalid', ssl: { rejectUnauthorized: false } } },
  ]) {
    const error = await refusal(PostgresFilesystem.open(options))
    expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('verify-full') })
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(password)
  }
  // The test server has no TLS, so it is reached and says so.
  expect((await refusal(PostgresFilesystem.open({ url: `${url}?sslmode=no-verify` }))).code).toBe('unavailable')
})

test('A URL that the driver cannot read is refused as an argument by open() and by migratePostgres(), without being shown', async () => {
  for (const url of [
    `postgres://u:${password}@:x`,
    `postgres://u:${password}@h:99999999/d`,
    `${nobody}?sslrootcert=/nowhere/ca`,
  ]) {
    for (const error of [await refusal(PostgresFilesystem.open({ url })), await refusal(migratePostgres({ url }))]) {
      expect(error.code).toBe('invalid-argument')
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain(password)
    }
  }
})

test('A limit of tuples above what a page of the index holds is refused', async () => {
  const error = await refusal(PostgresFilesystem.open({ url: nobody, limits: { tupleBytesMax: 1025 } }))
  expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('tupleBytesMax') })
})

test('A schema or role that is no plain identifier is refused, so that none can carry SQL', async () => {
  for (const name of ['x"; DROP TABLE y; --', 'Upper', '', '1st', 'a'.repeat(42), 'ä']) {
    expect((await refusal(PostgresFilesystem.open({ url: nobody, schema: name }))).code).toBe('invalid-argument')
    expect(() => roleSql({ role: name })).toThrow(FilesystemError)
  }
})

test('A server that is not there is unavailable and safe to retry, and no error shows the password', async () => {
  const error = await refusal(PostgresFilesystem.open({ url: nobody }))
  expect(error).toMatchObject({ code: 'unavailable', retry: 'safe' })
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain(password)
})

test('A wrong password is refused for good and is not shown', async () => {
  const { url } = await freshOptions()
  const wrong = new URL(url)
  wrong.password = password
  const error = await refusal(PostgresFilesystem.open({ url: wrong.href }))
  expect(error).toMatchObject({ code: 'unavailable', retry: 'never', cause: { code: '28P01' } })
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain(password)
})

test('A URL carries the options of the store in its query string and leaves the rest to the driver', () => {
  const options = optionsFromUrl(
    'postgres://u@h/d?schema=own&pool=20&criticalPool=3&poke=false&statementTimeoutMs=4000&sslmode=verify-full',
  )
  expect(options).toEqual({
    url: 'postgres://u@h/d?sslmode=verify-full',
    schema: 'own',
    pools: { normal: 20, critical: 3 },
    poke: false,
    statementTimeoutMs: 4000,
  })
})

test('A URL with a value that does not fit is refused without being shown', async () => {
  for (const url of [`${nobody}?pool=many`, `${nobody}?migrate=1`, `postgres://u:${password}@:x`]) {
    const error = await refusal(openFilesystem(url))
    expect(error.code).toBe('invalid-argument')
    expect(inspect(error, { depth: null })).not.toContain(password)
  }
})

test('openFilesystem() opens a postgres store by either name of the scheme', async () => {
  const { url, schema } = await freshOptions()
  const first = await openFilesystem(`${url}?schema=${schema}&migrate=true`)
  const { version } = await first.put('/a', text('1'), { type: 'unwritten' })
  await first.close()
  const second = await openFilesystem(`${url.replace('postgres:', 'postgresql:')}?schema=${schema}`)
  expect(await second.get('/a')).toMatchObject({ state: 'live', version })
  expect(second.capabilities('/').backend).toBe('postgres')
  await second.close()
})
