import type { RegisterExpectation, RegisterOperation, RegisterState } from '@latchless/chaos'
import { checkRegister, UNWRITTEN } from '@latchless/chaos'
import { seededRandom } from '@latchless/filesystem/testing'
import { describe, expect, test } from 'vitest'

const any: RegisterExpectation = { type: 'any' }
const is = (write: string): RegisterExpectation => ({ type: 'is', write })

type Times = readonly [start: number, end?: number]

function put(write: string, [start, end]: Times, expectation = any): RegisterOperation {
  return { client: `writer of ${write}`, start, end, type: 'write', makes: { write, live: true }, expect: expectation }
}

function del(
  write: string,
  [start, end]: Times,
  expectation: RegisterExpectation = { type: 'live' },
): RegisterOperation {
  return { client: `deleter ${write}`, start, end, type: 'write', makes: { write, live: false }, expect: expectation }
}

function read(write: string, [start, end]: Times, live = write !== UNWRITTEN.write): RegisterOperation {
  return { client: 'reader', start, end, type: 'read', seen: { write, live } }
}

function verdict(...operations: readonly RegisterOperation[]): string {
  return checkRegister(operations).verdict
}

describe('checkRegister() accepts', () => {
  test('nothing at all, and one call after the other', () => {
    expect(verdict()).toBe('linearizable')
    expect(
      verdict(
        read('unwritten', [0, 1]),
        put('a', [2, 3]),
        read('a', [4, 5]),
        del('d', [6, 7]),
        read('d', [8, 9], false),
      ),
    ).toBe('linearizable')
  })

  test('a read of either value while a write goes on', () => {
    expect(verdict(put('a', [0, 1]), put('b', [2, 9]), read('b', [3, 4]), read('b', [5, 6]))).toBe('linearizable')
    expect(verdict(put('a', [0, 1]), put('b', [2, 9]), read('a', [3, 4]), read('b', [5, 6]))).toBe('linearizable')
  })

  test('an unanswered write that is seen, late, or never', () => {
    expect(verdict(put('a', [0, 1]), put('b', [2]), read('a', [3, 4]), read('b', [50, 51]))).toBe('linearizable')
    expect(verdict(put('a', [0, 1]), put('b', [2]), read('a', [3, 4]))).toBe('linearizable')
  })

  test('an unanswered delete that has to have happened for a later creation', () => {
    const created = put('b', [4, 5], { type: 'absent' })
    expect(verdict(put('a', [0, 1]), del('d', [2]), created)).toBe('linearizable')
    expect(verdict(put('a', [0, 1]), created)).toBe('not-linearizable')
  })

  test('a chain of conditional writes that all overlap', () => {
    const chain = ['a', 'b', 'c', 'd', 'e', 'f'].map((write, at, all) =>
      put(write, [0, 100], at === 0 ? { type: 'unwritten' } : is(all[at - 1] ?? '')),
    )
    expect(verdict(...chain.toReversed(), read('f', [101, 102]))).toBe('linearizable')
  })

  test('histories of a real register, whatever the interleaving', () => {
    for (let seed = 0; seed < 60; seed++) expect(verdict(...simulate(seed).operations)).toBe('linearizable')
  })
})

