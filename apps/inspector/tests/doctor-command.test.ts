import { outputSchemas } from '@latchless/inspector'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fixtureStore, type FixtureStore, temporaryDirectory } from './fixture-store.ts'
import { expectHarmless } from './harmless.ts'
import { inspector, rowsOf } from './inspector-process.ts'

/** A record that is none of its kind, under a name that a terminal would obey. */
async function damagedStore(): Promise<FixtureStore> {
  const store = await fixtureStore()
  await store.put('/leases/l\u202e1', '{}', { entry: { kind: 'capability_lease' } })
  return store
}

test('inspector doctor tells of each check and exits with 0 for a healthy store', async () => {
  const store = await fixtureStore()
  await store.put('/turns/t1', '{}')
  const { stdout, stderr, exitCode } = await inspector(['doctor', '--store', store.url])
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).toMatch(/^ok {4}store\.connect {9}local/m)
  expect(stdout).toMatch(/^skip {2}cas\.probe .*--write/m)
  expect(stdout).toMatch(/^0 fail, 0 warn, \d+ ok, \d+ skipped, in [\d.]+ s$/m)
})

test('inspector doctor exits with 1 where a check fails, and with --fail-on warn for a warning', async () => {
  const { url } = await damagedStore()
  const failed = await inspector(['doctor', '--store', url])
  expect(failed.exitCode).toBe(1)
  expect(failed.stdout).toContain('FAIL  records.parse')
  const only = ['doctor', '--store', url, '--only', 'records.names']
  expect((await inspector(only)).exitCode).toBe(0)
  expect((await inspector([...only, '--fail-on', 'warn'])).exitCode).toBe(1)
})

test('inspector doctor --fix-hint says what was expected, why it may be, and what to do next', async () => {
  const { url } = await damagedStore()
  const { stdout } = await inspector(['doctor', '--store', url, '--only', 'records.parse', '--fix-hint'])
  expectHarmless(stdout)
  expect(stdout).toContain('/leases/l\\u{202e}1: Cannot decode')
  expect(stdout).toContain('expected: Records of a kind')
  expect(stdout).toContain('likely cause: ')
  expect(stdout).toContain(`next: inspector --store ${url} cat `)
})

test('inspector doctor --json prints rows of the published shapes and nothing else', async () => {
  const { url } = await damagedStore()
  const { stdout, stderr } = await inspector(['doctor', '--store', url, '--json'])
  expect(stderr).toBe('')
  const rows = rowsOf(stdout)
  for (const row of rows.slice(0, -1)) outputSchemas.check.parse(row)
  expect(outputSchemas.checkTotal.parse(rows.at(-1))).toMatchObject({ fail: 1, warn: 1 })
  expect(rows).toContainEqual(expect.objectContaining({ id: 'records.parse', status: 'fail' }))
})

test('inspector doctor tells of a store that is not there as a finding', async () => {
  const { stdout, exitCode } = await inspector(['doctor', '--store', 'file:/nowhere/at/all', '--json'])
  expect(exitCode).toBe(1)
  expect(rowsOf(stdout)[0]).toMatchObject({ id: 'store.connect', status: 'fail' })
})

test('inspector doctor --write on a store that is configured for reading only is refused', async () => {
  const { url } = await fixtureStore()
  const home = await temporaryDirectory()
  await mkdir(join(home, 'inspector'))
  await writeFile(join(home, 'inspector/config.json'), JSON.stringify({ stores: { prod: { url, readOnly: true } } }))
  const refused = await inspector(['doctor', '--store', 'prod', '--write'], { XDG_CONFIG_HOME: home })
  expect(refused).toMatchObject({ exitCode: 7, stdout: '' })
  expect(refused.stderr).toContain('it is configured readOnly')
})

test('inspector doctor --write tries out the promises of the store and leaves no record', async () => {
  const { url, fs } = await fixtureStore()
  const { stdout, exitCode } = await inspector(['doctor', '--store', url, '--write', '--only', 'cas.*'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^ok {4}cas\.probe .*claims tried out$/m)
  expect((await fs.list('/')).items).toEqual([])
})

test('inspector doctor refuses a pattern that no check fits, and a store that nobody named', async () => {
  const { url } = await fixtureStore()
  const unknown = await inspector(['doctor', '--store', url, '--only', 'nothing.*'])
  expect(unknown).toMatchObject({ exitCode: 2, stdout: '' })
  expect(unknown.stderr).toContain('Cannot check "nothing.*": there is no such check')
  expect((await inspector(['doctor'])).exitCode).toBe(2)
})
