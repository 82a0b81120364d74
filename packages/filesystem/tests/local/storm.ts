import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runStorm } from './storm-run.ts'

// The storm at any length:
//   node --conditions=@latchless/source packages/filesystem/tests/local/storm.ts --seconds 60 --seed 1
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '8' },
    durability: { type: 'string', default: 'process' },
    directory: { type: 'string', default: tmpdir() },
  },
})

const directory = await mkdtemp(join(values.directory, 'latchless-storm-'))
const report = await runStorm({
  directory,
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  processes: Number(values.processes),
  durability: values.durability === 'disk' ? 'disk' : 'process',
})
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
if (report.lost > 0 || report.duplicated > 0 || report.failures.length > 0) {
  process.stdout.write(`The store is left in ${directory}\n`)
  process.exitCode = 1
} else {
  await rm(directory, { recursive: true })
}
