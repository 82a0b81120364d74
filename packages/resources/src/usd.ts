import { isAmount } from './amounts.ts'
import { refuse } from './errors.ts'

const MICROS_DIGITS = 6

/**
 * Dollars as written, such as `"12.50"`, in millionths of a dollar. Exact: the text never becomes a binary fraction.
 *
 * @throws {BudgetError} `invalid-amount` for a sign, an exponent, more than six decimals that are not zeros, or too much.
 */
export function parseUsd(text: string): number {
  const act = { operation: 'parse dollars' }
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(text)
  if (!parts) throw refuse('invalid-amount', act, 'expected digits with at most one point, such as "12.50"')
  const [, whole = '', decimals = ''] = parts
  const digits = decimals.replace(/0+$/, '')
  if (digits.length > MICROS_DIGITS) throw refuse('invalid-amount', act, `expected at most ${MICROS_DIGITS} decimals`)
  const micros = BigInt(whole + digits.padEnd(MICROS_DIGITS, '0'))
  if (micros > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw refuse('invalid-amount', act, `expected at most ${formatUsd(Number.MAX_SAFE_INTEGER)}`)
  }
  return Number(micros)
}

/**
 * Millionths of a dollar as dollars, with two to six decimals: `"12.50"`. What it gives, {@link parseUsd} takes back.
 *
 * @throws {BudgetError} `invalid-amount`.
 */
export function formatUsd(usdMicros: number): string {
  if (!isAmount(usdMicros)) {
    throw refuse('invalid-amount', { operation: 'format dollars' }, 'expected a whole number of millionths from 0')
  }
  const digits = String(usdMicros).padStart(MICROS_DIGITS + 1, '0')
  const decimals = digits.slice(-MICROS_DIGITS).replace(/0{1,4}$/, '')
  return `${digits.slice(0, -MICROS_DIGITS)}.${decimals}`
}
