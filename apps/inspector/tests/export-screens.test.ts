import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
import { allChecks, checkTrace, OutputFile, outputSchemas, readTrace } from '@latchless/inspector'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { checkedRows } from './fake-io.ts'
import { temporaryDirectory } from './fixture-store.ts'
import { rowsOf } from './inspector-process.ts'
import { memoryStore } from './records-store.ts'
import { duelLines, traceFile, traceText } from './trace-lines.ts'
import { openShell, type OpenShell } from './tui-shell.ts'

const DUEL = duelLines({ w: 'alpha@h/1', op: 'opA' }, { w: 'beta@h/2', op: 'opB' })

let directory: string

// What is exported without a directory goes into the current one.
beforeEach(async () => {
  directory = await temporaryDirectory()
  const before = process.cwd()
  process.chdir(directory)
  onTestFinished(() => process.chdir(before))
})

async function written(shell: OpenShell, script = 'E<enter>'): Promise<{ name: string; text: string }> {
  const before = await readdir(directory)
  shell.press(script)
  await shell.shows(/wrote .* bytes/)
  const [name = '', ...others] = (await readdir(directory)).filter((each) => !before.includes(each))
  expect(others).toEqual([])
  const text = await readFile(join(directory, name), 'utf8')
  expect(shell.text()).toContain(`${Buffer.byteLength(text).toLocaleString('en-US')} bytes, to ${name.slice(0, 20)}`)
  return { name, text }
}

async function openHistory(fs: Filesystem, path: string): Promise<OpenShell> {
  const shell = openShell({ store: fs, destination: { to: 'history', path }, columns: 160 })
  await shell.shows(/v1 to v2/)
  return shell
}

describe('E on the history screen', () => {
  test('writes what is compared as a JSON Patch', async () => {
    const { fs, put } = await memoryStore()
    await put('/orders/o1', { status: 'new', lines: ['a'] })
    await put('/orders/o1', { status: 'paid', lines: ['a', 'b'] })
    const shell = await openHistory(fs, '/orders/o1')
    await shell.shows('1 changed')
    const { name, text } = await written(shell)
    expect(name).toBe('orders-o1-v1-v2.patch.json')
    expect(JSON.parse(text)).toEqual([
      { op: 'replace', path: '/status', value: 'paid' },
      { op: 'add', path: '/lines/1', value: 'b' },
    ])
  })

  test('writes it also where it is shown another way, without what is ignored', async () => {
    const { fs, put } = await memoryStore()
    await put('/o', { a: 1, at: 1 })
    await put('/o', { a: 2, at: 2 })
    const shell = await openHistory(fs, '/o')
    shell.press('u:ignore /at<enter>')
    await shell.shows('without 1')
    const { text } = await written(shell, ':export mine.json<enter>')
    expect(JSON.parse(text)).toEqual([{ op: 'replace', path: '/a', value: 2 }])
  })

  test('writes nothing that is hidden on the screen', async () => {
    const { fs, put } = await memoryStore()
    await put('/c', { id: 1, password: 'hunter2-of-ann' })
    await put('/c', { id: 2, password: 'correct-horse-battery' })
    const shell = await openHistory(fs, '/c')
    await shell.shows('/id  1')
    expect(shell.text()).not.toMatch(/hunter2|horse/)
    const { text } = await written(shell)
    expect(shell.text()).toContain('wrote the difference as a JSON Patch without its secrets')
    expect(text).toContain('"/id"')
    expect(text).not.toMatch(/hunter2|horse/)
  })

  test('says why there is none of what is no JSON', async () => {
    const { fs, put } = await memoryStore()
    await put('/t', Buffer.from('one'))
    await put('/t', Buffer.from('two'))
    const shell = await openHistory(fs, '/t')
    await shell.shows('not both are JSON')
    shell.press('E<enter>')
    await shell.shows('Cannot export a JSON Patch: not both are JSON')
    expect(await readdir(directory)).toEqual([])
  })
})

describe('E on the replay screen', () => {
  async function openReplay(keys: string): Promise<OpenShell> {
    const file = await traceFile(traceText(DUEL), 'duel.castrace.jsonl')
    const shell = openShell({ store: await MemoryFilesystem.open(), destination: { to: 'replay', files: [file] } })
    await shell.shows(/lanes by|lane /)
    shell.press(keys)
    return shell
  }

  test('writes the part in sight as a trace that can be opened', async () => {
    const shell = await openReplay(':goto 60ms<enter>www')
    const { name } = await written(shell)
    expect(name).toMatch(/^duel-0\.0\d\ds-0\.0\d\ds\.castrace\.jsonl$/)
    const part = await readTrace([join(directory, name)])
    expect([part.problems, checkTrace(part).findings]).toEqual([[], []])
    const [, from = '', to = ''] = /-([\d.]+)s-([\d.]+)s/.exec(name) ?? []
    expect((part.endUs - part.startUs) / 1e6).toBeCloseTo(Number(to) - Number(from), 2)
    shell.press(`:open ${name}<enter>`)
    await shell.shows(/paused 1x {2}0\.000 s/)
    // What was under way at its start has begun before it.
    shell.press('hhhhlllLHx0$ffsswdd')
  })

  test("writes it for Chrome's trace viewer with :export chrome", async () => {
    const shell = await openReplay(':goto 60ms<enter>www')
    const { name, text } = await written(shell, ':export chrome duel.json<enter>')
    expect(name).toBe('duel.json')
    const { traceEvents } = JSON.parse(text) as { traceEvents: { ph: string; name: string }[] }
    const spans = traceEvents.filter(({ ph }) => ph === 'X').map(({ name: span }) => span)
    expect(spans).toContain('cas won')
    expect(spans).not.toContain('read')
  })
})

