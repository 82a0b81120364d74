import { casUpdate, type Codec, MemoryFilesystem, recordTrace, write } from '@latchless/filesystem'
import { writeFile } from 'node:fs/promises'
import { sharedViews } from './shared-views.ts'

export const counterCodec: Codec<{ readonly count: number }> = {
  decode: ({ body }) => JSON.parse(Buffer.from(body).toString('utf8')) as { count: number },
  encode: (value) => ({ body: Buffer.from(JSON.stringify(value)), contentType: 'application/json' }),
  isUnchanged: () => false,
}

export interface Storm {
  readonly processes: number
  /** Of each process. */
  readonly writers: number
  readonly updatesEach: number
  readonly mode?: 'combine' | 'plain'
}

/**
 * Records updates of one record, `/hot`, into a new trace. The processes are made up: each has a view of the store of its own,
 * so its updates are combined with each other and fight those of the rest, as those of real ones do.
 */
export async function recordStorm(
  file: string,
  { processes, writers, updatesEach, mode = 'combine' }: Storm,
): Promise<void> {
  const store = await MemoryFilesystem.open()
  const recorder = await recordTrace(file)
  await Promise.all(
    sharedViews(store, processes).flatMap((view, at) =>
      Array.from({ length: writers }, async () => {
        const writer = { service: 'api', host: 'h', pid: at + 1 }
        for (let n = 0; n < updatesEach; n++) {
          await casUpdate(view, '/hot', counterCodec, (current) => write({ count: (current?.count ?? 0) + 1 }), {
            writer,
            combine: mode === 'combine',
          })
        }
      }),
    ),
  )
  await recorder.close()
}

/** A trace of four writers that take turns to win `/hot`, and lose as often; it ends now. */
export async function writeFight(file: string, rounds: number): Promise<void> {
  const startMs = Date.now() - rounds
  const lines: object[] = [{ e: 'head', format: 'cas-trace', v: 1, unit: 'us', wall0: new Date(startMs).toISOString() }]
  for (let round = 0; round < rounds; round++) {
    const t = round * 1000
    const [winner, loser] = [round % 4, (round + 1) % 4].map((at) => ({ op: `${round}-${at}`, w: `api@h/${at + 1}` }))
    const cas = { e: 'cas', t, d: 900, a: 1, key: '/hot', base: round, next: round + 1 }
    lines.push({ ...cas, ...winner, write: `${round}`, out: 'won' })
    lines.push({
      ...cas,
      ...loser,
      write: `${round}x`,
      out: 'lost',
      cur: round + 1,
      by: winner?.w,
      byWrite: `${round}`,
    })
    lines.push({ e: 'done', t, d: 900, ...winner, a: 1, out: 'ok' })
  }
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
