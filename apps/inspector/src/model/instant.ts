import { ageMs } from './filter-units.ts'

const DAY_MS = 86_400_000

/**
 * A time in the past as people type it: `-5m`, `14:30` or `14:30:05` of the last 24 hours, `2026-11-21`, `2026-11-21T14:30Z`.
 * Without another zone it is UTC.
 *
 * @throws {RangeError} with what would be right.
 */
export function parseInstant(text: string, nowMs: number): number {
  const instant = agoMs(text, nowMs) ?? timeOfDayMs(text, nowMs) ?? dateMs(text)
  if (instant === undefined) {
    throw new RangeError(
      `Cannot read the time ${JSON.stringify(text)}: expected -5m, 14:30, 14:30:05 or 2026-11-21T14:30Z`,
    )
  }
  if (instant > nowMs)
    throw new RangeError(`Cannot go to ${JSON.stringify(text)}: it is still to come, expected a time in the past`)
  return instant
}

function agoMs(text: string, nowMs: number): number | undefined {
  const ms = text.startsWith('-') ? ageMs(text.slice(1)) : undefined
  return ms === undefined ? undefined : nowMs - ms
}

function timeOfDayMs(text: string, nowMs: number): number | undefined {
  const [, hours, minutes, seconds = '0'] = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? []
  if (hours === undefined) return undefined
  const today = nowMs - (nowMs % DAY_MS)
  const time = today + (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return time > nowMs ? time - DAY_MS : time
}

function dateMs(text: string): number | undefined {
  const [, date, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  if (date === undefined) return undefined
  const ms = Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(ms) ? undefined : ms
}
