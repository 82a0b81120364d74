import { countText } from '../model/measures.ts'

/** What is not known is a dash, and zero is a zero. */
const UNKNOWN = '-'

/** `4.1`, `212`, `1,840`: milliseconds, to about three digits. */
export function msText(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN
  if (ms < 10) return ms.toFixed(ms === 0 ? 0 : ms < 1 ? 2 : 1)
  return countText(Math.round(ms))
}

/** `38.1s`, `4m 12s`: a sum of many durations. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`
  return `${Math.floor(ms / 60_000)}m ${Math.floor((ms % 60_000) / 1000)}s`
}

/** `61.2%`. */
export function shareText(share: number | undefined): string {
  return share === undefined ? UNKNOWN : `${(share * 100).toFixed(1)}%`
}

/** `41.0`, `0.02`: how often in a second. */
export function rateText(perSecond: number): string {
  if (perSecond === 0) return '0'
  return perSecond < 0.1
    ? perSecond.toFixed(2)
    : perSecond < 1000
      ? perSecond.toFixed(1)
      : countText(Math.round(perSecond))
}
