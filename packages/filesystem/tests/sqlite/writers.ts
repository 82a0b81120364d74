// Measures writers of several processes on one database:
//   node --conditions=@latchless/source tests/sqlite/writers.ts --seconds 4 --processes 4 --writers 4 --paths 64
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { runWriters } from './writers-run.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    processes: { type: 'string', default: '4' },
    writers: { type: 'string', default: '4' },
    paths: { type: 'string', default: '1' },
    durability: { type: 'string', default: 'disk' },
  },
})
const directory = await mkdtemp(join(tmpdir(), 'latchless-writers-'))
const seconds = Number(values.seconds)
// This process only waits: what holds it up is the machine, and the writers' stalls are to be read beside it.
const idle = monitorEventLoopDelay({ resolution: 5 })
idle.enable()
const reports = await runWriters({
  path: join(directory, 'store.db'),
  seconds,
  processes: Number(values.processes),
  writers: Number(values.writers),
  paths: Number(values.paths),
  durability: values.durability === 'process' ? 'process' : 'disk',
})
await rm(directory, { recursive: true })
const counts = reports.map(({ writes }) => writes)
const total = Math.round(counts.reduce((sum, count) => sum + count, 0) / seconds)
const fairness = Math.min(...counts) / Math.max(...counts)
process.stdout.write(
  `${JSON.stringify({ writesPerSecond: total, fairness, idleStallMs: idle.max / 1e6, reports }, undefined, 2)}\n`,
)
