import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openFilesystem } from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { diagnose, findings, textsOf } from './doctor-subject.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'

const HEAD = {
  e: 'head',
  format: 'cas-trace',
  v: 1,
  unit: 'us',
  wall0: '2026-11-21T14:31:12.003412Z',
  clock: 'monotonic',
  tool: 'test',
}

async function trace(...events: readonly object[]): Promise<string> {
  const file = join(await temporaryDirectory(), 'hot.castrace.jsonl')
  await writeFile(file, [HEAD, ...events].map((line) => `${JSON.stringify(line)}\n`).join(''))
  return file
}

function win(op: string, t: number, base: number): object[] {
  const shared = { op, w: `api@h/${op}`, a: 1, key: '/orders/o1' }
  return [
    { e: 'op', t, op, w: shared.w, kind: 'update', keys: ['/orders/o1'], deadline: t + 1_000_000 },
    { e: 'read', t, d: 10, ...shared, ver: base, size: 10 },
    { e: 'cas', t: t + 20, d: 10, ...shared, base, next: base + 1, write: op.repeat(32).slice(0, 32), out: 'won' },
    { e: 'done', t: t + 30, d: 0, op, w: shared.w, out: 'ok', a: 1 },
  ]
}

test('store.connect: why a store does not open, and every check of it says that it was not done', async () => {
  const openError = await openFilesystem('file:/nowhere/at/all', { readOnly: true }).catch((error: unknown) => error)
  const diagnosis = await diagnose(undefined, { openError })
  expect(findings(diagnosis)).toEqual(['store.connect: fail'])
  expect(diagnosis['store.connect']?.summary).toMatch(/^Cannot open store "\/nowhere\/at\/all": /)
  expect(diagnosis['versions.intact']).toMatchObject({ status: 'skip', summary: 'the store did not open' })
  expect(diagnosis['runtime']).toMatchObject({ status: 'ok' })
})

test('store.schema: a store of a format that is newer than the program', async () => {
  const { root, url } = await fixtureStore()
  await writeFile(join(root, 'STORE'), '{"format":"latchless-local","formatVersion":99,"epoch":"00"}\n')
  const openError = await openFilesystem(url, { readOnly: true }).catch((error: unknown) => error)
  const diagnosis = await diagnose(undefined, { openError, url, only: 'store.*' })
  expect(findings(diagnosis)).toEqual(['store.connect: fail', 'store.schema: fail'])
  expect(diagnosis['store.schema']?.summary).toMatch(/its format version is 99, this program knows 1; upgrade it$/)
})

test('store.timeouts: parameters of a URL that are not nested, told without its password', async () => {
  const url = 'postgres://ann:hunter2@127.0.0.1:1/db?checkoutTimeoutMs=6000&statementTimeoutMs=5000'
  const openError = await openFilesystem(url).catch((error: unknown) => error)
  const diagnosis = await diagnose(undefined, { openError, url, storeName: 'prod', only: 'store.*' })
  expect(diagnosis['store.timeouts']?.status).toBe('fail')
  expect(textsOf(diagnosis, 'store.timeouts')).toEqual([
    'they are not nested: connection 6000 ms, statement 5000 ms, update 15000 ms',
  ])
  expect(JSON.stringify(diagnosis)).not.toContain('hunter2')
})

test('trace.consistent: two writes that both made one version', async () => {
  const healthy = await trace(...win('a', 0, 1), ...win('b', 100, 2), { e: 'end', n: 8, t: 200 })
  const good = await diagnose(undefined, { traces: [healthy], only: 'trace.*' })
  expect(good['trace.consistent']).toMatchObject({ status: 'ok', summary: '8 events' })
  const lost = await trace(...win('a', 0, 1), ...win('b', 100, 1), { e: 'end', n: 8, t: 200 })
  const diagnosis = await diagnose(undefined, { traces: [lost], only: 'trace.consistent' })
  expect(findings(diagnosis)).toEqual(['trace.consistent: fail'])
  expect(textsOf(diagnosis, 'trace.consistent')).toEqual([expect.stringMatching(/^\/orders\/o1: lost-update: /)])
})

test('trace.consistent: a lost update behind more warnings than are told', async () => {
  const reads = (ver: number, t: number): object[] =>
    Array.from({ length: 1005 }, (_, n) => {
      return { e: 'read', t: t + n, d: 1, op: 'r', w: 'api@h/r', a: 1, key: `/k${n}`, ver, size: 1 }
    })
  const file = await trace(...reads(9, 0), ...reads(8, 5_000_000), ...win('a', 9_000_000, 1), ...win('b', 9_000_100, 1))
  const { 'trace.consistent': result } = await diagnose(undefined, { traces: [file], only: 'trace.consistent' })
  expect(result).toMatchObject({ status: 'fail', summary: '1,006 findings in 2,018 events' })
  expect(result?.details.at(0)?.text).toContain('lost-update')
  expect(result?.details.at(-1)?.text).toBe('and 986 more')
})

test('trace.format: a trace that has no end, and lines that are none', async () => {
  const file = await trace(...win('a', 0, 1), { e: 7 })
  const diagnosis = await diagnose(undefined, { traces: [file], only: 'trace.format' })
  expect(findings(diagnosis)).toEqual(['trace.format: warn'])
  expect(diagnosis['trace.format']?.details.length).toBeGreaterThan(0)
})

test('a trace that cannot be read is a finding', async () => {
  const diagnosis = await diagnose(undefined, { traces: ['/nowhere/at/all.jsonl'], only: 'trace.format' })
  expect(diagnosis['trace.format']?.status).toBe('fail')
})

test('runtime: a Node that is too old', async () => {
  const surroundings = { nodeVersion: 'v22.11.0', env: {}, uid: 0, terminal: undefined }
  const diagnosis = await diagnose(undefined, { surroundings, only: 'runtime' })
  expect(diagnosis['runtime']).toMatchObject({ status: 'fail', summary: 'Node v22.11.0 is too old' })
})

test('terminal: one that is too small, dumb and without UTF-8', async () => {
  const surroundings = {
    nodeVersion: 'v24.0.0',
    uid: 0,
    env: { TERM: 'dumb', LANG: 'C' },
    terminal: { columns: 40, rows: 10 },
  }
  const diagnosis = await diagnose(undefined, { surroundings, only: 'terminal' })
  expect(textsOf(diagnosis, 'terminal')).toEqual([
    'it has 40×10, the screens need 60×16',
    'TERM is dumb',
    'its locale is C; --ascii does without UTF-8',
  ])
  const good = { ...surroundings, env: { TERM: 'xterm', LANG: 'en_US.UTF-8' }, terminal: { columns: 100, rows: 30 } }
  expect((await diagnose(undefined, { surroundings: good, only: 'terminal' }))['terminal']?.status).toBe('ok')
})
