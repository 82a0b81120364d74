import assert from 'node:assert/strict'
import { anything } from '../expectation.ts'
import type { Filesystem, ListOptions } from '../filesystem.ts'
import { listAll, pathsOf, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { record, text } from './samples.ts'

async function fill(filesystem: Filesystem, paths: readonly string[]): Promise<void> {
  for (const path of paths) await filesystem.put(path, text(path), anything)
}

function utf8Order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
}

const numbered: readonly string[] = Array.from({ length: 9 }, (_, n) => `/page/n${n + 1}`)

/** Order, paging, depth and what a listing shows. */
export const listingCases: readonly CaseDefinition[] = [
  {
    name: 'list() stops at the segment boundary of its prefix',
    async run({ filesystem }) {
      await fill(filesystem, ['/a/b/c', '/a/bc', '/a/b-c', '/a/b.c/d', '/ab'])
      assert.deepEqual(await pathsOf(filesystem, '/a/b'), ['/a/b/c'])
      assert.deepEqual(await pathsOf(filesystem, '/a'), ['/a/b-c', '/a/b.c/d', '/a/b/c', '/a/bc'])
      assert.deepEqual(await pathsOf(filesystem, '/a/bc'), [], 'the prefix itself is not listed')
      assert.deepEqual(await pathsOf(filesystem, '/nothing/here'), [])
    },
  },
  {
    name: 'list() orders by the UTF-8 bytes of the whole path, beyond the basic plane too',
    async run({ filesystem }) {
      const names = ['a', 'b', 'B', '-', '~', 'é', '\ue000', '\uffee', '\u{10000}', '\u{1f642}', '日', 'a-b', 'a.b']
      const paths = [...names.map((name) => `/order/${name}`), '/order/a!/x', '/order/a0/x', '/order-z', '/order.z/x']
      await fill(filesystem, paths)
      const sorted = paths.toSorted(utf8Order)
      assert.deepEqual(await pathsOf(filesystem, '/'), sorted)
      assert.deepEqual(await pathsOf(filesystem, '/', { order: 'descending' }), sorted.toReversed())
      assert.deepEqual(await pathsOf(filesystem, '/', { limit: 2 }), sorted)
      assert.deepEqual(await pathsOf(filesystem, '/', { limit: 2, order: 'descending' }), sorted.toReversed())
    },
  },
  {
    name: 'list() orders a record before its siblings with lower characters and before what lies below it',
    needs: ['cas'],
    async run({ filesystem }) {
      const paths = [
        '/tree/a',
        '/tree/a!',
        '/tree/a-b',
        '/tree/a-b/c',
        '/tree/a/b',
        '/tree/a/b/c',
        '/tree/a0',
        '/tree/ab',
      ]
      await fill(filesystem, paths.toReversed())
      assert.deepEqual(await pathsOf(filesystem, '/tree'), paths)
      assert.deepEqual(await pathsOf(filesystem, '/tree', { limit: 1 }), paths)
      assert.deepEqual(await pathsOf(filesystem, '/tree', { limit: 1, order: 'descending' }), paths.toReversed())
    },
  },
  {
    name: 'Pages continue strictly behind their cursor, in both directions',
    async run({ filesystem }) {
      await fill(filesystem, numbered)
      for (const [order, expected] of [
        ['ascending', numbered] as const,
        ['descending', numbered.toReversed()] as const,
      ]) {
        for (const limit of [1, 2, 3, 4, 8, 9, 10]) {
          const { items } = await listAll(filesystem, '/page', { order, limit })
          assert.deepEqual(
            items.map(({ path }) => path),
            expected,
            `${order}, ${limit} a page`,
          )
        }
      }
      assert.deepEqual(await pathsOf(filesystem, '/page', { after: { path: '/page/n4' } }), numbered.slice(4))
      assert.deepEqual(await pathsOf(filesystem, '/page', { after: { path: '/page/n4x' } }), numbered.slice(4))
      const before = await pathsOf(filesystem, '/page', { after: { path: '/page/n4' }, order: 'descending' })
      assert.deepEqual(before, numbered.slice(0, 3).toReversed())
    },
  },
  {
    name: 'A cursor outside of the prefix still divides the order',
    async run({ filesystem }) {
      await fill(filesystem, ['/m-n/a', '/m-n/b', '/m/a'])
      // "-" comes before "/", so all of /m-n lies before /m/zzz and behind /a.
      for (const depth of ['children', 'descendants'] as const) {
        const all = ['/m-n/a', '/m-n/b']
        const listed = (path: string, order: 'ascending' | 'descending') =>
          pathsOf(filesystem, '/m-n', { depth, order, after: { path } })
        assert.deepEqual(await listed('/a', 'ascending'), all, `${depth} behind /a`)
        assert.deepEqual(await listed('/a', 'descending'), [], `${depth} before /a`)
        assert.deepEqual(await listed('/m/zzz', 'ascending'), [], `${depth} behind /m/zzz`)
        assert.deepEqual(await listed('/m/zzz', 'descending'), all.toReversed(), `${depth} before /m/zzz`)
      }
    },
  },
  {
    name: 'Pages neither repeat nor lose a path while others are written and deleted',
    async run({ filesystem }) {
      for (const order of ['ascending', 'descending'] as const) {
        await fill(filesystem, numbered)
        const seen: string[] = []
        const options: ListOptions = { order, limit: 2 }
        let page = await filesystem.list('/page', options)
        for (;;) {
          seen.push(...page.items.map(({ path }) => path))
          if (!page.next) break
          // The cursor's own path goes away, and new ones appear on both sides of it.
          await filesystem.delete(page.next.path, anything)
          await fill(filesystem, ['/page/m0', '/page/n5x', '/page/z9'])
          page = await filesystem.list('/page', { ...options, after: page.next })
        }
        assert.equal(new Set(seen).size, seen.length, `${order}: no path twice`)
        assert.deepEqual(
          seen.filter((path) => numbered.includes(path)).toSorted(),
          numbered,
          `${order}: every path that was there all the time or when its page was read`,
        )
      }
    },
  },
  {
    name: 'list() of children shows records and directories once each, and pages over them',
    needs: ['cas'],
    async run({ filesystem }) {
      await fill(filesystem, ['/c/a', '/c/a/1', '/c/a/2/x', '/c/b-1', '/c/b/1', '/c/b/2', '/c/d', '/e'])
      const expected = ['/c/a both', '/c/b directory', '/c/b-1 record', '/c/d record']
      for (const order of ['ascending', 'descending'] as const) {
        for (const limit of [1, 2, 10]) {
          const { items } = await listAll(filesystem, '/c', { depth: 'children', order, limit })
          const shown = items.map(({ path, head, directory }) => {
            return `${path} ${head && directory ? 'both' : head ? 'record' : directory ? 'directory' : 'neither'}`
          })
          const wanted = expected.toSorted((a, b) => utf8Order(a.split(' ')[0] ?? '', b.split(' ')[0] ?? ''))
          assert.deepEqual(shown, order === 'ascending' ? wanted : wanted.toReversed(), `${order}, ${limit} a page`)
        }
      }
      await filesystem.delete('/c/b/1', anything)
      await filesystem.delete('/c/b/2', anything)
      assert.deepEqual(await pathsOf(filesystem, '/c', { depth: 'children' }), ['/c/a', '/c/b-1', '/c/d'])
    },
  },
  {
    name: 'list() of children shows directories that hold no record of their own',
    async run({ filesystem }) {
      await fill(filesystem, ['/k/b/1', '/k/b/2/x', '/k/d', '/k/b-1'])
      const { items } = await listAll(filesystem, '/k', { depth: 'children', limit: 1 })
      assert.deepEqual(
        items.map(({ path, head, directory }) => [path, head?.state, directory]),
        [
          ['/k/b', undefined, true],
          ['/k/b-1', 'live', false],
          ['/k/d', 'live', false],
        ],
      )
      assert.deepEqual(await pathsOf(filesystem, '/', { depth: 'children' }), ['/k'])
    },
  },
  {
    name: 'list() shows tombstones only when asked',
    needs: ['cas'],
    async run({ filesystem }) {
      await fill(filesystem, ['/t/a', '/t/b', '/t/c'])
      await filesystem.delete('/t/b', anything)
      assert.deepEqual(await pathsOf(filesystem, '/t'), ['/t/a', '/t/c'])
      const { items } = await listAll(filesystem, '/t', { deleted: true, bodies: true, limit: 1 })
      assert.deepEqual(
        items.map(({ path, head }) => [path, head?.state, head?.info.size, head?.entry === undefined]),
        [
          ['/t/a', 'live', 4, false],
          ['/t/b', 'deleted', 0, true],
          ['/t/c', 'live', 4, false],
        ],
      )
      await filesystem.put('/t/b', text('again'), anything)
      assert.deepEqual(await pathsOf(filesystem, '/t'), ['/t/a', '/t/b', '/t/c'])
    },
  },
  {
    name: 'list() gives bodies only when asked, and what it says of a record is what get() says',
    needs: ['cas'],
    async run({ filesystem }) {
      await filesystem.put('/b/a', record({ n: 1 }, { by_n: [1] }), anything, { updates: [{ opId: 'x' }] })
      const head = await filesystem.get('/b/a')
      assert.ok(head.state === 'live')
      const [bare] = (await filesystem.list('/b')).items
      assert.equal(bare?.head?.entry, undefined)
      assert.equal(bare?.head?.kind, head.entry.kind)
      assert.equal(bare?.head?.schemaVersion, head.entry.schemaVersion)
      assert.equal(bare?.head?.contentType, head.entry.contentType)
      assert.deepEqual(bare?.head?.info, head.info)
      const [full] = (await filesystem.list('/b', { bodies: true })).items
      assert.deepEqual(full?.head?.entry, head.entry)
    },
  },
  {
    name: 'A page limit below one is refused',
    async run({ filesystem }) {
      for (const limit of [0, -1, 1.5, Number.NaN]) {
        await rejectsWith('invalid-argument', () => filesystem.list('/', { limit }), `a page of ${limit}`)
      }
    },
  },
]
