import assert from 'node:assert/strict'
import { absent, anything } from '../expectation.ts'
import type { Filesystem, Limits } from '../filesystem.ts'
import { pathsOf, rejectsWith } from './assertions.ts'
import type { CaseContext, CaseDefinition } from './case.ts'
import { record, text } from './samples.ts'

const limits: Limits = {
  pathBytesMax: 40,
  segmentBytesMax: 12,
  bodyBytesMax: 64,
  pageSizeMax: 5,
  keepVersionsMax: 3,
  tuplesMax: 2,
  tupleElementsMax: 2,
  tupleBytesMax: 24,
  updatesMax: 2,
  appendEntriesMax: 3,
  stepsMax: 3,
  watchBufferMax: 10,
}

/** Runs a call at its limit, which must pass, and one above, which must be refused without a trace. */
async function checkLimit(
  context: CaseContext,
  what: string,
  call: (filesystem: Filesystem, size: number) => Promise<unknown>,
  limit: number,
): Promise<void> {
  const filesystem = await context.open({ limits })
  assert.deepEqual(filesystem.capabilities('/').limits, limits, 'the capabilities tell the limits in force')
  const before = await pathsOf(filesystem, '/')
  const error = await rejectsWith('too-large', () => call(filesystem, limit + 1), `${what} of ${limit + 1}`)
  assert.equal(error.retry, 'never', 'trying again gives the same answer')
  assert.deepEqual(await pathsOf(filesystem, '/'), before, `${what} of ${limit + 1} left something`)
  await call(filesystem, limit)
}

/** A path of exactly this many bytes, in segments of at most 12, with two-byte letters. */
function pathOf(bytes: number): string {
  const units = `/${'é'.repeat(4)}`.repeat(Math.ceil(bytes / 9))
  let path = ''
  for (const letter of units) {
    if (Buffer.byteLength(path + letter) > bytes) break
    path += letter
  }
  return path.replace(/\/$/, '') + 'x'.repeat(bytes - Buffer.byteLength(path.replace(/\/$/, '')))
}

