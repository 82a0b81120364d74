import type { Counter, JournalLine } from '@latchless/demo'
import { countUpdate, prove } from '@latchless/demo'
import { describe, expect, test } from 'vitest'

const path = '/storm/hot'

function intent(writer: string, sequence: number): JournalLine {
  return { type: 'intent', path, writer, sequence }
}

function acknowledged(writer: string, sequence: number): JournalLine[] {
  return [intent(writer, sequence), { type: 'acknowledged', path, writer, sequence, startMs: 0, tookMs: 1 }]
}

function failed(writer: string, sequence: number, retry: 'safe' | 'unknown'): JournalLine[] {
  return [intent(writer, sequence), { type: 'failed', path, writer, sequence, retry, message: 'no' }]
}

/** The record after these updates were applied in this order. */
function counterAfter(...updates: readonly (readonly [writer: string, sequence: number])[]): Counter | undefined {
  return updates.reduce<Counter | undefined>(
    (counter, [writer, sequence]) => countUpdate(counter, writer, sequence),
    undefined,
  )
}

function proveRecord(lines: readonly JournalLine[], counter: Counter | undefined) {
  return prove(lines, new Map([[path, counter]]))
}

describe('prove() accepts', () => {
  test('a history in which every acknowledged update was applied once', () => {
    const lines = [...acknowledged('a', 1), ...acknowledged('b', 1), ...acknowledged('a', 2)]
    expect(proveRecord(lines, counterAfter(['a', 1], ['b', 1], ['a', 2]))).toEqual({
      acknowledged: 3,
      applied: 3,
      lost: 0,
      duplicated: 0,
      failed: 0,
      unanswered: { landed: 0, missing: 0 },
      findings: [],
    })
  })

  test('an update in flight at the kill that landed, and one that did not', () => {
    const lines = [...acknowledged('a', 1), intent('a', 2), ...acknowledged('b', 1), intent('b', 2)]
    const proof = proveRecord(lines, counterAfter(['a', 1], ['b', 1], ['b', 2]))
    expect(proof).toMatchObject({ acknowledged: 2, applied: 2, lost: 0, duplicated: 0 })
    expect(proof.unanswered).toEqual({ landed: 1, missing: 1 })
  })

  test('an update that failed without a trace and was acknowledged when tried again', () => {
    const proof = proveRecord([...failed('a', 1, 'safe'), ...acknowledged('a', 1)], counterAfter(['a', 1]))
    expect(proof).toMatchObject({ acknowledged: 1, applied: 1, lost: 0, duplicated: 0, failed: 1 })
  })

  test('an update of unknown outcome that did not land, with later ones behind it', () => {
    const lines = [...acknowledged('a', 1), ...failed('a', 2, 'unknown'), ...acknowledged('a', 3)]
    const proof = proveRecord(lines, counterAfter(['a', 1], ['a', 3]))
    expect(proof).toMatchObject({ acknowledged: 2, applied: 2, lost: 0, duplicated: 0, failed: 1 })
    expect(proof.unanswered).toEqual({ landed: 0, missing: 1 })
  })

  test('an update of unknown outcome that landed behind a later one', () => {
    const lines = [...failed('a', 1, 'unknown'), ...acknowledged('a', 2)]
    const proof = proveRecord(lines, counterAfter(['a', 2], ['a', 1]))
    expect(proof).toMatchObject({ lost: 0, duplicated: 0, unanswered: { landed: 1, missing: 0 } })
  })
})

describe('prove() calls lost', () => {
  test('the last acknowledged update of a writer when the record stops before it', () => {
    const proof = proveRecord([...acknowledged('a', 1), ...acknowledged('a', 2)], counterAfter(['a', 1]))
    expect(proof).toMatchObject({ acknowledged: 2, applied: 1, lost: 1, duplicated: 0 })
    expect(proof.findings).toEqual(['update 2 of a in /storm/hot was acknowledged and is missing'])
  })

  test('an acknowledged update that another writer overwrote, although later ones follow', () => {
    const lines = [1, 2, 3].flatMap((sequence) => acknowledged('a', sequence))
    expect(proveRecord(lines, counterAfter(['a', 1], ['a', 3]))).toMatchObject({ applied: 2, lost: 1, duplicated: 0 })
  })

  test('everything that was acknowledged in a record that is missing', () => {
    const lines = [...acknowledged('a', 1), ...acknowledged('b', 1)]
    expect(proveRecord(lines, undefined)).toMatchObject({ acknowledged: 2, applied: 0, lost: 2 })
    expect(prove(lines, new Map())).toMatchObject({ acknowledged: 2, applied: 0, lost: 2 })
  })

  test('an update that the total or the count of its writer misses', () => {
    const lines = [...acknowledged('a', 1), ...acknowledged('a', 2)]
    const short = { last: 2, count: 1, skipped: [] }
    expect(proveRecord(lines, { total: 1, writers: { a: short } })).toMatchObject({ lost: 1, duplicated: 0 })
    const whole = { last: 2, count: 2, skipped: [] }
    expect(proveRecord(lines, { total: 1, writers: { a: whole } })).toMatchObject({ lost: 1, duplicated: 0 })
  })

  test('an acknowledged update even when its intent is written again without an answer', () => {
    expect(proveRecord([...acknowledged('a', 1), intent('a', 1)], undefined)).toMatchObject({ lost: 1 })
  })
})

describe('prove() calls duplicated', () => {
  test('an acknowledged update that was applied twice', () => {
    const proof = proveRecord(acknowledged('a', 1), counterAfter(['a', 1], ['a', 1]))
    expect(proof).toMatchObject({ acknowledged: 1, applied: 1, lost: 0, duplicated: 1 })
  })

  test('a repeat that a lost update of the same writer would cancel out in its count', () => {
    const lines = [1, 2, 3].flatMap((sequence) => acknowledged('a', sequence))
    const proof = proveRecord(lines, counterAfter(['a', 1], ['a', 3], ['a', 3]))
    expect(proof).toMatchObject({ applied: 2, lost: 1, duplicated: 1 })
  })

  test('an update in flight at the kill that landed twice', () => {
    const proof = proveRecord([intent('a', 1)], counterAfter(['a', 1], ['a', 1]))
    expect(proof).toMatchObject({ acknowledged: 0, duplicated: 1, unanswered: { landed: 1, missing: 0 } })
  })

  test('an update that was reported as not written', () => {
    expect(proveRecord(failed('a', 1, 'safe'), counterAfter(['a', 1]))).toMatchObject({ lost: 0, duplicated: 1 })
  })

  test('an update that nobody asked for', () => {
    const counter = counterAfter(['a', 1], ['a', 2], ['stranger', 1])
    expect(proveRecord(acknowledged('a', 1), counter)).toMatchObject({ applied: 1, lost: 0, duplicated: 2 })
  })

  test('a total above the sum of the writers', () => {
    const counter = { total: 2, writers: { a: { last: 1, count: 1, skipped: [] } } }
    expect(proveRecord(acknowledged('a', 1), counter)).toMatchObject({ applied: 1, lost: 0, duplicated: 1 })
  })
})
