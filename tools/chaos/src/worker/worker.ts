// The program of one worker's process: its clients over one store, until told to finish.
import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError } from '@latchless/filesystem'
import { WorkerClock } from '../faults/clock.ts'
import { Journal } from '../history/journal.ts'
import { openStore } from '../open-store.ts'
import { EpochTraces } from './epoch-traces.ts'
import type { Command, ProcessPlan, Ready } from './messages.ts'
import { epochAt, nameOf, runWorker } from './run-worker.ts'

const EPOCH_POLL_MS = 100
const OPEN_AGAIN_MS = 50

const plan = JSON.parse(process.argv[2] ?? '') as ProcessPlan
const clock = new WorkerClock(new AbortController().signal)
const finish = new AbortController()
const go = Promise.withResolvers<number>()
listen()
await run()

async function run(): Promise<void> {
  const name = nameOf(plan.worker)
  using journal = new Journal(plan.worker.directory, name)
  await using filesystem = await openWhenPossible()
  if (!filesystem) return process.disconnect()
  await using traces = new EpochTraces(plan.traceDirectory, name)
  process.send?.({ type: 'ready' } satisfies Ready)
  const worker = { ...plan.worker, startUs: await go.promise }
  await traces.enter(epochAt(worker))
  const turning = setInterval(() => void traces.enter(epochAt(worker)), EPOCH_POLL_MS)
  await runWorker(worker, { filesystem, runtime: clock, journal, finish: finish.signal })
  clearInterval(turning)
  process.disconnect()
}

// A worker that starts while its store is cut off tries again, as a service would.
async function openWhenPossible(): Promise<Filesystem | undefined> {
  for (;;) {
    try {
      return await openStore(plan.storeUrl, clock)
    } catch (error) {
      if (!(error instanceof FilesystemError && error.code === 'unavailable')) throw error
    }
    if (finish.signal.aborted) return undefined
    await clock.sleep(OPEN_AGAIN_MS)
  }
}

function listen(): void {
  const stopped = new Set<number>()
  process.on('message', (command: Command) => {
    switch (command.type) {
      case 'go':
        return go.resolve(command.startUs)
      case 'jump':
        return clock.jump(command.ms)
      case 'sibling-stopped':
        return void stopped.add(command.pid)
      case 'sibling-resumed':
        return void stopped.delete(command.pid)
      case 'finish':
        go.resolve(0)
        finish.abort()
    }
  })
  process.on('disconnect', () => {
    if (finish.signal.aborted) return
    // The run is dead. A stopped sibling cannot notice that by itself.
    for (const pid of stopped) wake(pid)
    process.exit(1)
  })
}

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // Another sibling was faster, and it has ended.
  }
}
