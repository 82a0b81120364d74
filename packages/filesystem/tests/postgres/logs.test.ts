import { afterAll, expect, test } from 'vitest'
import { dropDatabase, openStore } from './store.ts'

afterAll(dropDatabase)

test('A reader that tails a log sees every entry of eight concurrent appenders once, in order', async () => {
  await using store = await openStore()
  const appenders = await Promise.all(Array.from({ length: 8 }, () => store.reopen({ pools: { normal: 2 } })))
  const each = 60
  let appending = true
  const seen: string[] = []
  const reading = (async () => {
    let after = 0
    for (;;) {
      const last = !appending
      const { entries } = await store.filesystem.read('/log', { after, limit: 7 })
      for (const entry of entries) {
        expect(entry.sequence).toBe(after + 1)
        after = entry.sequence
        seen.push(Buffer.from(entry.body).toString())
      }
      if (last && entries.length === 0) return
    }
  })()
  const results = await Promise.all(
    appenders.flatMap((filesystem, a) =>
      Array.from({ length: each }, async (_, n) => {
        const { first } = await filesystem.append('/log', [Buffer.from(`${a}.${n}`)])
        return [first, `${a}.${n}`] as const
      }),
    ),
  )
  appending = false
  await reading
  expect(seen).toHaveLength(8 * each)
  for (const [sequence, body] of results) expect(seen[sequence - 1]).toBe(body)
})

test('Appends that wait for one another become one batch', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await Promise.all(Array.from({ length: 50 }, (_, n) => filesystem.append('/log', [Buffer.from(`${n}`)])))
  const { rows } = await client.query(`SELECT count(DISTINCT xmin::text) AS batches FROM ${options.schema}.log_entries`)
  expect(rows).toEqual([{ batches: '2' }])
})

test('A long log is trimmed in bounded steps, and the numbering goes on', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await filesystem.append('/log', [Buffer.from('x')])
  await client.query(`INSERT INTO ${options.schema}.log_entries
    SELECT '/log', n, now(), 'x' FROM generate_series(2, 12000) n`)
  await client.query(`UPDATE ${options.schema}.logs SET last = 12000`)
  await filesystem.trim('/log', 11_999)
  expect((await filesystem.read('/log')).entries.map(({ sequence }) => sequence)).toEqual([11_999, 12_000])
  await expect(filesystem.read('/log', { after: 5 })).rejects.toMatchObject({ code: 'compacted', oldest: 11_999 })
  expect(await filesystem.append('/log', [Buffer.from('y')])).toEqual({ first: 12_001, last: 12_001 })
})
