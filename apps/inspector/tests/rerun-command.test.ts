import { access, appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { anything, openFilesystem } from '@latchless/filesystem'
import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import { freshDatabase, startPostgres } from '@latchless/postgres-server'
import { execa } from 'execa'
import { expect, onTestFinished, test, vi } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { COMMAND } from './inspector-process.ts'
import { recordStorm } from './storm.ts'

/** A trace of four processes with sixteen writers each. */
async function stormFile(): Promise<string> {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 4, writers: 16, updatesEach: 5 })
  return file
}

const SOUND = { lostUpdates: 0, repeatedUpdates: 0, resurrectedUpdates: 0, failures: {} }
const ALL = { updates: 320, ok: 320, failed: 0 }

async function rerunRow(args: readonly string[]) {
  const ran = await runHere(['replay', ...args, '--json'])
  expect(ran.stderr).toBe('')
  const [row] = checkedRows(ran.stdout)
  return { ...ran, row }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

test.each(['combine', 'plain'])(
  'a storm of 4×16 writers run again in memory loses nothing, in the mode %s',
  async (mode) => {
    const { exitCode, row } = await rerunRow([await stormFile(), '--run', 'memory:', '--mode', mode])
    expect(exitCode).toBe(0)
    expect(row).toMatchObject({
      ...SOUND,
      backend: 'memory',
      mode,
      processes: 4,
      records: 1,
      recorded: ALL,
      rerun: ALL,
    })
  },
)

test('a storm of 4×16 writers run again on sqlite loses nothing, and a store that was made for it goes away', async () => {
  const file = join(await temporaryDirectory(), 'scratch.db')
  const { exitCode, row } = await rerunRow([await stormFile(), '--run', `sqlite:${file}`])
  expect(exitCode).toBe(0)
  expect(row).toMatchObject({ ...SOUND, backend: 'sqlite', recorded: ALL, rerun: ALL })
  expect(await readdir(dirname(file))).toEqual([])
})

test('a storm of 4×16 writers run again on postgres loses nothing', async () => {
  const server = await startPostgres()
  onTestFinished(() => server.close())
  await using database = await freshDatabase(server.url)
  await (await PostgresFilesystem.open({ url: database.url, migrate: true })).close()
  const { exitCode, row } = await rerunRow([await stormFile(), '--run', database.url, '--write'])
  expect(exitCode).toBe(0)
  expect(row).toMatchObject({ ...SOUND, backend: 'postgres', recorded: ALL, rerun: ALL })
  await using store = await openFilesystem(database.url)
  expect(await store.list('/')).toEqual({ items: [] })
})

test('an existing store is written to with --write only, and its records stay as they were', async () => {
  const store = await fixtureStore()
  const { url, fs } = store
  await store.put('/hot', '{"n":1}')
  const trace = await stormFile()
  const refused = await runHere(['replay', trace, '--run', url])
  expect(refused.exitCode).toBe(7)
  expect(refused.stderr).toContain('it exists, and --write was not given')
  const { exitCode, row } = await rerunRow([trace, '--run', url, '--write'])
  expect(exitCode).toBe(0)
  expect(row).toMatchObject({ ...SOUND, backend: 'local', rerun: ALL })
  expect((await fs.list('/')).items.map(({ path }) => path)).toEqual(['/hot'])
  const head = await fs.get('/hot')
  expect(head.state === 'live' && Buffer.from(head.entry.body).toString()).toBe('{"n":1}')
})

test('-o keeps the trace of the run, with the ids, writers and records of the recording', async () => {
  const trace = await stormFile()
  const output = join(await temporaryDirectory(), 'again.castrace.jsonl')
  const { row } = await rerunRow([trace, '--run', 'memory:', '-o', output])
  expect(row).toMatchObject({ trace: output })
  const started = async (file: string) =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"e":"op"'))
      .map((line) => JSON.parse(line) as { op: string; w: string; keys: string[] })
      .map(({ op, w, keys }) => `${op} ${w} ${keys.join()}`)
      .toSorted()
  expect(await started(output)).toEqual(await started(trace))
})

test('the comparison is a table for people', async () => {
  const { stdout } = await runHere(['replay', await stormFile(), '--run', 'memory:', '--speed', '2'])
  expect(stdout).toMatch(
    /^1 records, 4 writers in 4 processes, run on memory \(memory:\), mode combine, 2× the recorded speed/,
  )
  expect(stdout).toMatch(/^updates +320 +320$/m)
  expect(stdout).toMatch(/^lost updates 0, applied twice 0, failed and applied 0$/m)
})

test('a damaged trace is run as far as it can be read, and the exit code tells', async () => {
  const trace = await stormFile()
  const lines = (await readFile(trace, 'utf8')).split('\n')
  await writeFile(trace, lines.toSpliced(5, 0, 'damage').join('\n'))
  const { exitCode, row } = await rerunRow([trace, '--run', 'memory:'])
  expect(exitCode).toBe(6)
  expect(row).toMatchObject({ ...SOUND, damagedTrace: true })
})

test('a recording of commits has nothing to run', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  await writeFile(file, '{"e":"head","format":"cas-trace","v":1,"unit":"us","wall0":"2026-11-21T14:00:00.000Z"}\n')
  await appendFile(file, '{"e":"commit","t":1,"key":"/a","ver":1,"w":"a@h/1"}\n')
  const { exitCode, stderr } = await runHere(['replay', file, '--run', 'memory:'])
  expect(exitCode).toBe(7)
  expect(stderr).toContain('it holds no updates')
})

test('a store that cannot compare and swap is refused', async () => {
  const { exitCode, stderr } = await runHere([
    'replay',
    await stormFile(),
    '--run',
    `plain:${await temporaryDirectory()}`,
    '--write',
  ])
  expect(exitCode).toBe(7)
  expect(stderr).toContain('cannot compare and swap')
})

test.each(['sqlite', 'file'])(
  '%s: ctrl-c ends a run, which leaves nothing behind but what others made',
  async (scheme) => {
    const directory = await temporaryDirectory()
    const place = join(directory, 'scratch')
    const [node = '', ...entry] = COMMAND
    // So slow that it would take hours.
    const args = ['replay', await stormFile(), '--run', `${scheme}:${place}`, '--speed', '0.000001']
    const running = execa(node, [...entry, ...args], { reject: false, stdin: 'ignore' })
    await vi.waitFor(async () => expect(await readdir(directory)).not.toEqual([]), { timeout: 30_000 })
    const other = await openFilesystem(`${scheme}:${place}`)
    await other.put('/kept', { body: Buffer.from('{}'), contentType: 'application/json' }, anything)
    await other.close()
    running.kill('SIGINT')
    expect((await running).exitCode).toBe(130)
    expect((await readdir(directory)).filter((name) => !name.startsWith(basename(place)))).toEqual([])
    await using store = await openFilesystem(`${scheme}:${place}`)
    expect((await store.list('/')).items.map(({ path }) => path)).toEqual(['/kept'])
  },
)

test('a run in a store whose directory is not there is refused, and makes none', async () => {
  const parent = join(await temporaryDirectory(), 'missing')
  const { exitCode, stderr } = await runHere(['replay', await stormFile(), '--run', `file:${join(parent, 'store')}`])
  expect(exitCode).toBe(7)
  expect(stderr).toContain('no directory can be made beside it')
  expect(await exists(parent)).toBe(false)
})
