import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { anything, unwritten } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { connect, expectFailure, temporaryDirectory, temporaryStore, text } from './fixture.ts'

async function storeAndWorker() {
  let worker: Worker | undefined
  const store = await temporaryStore({}, { onWorker: (started) => (worker = started) })
  return { ...store, crash: async () => await worker?.terminate() }
}

describe('When the worker thread dies', () => {
  test('what waits is told whether it may have landed, and all that follows is refused', async () => {
    const { path, filesystem, crash } = await storeAndWorker()
    await filesystem.put('/a', text('a'), unwritten)
    connect(path).exec('BEGIN IMMEDIATE')
    const write = expectFailure(filesystem.put('/a', text('b'), anything), 'unavailable', 'unknown', /may have landed/)
    const read = expectFailure(filesystem.get('/a'), 'unavailable', 'safe', /worker thread ended/)
    await crash()
    await Promise.all([write, read])
    await expectFailure(filesystem.get('/a'), 'unavailable', 'never', /open the store again/)
    await expectFailure(filesystem.put('/a', text('c'), anything), 'unavailable', 'never', /open the store again/)
    await filesystem.close()
  })

  test('the store can be opened again with all that was acknowledged', async () => {
    const { path, filesystem, crash } = await storeAndWorker()
    for (let n = 0; n < 20; n++) await filesystem.put(`/records/${n}`, text('a'), unwritten)
    await crash()
    const again = await temporaryStore({ path })
    expect((await again.filesystem.list('/')).items).toHaveLength(20)
  })

  test('a watcher is told', async () => {
    const { filesystem, crash } = await storeAndWorker()
    const watcher = filesystem.watch('/')[Symbol.asyncIterator]()
    const next = expectFailure(watcher.next(), 'unavailable', 'safe', /worker thread ended/)
    await filesystem.get('/a')
    await crash()
    await next
  })
})

/** What a program prints that has a store and nothing else, and that must end by itself with success. */
async function outputOf(...lines: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory()
  const program = join(directory, 'program.ts')
  const start = [
    `import { SqliteFilesystem, unwritten } from ${JSON.stringify(import.meta.resolve('@latchless/filesystem'))}`,
    `const store = await SqliteFilesystem.open({ path: ${JSON.stringify(join(directory, 'store.db'))} })`,
  ]
  await writeFile(program, [...start, ...lines].join('\n'))
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program], { timeout: 20_000 })
  return stdout
}

test('A store that is idle does not keep its process alive, and one that writes does', async () => {
  const output = await outputOf(
    `store.put('/a', { body: Buffer.from('a'), contentType: 'text/plain' }, unwritten).then(() => process.stdout.write('landed'))`,
    `const changes = store.watch('/')[Symbol.asyncIterator]()`,
    `const next = changes.next()`,
    `await changes.return()`,
    `next.then(({ done }) => process.stdout.write(done ? '' : 'a change'))`,
  )
  expect(output).toBe('landed')
})

test('A program whose loop waits for a change lives on, and goes on behind the loop when the signal fires', async () => {
  const output = await outputOf(
    `const stop = new AbortController()`,
    // Nothing but the pending wait is left once this timer has fired.
    `setTimeout(() => stop.abort(), 200)`,
    `for await (const change of store.watch('/', { signal: stop.signal })) process.stdout.write(change.type)`,
    `process.stdout.write('behind the loop')`,
  )
  expect(output).toBe('behind the loop')
})

test('A write that cannot cross to the worker fails by itself', async () => {
  const { filesystem } = await temporaryStore()
  const writer = { service: 'a', host: 'b', pid: 1, log: () => undefined }
  const [first, second, third] = await Promise.allSettled([
    filesystem.put('/a', text('a'), unwritten),
    filesystem.put('/b', text('b'), unwritten, { writer }),
    filesystem.put('/c', text('c'), unwritten),
  ])
  expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await filesystem.list('/')).items.map(({ path }) => path)).toEqual(['/a', '/c'])
})
