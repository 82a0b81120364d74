import { durationText } from './time-text.ts'

/** How long something that is over may lie about before somebody should have swept, an hour in milliseconds. */
export const OVERDUE_MS: number = 60 * 60 * 1000

/** That something is over for too long, in words. */
export function overdue(endMs: number, nowMs: number): readonly string[] {
  return nowMs - endMs > OVERDUE_MS ? [`over since ${durationText(nowMs - endMs)}, still pending`] : []
}
