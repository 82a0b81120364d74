import { monitorEventLoopDelay } from 'node:perf_hooks'
import { anything, SqliteFilesystem } from '@latchless/filesystem'
import type { WritersReport } from './writers-run.ts'

// One process of writers: each writes one record after the other until the parent says stop, then the counts are told.
const [path = '', name = '', durability = 'disk', writers = '4', paths = '1'] = process.argv.slice(2)
const filesystem = await SqliteFilesystem.open({ path, durability: durability === 'disk' ? 'disk' : 'process' })
const delay = monitorEventLoopDelay({ resolution: 5 })
const latencies: number[] = []
const stop = new AbortController()
let counted = 0

process.on('message', (message) => {
  if (message === 'begin') void begin()
  else stop.abort()
})
// Without its parent nobody would ever stop it.
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function begin(): Promise<void> {
  delay.enable()
  await Promise.all(Array.from({ length: Number(writers) }, async (_, writer) => await write(writer)))
  delay.disable()
  await filesystem.close()
  latencies.sort((a, b) => a - b)
  const at = (part: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0
  const report: WritersReport = {
    writes: counted,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    stallMs: delay.max / 1e6,
  }
  process.send?.(report, () => process.disconnect())
}

async function write(writer: number): Promise<void> {
  const body = Buffer.alloc(230, 'x')
  for (let turn = 0; !stop.signal.aborted; turn++) {
    const record = Number(paths) === 1 ? '/hot' : `/records/${name}-${writer}-${turn % Number(paths)}`
    const started = performance.now()
    await filesystem.put(record, { body, contentType: 'text/plain' }, anything, { keepVersions: 0 })
    latencies.push(performance.now() - started)
    counted++
  }
}
