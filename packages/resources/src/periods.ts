import type { StoreAct } from '@latchless/filesystem'
import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { refuse } from './errors.ts'

/** Over what time spending is added up. */
export type Period =
  /** For ever. */
  | { readonly type: 'lifetime' }
  /** A day, an ISO week (from Monday) or a month by the clocks of a time zone, such as `Europe/Berlin`. */
  | { readonly type: 'day' | 'week' | 'month'; readonly timeZone: string }
  /**
   * The last `windowMs` milliseconds at any moment. Spending is added up in {@link ROLLING_SLOTS} slots of equal length, so an
   * amount counts for at least `windowMs` and at most one slot longer.
   */
  | { readonly type: 'rolling'; readonly windowMs: number }

/** The resolution of a rolling window: a 24 hour window moves on once an hour. */
export const ROLLING_SLOTS = 24
/** The longest rolling window, 366 days. The shortest is one millisecond per slot. */
export const ROLLING_WINDOW_MS_MAX: number = 366 * 24 * 60 * 60 * 1000

const timeZone = z.string().min(1).max(64)

export const periodSchema: z.ZodType<Period, Period> = z.union([
  z.strictObject({ type: z.literal('lifetime') }),
  z.strictObject({ type: z.enum(['day', 'week', 'month']), timeZone }),
  z.strictObject({ type: z.literal('rolling'), windowMs: z.int().min(ROLLING_SLOTS).max(ROLLING_WINDOW_MS_MAX) }),
])

/** @throws {BudgetError} `invalid-limits`. */
export function checkPeriod(act: StoreAct, period: Period): Period {
  const parsed = periodSchema.safeParse(period)
  if (!parsed.success) {
    throw refuse(
      'invalid-limits',
      act,
      `its period must be a lifetime, a day, week or month in a time zone, or rolling over ${ROLLING_SLOTS} to ${ROLLING_WINDOW_MS_MAX} milliseconds`,
    )
  }
  if ('timeZone' in parsed.data && !isTimeZone(parsed.data.timeZone)) {
    throw refuse('invalid-limits', act, 'its time zone must be one of the time zone database, such as "Europe/Berlin"')
  }
  return parsed.data
}

function isTimeZone(name: string): boolean {
  try {
    // A bare offset or a date that ends in a zone would be taken as well.
    return /^[A-Za-z]/.test(name) && new Temporal.ZonedDateTime(0n, name).timeZoneId !== ''
  } catch {
    return false
  }
}

/**
 * Where spending at a moment is added: the beginning of its slot in milliseconds since the epoch. It depends on nothing but the
 * period and the moment, so editing a limit cannot move it.
 */
export function slotStart(period: Period, at: number): number {
  if (period.type === 'lifetime') return 0
  if (period.type === 'rolling') return at - modulo(at, slotMs(period.windowMs))
  return calendarSpan(period, at).start
}

/** The beginning of the oldest slot that counts at a moment. */
export function windowStart(period: Period, at: number): number {
  if (period.type !== 'rolling') return slotStart(period, at)
  // The slot in which the window begins counts as a whole: nothing is forgotten before its time.
  return slotStart(period, at - period.windowMs + 1)
}

/** When what counts now is over; `undefined` where it is never over at once. */
export function periodEnd(period: Period, at: number): number | undefined {
  return 'timeZone' in period ? calendarSpan(period, at).end : undefined
}

/** How long one slot of a rolling window is. */
export function slotMs(windowMs: number): number {
  return Math.ceil(windowMs / ROLLING_SLOTS)
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}

interface CalendarPeriod {
  readonly type: 'day' | 'week' | 'month'
  readonly timeZone: string
}

interface Span {
  readonly start: number
  readonly end: number
}

/** Calendars are slow to ask and answer the same all day. Bounded by the number of time zones. */
const lastSpans = new Map<string, Span>()

function calendarSpan(period: CalendarPeriod, at: number): Span {
  const key = `${period.type} ${period.timeZone}`
  const last = lastSpans.get(key)
  if (last && at >= last.start && at < last.end) return last
  const span = computeSpan(period, at)
  lastSpans.set(key, span)
  return span
}

function computeSpan({ type, timeZone }: CalendarPeriod, at: number): Span {
  // It was checked when it was given, by a program whose time zones need not be those of this one.
  if (!isTimeZone(timeZone)) {
    throw refuse('unknown-time-zone', { operation: 'compute a period' }, 'this program does not know its time zone')
  }
  const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()
  const first =
    type === 'day' ? day : type === 'week' ? day.subtract({ days: day.dayOfWeek - 1 }) : day.with({ day: 1 })
  const next = first.add(type === 'day' ? { days: 1 } : type === 'week' ? { days: 7 } : { months: 1 })
  // The start of a day is its earliest instant: the end of the gap where midnight is skipped, the first one where it comes twice.
  const startOf = (date: Temporal.PlainDate) => date.toZonedDateTime({ timeZone }).epochMilliseconds
  return { start: startOf(first), end: startOf(next) }
}
