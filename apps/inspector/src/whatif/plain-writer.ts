import { ATTEMPTS_MAX_DEFAULT, TIMEOUT_MS_DEFAULT } from '@latchless/filesystem'
import type { Waits } from './cas-update-waits.ts'
import type { Process, Simulation, Update } from './simulation.ts'

export const TIMEOUT_US = TIMEOUT_MS_DEFAULT * 1000

/** An update on its own, as the plain mode of casUpdate makes it. */
export function* plainUpdate(simulation: Simulation, waits: Waits, update: Update): Process {
  const deadlineUs = update.startUs + TIMEOUT_US
  for (let losses = 0, base: number | undefined; ; losses++) {
    const readFromUs = simulation.nowUs
    base ??= yield* simulation.read(update.key)
    const readUs = simulation.nowUs - readFromUs
    yield simulation.thinkUs()
    if (simulation.nowUs >= deadlineUs) return simulation.end(update, false)
    update.attempts++
    const head: number = yield* simulation.write(update.key, base, 1, readUs)
    if (head === base) return simulation.end(update, true)
    if (update.attempts >= ATTEMPTS_MAX_DEFAULT) return simulation.end(update, false)
    const waitUs = simulation.waitUs(waits.afterLoss(losses + 1))
    yield Math.min(waitUs, deadlineUs - simulation.nowUs)
    if (simulation.nowUs >= deadlineUs) return simulation.end(update, false)
    // The first loss goes on from the winner it was told; who loses again reads.
    base = losses === 0 ? head : undefined
  }
}
