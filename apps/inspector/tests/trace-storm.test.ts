import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { type Filesystem, openFilesystem, sequenceOf, writerName } from '@latchless/filesystem'
import {
  checkTrace,
  KIND,
  lanesOf,
  Makers,
  readTrace,
  stepUs,
  Timeline,
  type Trace,
  winnerOf,
} from '@latchless/inspector'
import { execaNode } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectoryOfSuite } from './suite-directory.ts'

const PROCESSES = 4
const WRITERS = 16
const UPDATES = 12
const PATHS = ['/hot', '/warm/1', '/warm/2']

describe.each(['combine', 'plain'] as const)('a storm of four processes of sixteen writers on SQLite (%s)', (mode) => {
  const directory = temporaryDirectoryOfSuite()
  let trace: Trace
  let files: string[]
  let store: Filesystem

  beforeAll(async () => {
    const url = `sqlite:${join(directory.path, 'store.db')}`
    store = await openFilesystem(url)
    files = Array.from({ length: PROCESSES }, (_, at) => join(directory.path, `${at}.castrace.jsonl`))
    const program = fileURLToPath(new URL('./trace-storm-worker.ts', import.meta.url))
    const workers = files.map((file) => {
      const job = JSON.stringify({ url, file, mode, writers: WRITERS, updates: UPDATES, paths: PATHS })
      return execaNode(program, [job], { ipc: true, nodeOptions: process.execArgv })
    })
    // They begin together, however long each takes to start.
    await Promise.all(workers.map((worker) => worker.getOneMessage()))
    await Promise.all(workers.map((worker) => worker.sendMessage('go')))
    await Promise.all(workers)
    trace = await readTrace(files)
    return () => store.close()
  }, 60_000)

  test('was recorded whole', () => {
    expect(trace.problems).toEqual([])
    const ends = Array.from(trace.byEnd).filter((event) => trace.columns.kind[event] === KIND.done)
    expect(ends).toHaveLength(PROCESSES * WRITERS * UPDATES)
    const losses = lanesOf(trace, 'key').lanes.reduce((sum, { lost }) => sum + lost, 0)
    expect(losses).toBeGreaterThan(0)
  })

  test('breaks no promise', () => {
    expect(checkTrace(trace).findings).toEqual([])
  })

  test('agrees with the store on who made which version with which write', async () => {
    const makers = new Makers(trace)
    const { names, columns } = trace
    let compared = 0
    for (const path of PATHS) {
      const { versions } = await store.history(path, { limit: 1000 })
      for (const { info } of versions) {
        const maker = makers.makerOf(names.find(path), sequenceOf(info.version), Number.POSITIVE_INFINITY)
        expect(names.text(columns.write[maker] ?? -1)).toBe(info.writeId)
        const updates = trace.foldedOps(maker) ?? [columns.op[maker] ?? -1]
        expect(Array.from(updates, (op) => names.text(op))).toEqual(info.updates.map(({ opId }) => opId))
        compared++
      }
    }
    // A writer's updates of one record follow each other, so each is in another version.
    expect(compared).toBeGreaterThanOrEqual(UPDATES)
  })

  test('tells of each loss the writer that the store names', async () => {
    const makers = new Makers(trace)
    const { names, columns } = trace
    const named = new Map<string, string>()
    for (const path of PATHS) {
      const { versions } = await store.history(path, { limit: 1000 })
      for (const { info } of versions) {
        // A folded version is told by its first update, as the trace does.
        const writer = info.updates[0]?.writer ?? info.writer
        named.set(`${path} ${sequenceOf(info.version)}`, writerName(writer))
      }
    }
    let compared = 0
    for (let event = 0; event < trace.count; event++) {
      const winner = winnerOf(trace, makers, event)
      const stored = winner && named.get(`${names.text(columns.key[event] ?? -1)} ${winner.version}`)
      if (!stored) continue
      expect(winner.isRecorded).toBe(true)
      expect(names.text(winner.writer)).toBe(stored)
      compared++
    }
    expect(compared).toBeGreaterThan(0)
  })

  test('has the same states backwards as forwards', () => {
    const moments = lanesOf(trace, 'writer')
      .all.steps.filter((_, at) => at % 7 === 0)
      .map((event) => stepUs(trace, event))
    const stateOf = (timeline: Timeline, us: number): object => {
      const { open, ...counts } = timeline.stateAt(us)
      return { ...counts, open: [...open].toSorted(([a], [b]) => a - b) }
    }
    const forwards = new Timeline(trace)
    const there = moments.map((us) => stateOf(forwards, us))
    const backwards = new Timeline(trace)
    const back = moments.toReversed().map((us) => stateOf(backwards, us))
    expect(back.toReversed()).toEqual(there)
    expect(there.at(-1)).toMatchObject({ won: expect.any(Number), lost: expect.any(Number) })
  })

  test('is no longer in order when one loss is turned into a win', async () => {
    const { readFile, writeFile } = await import('node:fs/promises')
    const [first = ''] = files
    const lines = (await readFile(first, 'utf8')).split('\n')
    const at = lines.findIndex((line) => line.includes('"out":"lost"'))
    lines[at] = (lines[at] ?? '').replace('"out":"lost"', '"out":"won"')
    const changed = join(directory.path, 'changed.jsonl')
    await writeFile(changed, lines.join('\n'))
    const damaged = await readTrace([changed, ...files.slice(1)])
    expect(damaged.problems).toMatchObject([{ kind: 'checksum' }])
    expect(checkTrace(damaged).findings).toContainEqual(
      expect.objectContaining({ kind: 'lost-update', severity: 'error' }),
    )
  })
})
