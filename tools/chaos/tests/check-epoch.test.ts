import type { HistoryLine } from '@latchless/chaos'
import { checkEpoch, countUnresolved } from '@latchless/chaos'
import { describe, expect, test } from 'vitest'
import type { Scene } from './scene.ts'
import { FROM, historyOf, LIST, LOG, REGISTER, rightScene, TO, v } from './scene.ts'

/** The checks that find something, each once. */
function found(change: (scene: Scene) => void): string[] {
  const scene = rightScene()
  change(scene)
  return [...new Set(checkEpoch(historyOf(scene), scene.final).map(({ check }) => check))].toSorted()
}

/** Changes the lines that fit. */
function edit<Type extends HistoryLine['type']>(
  scene: Scene,
  type: Type,
  fits: (line: Extract<HistoryLine, { type: Type }>) => boolean,
  change: object,
): void {
  const isIt = (line: HistoryLine): line is Extract<HistoryLine, { type: Type }> => line.type === type
  const before = scene.lines
  scene.lines = before.map((line) => (isIt(line) && fits(line) ? { ...line, ...change } : line))
  if (scene.lines.every((line, at) => line === before[at])) throw new Error('Cannot edit: no line fits')
}

function editRecord(scene: Scene, path: string, change: object): void {
  scene.final = {
    ...scene.final,
    records: scene.final.records.map((record) => (record.path === path ? { ...record, ...change } : record)),
  }
}

function setLog(scene: Scene, log: string, bodies: readonly string[]): void {
  const entries = bodies.map((body, at) => ({ sequence: at + 1, body }))
  scene.final = { ...scene.final, logs: scene.final.logs.map((each) => (each.log === log ? { log, entries } : each)) }
}

const namesOf = (...names: readonly string[]) => ({ body: JSON.stringify({ names }) })

describe('checkEpoch() finds nothing', () => {
  test('in a right history with overlaps, a kill, an unknown outcome and a repeat', () => {
    const scene = rightScene()
    expect(checkEpoch(historyOf(scene), scene.final)).toEqual([])
    expect(countUnresolved(historyOf(scene), scene.final)).toBe(0)
  })

  test('where an unknown outcome turns out not to have happened', () => {
    expect(found((scene) => setLog(scene, LOG, ['p', 'q', 'r']))).toEqual(['logs: page'])
    const neverHappened = (scene: Scene) => {
      setLog(scene, LOG, ['p', 'q', 'r'])
      scene.lines = scene.lines.filter((line) => line.type !== 'page' || line.after === 0)
    }
    expect(found(neverHappened)).toEqual([])
  })
})

describe('checkEpoch() finds, in records,', () => {
  test('a lost update: a write over a version that had been overwritten', () => {
    const checks = found((scene) => edit(scene, 'write', ({ id }) => id === 5, { expect: v(2) }))
    expect(checks).toEqual(['not-linearizable', 'tokens'])
  })

  test('a stale read', () => {
    const seen = { version: v(1), writeId: 'a', live: true }
    const checks = found((scene) =>
      scene.lines.push({ type: 'get', client: '9', start: 90, end: 95, path: REGISTER, seen }),
    )
    expect(checks).toEqual(['not-linearizable', 'versions: real-time-order'])
  })

  test('a deleted record that is back', () => {
    const checks = found((scene) => {
      edit(scene, 'answer', ({ id }) => id === 4, { current: { version: v(2), writeId: 'b', live: true } })
      edit(scene, 'answer', ({ id }) => id === 3 || id === 5, {})
      scene.lines.push({ type: 'answer', id: 3, end: 55, outcome: 'done', version: v(3) })
    })
    expect(checks).toEqual(['not-linearizable', 'versions: real-time-order'])
  })

  test('a write that was acknowledged and is not there', () => {
    const checks = found((scene) => {
      const write = { type: 'write', client: '9', path: REGISTER, id: 99, start: 85, writeId: 'gone' } as const
      scene.lines.push(
        { ...write, expect: v(4), digest: 'G' },
        { type: 'answer', id: 99, end: 88, outcome: 'done', version: v(5) },
      )
    })
    expect(checks).toEqual(['not-linearizable', 'versions: dense-versions'])
  })

  test('a write that was made twice', () => {
    const checks = found((scene) => {
      scene.lines = scene.lines.filter((line) => !('path' in line && line.path === LIST && line.type !== 'write'))
      const [last] = scene.final.records[1]?.versions ?? []
      const again = { ...last, version: v(3), sequence: 3, writeId: 'twice' }
      editRecord(scene, LIST, { sequence: 3, versions: [again, ...(scene.final.records[1]?.versions ?? [])] })
    })
    expect(checks).toEqual([
      'index: list',
      'not-linearizable',
      'ops',
      'versions: dense-versions',
      'versions: undecided',
    ])
  })

  test('a body that is not the one that was written', () => {
    const seen = { version: v(2), writeId: 'b', live: true, digest: 'other' }
    expect(found((scene) => edit(scene, 'get', ({ client }) => client === '2.1', { seen }))).toEqual(['tokens'])
  })

  test('a hole in the history, and a second generation', () => {
    const hole = (scene: Scene) => {
      const versions = scene.final.records[0]?.versions ?? []
      editRecord(scene, REGISTER, { versions: versions.filter(({ sequence }) => sequence !== 3) })
    }
    expect(found(hole)).toEqual(['tokens'])
    const other = { version: '2.ffffffffffffffff', writeId: 'b', live: true }
    expect(found((scene) => edit(scene, 'get', ({ client }) => client === '2.1', { seen: other }))).toEqual(['tokens'])
  })

  test('a version of which nobody knows who wrote it, as undecided', () => {
    const scene = rightScene()
    scene.lines = scene.lines.filter((line) => !(line.type === 'answer' && line.id === 4))
    edit(scene, 'write', ({ id }) => id === 5, { expect: 'any' })
    editRecord(scene, REGISTER, { versions: scene.final.records[0]?.versions.slice(0, 1) })
    expect(checkEpoch(historyOf(scene), scene.final).map(({ check }) => check)).toEqual(['versions: undecided'])
    expect(countUnresolved(historyOf(scene), scene.final)).toBe(2)
  })
})

