import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { casUpdate, defineRecord, openFilesystem, write } from '@latchless/filesystem'
import { writeFileAtomic } from '@latchless/filesystem/files'
import * as z from 'zod'

// Updates a record in memory and in files, as the README shows it.
const Counter = defineRecord({ kind: 'counter', schemaVersion: 1, schema: z.object({ n: z.int() }) })

async function countTo(url: string, n: number): Promise<number | undefined> {
  const store = await openFilesystem(url)
  try {
    for (let at = 1; at < n; at++) await casUpdate(store, '/counter', Counter, (now) => write({ n: (now?.n ?? 0) + 1 }))
    const { value } = await casUpdate(store, '/counter', Counter, (now) => write({ n: (now?.n ?? 0) + 1 }))
    return value?.n
  } finally {
    await store.close()
  }
}

const directory = await mkdtemp(join(tmpdir(), 'latchless-isolation-'))
try {
  await writeFileAtomic(join(directory, 'file'), 'content')
  const file = await readFile(join(directory, 'file'), 'utf8')
  const found = { memory: await countTo('memory:', 3), local: await countTo(`file:${directory}/store`, 3), file }
  process.stdout.write(JSON.stringify(found))
} finally {
  await rm(directory, { recursive: true, force: true })
}