/** Each limit holds at its value and refuses one more. */
export const limitCases: readonly CaseDefinition[] = [
  {
    name: 'A body of the limit is stored, and one byte more is refused',
    run: (context) => {
      const put = (filesystem: Filesystem, size: number) => filesystem.put('/l/x', text('x'.repeat(size)), anything)
      return checkLimit(context, 'a body', put, limits.bodyBytesMax)
    },
  },
  {
    name: 'A path of the limit is stored, and one byte more is refused by every access',
    async run(context) {
      const put = (filesystem: Filesystem, size: number) => filesystem.put(pathOf(size), text('x'), anything)
      const get = (filesystem: Filesystem, size: number) => filesystem.get(pathOf(size))
      const list = (filesystem: Filesystem, size: number) => filesystem.list(pathOf(size))
      await checkLimit(context, 'a path', put, limits.pathBytesMax)
      await checkLimit(context, 'a path', get, limits.pathBytesMax)
      await checkLimit(context, 'a prefix', list, limits.pathBytesMax)
    },
  },
  {
    name: 'A segment of the limit is stored, and one byte more is refused',
    async run(context) {
      const put = (filesystem: Filesystem, size: number) => {
        return filesystem.put(`/l/${'é'.repeat(5)}${'x'.repeat(size - 10)}`, text('x'), anything)
      }
      await checkLimit(context, 'a segment', put, limits.segmentBytesMax)
      // The longest segment that any backend may be asked for, with the characters that it may have to escape.
      for (const letter of ['%', '.', '~', '!']) {
        const path = `/l/${letter}${'z'.repeat(context.filesystem.capabilities('/').limits.segmentBytesMax - 1)}`
        await context.filesystem.put(path, text('x'), anything)
        assert.equal((await context.filesystem.get(path)).state, 'live')
      }
    },
  },
  {
    name: 'A page of the limit is read, and one more is refused',
    run: (context) => {
      const list = (filesystem: Filesystem, limit: number) => filesystem.list('/', { limit })
      return checkLimit(context, 'a page', list, limits.pageSizeMax)
    },
  },
  {
    name: 'keepVersions of the limit is taken, and one more is refused',
    needs: ['cas', 'history'],
    run: (context) => {
      const put = (filesystem: Filesystem, keepVersions: number) =>
        filesystem.put('/l/x', text('x'), anything, { keepVersions })
      return checkLimit(context, 'keepVersions', put, limits.keepVersionsMax)
    },
  },
  {
    name: 'Index tuples of the limit are stored, and one more tuple, element or byte is refused',
    needs: ['cas'],
    async run(context) {
      const tuples = (filesystem: Filesystem, count: number) => {
        const rows = Object.fromEntries(Array.from({ length: count }, (_, n) => [`index_${n}`, [n]]))
        return filesystem.put('/l/x', record(1, rows), anything)
      }
      await checkLimit(context, 'a number of tuples', tuples, limits.tuplesMax)
      const elements = (filesystem: Filesystem, count: number) => {
        return filesystem.put('/l/y', record(1, { by_n: Array.from({ length: count }, (_, n) => n) }), anything)
      }
      await checkLimit(context, 'a tuple', elements, limits.tupleElementsMax)
      // A string takes its bytes, one for its type and two for its end.
      const bytes = (filesystem: Filesystem, size: number) => {
        return filesystem.put('/l/z', record(1, { by_s: ['x'.repeat(size - 3)] }), anything)
      }
      await checkLimit(context, 'a tuple', bytes, limits.tupleBytesMax)
    },
  },
  {
    name: 'Folded updates of the limit are stored, and one more is refused',
    needs: ['cas'],
    run: (context) => {
      const put = (filesystem: Filesystem, count: number) => {
        const updates = Array.from({ length: count }, (_, n) => ({ opId: `op-${n}` }))
        return filesystem.put('/l/x', record(1), anything, { updates })
      }
      return checkLimit(context, 'a number of updates', put, limits.updatesMax)
    },
  },
  {
    name: 'A transact of the limit is done, and one step more is refused',
    needs: ['transact'],
    async run(context) {
      const transact = (filesystem: Filesystem, count: number) => {
        const paths = Array.from({ length: count }, (_, n) => `/l/step-${n}`)
        return filesystem.transact(paths.map((path) => ({ type: 'put', path, entry: text('x'), expect: absent })))
      }
      await checkLimit(context, 'a transact', transact, limits.stepsMax)
      const body = (filesystem: Filesystem, size: number) => {
        const [small, large] = [text('x'), text('x'.repeat(size))]
        return filesystem.transact([
          { type: 'put', path: '/l/small', entry: small, expect: absent },
          { type: 'put', path: '/l/large', entry: large, expect: absent },
        ])
      }
      await checkLimit(context, 'a body of a transact', body, limits.bodyBytesMax)
    },
  },
  {
    name: 'A page of a query of the limit is read, and one row more is refused',
    needs: ['query'],
    run: (context) => {
      const query = (filesystem: Filesystem, limit: number) => filesystem.query('/l', 'by_n', { limit })
      return checkLimit(context, 'a page of a query', query, limits.pageSizeMax)
    },
  },
  {
    name: 'An append of the limit is stored, and one entry or one byte more is refused',
    needs: ['log'],
    async run(context) {
      const entries = (filesystem: Filesystem, count: number) =>
        filesystem.append(
          '/l/entries',
          Array.from({ length: count }, () => Uint8Array.of(1)),
        )
      await checkLimit(context, 'an append', entries, limits.appendEntriesMax)
      // The bodies of one append count together.
      const bytes = (filesystem: Filesystem, size: number) =>
        filesystem.append('/l/bytes', [new Uint8Array(size - 10), new Uint8Array(10)])
      await checkLimit(context, 'an append', bytes, limits.bodyBytesMax)
      const page = (filesystem: Filesystem, limit: number) => filesystem.read('/l/entries', { limit })
      await checkLimit(context, 'a page of a log', page, limits.pageSizeMax)
      for (const log of ['/l/entries', '/l/bytes']) {
        const { entries: stored } = await context.filesystem.read(log)
        // Another handle of a store in memory is another store.
        if (context.subject.crossProcess) assert.equal(stored[0]?.sequence, 1, 'a refused append takes no number')
      }
    },
  },
  {
    name: 'A malformed entry or write option is refused, and nothing is written',
    async run({ filesystem }) {
      const refused: readonly [string, () => Promise<unknown>][] = [
        ['a kind that is no identifier', () => filesystem.put('/l/x', { ...record(1), kind: 'Not Snake' }, anything)],
        ['a schemaVersion of 0', () => filesystem.put('/l/x', { ...record(1), schemaVersion: 0 }, anything)],
        [
          'a content type with a line break',
          () => filesystem.put('/l/x', { ...text('x'), contentType: 'a\nb' }, anything),
        ],
        ['an empty tuple', () => filesystem.put('/l/x', record(1, { by_n: [] }), anything)],
        ['a tuple with a lone surrogate', () => filesystem.put('/l/x', record(1, { by_s: ['\ud800'] }), anything)],
        ['a tuple with NaN', () => filesystem.put('/l/x', record(1, { by_n: [Number.NaN] }), anything)],
        ['a short writeId', () => filesystem.put('/l/x', text('x'), anything, { writeId: 'abc' })],
        ['a negative keepVersions', () => filesystem.put('/l/x', text('x'), anything, { keepVersions: -1 })],
        ['an empty list of updates', () => filesystem.put('/l/x', text('x'), anything, { updates: [] })],
        ['an empty opId', () => filesystem.put('/l/x', text('x'), anything, { updates: [{ opId: '' }] })],
      ]
      const cas = filesystem.capabilities('/').cas !== 'none'
      for (const [what, call] of refused) {
        // A byte-only backend may refuse a record as such before it looks at its parts.
        const codes = cas ? (['invalid-argument'] as const) : (['invalid-argument', 'unsupported'] as const)
        await rejectsWith(codes, call, what)
      }
      assert.deepEqual(await pathsOf(filesystem, '/', cas ? { deleted: true } : {}), [])
    },
  },
]
