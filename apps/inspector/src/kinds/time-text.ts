const UNITS = [
  ['d', 24 * 60 * 60 * 1000],
  ['h', 60 * 60 * 1000],
  ['min', 60 * 1000],
  ['s', 1000],
] as const

/** `2 h 5 min`, `40 s`: the two largest units of a duration. */
export function durationText(ms: number): string {
  const length = Math.abs(ms)
  if (length < 1000) return `${Math.round(length)} ms`
  const first = UNITS.findIndex(([, unitMs]) => length >= unitMs)
  const [unit, unitMs] = UNITS[first] ?? UNITS[3]
  const [small, smallMs] = UNITS[first + 1] ?? ['', Number.POSITIVE_INFINITY]
  const rest = Math.floor((length % unitMs) / smallMs)
  return `${Math.floor(length / unitMs)} ${unit}${rest > 0 ? ` ${rest} ${small}` : ''}`
}

/** `4 min left` or `over since 2 h`. */
export function leftText(untilMs: number, nowMs: number): string {
  return untilMs > nowMs ? `${durationText(untilMs - nowMs)} left` : `over since ${durationText(nowMs - untilMs)}`
}

/** A moment with how far it is from now: `2026-11-21 14:32:05Z, 4 min ago`. */
export function momentText(ms: number, nowMs: number): string {
  const distance = durationText(nowMs - ms)
  return `${dateText(ms)}, ${ms > nowMs ? `in ${distance}` : `${distance} ago`}`
}

// What is stored is any whole number, and not all of them are dates.
function dateText(ms: number): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return String(ms)
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}
