import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Filesystem, Head } from '@latchless/filesystem'
import { exactly, LocalFilesystem, sequenceOf, VersionMismatch } from '@latchless/filesystem'
import { seededRandom } from '@latchless/filesystem/testing'
import { readStormRecord, STORM_PATHS, stormEntry } from './storm-record.ts'

// One process of the storm: counts itself up in records until it is told to stop, and notes each acknowledgement in a file.
const [root = '', name = '', seed = '0', durability = 'process', acknowledgements = ''] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const newest = new Map<string, number>()
const counts = new Map<string, number>()
const stop = new AbortController()

process.on('message', () => stop.abort())
// Without its parent nobody would ever stop it.
process.on('disconnect', () => process.exit(3))

const filesystem = await LocalFilesystem.open({ root, durability: durability === 'disk' ? 'disk' : 'process' })
process.send?.('ready')
while (!stop.signal.aborted) {
  await countUp(filesystem, choosePath())
  if (random.below(40) === 0) await filesystem.maintain()
}
process.exit(0)

/** One acknowledged update: reads, then writes under exactly what was read, until that wins. */
async function countUp(store: Filesystem, path: string): Promise<void> {
  const mine = (counts.get(path) ?? 0) + 1
  let head = noteSequence(path, await store.get(path))
  for (let lost = 0; ; lost++) {
    const { applied } = readStormRecord(head)
    if ((applied[name] ?? 0) !== mine - 1)
      throw new Error(`${path} counts ${applied[name]} of ${name}, not ${mine - 1}`)
    try {
      const next = stormEntry({ applied: { ...applied, [name]: mine } })
      const { version } = await store.put(path, next, exactly(head), { keepVersions: chooseKeep() })
      newest.set(path, sequenceOf(version))
      break
    } catch (error) {
      if (!(error instanceof VersionMismatch)) throw error
      head = noteSequence(path, error.current)
      await sleep(random.fraction() * Math.min(64, 2 ** lost))
    }
  }
  counts.set(path, mine)
  appendFileSync(acknowledgements, `${path} ${mine}\n`)
}

/** A head older than one seen before is a stale read. */
function noteSequence(path: string, head: Head): Head {
  const sequence = head.state === 'unwritten' ? 0 : sequenceOf(head.version)
  const seen = newest.get(path) ?? 0
  if (sequence < seen) throw new Error(`${path} was read as v${sequence} after v${seen}`)
  newest.set(path, sequence)
  return head
}

function choosePath(): string {
  const draw = random.below(10)
  return STORM_PATHS[draw < 7 ? 0 : draw < 9 ? 1 : 2] ?? '/storm/hot'
}

function chooseKeep(): number {
  return [0, 0, 2, 16][random.below(4)] ?? 0
}
