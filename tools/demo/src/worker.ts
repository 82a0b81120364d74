// The program of one process of the storm: several writers over one store, until told to finish.
import { hostname } from 'node:os'
import type { Filesystem } from '@latchless/filesystem'
import { casUpdate, LatchlessError, openFilesystem, recordTrace, write } from '@latchless/filesystem'
import { Journal } from './journal.ts'
import type { WorkerCommand, WorkerConfig, WorkerMessage } from './messages.ts'
import { counterType, countUpdate } from './record.ts'

/** Every how many updates a writer takes the hot record. */
const HOT_EVERY = 4
const PROGRESS_INTERVAL_MS = 200

let acknowledged = 0

const config = JSON.parse(process.argv[2] ?? '') as WorkerConfig
const go = Promise.withResolvers<void>()
const finish = new AbortController()
listen()
await run()

async function run(): Promise<void> {
  await using filesystem = await openFilesystem(config.storeUrl)
  await using _trace = await recordTrace(config.traceFile)
  using journal = Journal.open(config.journalFile)
  tell({ type: 'ready' })
  await go.promise
  const progress = setInterval(() => tell({ type: 'progress', acknowledged }), PROGRESS_INTERVAL_MS)
  const writers = Array.from({ length: config.writers }, (_, index) => runWriter(filesystem, journal, index))
  await Promise.all(writers)
  clearInterval(progress)
  tell({ type: 'progress', acknowledged })
  process.disconnect()
}

async function runWriter(filesystem: Filesystem, journal: Journal, index: number): Promise<void> {
  const writer = `p${config.number}-w${index + 1}`
  const sequences = new Map<string, number>()
  for (let step = index; !finish.signal.aborted; step++) {
    const path = pathOf(step)
    const sequence = (sequences.get(path) ?? 0) + 1
    const used = await runUpdate(filesystem, journal, { path, writer, sequence })
    if (used) sequences.set(path, sequence)
  }
}

/** Resolves with whether the sequence is used up. One that was certainly not written is tried again. */
async function runUpdate(
  filesystem: Filesystem,
  journal: Journal,
  update: { path: string; writer: string; sequence: number },
): Promise<boolean> {
  const { path, writer, sequence } = update
  journal.add({ type: 'intent', ...update })
  const startMs = performance.now()
  try {
    await casUpdate(filesystem, path, counterType, (current) => write(countUpdate(current, writer, sequence)), {
      writer: { service: writer, host: hostname(), pid: process.pid },
    })
  } catch (error) {
    if (!(error instanceof LatchlessError)) throw error
    journal.add({ type: 'failed', ...update, retry: error.retry, message: error.message })
    // The same answer would come for ever, and as fast as the store can say no.
    if (error.retry === 'never') throw error
    return error.retry === 'unknown'
  }
  journal.add({
    type: 'acknowledged',
    ...update,
    startMs: performance.timeOrigin + startMs,
    tookMs: performance.now() - startMs,
  })
  acknowledged++
  return true
}

// Writers of one number start at different steps, so that they meet on every record and march in step on none.
function pathOf(step: number): string {
  if (step % HOT_EVERY === 0) return config.hotPath
  return config.spreadPaths[(step + config.number * 3) % config.spreadPaths.length] ?? config.hotPath
}

function listen(): void {
  let stoppedSibling: number | undefined
  process.on('message', (command: WorkerCommand) => {
    switch (command.type) {
      case 'go':
        return go.resolve()
      case 'sibling-stopped':
        stoppedSibling = command.pid
        return
      case 'sibling-continued':
        stoppedSibling = undefined
        return
      case 'finish':
        finish.abort()
    }
  })
  process.on('disconnect', () => {
    if (finish.signal.aborted) return
    // The storm is dead. A stopped sibling cannot notice that by itself.
    if (stoppedSibling !== undefined) wake(stoppedSibling)
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

function tell(message: WorkerMessage): void {
  process.send?.(message)
}
