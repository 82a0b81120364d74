import { readFile, stat } from 'node:fs/promises'
import { absent, anything, SqliteFilesystem } from '@latchless/filesystem'
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

test('close() lets a maintain() that is under way come to its end, the emptied log included', async () => {
  const { path, filesystem } = await temporaryStore({ tombstoneMs: 0 })
  // With a second store open, closing the first does not empty the log.
  await temporaryStore({ path })
  await filesystem.put('/a', text('a'), absent)
  await filesystem.delete('/a', anything)
  const maintained = filesystem.maintain()
  await filesystem.close()
  expect(await maintained).toEqual({ removed: 1, more: false })
  expect((await readFile(`${path}-wal`)).length).toBe(0)
})

test('The write-ahead log stays short when processes come, write less than it may hold, and go', async () => {
  const { path } = await temporaryStore()
  const body = Buffer.alloc(1024 * 1024, 'x')
  for (let opened = 0; opened < 6; opened++) {
    const writer = await SqliteFilesystem.open({ path, durability: 'process' })
    for (let n = 0; n < 8; n++) {
      await writer.put('/a', { body, contentType: 'text/plain' }, anything, { keepVersions: 0 })
    }
    await writer.close()
  }
  expect((await stat(`${path}-wal`)).size).toBeLessThan(32 * 1024 * 1024)
})

test('The write-ahead log stays short when many processes each write less than it may hold', async () => {
  const { path } = await temporaryStore()
  const body = Buffer.alloc(1024 * 1024, 'x')
  const writers = await Promise.all(Array.from({ length: 6 }, () => temporaryStore({ path })))
  for (const { filesystem } of writers) {
    for (let n = 0; n < 12; n++) {
      await filesystem.put('/a', { body, contentType: 'text/plain' }, anything, { keepVersions: 0 })
    }
  }
  expect((await stat(`${path}-wal`)).size).toBeLessThan(48 * 1024 * 1024)
})