test('E on the contention screen writes the figures as the command prints them', async () => {
  const store = await MemoryFilesystem.open()
  const shell = openShell({ store, destination: { to: 'contention' }, nowMs: Date.now() + 2000 })
  const entry = { body: Buffer.from('{}'), contentType: 'application/json' }
  await vi.waitFor(async () => {
    await store.put('/orders/1', entry, anything, { writer: { service: 'api', host: 'h', pid: 7 } })
    shell.pass(1000)
    expect(shell.text()).toContain('/orders/1')
  })
  const { name, text } = await written(shell)
  expect(name).toMatch(/^contention-\d{8}T\d{6}Z\.json$/)
  expect(checkedRows(text)).toMatchObject([{ type: 'contention', prefix: '/', keys: [{ key: '/orders/1' }] }])
})

test('E on the doctor screen writes the report as the command prints it, and J copies it', async () => {
  const shell = openShell({ store: await MemoryFilesystem.open(), destination: { to: 'doctor' } })
  shell.press('E')
  expect(shell.text()).toContain('Cannot export the report: the checks are still running')
  await shell.shows(/in \d+\.\d\d s/)
  shell.press('J')
  const { name, text } = await written(shell)
  expect(name).toMatch(/^doctor-\d{8}T\d{6}Z\.jsonl$/)
  const rows = rowsOf(text)
  for (const row of rows.slice(0, -1)) outputSchemas.check.parse(row)
  expect(rows[0]).toMatchObject({ id: 'store.connect', status: 'ok' })
  expect(outputSchemas.checkTotal.parse(rows.at(-1))).toMatchObject({ fail: 0 })
  expect(rows.map((row) => (row as { id?: string }).id).slice(0, -1)).toEqual((await allChecks()).map(({ id }) => id))
  expect(shell.copied).toEqual([text])
})

describe('an export', () => {
  async function openReport(): Promise<OpenShell> {
    const shell = openShell({ store: await MemoryFilesystem.open(), destination: { to: 'doctor' } })
    await shell.shows(/in \d+\.\d\d s/)
    return shell
  }

  test('replaces no file, and lets another name be typed', async () => {
    const file = join(directory, 'mine.jsonl')
    await writeFile(file, 'mine')
    const shell = await openReport()
    shell.press('E<ctrl-u>mine.jsonl<enter>')
    expect(shell.text()).toContain('Cannot write "mine.jsonl": it is there already')
    shell.press('2<enter>')
    await shell.shows('mine.jsonl2')
    expect(await readFile(file, 'utf8')).toBe('mine')
    const output = await OutputFile.create(join(directory, 'later'))
    await output.write('whole')
    await writeFile(join(directory, 'later'), 'of somebody else')
    await expect(output.finish()).rejects.toThrow(/^Cannot write ".*later": it is there already, expected a new name$/)
    expect(await readFile(join(directory, 'later'), 'utf8')).toBe('of somebody else')
    expect((await readdir(directory)).toSorted()).toEqual(['later', 'mine.jsonl', 'mine.jsonl2'])
  })

  test('asks for a name, can be cancelled, and tells why a file cannot be written', async () => {
    const shell = await openReport()
    shell.press('E<ctrl-u><enter>')
    expect(shell.text()).toContain('no file is named, expected one such as doctor-')
    shell.press('<escape>')
    shell.press(':export no/such/place.json<enter>')
    await shell.shows('Cannot write "no/such/place.json": ENOENT')
    expect(await readdir(directory)).toEqual([])
  })

  test('has a name that leads nowhere else, whatever the record is called', async () => {
    const { fs, put } = await memoryStore()
    const path = '/..$(rm) -rf/~x;y|'
    await put(path, { a: 1 })
    await put(path, { a: 2 })
    const shell = await openHistory(fs, path)
    await shell.shows('1 changed')
    const { name } = await written(shell)
    expect(name).toMatch(/^[\w-][\w.-]*\.patch\.json$/)
    expect(existsSync(join(directory, name))).toBe(true)
  })
})
