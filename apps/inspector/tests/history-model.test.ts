import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compareBodies, type ComparisonMode, VersionEntries, writerShares } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { fixtureStore } from './fixture-store.ts'
import { memoryStore } from './records-store.ts'

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

async function compare(
  from: unknown,
  to: unknown,
  mode: ComparisonMode = 'structural',
  options: { ignored?: readonly string[]; ignoresKeyOrder?: boolean; hidden?: readonly string[] } = {},
) {
  return await compareBodies(from === undefined ? undefined : bytes(from), to === undefined ? undefined : bytes(to), {
    mode,
    ignored: [],
    ignoresKeyOrder: false,
    hidden: undefined,
    ...options,
  })
}

describe('a comparison', () => {
  test('by structure has a group of lines for each change', async () => {
    const { lines, hunks, summary } = await compare({ a: 1, gone: true }, { a: 2, pay: [{ id: 1 }] })
    expect(summary).toBe('1 changed  1 added  1 removed')
    expect(hunks).toEqual([0, 1, 2])
    expect(lines.map(({ type }) => type)).toEqual(['change', 'change', 'change', 'part', 'part', 'part'])
  })

  test('by lines has hunks, side by side pairs what replaced what', async () => {
    const from = Array.from({ length: 30 }, (_, at) => `line ${at}`)
    const to = from.with(3, 'new 3').toSpliced(20, 1)
    const unified = await compare(from.join('\n'), to.join('\n'), 'unified')
    expect(unified).toMatchObject({ mode: 'unified', summary: '+1 -2 lines' })
    expect(unified.hunks).toHaveLength(2)
    const side = await compare(from.join('\n'), to.join('\n'), 'side')
    expect(side.hunks).toHaveLength(2)
    expect(side.lines).toContainEqual({ type: 'pair', op: 'changed', left: 'line 3', right: 'new 3' })
    expect(side.lines).toContainEqual({ type: 'pair', op: 'changed', left: 'line 20', right: undefined })
    expect(side.lines[0]).toEqual({ type: 'hunk', text: 'line 1' })
  })

  test('leaves out what is ignored, and the order of keys', async () => {
    const [from, to] = ['{"at":1,"id":1,"n":1}', '{"n":1,"id":1,"at":2}']
    expect((await compare(from, to, 'structural', { ignored: ['/at'] })).lines).toEqual([])
    expect((await compare(from, to, 'unified', { ignored: ['/at'] })).lines).not.toEqual([])
    expect((await compare(from, to, 'unified', { ignored: ['/at'], ignoresKeyOrder: true })).lines).toEqual([])
  })

  test('says when only the bytes differ', async () => {
    expect(await compare('{"a":1}', '{ "a": 1 }')).toMatchObject({
      lines: [],
      note: expect.stringContaining('the bytes do'),
    })
    expect(await compare('{"a":1}', '{"a":1}')).toMatchObject({ lines: [], note: '' })
  })

  test('takes the way that fits the bodies, and says so', async () => {
    expect(await compare('no json', 'at all')).toMatchObject({ mode: 'unified', note: 'not both are JSON' })
    const binary = await compareBodies(new Uint8Array([0, 1, 2, 255]), new Uint8Array([0, 1, 3, 255]), {
      mode: 'structural',
      ignored: [],
      ignoresKeyOrder: false,
      hidden: undefined,
    })
    expect(binary).toMatchObject({ mode: 'bytes', summary: '4 and 4 bytes, first different at 2' })
    expect(binary.lines.map(({ type }) => type)).toEqual(['hunk', 'line', 'line'])
  })

  test('of bodies that are too large or too different is one of bytes', async () => {
    const large = 'x'.repeat(1024 * 1024 + 1)
    expect(await compare(large, `${large}y`)).toMatchObject({
      mode: 'bytes',
      note: 'by bytes: more than 1,048,576 bytes',
    })
    const many = (letter: string) => Array.from({ length: 20_001 }, () => letter).join('\n')
    expect(await compare(many('a'), many('b'), 'unified')).toMatchObject({
      mode: 'bytes',
      note: 'by bytes: more than 20,000 lines',
    })
    const other = (letter: string) => Array.from({ length: 2000 }, (_, at) => letter + at).join('\n')
    expect((await compare(other('a'), other('b'), 'unified')).mode).toBe('bytes')
  })

  test('tells of what is hidden that it changed, and shows no byte of it', async () => {
    const [from, to] = [
      { id: 1, key: 'hush-1' },
      { id: 2, key: 'hush-2' },
    ]
    const options = { hidden: ['/key'] }
    for (const mode of ['structural', 'unified', 'side', 'bytes'] as const) {
      expect(JSON.stringify(await compare(from, to, mode, options))).not.toContain('hush')
      expect(JSON.stringify(await compare('hush no json', 'hush at all', mode, options))).not.toContain('hush')
    }
    expect(await compare(from, to, 'structural', options)).toMatchObject({
      summary: '2 changed  0 added  0 removed',
      hidden: 2,
    })
    expect((await compare(from, { ...from, id: 2 }, 'structural', options)).lines).toHaveLength(1)
  })
})

describe('the entries of a history', () => {
  test('are versions, newest first, and what is missing between them', async () => {
    const { fs, put } = await memoryStore()
    for (let n = 1; n <= 10; n++) await put('/a', n, { keepVersions: 3 })
    const entries = new VersionEntries(fs, '/a')
    await entries.read(2)
    expect(entries.state).toBe('more')
    await entries.read(100)
    expect(entries.state).toBe('whole')
    expect(entries.all.map((entry) => (entry.type === 'gap' ? `${entry.from}-${entry.to}` : entry.sequence))).toEqual([
      10,
      9,
      8,
      7,
      '1-6',
    ])
  })

  test('are read as far as a version that is asked for', async () => {
    const { fs, put } = await memoryStore()
    for (let n = 1; n <= 40; n++) await put('/a', n, { keepVersions: 100 })
    const entries = new VersionEntries(fs, '/a')
    await entries.read(5, 20)
    expect(entries.all).toHaveLength(21)
  })

  test('have a damaged version at its place', async () => {
    const store = await fixtureStore()
    for (let n = 1; n <= 5; n++) await store.put('/r', `{"n":${n}}`)
    const versions = join(store.root, 'records/r/+record/v')
    await copyFile(join(versions, '1'), join(versions, '3'))
    const entries = new VersionEntries(store.fs, '/r')
    await entries.read(100)
    expect(entries.all.map(({ type }) => type)).toEqual(['version', 'version', 'damaged', 'version', 'version'])
    const [, , damaged] = entries.all
    expect(damaged).toMatchObject({ sequence: 3, problem: expect.stringContaining('/r') })
  })

  test('say who wrote how many', async () => {
    const { fs, put } = await memoryStore()
    const services = ['a', 'a', 'a', 'b', 'b', 'c', 'd', 'e']
    for (const service of services) await put('/a', service, { writer: { service, host: 'h', pid: 1 } })
    const entries = new VersionEntries(fs, '/a')
    await entries.read(100)
    expect(writerShares(entries.all, 3).map(({ service, versions }) => [service, versions])).toEqual([
      ['a', 3],
      ['b', 2],
      ['e', 1],
      ['', 2],
    ])
  })
})