describe('checkEpoch() finds, in lists,', () => {
  test('an update that was lost, applied twice, or put in by nobody', () => {
    expect(found((scene) => editRecord(scene, LIST, namesOf('x', 'z')))).toEqual(['lists: lost', 'lists: read'])
    expect(found((scene) => editRecord(scene, LIST, namesOf('x', 'y', 'z', 'y')))).toEqual(['lists: duplicated'])
    expect(found((scene) => editRecord(scene, LIST, namesOf('x', 'y', 'z', '?')))).toEqual(['lists: foreign'])
  })

  test('an update that was refused and is in it', () => {
    const checks = found((scene) => {
      edit(scene, 'answer', ({ id }) => id === 12, { outcome: 'refused', code: 'timeout' })
    })
    expect(checks).toEqual(['lists: refused', 'updates: refused'])
  })

  test('updates in another order than they were made and told', () => {
    const checks = found((scene) => editRecord(scene, LIST, namesOf('y', 'x', 'z')))
    expect(checks).toEqual(['lists: moved', 'lists: order', 'lists: read', 'lists: stale'])
  })

  test('a reader that missed what was in it', () => {
    expect(found((scene) => edit(scene, 'list', ({ client }) => client === '2.1.0', { length: 1, last: 'x' }))).toEqual(
      ['lists: stale'],
    )
  })
})

describe('checkEpoch() finds, in logs,', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['a lost append', ['p', 's'], ['logs: lost', 'logs: page']],
    ['an append made twice', ['p', 'q', 'r', 's', 'p'], ['logs: duplicated']],
    ['half an append', ['p', 'q', 's'], ['logs: page', 'logs: torn']],
    ['another order', ['q', 'r', 'p', 's'], ['logs: moved', 'logs: order', 'logs: page']],
    ['an entry of nobody', ['p', 'q', 'r', 's', '?'], ['logs: foreign']],
  ])('%s', (_, bodies, checks) => {
    expect(found((scene) => setLog(scene, LOG, bodies))).toEqual(checks)
  })

  test('a number that is missing', () => {
    const checks = found((scene) => {
      const entries = ['p', 'q', 'r', 's'].map((body, at) => ({ sequence: at + (at > 2 ? 2 : 1), body }))
      scene.final = { ...scene.final, logs: [{ log: LOG, entries }, ...scene.final.logs.slice(0, 1)] }
    })
    expect(checks).toEqual(['logs: dense'])
  })

  test('a reader that skipped an entry, or came too early to an end', () => {
    const second = (line: { readonly after: number }) => line.after === 3
    expect(found((scene) => edit(scene, 'page', second, { after: 2 }))).toEqual(['logs: skipped'])
    const empty = { after: 1, sequences: [], names: [] }
    expect(found((scene) => edit(scene, 'page', second, empty))).toEqual(['logs: stale'])
  })
})

describe('checkEpoch() finds, in transacts,', () => {
  test('half of one', () => {
    const checks = found((scene) => editRecord(scene, TO, { versions: [] }))
    expect(checks).toContain('transact: half')
  })

  test('money that was made or lost', () => {
    expect(found((scene) => editRecord(scene, FROM, { body: '{"balance":-4}' }))).toEqual(['transact: balance'])
    expect(found((scene) => edit(scene, 'sum', () => true, { sum: 5 }))).toEqual(['transact: sum'])
  })

  test('one that was refused and happened', () => {
    const checks = found((scene) =>
      edit(scene, 'answer', ({ id }) => id === 20, { outcome: 'refused', code: 'unavailable' }),
    )
    expect(checks).toContain('transact: refused')
  })
})

describe('checkEpoch() finds, in indexes and lists of paths,', () => {
  test('a row that is missing, of an older version, or of nothing', () => {
    const rows = (...all: [string, string, string][]) => found((scene) => (scene.final = { ...scene.final, rows: all }))
    expect(rows()).toEqual(['index: rows'])
    expect(rows([REGISTER, v(2), '[1,2]'])).toEqual(['index: rows'])
    expect(rows([REGISTER, v(4), '[1,4]'], [`${REGISTER}x`, v(1), '[1,1]'])).toEqual(['index: rows'])
    expect(rows([REGISTER, v(4), '[1,4]'], [REGISTER, v(4), '[1,4]'])).toEqual(['index: rows'])
  })

  test('a row that was read and never was one', () => {
    expect(found((scene) => edit(scene, 'rows', () => true, { rows: [[REGISTER, v(4), '[1,2]']] }))).toEqual([
      'index: query',
    ])
  })

  test('a record that is not listed', () => {
    expect(found((scene) => (scene.final = { ...scene.final, listed: scene.final.listed.slice(1) }))).toEqual([
      'index: list',
    ])
  })
})

test('An error that no caller should see is a finding', () => {
  expect(found((scene) => scene.lines.push({ type: 'surprise', client: '1.1', message: 'TypeError' }))).toEqual([
    'surprise',
  ])
})
