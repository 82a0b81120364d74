import { existsSync } from 'node:fs'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { anything, openFilesystem } from '@latchless/filesystem'
import { outputSchemas } from '@latchless/inspector'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { inspector, rowsOf } from './inspector-process.ts'

async function twoStores() {
  const store = await fixtureStore()
  for (let n = 1; n <= 3; n++) await store.put(`/turns/t${n}`, `{"n":${n}}`)
  await store.put('/budget', '{}')
  const target = join(await temporaryDirectory(), 'target')
  return { ...store, target, targetUrl: `file:${target}` }
}

async function opened(url: string) {
  const fs = await openFilesystem(url)
  onTestFinished(() => fs.close())
  return fs
}

/** When what lies below a directory was last changed, the directories too. */
async function timesIn(directory: string) {
  const names = ['.', ...(await readdir(directory, { recursive: true }))].toSorted()
  return Promise.all(names.map(async (name) => [name, (await stat(join(directory, name))).ctimeMs]))
}

function rowOf(stdout: string) {
  const [row, ...more] = rowsOf(stdout)
  expect(more).toEqual([])
  return outputSchemas.copy.parse(row)
}

describe('copy', () => {
  test('moves a store, and the history of the copy tells the old version', async () => {
    const { url, fs, targetUrl } = await twoStores()
    const { exitCode, stdout, stderr } = await inspector(['copy', url, targetUrl])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(
      /^copy of 4 records, \d+ bytes: 4 copied, 0 unchanged, 0 updated, 0 overwritten, 0 in conflict, 0 refused\nread back 4: 0 different, 0 missing, 0 only in the target\n$/,
    )
    const { stdout: shown } = await inspector(['--store', targetUrl, 'history', '/turns/t1', '--json'])
    const old = await fs.get('/turns/t1')
    expect(rowsOf(shown)).toMatchObject([
      {
        version: 1,
        updates: [{ opId: `copy:${old.state === 'live' ? old.version : ''}`, writer: { service: 'api' } }],
      },
    ])
  })

  test('goes on where it was, below a prefix, with logs by name, as JSON of its schema', async () => {
    const { url, fs, targetUrl } = await twoStores()
    await fs.append('/audit', [Buffer.from('a'), Buffer.from('b')])
    const first = await inspector(['copy', url, targetUrl, '--json', '--prefix', '/turns/', '--log', '/audit'])
    expect(rowOf(first.stdout)).toMatchObject({
      prefix: '/turns',
      copied: 3,
      logs: [{ log: '/audit', entries: 2, last: 2, conflict: false }],
      verification: { compared: 3, different: 0 },
    })
    const second = await inspector(['copy', url, targetUrl, '--json', '--no-verify', '--log', '/audit'])
    expect(rowOf(second.stdout)).toMatchObject({ copied: 1, unchanged: 3, verification: null, logs: [{ entries: 0 }] })
    expect([first.stderr, second.stderr]).toEqual(['', ''])
  })

  test('makes no target in a dry run', async () => {
    const { url, target, targetUrl } = await twoStores()
    const { exitCode, stdout } = await inspector(['copy', url, targetUrl, '--dry-run'])
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^would copy of 4 records/),
    })
    expect(existsSync(target)).toBe(false)
  })

  test('leaves every file of an existing target as it is in a dry run, and tells what is different there', async () => {
    const { url, target, targetUrl } = await twoStores()
    const to = await opened(targetUrl)
    await to.put('/budget', { body: Buffer.from('mine'), contentType: 'text/plain' }, anything)
    const before = await timesIn(target)
    const { exitCode, stdout } = await inspector(['copy', url, targetUrl, '--dry-run', '--json'])
    expect(exitCode).toBe(4)
    expect(rowOf(stdout)).toMatchObject({ copied: 3, conflicts: 1, conflictPaths: ['/budget'] })
    expect(await timesIn(target)).toEqual(before)
  })

  test('tells in a dry run what the target will refuse, whether it is there or not', async () => {
    const { url, target, fs } = await twoStores()
    await fs.append('/audit', [Buffer.from('a')])
    const file = join(await temporaryDirectory(), 'file')
    await writeFile(file, '')
    for (const made of [false, true]) {
      if (made) await mkdir(target)
      const dry = await inspector(['copy', url, `plain:${target}`, '--dry-run', '--json', '--log', '/audit'])
      expect(dry.exitCode).toBe(7)
      expect(rowOf(dry.stdout)).toMatchObject({ copied: 0, refused: 5, logs: [] })
      expect(existsSync(target)).toBe(made)
    }
    for (const wrong of [`plain:${file}`, `file:${dirname(file)}`, `sqlite:${file}/none/store.db`]) {
      expect(await inspector(['copy', url, wrong, '--dry-run'])).toMatchObject({ exitCode: 5, stdout: '' })
    }
  })

  test('reads logs back and tells so', async () => {
    const { url, fs, targetUrl } = await twoStores()
    await fs.append('/audit', [Buffer.from('a'), Buffer.from('b')])
    const { exitCode, stdout } = await inspector(['copy', url, targetUrl, '--log', '/audit'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /log \/audit: 2 entries, up to 2\n.*\nread back 2 entries of logs: 0 different or missing\n$/,
    )
  })

  test('exits with 4 over something else in the target, names it, and overwrites it only when told', async () => {
    const { url, targetUrl } = await twoStores()
    const to = await opened(targetUrl)
    await to.put('/budget', { body: Buffer.from('mine'), contentType: 'text/plain' }, anything)
    const kept = await inspector(['copy', url, targetUrl])
    expect(kept).toMatchObject({ exitCode: 4, stderr: 'conflict: the target holds something else at /budget\n' })
    const forced = await inspector(['copy', url, targetUrl, '--overwrite', '--json'])
    expect(forced).toMatchObject({ exitCode: 0 })
    expect(rowOf(forced.stdout)).toMatchObject({ overwritten: 1, unchanged: 3 })
  })

  test('names hostile paths harmlessly', async () => {
    const { targetUrl, ...store } = await twoStores()
    const evil = '/evil\u202e\u200b'
    await store.put(evil, '{}')
    const to = await opened(targetUrl)
    await to.put(evil, { body: Buffer.from('mine'), contentType: 'text/plain' }, anything)
    const { exitCode, stdout, stderr } = await inspector(['copy', store.url, targetUrl])
    expect(exitCode).toBe(4)
    expect(stderr).toContain('/evil\\u{202e}\\u{200b}')
    expect(stdout + stderr).not.toMatch(/[\u202e\u200b]/)
  })

  test('exits with 5 without a source, and makes neither store', async () => {
    const directory = await temporaryDirectory()
    const urls = [`file:${join(directory, 'none')}`, `file:${join(directory, 'target')}`]
    expect(await inspector(['copy', ...urls])).toMatchObject({ exitCode: 5, stdout: '' })
    expect(existsSync(join(directory, 'none'))).toBe(false)
    expect(existsSync(join(directory, 'target'))).toBe(false)
    expect(await inspector(['copy', urls[0] ?? ''])).toMatchObject({ exitCode: 2 })
  })

  test('exits with 7 where the target takes no records', async () => {
    const { url } = await twoStores()
    const plain = `plain:${join(await temporaryDirectory(), 'plain')}`
    const refused = await inspector(['copy', url, plain, '--json'])
    expect(refused).toMatchObject({ exitCode: 7, stderr: '' })
    expect(rowOf(refused.stdout)).toMatchObject({
      copied: 0,
      refused: 4,
      refusals: Array.from({ length: 4 }, () => ({ code: 'unsupported' })),
    })
    const told = await inspector(['copy', url, plain])
    expect(told.stderr).toContain('refused (unsupported): Cannot copy "/turns/t1": the target keeps bytes only')
  })
})
