// The program of one process of a measurement: it opens the store, works inside the window it is told, and reports.
import { nowMs, sleepUntil } from './clock.ts'
import type { Driver } from './engines/engine.ts'
import { loadEngine } from './engines/registry.ts'
import { fillStore } from './fill.ts'
import { LoopWatch } from './loop-watch.ts'
import { MemoryWatch } from './memory-watch.ts'
import type { WorkerCommand, WorkerConfig, WorkerMessage, WorkerResult } from './messages.ts'
import type { Operation } from './operation.ts'
import { openOperation } from './operation.ts'
import { pathOf } from './record-paths.ts'
import { Tally } from './tally.ts'
import { Writers } from './writers.ts'

const MIB = 2 ** 20
const COUNT_CONCURRENCY = 64

const config = JSON.parse(process.argv[2] ?? '') as WorkerConfig
const tally = new Tally(config.writers)
const go = Promise.withResolvers<void>()
const windowKnown = Promise.withResolvers<void>()
const toCount = Promise.withResolvers<readonly string[] | undefined>()
const closing = Promise.withResolvers<void>()
listen()
try {
  await run()
} catch (error) {
  tell({ type: 'broken', message: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
} finally {
  // Whoever listens forgets what has arrived and was not taken yet when the channel closes, so that is left to them.
  await closing.promise
  process.disconnect()
}

async function run(): Promise<void> {
  const engine = await loadEngine(config.engine)
  const driver = await engine.open({ ...config, indexed: config.work === 'query' || config.work === 'list' })
  await prepare(driver)
  const operation = await openOperation(config, driver)
  tell({ type: 'ready' })
  await go.promise
  tell({ type: 'result', ...(await measure(driver, operation)) })
  const paths = await toCount.promise
  if (paths) tell({ type: 'counts', counts: await countAll(driver, paths) })
  await driver.close()
}

async function prepare(driver: Driver): Promise<void> {
  await fillStore(driver, config)
  for (let writer = 0; writer < config.writers; writer++) {
    for (let update = 0; update < config.updatesBefore; update++) {
      const path = pathOf(config, writer, 0)
      await driver.update(path)
      tally.acknowledge(path)
    }
  }
}

async function measure(driver: Driver, operation: Operation): Promise<WorkerResult> {
  const loop = new LoopWatch()
  const memory = config.updates === undefined ? undefined : new MemoryWatch(config.updates)
  let cpuBefore = process.cpuUsage()
  const open = async () => {
    await windowKnown.promise
    // A window that was told late is open already, and what held the message up belongs into it.
    if (nowMs() > tally.window.fromMs) return
    await sleepUntil(tally.window.fromMs)
    cpuBefore = process.cpuUsage()
    loop.reset()
  }
  const opened = open()
  await new Writers(config, driver, tally, memory).run(operation)
  await opened
  const loopStallMs = loop.longestMs
  loop.stop()
  const cpu = process.cpuUsage(cpuBefore)
  const { fromMs, untilMs } = tally.window
  const { rss, heapUsed } = process.memoryUsage()
  return {
    ...tally.toResult(),
    windowMs: Math.min(nowMs(), untilMs) - fromMs,
    loopStallMs,
    rssMb: rss / MIB,
    heapMb: heapUsed / MIB,
    cpuMs: (cpu.user + cpu.system) / 1000,
    samples: memory?.samples ?? [],
  }
}

async function countAll(driver: Driver, paths: readonly string[]): Promise<number[]> {
  const counts: number[] = []
  const queue = paths.entries()
  const lane = async () => {
    for (const [index, path] of queue) counts[index] = await driver.count(path)
  }
  await Promise.all(Array.from({ length: COUNT_CONCURRENCY }, lane))
  return counts
}

function listen(): void {
  process.on('message', (command: WorkerCommand) => {
    switch (command.type) {
      case 'go':
        void sleepUntil(command.atMs).then(go.resolve)
        return
      case 'window':
        tally.window = command
        return windowKnown.resolve()
      case 'count':
        return toCount.resolve(command.paths)
      case 'close':
        closing.resolve()
        return toCount.resolve(undefined)
    }
  })
  // Nobody is left to report to.
  process.on('disconnect', () => process.exit())
}

function tell(message: WorkerMessage): void {
  process.send?.(message)
}
