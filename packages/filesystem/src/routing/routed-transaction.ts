import type { TransactResult, TransactStep, WriteOptions } from '../filesystem.ts'
import { ROOT } from '../path.ts'
import { invalid, unsupported } from '../refusals.ts'
import { takeOnce } from '../take-once.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import type { Gate } from './gate.ts'
import type { Permission, Route } from './route.ts'
import { inward, lackedBy } from './route.ts'

/** A step and where it leads. */
export interface RoutedStep {
  readonly step: TransactStep
  readonly route: Route
}

/** What each step needs. A check tells what stands at its path. A map has no inherited names and compares without calling. */
const STEP_NEEDS: ReadonlyMap<unknown, readonly Permission[]> = new Map<TransactStep['type'], readonly Permission[]>([
  ['check', ['read']],
  ['put', ['write']],
  ['delete', ['delete']],
  ['append', ['write']],
])

/**
 * The steps and where they lead, as they are at this moment. They are the caller's, who must have no say any more once it is
 * decided what is permitted: each member is read once, and no method of the list is called that would see a route.
 */
export function routedSteps(gate: Gate, steps: readonly TransactStep[]): [RoutedStep, ...RoutedStep[]] {
  const taken = Array.isArray(steps) ? Array.from(steps as readonly TransactStep[], takeOnce) : []
  const [first, ...rest] = taken.map((step) => {
    const needs = STEP_NEEDS.get(step?.type)
    if (!needs) throw invalid('transact', ROOT, 'a step is a check, put, delete or append')
    return { step: withTakenMembers(step), route: gate.record('transact', step.path, needs) }
  })
  if (!first) throw invalid('transact', ROOT, 'it takes at least one step')
  return [first, ...rest]
}

function withTakenMembers(step: TransactStep): TransactStep {
  if (step.type === 'append') return step
  const expect = takeOnce(step.expect)
  return step.type === 'put' ? { ...step, entry: takeOnce(step.entry), expect } : { ...step, expect }
}

/** Passes a transaction on to the one filesystem that all its steps lead to. */
export async function routedTransaction(
  gate: Gate,
  steps: readonly [RoutedStep, ...RoutedStep[]],
  options: WriteOptions,
  mayShare: (a: Route, b: Route) => boolean,
): Promise<readonly TransactResult[]> {
  const [{ route }] = steps
  const stranger = steps.find((other) => !mayShare(route, other.route))
  if (stranger) {
    const paths = `${JSON.stringify(steps[0].step.path)} and ${JSON.stringify(stranger.step.path)}`
    throw unsupported('none', 'transact', ROOT, `${paths} are of different mounts, and a transaction is of one`)
  }
  const inner = steps.map((each) => ({ ...each.step, path: inward(each.route, each.step.path) }))
  try {
    return await route.filesystem.transact(inner, options)
  } catch (error) {
    const lost = error instanceof VersionMismatch ? steps[error.step ?? -1] : undefined
    throw gate.translate(error, {
      operation: 'transact',
      path: lost?.step.path ?? ROOT,
      inner: ROOT,
      outward: (path) => lost?.step.path ?? steps[inner.findIndex((step) => step.path === path)]?.step.path,
      signal: options.signal,
      mayRead: lost === undefined || lackedBy(lost.route, ['read']) === undefined,
    })
  }
}
