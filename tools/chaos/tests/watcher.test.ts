import type { Change, Filesystem } from '@latchless/filesystem'
import { anything, FilesystemError, MemoryFilesystem, replacing } from '@latchless/filesystem'
import type { AroundWatch } from '@latchless/filesystem/testing'
import { InterceptedFilesystem, seededRandom } from '@latchless/filesystem/testing'
import { Watcher } from '@latchless/chaos'
import { expect, test } from 'vitest'

const entry = (text: string) => ({ body: Buffer.from(text), contentType: 'text/plain' })

/** What a watcher finds over a store whose watch is as given. */
async function findings(spoil?: (changes: AsyncIterable<Change>) => AsyncIterable<Change>): Promise<string[]> {
  await using inner = await MemoryFilesystem.open()
  const watch: AroundWatch = (_prefix, options, proceed) => (spoil ? spoil(proceed(options)) : proceed(options))
  const filesystem: Filesystem = new InterceptedFilesystem(inner, (_call, proceed) => proceed(), { watch })
  const watcher = await Watcher.start(filesystem, '/', seededRandom(1))
  for (const text of ['one', 'two', 'three']) {
    await filesystem.put('/a', entry(text), anything)
    await filesystem.put('/b', entry(text), anything)
  }
  await filesystem.delete('/b', anything)
  const found = await watcher.settle(300)
  return found.map(({ path, message }) => `${path} ${message.replaceAll(/\.[0-9a-f]{16}/g, '')}`)
}

test('A watcher finds nothing where all is told', async () => {
  expect(await findings()).toEqual([])
})

test('A watcher finds a change that is never told', async () => {
  async function* silent(changes: AsyncIterable<Change>) {
    for await (const change of changes) if (change.type !== 'delete') yield change
  }
  expect(await findings(silent)).toEqual(['/b delete 4 is the end, and the last it told is put 3'])
})

test('A watcher finds changes that are told in another order', async () => {
  async function* shuffled(changes: AsyncIterable<Change>) {
    let first: Change | undefined
    for await (const change of changes) {
      yield change
      if ('path' in change && change.path === '/a') first ??= change
      if (change.type === 'delete' && first) yield first
    }
  }
  const found = await findings(shuffled)
  expect(found).toContain('/a it told 1 after 3')
})

test('A watcher asks again where a connection that was cut is only found out at the end', async () => {
  await using inner = await MemoryFilesystem.open()
  let cut = 2
  const filesystem = replacing(inner, {
    list: (...args) => {
      if (cut-- > 0)
        throw new FilesystemError('unavailable', 'Cannot list "/": the connection was lost', { retry: 'safe' })
      return inner.list(...args)
    },
  })
  const watcher = await Watcher.start(filesystem, '/', seededRandom(1))
  expect(await watcher.settle()).toEqual([])
  expect(cut).toBeLessThan(0)
})
