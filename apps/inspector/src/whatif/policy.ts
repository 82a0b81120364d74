import { InspectorError } from '../inspector-error.ts'
import { parseDurationUs } from '../trace/time-text.ts'

/** `plain`: each update on its own. `combine`: those of a record within a process are folded. As in `casUpdate`. */
export type UpdateMode = 'plain' | 'combine'

/** Full jitter: after the nth loss in a row anything up to `baseUs` doubled n - 1 times, and never above `capUs`. */
export interface Backoff {
  readonly baseUs: number
  readonly capUs: number
}

/** What is to be another way than recorded. What is absent stays as it was. */
export interface Policy {
  readonly mode?: UpdateMode
  /** In place of all waits of `casUpdate`. */
  readonly backoff?: Backoff
  readonly writers?: number
}

export const POLICY_ARGUMENT = 'backoff=BASE..CAP|none, writers=N, mode=plain|combine'
export const WRITERS_MAX = 1000
const BACKOFF_US_MAX = 60e6

/**
 * Reads `backoff=5ms..200ms`, `writers=8`, `mode=combine,writers=32`.
 *
 * @throws {InspectorError} `usage` with what would be right.
 */
export function parsePolicy(text: string): Policy {
  let policy: Policy = {}
  for (const part of text.split(',').map((each) => each.trim())) {
    const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(part) ?? []
    const parsed = PARSERS.get(name)?.(value)
    if (!parsed) throw refusal(part, `expected ${POLICY_ARGUMENT}`)
    if (name in policy) throw refusal(text, `expected ${name} only once`)
    policy = { ...policy, ...parsed }
  }
  return policy
}

/** As {@link parsePolicy} reads it; `recorded` for the one that changes nothing. */
export function policyText({ mode, backoff, writers }: Policy): string {
  const parts = [
    ...(mode === undefined ? [] : [`mode=${mode}`]),
    ...(backoff === undefined ? [] : [`backoff=${backoffText(backoff)}`]),
    ...(writers === undefined ? [] : [`writers=${writers}`]),
  ]
  return parts.length === 0 ? 'recorded' : parts.join(',')
}

const PARSERS = new Map<string, (value: string) => Policy | undefined>([
  ['mode', (value) => (value === 'plain' || value === 'combine' ? { mode: value } : undefined)],
  ['writers', writersOf],
  ['backoff', backoffOf],
])

function writersOf(value: string): Policy | undefined {
  const writers = /^\d{1,6}$/.test(value) ? Number(value) : 0
  return writers >= 1 && writers <= WRITERS_MAX ? { writers } : undefined
}

function backoffOf(value: string): Policy | undefined {
  if (value === 'none') return { backoff: { baseUs: 0, capUs: 0 } }
  const [baseUs, capUs, ...more] = value.split('..').map((part) => parseDurationUs(part))
  if (baseUs === undefined || capUs === undefined || more.length > 0) return undefined
  return baseUs > 0 && baseUs <= capUs && capUs <= BACKOFF_US_MAX ? { backoff: { baseUs, capUs } } : undefined
}

function backoffText({ baseUs, capUs }: Backoff): string {
  return capUs === 0 ? 'none' : `${shortDuration(baseUs)}..${shortDuration(capUs)}`
}

function shortDuration(us: number): string {
  if (us < 1000) return `${us}us`
  return us < 1e6 ? `${us / 1000}ms` : `${us / 1e6}s`
}

function refusal(text: string, why: string): InspectorError {
  return new InspectorError(
    'usage',
    `Cannot model ${JSON.stringify(text)}: ${why}`,
    `for instance backoff=5ms..200ms, or mode=combine,writers=32; at most ${WRITERS_MAX} writers and a CAP of 60s`,
  )
}
