/** How long: `850 µs`, `13 ms`, `1.40 s`, `2 min 05 s`. */
export function durationText(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`
  if (us < 999_500) return `${Math.round(us / 1000)} ms`
  if (us < 60e6) return `${(us / 1e6).toFixed(2)} s`
  const minutes = Math.floor(us / 60e6)
  return `${minutes} min ${String(Math.floor((us - minutes * 60e6) / 1e6)).padStart(2, '0')} s`
}

/** A moment of a trace, in seconds since its start: `1.375 s`, or to the microsecond. */
export function momentText(us: number, isExact = false): string {
  return `${(us / 1e6).toFixed(isExact ? 6 : 3)} s`
}

const DURATION = /^(\d+(?:\.\d+)?)\s*(us|µs|ms|s|m|min|h)?$/
const UNITS_US: Record<string, number> = { us: 1, µs: 1, ms: 1000, s: 1e6, m: 60e6, min: 60e6, h: 3600e6 }

/** Microseconds of `1.375s`, `50ms`, `20us`, `2min`; seconds when no unit is named. Undefined for anything else. */
export function parseDurationUs(text: string): number | undefined {
  const [, number, unit = 's'] = DURATION.exec(text.trim()) ?? []
  const scale = UNITS_US[unit]
  return number === undefined || scale === undefined ? undefined : Math.round(Number(number) * scale)
}
