import type { FinalVersion, HistoryLine } from '@latchless/chaos'
import { checkEpoch } from '@latchless/chaos'
import { WRITE_IDS_KEPT } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import type { Scene } from './scene.ts'
import { historyOf, LIST, REGISTER, v } from './scene.ts'

const JUST_REMEMBERED = 2 + WRITE_IDS_KEPT
const FORGOTTEN = JUST_REMEMBERED + 1

function found(scene: Scene): string[] {
  return [...new Set(checkEpoch(historyOf(scene), scene.final).map(({ check }) => check))].toSorted()
}

function versionOf(sequence: number, writeId: string, ops: readonly string[] = []): FinalVersion {
  return { version: v(sequence), sequence, writeId, live: true, digest: writeId.toUpperCase(), ops }
}

/** Versions one after the other, of which some are made by this write, whose first sending got no answer. */
function registerScene(again: number, landings: readonly number[], sendings: 1 | 2 = 2): Scene {
  const lines: HistoryLine[] = []
  const versions: FinalVersion[] = []
  const write = { type: 'write', path: REGISTER, expect: 'any' } as const
  const twice = { ...write, client: '2.1', writeId: 'twice', digest: 'TWICE' } as const
  for (let sequence = 1; sequence <= again + 1; sequence++) {
    const at = sequence * 10
    if (landings.includes(sequence)) {
      versions.unshift(versionOf(sequence, 'twice'))
      // Who comes next sees it, or writes over exactly it.
      const seen = { version: v(sequence), writeId: 'twice', live: true, digest: 'TWICE' }
      lines.push({ type: 'get', client: '3.1', start: at + 6, end: at + 8, path: REGISTER, seen })
      continue
    }
    const writeId = `w${sequence}`
    versions.unshift(versionOf(sequence, writeId))
    const expected = landings.includes(sequence - 1) ? v(sequence - 1) : 'any'
    lines.push(
      { ...write, expect: expected, client: '1.1', id: sequence, start: at, writeId, digest: writeId.toUpperCase() },
      { type: 'answer', id: sequence, end: at + 5, outcome: 'done', version: v(sequence) },
    )
  }
  lines.push(
    { ...twice, id: 9001, start: 20 },
    { type: 'answer', id: 9001, end: 25, outcome: 'done', version: v(2) },
    ...(sendings === 2 ? [{ ...twice, id: 9000, start: 19 }] : []),
  )
  const head = again + 1
  return {
    lines,
    final: {
      records: [{ path: REGISTER, sequence: head, live: true, body: '{}', versions }],
      logs: [],
      listed: [[REGISTER, v(head)]],
    },
  }
}

describe('A write that is sent twice and lands again', () => {
  test('beyond the memory of the record is a write of its own', () => {
    expect(found(registerScene(FORGOTTEN, [2, FORGOTTEN]))).toEqual([])
  })

  test('beyond it, and was acknowledged there, is one too', () => {
    const scene = registerScene(FORGOTTEN, [2, FORGOTTEN])
    const at = FORGOTTEN * 10
    scene.lines = scene.lines.flatMap((line): HistoryLine[] => {
      if (line.type !== 'answer' || line.id !== 9001) return [line]
      return [{ type: 'answer', id: 9001, end: at + 5, outcome: 'done', version: v(FORGOTTEN) }]
    })
    expect(found(scene)).toEqual([])
  })

  test('while the record remembers is found', () => {
    expect(found(registerScene(JUST_REMEMBERED, [2, JUST_REMEMBERED]))).toContain('not-linearizable')
    expect(found(registerScene(JUST_REMEMBERED, [2, JUST_REMEMBERED]))).toContain('versions: undecided')
  })

  test('beyond it is found when it was sent once only', () => {
    expect(found(registerScene(FORGOTTEN, [2, FORGOTTEN], 1))).toContain('versions: dense-versions')
  })
})

/** A list of which one update is in it twice: its first write, over this version, was never answered. */
function listScene(expect: string, acknowledgedIn: number): Scene {
  const put = { type: 'write', client: '1.1', path: LIST, ops: ['x'] } as const
  const names = Array.from({ length: acknowledgedIn }, (_, at) => `n${at + 1}`)
  names[2] = 'x'
  names[acknowledgedIn - 1] = 'x'
  const others = names.flatMap((op, at): HistoryLine[] => {
    if (op === 'x') return []
    const id = 100 + 10 * at
    return [
      { type: 'update', id, client: '2.1.0', start: id, path: LIST, op },
      {
        ...put,
        id: id + 1,
        start: id + 1,
        client: '2.1',
        writeId: op,
        expect: at === 0 ? 'unwritten' : v(at),
        digest: op,
        ops: [op],
      },
      { type: 'answer', id: id + 1, end: id + 2, outcome: 'done', version: v(at + 1) },
      { type: 'answer', id, end: id + 3, outcome: 'done', version: v(at + 1), position: at },
    ]
  })
  const last = 100 + 10 * names.length
  const kept = { sequence: acknowledgedIn, writeId: 'again', live: true, digest: 'AGAIN', ops: ['x'] }
  return {
    lines: [
      ...others,
      { type: 'update', id: 1, client: '1.1.0', start: 101, path: LIST, op: 'x' },
      { ...put, id: 2, start: 102, writeId: 'first', expect, digest: 'FIRST' },
      {
        type: 'get',
        client: '3.1',
        start: 122,
        end: 123,
        path: LIST,
        seen: { version: v(3), writeId: 'first', live: true },
      },
      { type: 'update', id: 3, client: '1.1.0', start: last, path: LIST, op: 'x' },
      { ...put, id: 4, start: last + 1, writeId: 'again', expect: v(acknowledgedIn - 1), digest: 'AGAIN' },
      { type: 'answer', id: 4, end: last + 2, outcome: 'done', version: v(acknowledgedIn) },
      {
        type: 'answer',
        id: 3,
        end: last + 3,
        outcome: 'done',
        version: v(acknowledgedIn),
        position: acknowledgedIn - 1,
      },
    ],
    final: {
      records: [
        {
          path: LIST,
          sequence: acknowledgedIn,
          live: true,
          body: JSON.stringify({ names }),
          versions: [{ version: v(acknowledgedIn), ...kept }],
        },
      ],
      logs: [],
      listed: [[LIST, v(acknowledgedIn)]],
    },
  }
}

describe('An update that is repeated and is in its list again', () => {
  test('beyond the memory of the record is a new one, although its first write was never answered', () => {
    expect(found(listScene(v(2), 3 + WRITE_IDS_KEPT + 1))).toEqual([])
  })

  test('while the record remembers its first write is found', () => {
    expect(found(listScene(v(2), 3 + WRITE_IDS_KEPT))).toEqual(['lists: duplicated'])
  })
})
