import { randomBytes } from 'node:crypto'
import type { Head } from '@latchless/filesystem'
import { exactly, sequenceOf, SqliteFilesystem, VersionMismatch } from '@latchless/filesystem'
import type { RecordedOperation } from '@latchless/filesystem/testing'

export const KILLED_PATHS: readonly string[] = ['/hot', '/warm', '/cool']

const [path, durability, name = ''] = process.argv.slice(2)
let calls = 0

// The test imports the paths from here.
if (path !== undefined && process.send) await run(path)

async function run(store: string): Promise<void> {
  // Without its parent nobody would ever stop it.
  process.on('disconnect', () => process.exit())
  const filesystem = await SqliteFilesystem.open({
    path: store,
    durability: durability === 'disk' ? 'disk' : 'process',
  })
  await Promise.all(KILLED_PATHS.map(async (record) => await writeForEver(filesystem, record)))
}

async function writeForEver(filesystem: SqliteFilesystem, record: string): Promise<void> {
  let head: Head = { state: 'unwritten' }
  for (;;) {
    const writeId = randomBytes(16).toString('hex')
    const call = calls++
    const begun = { process: `${name}${record}`, path: record, start: now(), type: 'write', writeId } as const
    await tell({ call, ...begun })
    const body = Buffer.from(`${name} ${call}`)
    try {
      const options = { writeId, keepVersions: 1000 }
      const { version } = await filesystem.put(record, { body, contentType: 'text/plain' }, exactly(head), options)
      await tell({ call, ...begun, end: now(), sequence: sequenceOf(version) })
      head = await filesystem.get(record)
    } catch (error) {
      if (!(error instanceof VersionMismatch)) throw error
      head = error.current
      await tell({
        call,
        process: begun.process,
        path: record,
        start: begun.start,
        end: now(),
        type: 'read',
        ...seen(head),
      })
    }
  }
}

function seen(head: Head): Pick<RecordedOperation, 'sequence' | 'writeId'> {
  if (head.state === 'unwritten') return { sequence: 0 }
  return { sequence: sequenceOf(head.version), writeId: head.info.writeId }
}

/** The processes of one machine share this clock. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

/** Resolves when the message is in the channel, where even a kill no longer takes it back. */
async function tell(message: RecordedOperation & { readonly call: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error: Error | null) => (error ? reject(error) : resolve()))
  })
}
