import { type Amounts, type Dimension, DIMENSIONS, formatUsd } from '@latchless/resources'
import { countText } from '../model/measures.ts'
import { durationText } from './time-text.ts'

const NAMES: Record<Dimension, string> = {
  usdMicros: 'money',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
  wallClockMs: 'wall clock',
  outputBytes: 'output bytes',
  networkEgressBytes: 'network bytes',
  processCount: 'processes',
  concurrencySlots: 'slots',
}

export function dimensionName(dimension: Dimension): string {
  return NAMES[dimension]
}

/** `$12.50`, `3,000`, `4 min`. */
export function amountText(dimension: Dimension, value: number): string {
  if (dimension === 'usdMicros') return `$${formatUsd(value)}`
  if (dimension === 'wallClockMs') return durationText(value)
  return countText(value)
}

/** `$1.00, 900 input tokens`; `nothing` where all is 0. */
export function amountsText(amounts: Amounts): string {
  const parts = DIMENSIONS.flatMap((dimension) => {
    const value = amounts[dimension] ?? 0
    if (value === 0) return []
    const text = amountText(dimension, value)
    return [dimension === 'usdMicros' || dimension === 'wallClockMs' ? text : `${text} ${NAMES[dimension]}`]
  })
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}
