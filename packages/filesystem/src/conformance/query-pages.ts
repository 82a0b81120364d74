import assert from 'node:assert/strict'
import { anything } from '../expectation.ts'
import type { QueryOptions } from '../filesystem.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import type { CaseDefinition } from './case.ts'
import { pathsOfQuery, putRows, queryAll } from './query-reading.ts'
import { record } from './samples.ts'

const items = '/query/items'
const at = (name: string) => `${items}/${name}`

/** Index queries while records are written. */
export const queryPageCases: readonly CaseDefinition[] = [
  {
    name: 'Pages of a query neither repeat nor lose a row while others are written and deleted',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      for (const order of ['ascending', 'descending'] as const) {
        const stable = Array.from({ length: 12 }, (_, n) => [at(`${order}-s${n}`), [order, n * 10]] as const)
        await putRows(filesystem, 'by_n', Object.fromEntries(stable))
        const seen: string[] = []
        let after: QueryOptions = {}
        for (let n = 0; ; n++) {
          assert.ok(n < 100, 'the query must end')
          const range = { prefix: [order] }
          const page = await filesystem.query(items, 'by_n', { range, order, limit: 2, ...after })
          seen.push(...page.items.map(({ path }) => path))
          if (!page.next) break
          after = { after: page.next }
          // One row comes before the cursor, one of those vanishes, and one comes far behind every page.
          await putRows(filesystem, 'by_n', { [at(`${order}-x${n}`)]: [order, order === 'ascending' ? -n : 1000 + n] })
          if (n > 0) await filesystem.delete(at(`${order}-x${n - 1}`), anything)
        }
        const expected = stable.map(([path]) => path)
        assert.deepEqual(seen, order === 'ascending' ? expected : expected.toReversed(), order)
      }
    },
  },
  {
    name: 'A page of a query continues behind a row that has vanished or moved',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      await putRows(filesystem, 'by_n', Object.fromEntries([1, 2, 3, 4].map((n) => [at(`r${n}`), [n]])))
      const first = await filesystem.query(items, 'by_n', { limit: 2 })
      await filesystem.delete(at('r2'), anything)
      const rest = await pathsOfQuery(filesystem, items, 'by_n', { after: first.next, limit: 1 })
      assert.deepEqual(rest, [at('r3'), at('r4')])
      const nowhere = { tuple: [2.5, 'between'], path: at('never-written') }
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_n', { after: nowhere }), [at('r3'), at('r4')])
      const back = { after: nowhere, order: 'descending' } as const
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_n', back), [at('r1')])
    },
  },
  {
    name: 'After random writes the rows of an index are those of the records',
    needs: ['cas', 'query'],
    async run({ filesystem, seed }) {
      const numbers = seededRandom(seed, 7)
      for (let n = 0; n < 150; n++) {
        const path = at(`p${numbers.below(12)}`)
        const drawn = numbers.below(10)
        if (drawn < 2) await filesystem.delete(path, anything)
        else {
          const tuples = drawn < 4 ? {} : { by_n: [numbers.below(4), `${numbers.below(3)}`] }
          await filesystem.put(path, record(n, tuples), anything)
        }
      }
      const records = await filesystem.list(items, { bodies: true })
      const expected = records.items.flatMap(({ path, head }) => {
        const tuple = head?.entry?.tuples?.['by_n']
        return tuple ? [{ path, tuple, version: head?.info.version }] : []
      })
      const rows = await queryAll(filesystem, items, 'by_n', { limit: 5 })
      const sortedByPath = rows.toSorted((a, b) => (a.path < b.path ? -1 : 1))
      assert.deepEqual(
        sortedByPath.map(({ path, tuple, head }) => ({ path, tuple, version: head.info.version })),
        expected.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        `seed ${seed}`,
      )
    },
  },
]
