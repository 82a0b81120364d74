// One process of a storm: writers that update shared records as fast as they can, and its trace. It begins when it is told.
import { once } from 'node:events'
import { hostname } from 'node:os'
import { casUpdate, type Codec, openFilesystem, recordTrace, write } from '@latchless/filesystem'

interface Job {
  readonly url: string
  readonly file: string
  readonly mode: 'combine' | 'plain'
  readonly writers: number
  readonly updates: number
  readonly paths: readonly string[]
}

const codec: Codec<{ readonly count: number }> = {
  keepVersions: 1000,
  decode: ({ body }) => JSON.parse(Buffer.from(body).toString('utf8')) as { count: number },
  encode: (value) => ({ body: Buffer.from(JSON.stringify(value)), contentType: 'application/json' }),
  isUnchanged: () => false,
}

const job = JSON.parse(process.argv[2] ?? '') as Job
await using store = await openFilesystem(job.url)
await using _trace = await recordTrace(job.file)
const { pid } = process
process.send?.('ready')
await once(process, 'message')
await Promise.all(
  Array.from({ length: job.writers }, async (_, number) => {
    const writer = { service: `w${number}`, host: hostname(), pid }
    for (let n = 0; n < job.updates; n++) {
      const path = job.paths[n % job.paths.length] ?? '/'
      await casUpdate(store, path, codec, (current) => write({ count: (current?.count ?? 0) + 1 }), {
        opId: `${pid}.${number}.${n}`,
        writer,
        combine: job.mode === 'combine',
        attemptsMax: 10_000,
        timeoutMs: 40_000,
      })
    }
  }),
)
process.disconnect()
