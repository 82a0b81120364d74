const KIBI = 1024
const UNITS = ['B', 'Ki', 'Mi', 'Gi', 'Ti']

/** `38B`, `1.4Ki`, `212Ki`: at most five characters below a pebibyte. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= KIBI
    unit++
  }
  const digits = unit === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1)
  return `${digits}${UNITS[unit]}`
}

/** `1,204,311`. */
export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 record`, `3 records`, `10,000 records`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `2s`, `14m`, `3h`, `41d`. A time to come, by a clock that is ahead, has a `+`; one that is no date is `-`. */
export function ageText(timeMs: number, nowMs: number): string {
  const ms = nowMs - timeMs
  if (!Number.isFinite(ms)) return '-'
  const text = spanText(Math.abs(ms))
  return ms <= -SECOND ? `+${text}` : text
}

/** `90ms`, `2s`, `14m`, `3h`, `41d`, `12y`. */
export function spanText(ms: number): string {
  if (ms < SECOND) return ms < 1 ? '0s' : `${Math.floor(ms)}ms`
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`
  return ms < 1000 * DAY ? `${Math.floor(ms / DAY)}d` : `${Math.floor(ms / (365 * DAY))}y`
}

const LAST_MS = Date.UTC(10000, 0) - 1

/** `2026-11-21 14:32:05.118Z`, or `-` for what is no date of ours. */
export function instantText(timeMs: number): string {
  if (!(timeMs >= 0 && timeMs <= LAST_MS)) return '-'
  return new Date(timeMs).toISOString().replace('T', ' ')
}