describe('checkRegister() refuses', () => {
  test('a lost update: two writes over one version', () => {
    expect(verdict(put('a', [0, 1]), put('b', [2, 5], is('a')), put('c', [3, 6], is('a')))).toBe('not-linearizable')
  })

  test('a stale read', () => {
    expect(verdict(put('a', [0, 1]), put('b', [2, 3]), read('a', [4, 5]))).toBe('not-linearizable')
  })

  test('a value that comes back', () => {
    expect(verdict(put('a', [0, 1]), put('b', [2, 9]), read('b', [3, 4]), read('a', [5, 6]))).toBe('not-linearizable')
  })

  test('an unanswered write that happened twice', () => {
    const history = [put('b', [0]), put('a', [1, 2]), read('b', [3, 4]), put('c', [5, 6]), read('b', [7, 8])]
    expect(verdict(...history)).toBe('not-linearizable')
  })

  test('a record that lives again after its delete', () => {
    expect(verdict(put('a', [0, 1]), del('d', [2, 3]), read('a', [4, 5]))).toBe('not-linearizable')
  })

  test('a creation over something live, and a delete of nothing', () => {
    expect(verdict(put('a', [0, 1]), put('b', [2, 3], { type: 'absent' }))).toBe('not-linearizable')
    expect(verdict(del('d', [0, 1]))).toBe('not-linearizable')
    expect(verdict(put('a', [0, 1]), del('d', [2, 3]), put('b', [4, 5], { type: 'unwritten' }))).toBe(
      'not-linearizable',
    )
  })

  test('a write that was acknowledged and dropped', () => {
    expect(verdict(put('a', [0, 1]), put('b', [2, 3], is('a')), read('a', [4, 5]))).toBe('not-linearizable')
  })

  test('a value before it was written, and one that nobody wrote', () => {
    expect(verdict(read('a', [0, 1]), put('a', [2, 3]))).toBe('not-linearizable')
    expect(verdict(read('ghost', [0, 1]))).toBe('not-linearizable')
  })

  test('a version number that does not count the writes, where numbers are known', () => {
    expect(verdict({ ...put('a', [0, 1]), sequence: 1 }, { ...put('b', [2, 3]), sequence: 2 })).toBe('linearizable')
    expect(verdict({ ...put('a', [0, 1]), sequence: 1 }, { ...put('b', [2, 3]), sequence: 3 })).toBe('not-linearizable')
    expect(verdict({ ...put('a', [0, 1]), sequence: 1 }, { ...read('a', [2, 3]), sequence: 2 })).toBe(
      'not-linearizable',
    )
  })

  test('every wrong answer that is put into a right history', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { operations, lies } = simulate(seed)
      expect(lies.length).toBeGreaterThan(0)
      for (const lie of lies)
        expect(verdict(...operations.with(lie.at, lie.operation)), `seed ${seed}`).toBe('not-linearizable')
    }
  })

  test('with what could not follow, so that the fault can be found', () => {
    const result = checkRegister([put('a', [0, 1]), put('b', [2, 3]), read('a', [4, 5])])
    expect(result).toMatchObject({
      stuck: { ordered: 1, state: { write: 'a' }, candidates: [{ makes: { write: 'b' } }] },
    })
  })
})

describe('checkRegister() beside a search that tries everything', () => {
  test('gives the same verdict on small histories, right and wrong ones', () => {
    const verdicts = new Map<string, number>()
    for (let seed = 0; seed < 6000; seed++) {
      const numbers = seededRandom(seed, 8)
      // Version numbers are known in every third history, of some calls.
      const operations = scribble(seed).map((operation) =>
        seed % 3 === 0 && operation.end !== undefined && numbers.below(2) === 0
          ? { ...operation, sequence: numbers.below(4) }
          : operation,
      )
      const expected = tryEverything(operations, UNWRITTEN) ? 'linearizable' : 'not-linearizable'
      expect(verdict(...operations), JSON.stringify(operations)).toBe(expected)
      verdicts.set(expected, (verdicts.get(expected) ?? 0) + 1)
    }
    for (const count of verdicts.values()) expect(count).toBeGreaterThan(500)
  })
})

describe('checkRegister() within its limits', () => {
  test('says undecided when the steps do not suffice, and never linearizable', () => {
    // Writes that all overlap and that no read tells apart; only the end is impossible.
    const open = Array.from({ length: 14 }, (_, at) => put(`w${at}`, [0, 100]))
    expect(checkRegister([...open, read('ghost', [200, 201])], 5000).verdict).toBe('undecided')
  })

  test('decides long histories of sixteen writers in a moment', () => {
    const { operations } = simulate(1, 20_000)
    const result = checkRegister(operations)
    expect(result.verdict).toBe('linearizable')
    expect(result.steps).toBeLessThan(400_000)
  })
})

interface Simulated {
  readonly operations: RegisterOperation[]
  /** Answers that would be wrong, each with the place of the right one. */
  readonly lies: readonly { readonly at: number; readonly operation: RegisterOperation }[]
}

