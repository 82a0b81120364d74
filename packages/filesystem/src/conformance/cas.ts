import assert from 'node:assert/strict'
import { absent, anything, atVersion, unwritten } from '../expectation.ts'
import type { Expectation, Filesystem } from '../filesystem.ts'
import { sequenceOf, type Version } from '../version.ts'
import { deleted, live, losesWith, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodyOf, record } from './samples.ts'

/** Every expectation against every state of a path, for `put` and for `delete`. */
export const casCases: readonly CaseDefinition[] = [
  ...(['never written', 'present', 'deleted', 'recreated'] as const).flatMap((state): CaseDefinition[] => [
    {
      name: `put() on a path ${state} succeeds under exactly the expectations that hold`,
      needs: ['cas'],
      run: ({ filesystem }) => checkPuts(filesystem, state),
    },
    {
      name: `delete() on a path ${state} succeeds under exactly the expectations that hold`,
      needs: ['cas'],
      run: ({ filesystem }) => checkDeletes(filesystem, state),
    },
  ]),
  {
    name: 'delete() refuses absent and unwritten as invalid arguments',
    async run({ filesystem }) {
      for (const expect of [absent, unwritten]) {
        // A byte-only backend may refuse an expectation as such before it looks at the operation.
        const codes =
          expect === absent ? (['invalid-argument'] as const) : (['invalid-argument', 'unsupported'] as const)
        await rejectsWith(codes, () => filesystem.delete('/cas/x', expect), `delete() under ${expect.type}`)
      }
    },
  },
  {
    name: 'A version token of one path is refused at another',
    needs: ['cas'],
    async run({ filesystem }) {
      const { version } = await filesystem.put('/cas/one', record(1), unwritten)
      await filesystem.put('/cas/two', record(2), unwritten)
      await losesWith(() => filesystem.put('/cas/two', record(3), atVersion(version)), 'a token of another path')
      await losesWith(() => filesystem.delete('/cas/two', atVersion(version)), 'a token of another path')
      assert.equal(bodyOf(await filesystem.get('/cas/two')), '2')
    },
  },
]

type PathState = 'never written' | 'present' | 'deleted' | 'recreated'

interface Prepared {
  readonly path: string
  /** The token of the head; absent when never written. */
  readonly current?: Version
  /** A token that once was the head, or that never was one of this path. */
  readonly stale: Version
}

let fresh = 0

async function prepare(filesystem: Filesystem, state: PathState): Promise<Prepared> {
  const path = `/cas/matrix-${++fresh}`
  if (state === 'never written') {
    const other = await filesystem.put(`${path}-other`, record('other'), unwritten)
    return { path, stale: other.version }
  }
  const first = await filesystem.put(path, record('first'), unwritten)
  const second = await filesystem.put(path, record('second'), atVersion(first.version))
  if (state === 'present') return { path, stale: first.version, current: second.version }
  const tombstone = await filesystem.delete(path, atVersion(second.version))
  assert.ok(tombstone, 'delete() of a live record resolves with a version')
  if (state === 'deleted') return { path, stale: second.version, current: tombstone.version }
  const third = await filesystem.put(path, record('third'), absent)
  return { path, stale: second.version, current: third.version }
}

async function checkPuts(filesystem: Filesystem, state: PathState): Promise<void> {
  const isLive = state === 'present' || state === 'recreated'
  const expectations: readonly [string, (prepared: Prepared) => Expectation | undefined, boolean][] = [
    ['any', () => anything, true],
    ['absent', () => absent, !isLive],
    ['unwritten', () => unwritten, state === 'never written'],
    ['the current version', ({ current }) => current && atVersion(current), true],
    ['a stale version', ({ stale }) => atVersion(stale), false],
  ]
  for (const [name, expectationOf, holds] of expectations) {
    const prepared = await prepare(filesystem, state)
    const expect = expectationOf(prepared)
    if (!expect) continue
    const before = await filesystem.get(prepared.path)
    const put = () => filesystem.put(prepared.path, record('new'), expect)
    if (!holds) {
      const error = await losesWith(put, `put() under ${name} on a path ${state}`)
      assert.deepEqual(error.current, before, `put() under ${name}: the mismatch carries the head`)
      assert.deepEqual(error.expected, expect, `put() under ${name}: the mismatch carries the expectation`)
      assert.deepEqual(await filesystem.get(prepared.path), before, `put() under ${name}: nothing was written`)
      continue
    }
    const result = await put()
    const after = live(await filesystem.get(prepared.path), `after put() under ${name} on a path ${state}`)
    assert.equal(after.version, result.version, `put() under ${name} resolves with the version of the head`)
    assert.equal(result.replayed, false, `put() under ${name} is not a replay`)
    assert.equal(bodyOf(after), '"new"', `put() under ${name} wrote the body`)
    const sequence = before.state === 'unwritten' ? 0 : sequenceOf(before.version)
    assert.equal(sequenceOf(after.version), sequence + 1, `put() under ${name} adds one to the sequence`)
  }
}

async function checkDeletes(filesystem: Filesystem, state: PathState): Promise<void> {
  const isLive = state === 'present' || state === 'recreated'
  const expectations: readonly [string, (prepared: Prepared) => Expectation | undefined][] = [
    ['any', () => anything],
    ['the current version', ({ current }) => current && atVersion(current)],
    ['a stale version', ({ stale }) => atVersion(stale)],
  ]
  for (const [name, expectationOf] of expectations) {
    const prepared = await prepare(filesystem, state)
    const expect = expectationOf(prepared)
    if (!expect) continue
    const before = await filesystem.get(prepared.path)
    const erase = () => filesystem.delete(prepared.path, expect)
    const what = `delete() under ${name} on a path ${state}`
    if (isLive && name !== 'a stale version') {
      const result = await erase()
      assert.ok(result, `${what} resolves with a version`)
      const after = deleted(await filesystem.get(prepared.path), `the head after ${what}`)
      assert.equal(after.version, result.version, `${what} resolves with the version of the tombstone`)
      assert.ok(before.state === 'live')
      assert.equal(sequenceOf(after.version), sequenceOf(before.version) + 1, `${what} adds one to the sequence`)
      continue
    }
    if (name === 'any') {
      assert.equal(await erase(), undefined, `${what} has nothing to delete`)
    } else {
      const error = await losesWith(erase, what)
      assert.deepEqual(error.current, before, `${what}: the mismatch carries the head`)
    }
    assert.deepEqual(await filesystem.get(prepared.path), before, `${what}: nothing was written`)
  }
}
