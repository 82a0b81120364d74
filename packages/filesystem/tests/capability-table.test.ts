import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalFilesystem, MemoryFilesystem, PlainFilesystem, SqliteFilesystem } from '@latchless/filesystem'
import { capabilityTable } from '@latchless/filesystem/conformance'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dropDatabase, openStore } from './postgres/store.ts'

afterAll(dropDatabase)

const guarantees = new URL('../../../docs/guarantees.md', import.meta.url)
const block = /(?<=<!-- capabilities:start -->\n)[\s\S]*?(?=<!-- capabilities:end -->)/

async function currentTable(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'latchless-capabilities-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await using memory = await MemoryFilesystem.open()
  await using disk = await LocalFilesystem.open({ root: join(root, 'disk'), durability: 'disk' })
  await using process = await LocalFilesystem.open({ root: join(root, 'process'), durability: 'process' })
  await using sqlite = await SqliteFilesystem.open({ path: join(root, 'store.db'), durability: 'disk' })
  await using server = await openStore()
  await using plain = await PlainFilesystem.open({ root: join(root, 'plain') })
  const postgres = server.filesystem
  const opened = { memory, local: disk, 'local, durability: process': process, sqlite, postgres, plain }
  return capabilityTable(
    Object.entries(opened).map(([name, filesystem]) => ({ name, capabilities: filesystem.capabilities('/') })),
  )
}

test('capabilityTable() shows each backend as a column', async () => {
  const lines = (await currentTable()).split('\n')
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()))
  const names = ['memory', 'local', 'local, durability: process', 'sqlite', 'postgres', 'plain']
  expect(cells[0]).toEqual(['', '', ...names.map((name) => `\`${name}\``), ''])
  expect(cells.find((row) => row[1] === 'compare-and-swap')).toEqual([
    '',
    'compare-and-swap',
    'several records',
    'one record',
    'one record',
    'several records',
    'several records',
    'no',
    '',
  ])
  expect(new Set(lines.map((line) => line.length)).size, 'the columns are aligned').toBe(1)
})

test.runIf(existsSync(guarantees))('docs/guarantees.md embeds the capabilities that the backends declare', async () => {
  const wanted = `\n${await currentTable()}\n\n`
  const text = await readFile(guarantees, 'utf8')
  expect(text, 'the document has the two markers').toMatch(block)
  if (process.env['UPDATE_DOCS'] === '1')
    await writeFile(
      guarantees,
      text.replace(block, () => wanted),
    )
  const [embedded] = block.exec(await readFile(guarantees, 'utf8')) ?? []
  expect(embedded, 'run the tests of this package with UPDATE_DOCS=1').toBe(wanted)
})
