import { appendFileSync } from 'node:fs'
import { anything, LocalFilesystem } from '@latchless/filesystem'

// Overwrites a few records for ever; the nth version of a record says n. Each acknowledgement goes to a file on a disk that
// keeps its power, once the promise has resolved.
const [root = '', acknowledgements = '', durability] = process.argv.slice(2)
const filesystem = await LocalFilesystem.open({ root, durability: durability === 'process' ? 'process' : 'disk' })
for (let n = 1; ; n++) {
  for (const path of ['/a', '/b', '/c']) {
    const entry = { body: Buffer.from(String(n).padStart(600, '0')), contentType: 'text/plain' }
    await filesystem.put(path, entry, anything, { keepVersions: 2 })
    appendFileSync(acknowledgements, `${path} ${n}\n`)
  }
}
