import type { Driver } from './engines/engine.ts'
import type { WorkerConfig } from './messages.ts'
import { filledPath } from './record-paths.ts'

const CHUNK = 5_000

/** Makes the records that a scenario starts with. */
export async function fillStore(driver: Driver, { engine, fill, fillMs, work }: WorkerConfig): Promise<void> {
  if (fill === 0) return
  if (!driver.fill) throw new Error(`Cannot fill ${engine}: it has no way to`)
  const startMs = performance.now()
  for (let start = 0; start < fill; start += CHUNK) {
    const length = Math.min(CHUNK, fill - start)
    // Pages in the order of an index need something to order by; an update starts from 0.
    const countOf = (index: number) => (work === 'update' ? 0 : index)
    await driver.fill(
      Array.from({ length }, (_, index) => ({ path: filledPath(start + index), count: countOf(start + index) })),
    )
    const tookMs = performance.now() - startMs
    if (tookMs > fillMs && start + length < fill)
      throw new Error(`Cannot fill ${engine} with ${fill} records: ${start + length} took ${Math.round(tookMs)} ms`)
  }
}
