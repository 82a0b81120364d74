/** Milliseconds since the epoch with fractions, the same in all processes of a machine and never set back. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

export async function sleepUntil(timeMs: number): Promise<void> {
  const ms = timeMs - nowMs()
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
}
