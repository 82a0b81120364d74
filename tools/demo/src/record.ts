import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'

const sequence = z.int().positive()

const share = z.strictObject({
  /** The highest sequence of this writer in the record. */
  last: z.int().nonnegative(),
  /** How often this writer's updates were applied, repeats included. */
  count: z.int().nonnegative(),
  /** Sequences below `last` that were missing when a later one was applied: empty unless something was lost or gave up. */
  skipped: z.array(sequence),
})

const shape = z.strictObject({ total: z.int().nonnegative(), writers: z.record(z.string(), share) })

/** What one writer left in a counter. */
export type Share = z.infer<typeof share>

/**
 * A counter that cannot hide a lost or repeated update: it names which sequences of which writer it holds, and counts
 * applications separately, twice (per writer and in total).
 */
export type Counter = z.infer<typeof shape>

export const counterType = defineRecord({ kind: 'demo_counter', schema: shape })

/**
 * The counter after one update. It deliberately does not refuse a sequence it already holds: a repeat has to show in
 * `count`, not to be masked.
 */
export function countUpdate(current: Counter | undefined, writer: string, sequence: number): Counter {
  const { total, writers } = current ?? { total: 0, writers: {} }
  const { last, count, skipped } = writers[writer] ?? { last: 0, count: 0, skipped: [] }
  const missed = Array.from({ length: Math.max(0, sequence - last - 1) }, (_, index) => last + 1 + index)
  const next: Share = {
    last: Math.max(last, sequence),
    count: count + 1,
    skipped: [...skipped.filter((earlier) => earlier !== sequence), ...missed],
  }
  return { total: total + 1, writers: { ...writers, [writer]: next } }
}
