import type { HistoryLine } from '@latchless/chaos'
import { checkEpoch } from '@latchless/chaos'
import { describe, expect, test } from 'vitest'
import { historyOf, LIST, REGISTER, rightScene, v } from './scene.ts'

const call = { client: '3.1.0', path: REGISTER, start: 52, end: 58 } as const
const update = { type: 'update', id: 40, client: '3.1.0', start: 25, path: REGISTER } as const
const acknowledged = { type: 'answer', id: 40, end: 45, outcome: 'done' } as const

/** The checks that find something in the right scene with these lines, each once. */
function found(...lines: readonly HistoryLine[]): string[] {
  const scene = rightScene()
  scene.lines.push(...lines)
  return [...new Set(checkEpoch(historyOf(scene), scene.final).map(({ check }) => check))].toSorted()
}

/** The register as an `apply` saw it. */
function sight(start: number, end: number, digest?: string, name = `value ${digest}`): HistoryLine {
  return { ...call, type: 'saw', start, end, ...(digest === undefined ? {} : { name, digest }) }
}

/** The answer to an update that changed nothing. */
function nothing(start: number, end: number, version: number, live: boolean): HistoryLine {
  return { ...call, type: 'get', start, end, seen: { version: v(version), live } }
}

describe('checkEpoch() believes an update', () => {
  test('that is in the version that its caller was told', () => {
    expect(found({ ...update, op: 'set-b' }, { ...acknowledged, version: v(2) })).toEqual([])
  })

  test('that changed nothing over a state from within its call', () => {
    expect(found(nothing(52, 58, 2, true), sight(52, 58, 'B'))).toEqual([])
    expect(found(nothing(66, 69, 3, false), sight(66, 69))).toEqual([])
    expect(found(sight(31, 39, 'A'), sight(31, 39, 'B'), sight(5, 8))).toEqual([])
  })

  test('that saw the state in the middle of a batch, and was told the version of the whole', () => {
    // The batch is that of v2: a removal and the value that is left.
    const removal: HistoryLine = { ...update, op: 'set-b', removes: true }
    expect(found(nothing(30, 40, 2, false), removal, sight(30, 40))).toEqual([])
    expect(found(sight(30, 40, 'a value that the next update of the batch replaced', 'set-b'))).toEqual([])
  })
})

describe('checkEpoch() finds, in updates,', () => {
  test('one that is not in the version that its caller was told', () => {
    expect(found({ ...update, op: 'other' }, { ...acknowledged, version: v(2) })).toEqual(['updates: lost'])
    expect(found({ ...update, op: 'removal', removes: true }, { ...acknowledged, version: v(3) })).toEqual([
      'updates: lost',
    ])
    expect(found({ ...update, op: 'set-b' }, { ...acknowledged, version: v(9) })).toEqual(['updates: lost'])
    expect(found({ ...update, path: LIST, op: 'x' }, { ...acknowledged, version: v(2) })).toContain('updates: lost')
  })

  test.each<HistoryLine & { type: 'answer' }>([
    { type: 'answer', id: 40, end: 45, outcome: 'nothing' },
    { type: 'answer', id: 40, end: 45, outcome: 'refused', code: 'timeout' },
  ])('one that is in a version although its caller was told $outcome', (answer) => {
    expect(found({ ...update, op: 'set-b' }, answer)).toEqual(['updates: refused'])
  })

  test('one that changed nothing over a state from before its call', () => {
    expect(found(nothing(52, 58, 1, true))).toEqual(['not-linearizable', 'versions: real-time-order'])
    expect(found(nothing(85, 88, 3, false))).toEqual(['not-linearizable', 'versions: real-time-order'])
  })

  test('one that was shown a state from before its call, or a value that nobody wrote', () => {
    expect(found(sight(52, 58, 'A'))).toEqual(['not-linearizable'])
    expect(found(sight(85, 88))).toEqual(['not-linearizable'])
    expect(found(sight(52, 58, 'X'))).toEqual(['not-linearizable'])
  })
})
