import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryFilesystem } from '@latchless/filesystem'
import { withColumns } from '@latchless/inspector'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fillStore } from './doctor-subject.ts'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore } from './fixture-store.ts'
import { COMMAND } from './inspector-process.ts'

async function filledStore() {
  const store = await fixtureStore()
  await fillStore(store.fs)
  await store.put('/orders/1', '{"id":1}')
  const ls = async (...args: string[]) => await runHere(['--store', store.url, 'ls', ...args])
  return { ...store, ls }
}

const lastWord = (line: string) => line.split(/ {2,}/).at(-1)

describe('ls --long', () => {
  test('ends a line with what the record is about, where its kind is known', async () => {
    const { ls } = await filledStore()
    const { stdout, exitCode } = await ls('--long')
    const lines = stdout.trimEnd().split('\n')
    const ending = (path: string) => lines.filter((line) => line.includes(path)).map(lastWord)
    expect(exitCode).toBe(0)
    expect(ending('/approval-slots/')).toEqual(['2 taken'])
    expect(ending('.a1 ')).toEqual([expect.stringMatching(/^pending, shell\.run, 9 min \d+ s left$/)])
    expect(ending('/budgets/tree')).toEqual(['1 account, 1 open'])
    expect(ending('/budgets/reservations/r3')).toEqual(['released, $0.50'])
    expect(ending('/invocations/')).toEqual(['blocked-approval, shell.run'])
    expect(ending('/orders/1')).toEqual(['/orders/1'])
    expect(lines.filter((line) => line.endsWith(' '))).toEqual([])
  })

  test('has as many fields in each line that is separated by tabs', async () => {
    const { ls } = await filledStore()
    const { stdout } = await ls('--long', '--plain', '--depth', 'children')
    const lines = stdout.split('\n').slice(0, -1)
    expect(lines.map((line) => line.split('\t').length)).toEqual(lines.map(() => 7))
    const { stdout: below } = await ls('/budgets', '--long', '--plain')
    expect(below).toContain('\t/budgets/tree\t1 account, 1 open\n')
  })

  test('has them as columns in its rows, none for what it knows nothing of', async () => {
    const { ls } = await filledStore()
    const rows = checkedRows((await ls('--long', '--json')).stdout)
    const columnsAt = (start: string) =>
      rows.filter(({ path }) => String(path).startsWith(start)).map(({ columns }) => columns)
    expect(columnsAt('/budgets/reservations')).toEqual([
      ['denied', '$20.00'],
      ['released', '$0.50'],
    ])
    expect(columnsAt('/invocations')).toEqual([['blocked-approval', 'shell.run']])
    expect(columnsAt('/orders')).toEqual([[]])
    const short = checkedRows((await ls('--json')).stdout)
    expect(short.filter((row) => 'columns' in row)).toEqual([])
    expect(short.map(({ path }) => path)).toEqual(rows.map(({ path }) => path))
  })

  test('leaves the place of a record empty that is damaged, large or not of its kind, and lists it', async () => {
    const { ls, root, ...store } = await filledStore()
    const entry = { kind: 'invocation' }
    await store.put('/x/large', JSON.stringify({ text: 'x'.repeat(70_000) }), { entry })
    await store.put('/x/other', '{"status":"running"}', { entry })
    const damaged = join(root, 'records/budgets/tree/+record/v')
    const name = String(Math.max(...(await readdir(damaged)).map(Number)))
    const bytes = await readFile(join(damaged, name))
    // The last byte is one of the body.
    bytes[bytes.length - 1] = 0
    await writeFile(join(damaged, name), bytes)
    const { stdout, exitCode, stderr } = await ls('--long', '--json')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const empty = checkedRows(stdout).flatMap(({ path, columns }) =>
      Array.isArray(columns) && columns.length === 0 ? [path] : [],
    )
    expect(empty).toEqual(['/budgets/tree', '/orders/1', '/x/large', '/x/other'])
  })

  test('keeps the order of a list of several pages', async () => {
    const { ls, ...store } = await filledStore()
    const path = (at: number) => `/invocations/i${String(at).padStart(3, '0')}`
    for (let at = 0; at < 120; at++) {
      const call = { id: 'i', scope: {}, capabilityId: `c${at}`, status: 'running', createdAt: 0, updatedAt: 0 }
      await store.put(path(at), JSON.stringify(call), { entry: { kind: 'invocation' } })
    }
    const rows = checkedRows((await ls('/invocations', '--long', '--json', '--filter', '/i[0-9]{3}$/')).stdout)
    expect(rows.map((row) => [row['path'], row['columns']])).toEqual(
      Array.from({ length: 120 }, (_, at) => [path(at), ['running', `c${at}`]]),
    )
  })

  test('reads a few bodies at once, and none of a directory or of a kind that nobody knows', async () => {
    const fs = await MemoryFilesystem.open({})
    onTestFinished(() => fs.close())
    const writer = { service: 'api', host: 'h1', pid: 7 }
    const stored = { schemaVersion: 1, contentType: null, size: 1, time: null, writer, writeId: '', token: '1.0' }
    const record = { type: 'record', v: 1, state: 'live', version: 1, kind: 'invocation', ...stored } as const
    const row = (at: number) => ({ ...record, path: `/i${at}` })
    let atOnce = 0
    let mostAtOnce = 0
    const asked: string[] = []
    fs.getVersion = async (path) => {
      asked.push(path)
      mostAtOnce = Math.max(mostAtOnce, ++atOnce)
      await new Promise(setImmediate)
      atOnce--
      return undefined
    }
    const unknown = [
      { ...row(90), kind: 'order' },
      { ...row(91), kind: null },
      { ...row(92), state: 'deleted' as const },
    ]
    const rows = [...Array.from({ length: 20 }, (_, at) => row(at)), ...unknown]
    const done = await withColumns(fs, [...rows, { type: 'directory', v: 1, path: '/d' }], 0)
    expect(done).toEqual([...rows.map((one) => ({ ...one, columns: [] })), { type: 'directory', v: 1, path: '/d' }])
    expect(asked).toEqual(Array.from({ length: 20 }, (_, at) => `/i${at}`))
    expect(mostAtOnce).toBe(8)
  })

  test('alone loads what knows the kinds: the other lists begin as fast as before', async () => {
    const { url } = await filledStore()
    const loaded = async (...args: string[]) => {
      const [program = '', ...words] = COMMAND
      const { stderr } = await execa(program, ['--import', TELLS_LOADED, ...words, '--store', url, 'ls', ...args])
      return ['columns-of-rows', 'invocation'].filter((name) => stderr.includes(`/${name}`))
    }
    expect(await loaded('--plain', '--json')).toEqual([])
    expect(await loaded('--long')).toEqual(['columns-of-rows', 'invocation'])
  })
})

/** A module that prints the modules that are loaded after it. */
const TELLS_LOADED = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module'
   registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) })`,
)}`
