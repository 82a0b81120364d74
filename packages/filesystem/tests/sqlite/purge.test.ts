import { readFile } from 'node:fs/promises'
import { absent, anything } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { temporaryStore, text } from './fixture.ts'

const SECRET = 'correct-horse-battery-staple'

async function bytesOf(path: string): Promise<string> {
  const parts = [path, `${path}-wal`].map(async (file) => await readFile(file, 'latin1').catch(() => ''))
  return (await Promise.all(parts)).join('')
}

describe.each([
  ['small', SECRET],
  ['of several pages', `${SECRET} `.repeat(2000)],
])('A purged body, %s, leaves no bytes in the files', (_, secret) => {
  test('when a write keeps no versions', async () => {
    const { path, filesystem } = await temporaryStore()
    for (let n = 0; n < 40; n++) await filesystem.put(`/records/${n}`, text(`padding ${n} `.repeat(30)), absent)
    await filesystem.put('/records/secret', text(secret), absent)
    await filesystem.put('/records/secret', text(`${secret} and more`), anything)
    await filesystem.maintain()
    expect((await bytesOf(path)).includes(SECRET)).toBe(true)
    await filesystem.put('/records/secret', text('redacted'), anything, { keepVersions: 0 })
    await filesystem.maintain()
    await filesystem.close()
    expect((await bytesOf(path)).includes(SECRET)).toBe(false)
  })

  test('when its tombstone is purged', async () => {
    const { path, filesystem } = await temporaryStore({ tombstoneMs: 0 })
    await filesystem.put('/secret', text(secret), absent)
    await filesystem.delete('/secret', anything)
    expect(await filesystem.maintain()).toEqual({ removed: 1, more: false })
    await filesystem.close()
    expect((await bytesOf(path)).includes(SECRET)).toBe(false)
  })

  test('when its log is trimmed', async () => {
    const { path, filesystem } = await temporaryStore()
    await filesystem.append('/log', [Buffer.from(secret), Buffer.from('kept')])
    await filesystem.trim('/log', 2)
    await filesystem.close()
    expect((await bytesOf(path)).includes(SECRET)).toBe(false)
  })
})

test('maintain() empties the write-ahead log when nobody reads it', async () => {
  const { path, filesystem } = await temporaryStore()
  await filesystem.put('/a', text('a'), absent)
  expect((await readFile(`${path}-wal`)).length).toBeGreaterThan(0)
  await filesystem.maintain()
  expect((await readFile(`${path}-wal`)).length).toBe(0)
})
