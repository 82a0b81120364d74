import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anything, openFilesystem, PlainFilesystem } from '@latchless/filesystem'
import { describe, expect, onTestFinished, test } from 'vitest'

async function filledRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'latchless-plain-'))
  onTestFinished(async () => await rm(root, { recursive: true, force: true }))
  await writeFile(join(root, 'note'), 'one')
  return root
}

describe('a plain store opened for reading only', () => {
  test('is read like any other, and refuses every write as unsupported', async () => {
    const root = await filledRoot()
    await using filesystem = await PlainFilesystem.open({ root, readOnly: true })
    expect(await filesystem.get('/note')).toMatchObject({ state: 'live' })
    expect((await filesystem.list('/')).items).toHaveLength(1)
    expect(filesystem.capabilities('/')).toMatchObject({ blindWrites: false, maintain: false })
    const entry = { body: Buffer.from('two'), contentType: 'text/plain' }
    const writes: readonly (() => Promise<unknown>)[] = [
      async () => await filesystem.put('/note', entry, anything),
      async () => await filesystem.delete('/note', anything),
      async () => await filesystem.maintain(),
    ]
    for (const attempt of writes) await expect(attempt()).rejects.toMatchObject({ code: 'unsupported' })
    expect(await readdir(root)).toEqual(['note'])
  })

  test('is refused where there is no directory, and none is made', async () => {
    const root = await filledRoot()
    const missing = join(root, 'missing')
    await expect(openFilesystem(`plain:${missing}`, { readOnly: true })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await readdir(root)).toEqual(['note'])
  })
})
