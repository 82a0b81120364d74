import { casUpdate, defineRecord, openFilesystem, sequenceOf, write } from '@latchless/filesystem'
import { z } from 'zod'

const Counter = defineRecord({ kind: 'counter', schema: z.strictObject({ value: z.int() }) })

// Any number of processes may open the same directory.
const filesystem = await openFilesystem('file:./counter-store')

const visit = () =>
  casUpdate(filesystem, '/counters/visits', Counter, (current) => write({ value: (current?.value ?? 0) + 1 }))

// Eight updates of one record at once: each is in it exactly once, and this process writes them as one version.
await Promise.all(Array.from({ length: 8 }, visit))

const { value } = await visit()
console.log(`visits: ${value?.value}`)

const { versions } = await filesystem.history('/counters/visits', { limit: 3 })
for (const { info } of versions) {
  console.log(`v${sequenceOf(info.version)} by process ${info.writer.pid}, updates: ${info.updates.length}`)
}

await filesystem.close()