/** Calls of several clients on a register that does what it should: each takes effect between its start and its end. */
function simulate(seed: number, calls = 120): Simulated {
  const random = seededRandom(seed)
  const operations: RegisterOperation[] = []
  const lies: { at: number; operation: RegisterOperation }[] = []
  const ends = Array.from({ length: 16 }, () => 0)
  let state = UNWRITTEN
  let before = UNWRITTEN
  let changed = 0
  for (let now = 10; operations.length < calls; now += 10) {
    const client = random.below(ends.length)
    const start = Math.max(ends[client] ?? 0, now - random.below(60)) + random.fraction()
    if (start >= now) continue
    const end = now + random.fraction() * 60
    ends[client] = end
    const drawn = random.below(10)
    if (drawn < 4) {
      operations.push({ client: `${client}`, start, end, type: 'read', seen: state })
      // What was overwritten long before a read began must not be seen by it.
      if (changed > 0 && start > changed + 70 && before !== state && lies.length < 3) {
        lies.push({
          at: operations.length - 1,
          operation: { client: `${client}`, start, end, type: 'read', seen: before },
        })
      }
      continue
    }
    const makes = { write: `w${now}`, live: drawn < 8 }
    const expectation = makes.live ? (drawn < 6 ? any : is(state.write)) : ({ type: 'live' } as const)
    if (!makes.live && !state.live) continue
    if (drawn === 7 && state !== UNWRITTEN) {
      lies.push({
        at: operations.length,
        operation: { client: `${client}`, start, end, type: 'write', makes, expect: is('ghost') },
      })
    }
    const unanswered = random.below(25) === 0
    operations.push({
      client: `${client}`,
      start,
      end: unanswered ? undefined : end,
      type: 'write',
      makes,
      expect: expectation,
    })
    before = state
    state = makes
    changed = end
  }
  return { operations, lies: lies.filter(({ at }) => operations[at]?.end !== undefined) }
}

/** A few calls that somebody might have made, most of them with answers that do not fit. */
function scribble(seed: number): RegisterOperation[] {
  const random = seededRandom(seed, 7)
  const count = 2 + random.below(5)
  const states = ['unwritten', ...Array.from({ length: count }, (_, at) => `w${at}`)]
  const anyState = () => states[random.below(Math.min(states.length, 4))] ?? ''
  return Array.from({ length: count }, (_, at): RegisterOperation => {
    const start = random.below(12)
    const end = start + 1 + random.below(10)
    const times: Times = random.below(4) === 0 ? [start] : [start, end]
    const expectations: RegisterExpectation[] = [any, any, { type: 'absent' }, { type: 'unwritten' }, is(anyState())]
    const drawn = random.below(8)
    if (drawn < 2) {
      const seen = anyState()
      return read(seen, [start, end], seen !== 'unwritten' && isLive(seen))
    }
    if (drawn === 2) return { client: 'reader', start, end, type: 'read', seen: { live: false } }
    const expectation = expectations[random.below(expectations.length)] ?? any
    return isLive(`w${at}`) ? put(`w${at}`, times, expectation) : del(`w${at}`, times)
  })
}

/** Every third write of a scribble is a delete. */
function isLive(write: string): boolean {
  return Number(write.slice(1)) % 3 !== 2
}

function tryEverything(rest: readonly RegisterOperation[], state: RegisterState, writes = 0): boolean {
  if (rest.every(({ end }) => end === undefined)) return true
  return rest.some((operation, at) => {
    const others = rest.toSpliced(at, 1)
    if (others.some(({ end }) => end !== undefined && end < operation.start)) return false
    const number = operation.type === 'read' ? writes : writes + 1
    if ((operation.sequence ?? number) !== number) return false
    if (operation.type === 'read') {
      const { seen } = operation
      const fits = (seen.write ?? state.write) === state.write && (seen.live ?? state.live) === state.live
      return fits && tryEverything(others, state, number)
    }
    return permits(operation.expect, state) && tryEverything(others, operation.makes, number)
  })
}

function permits(expectation: RegisterExpectation, state: RegisterState): boolean {
  if (expectation.type === 'is') return expectation.write === state.write
  if (expectation.type === 'unwritten') return state.write === 'unwritten'
  return expectation.type === 'any' || (expectation.type === 'live') === state.live
}
