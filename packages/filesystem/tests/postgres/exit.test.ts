import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, expect, test } from 'vitest'
import { dropDatabase, freshOptions } from './store.ts'

afterAll(dropDatabase)

/** What a program of its own says, and the code with which it ends by itself. */
async function run(body: string): Promise<{ said: string; code: unknown }> {
  const program = `
    import { anything } from '@latchless/filesystem'
    import { PostgresFilesystem } from '@latchless/filesystem/postgres'
    const store = await PostgresFilesystem.open(${JSON.stringify(await freshOptions())})
    const stop = new AbortController()
    const changes = store.watch('/', { signal: stop.signal })[Symbol.asyncIterator]()
    const entry = { body: new Uint8Array(), contentType: 'text/plain' }
    ${body}`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', program], {
    cwd: new URL('.', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += data.toString()))
  const [code] = await once(child, 'close')
  return { said, code }
}

test('A program ends although its store is open and has watched, once no change is waited for', async () => {
  const ended = await run(`
    let heard = false
    const first = changes.next().then(() => (heard = true))
    // A watch begins when the server has answered it.
    while (!heard) await store.put('/a', entry, anything)
    await first
    await changes.return()
    process.stdout.write('done')`)
  expect(ended).toEqual({ said: 'done', code: 0 })
})

test('A change that is waited for keeps the program alive', async () => {
  // Nothing else does: the timer that ends the wait does not count.
  const ended = await run(`
    setTimeout(() => stop.abort(), 400).unref()
    await changes.next()
    process.stdout.write('aborted')`)
  expect(ended).toEqual({ said: 'aborted', code: 0 })
})
