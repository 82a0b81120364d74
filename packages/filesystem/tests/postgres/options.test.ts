import { inspect } from 'node:util'
import { FilesystemError, openFilesystem } from '@latchless/filesystem'
import { optionsFromUrl, PostgresFilesystem, roleSql } from '@latchless/filesystem/postgres'
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
