import { anything, type Filesystem, isBelow, type ListItem, MemoryFilesystem, mountTable } from '@latchless/filesystem'
import { type SeededRandom, seededRandom } from '@latchless/filesystem/testing'
import { expect, it } from 'vitest'

const entry = { body: Uint8Array.of(1), contentType: 'text/plain' }
const names = ['a', 'b', 'a-b', 'é', 'a0', '\u{1f642}', '\uffee']

function somePath(random: SeededRandom): string {
  const depth = 1 + random.below(4)
  return Array.from({ length: depth }, () => `/${names[random.below(names.length)]}`).join('')
}

/** Everything a listing shows, and that its pages keep to their limit. */
async function listed(store: Filesystem, prefix: string, options: Parameters<Filesystem['list']>[1]) {
  const items: (readonly [string, string | undefined, boolean])[] = []
  let after = options?.after
  let pages = 0
  do {
    if (++pages > 100) expect.fail(`the listing of ${prefix} does not end`)
    const page = await store.list(prefix, { ...options, after })
    expect(page.items.length).toBeLessThanOrEqual(options?.limit ?? 100)
    items.push(...page.items.map(({ path, head, directory }: ListItem) => [path, head?.state, directory] as const))
    after = page.next
  } while (after)
  return items
}

it('A mount table lists as one store with the same records does, whatever is hidden', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const points = [...new Set(['/', ...Array.from({ length: 5 }, () => somePath(random))])]
    const stores = new Map<string, Filesystem>()
    for (const at of points) stores.set(at, await MemoryFilesystem.open())
    const table = mountTable([...stores].map(([at, filesystem]) => ({ at, filesystem })))
    const model = await MemoryFilesystem.open()
    const paths = Array.from({ length: 40 }, () => somePath(random)).filter((path) => !points.includes(path))
    for (const path of paths) {
      for (const store of [table, model]) await store.put(path, entry, anything)
      if (random.below(4) === 0) for (const store of [table, model]) await store.delete(path, anything)
    }
    // What lies at and below a mount point in an outer store is not to be seen.
    for (const [at, outer] of stores) {
      for (const point of points.filter((other) => isBelow(other, at))) {
        const hidden = at === '/' ? point : point.slice(at.length)
        for (const path of [hidden, `${hidden}/hidden`]) await outer.put(path, entry, anything)
      }
    }
    for (let round = 0; round < 40; round++) {
      const prefix = random.below(2) === 0 ? '/' : somePath(random)
      const options = {
        depth: random.below(2) === 0 ? 'children' : 'descendants',
        order: random.below(2) === 0 ? 'ascending' : 'descending',
        after: random.below(2) === 0 ? undefined : { path: somePath(random) },
        deleted: random.below(2) === 0,
        limit: 1 + random.below(9),
      } as const
      const found = await listed(table, prefix, options)
      expect({ seed, prefix, options, found }).toEqual({
        seed,
        prefix,
        options,
        found: await listed(model, prefix, options),
      })
    }
  }
})
