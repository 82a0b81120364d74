import type { TransactResult, TransactStep, WriteOptions } from '../filesystem.ts'
import { ROOT } from '../path.ts'
import { unsupported } from '../refusals.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import type { Gate } from './gate.ts'
import type { Permission, Route } from './route.ts'
import { inward, lackedBy } from './route.ts'

/** A step and where it leads. */
export interface RoutedStep {
  readonly step: TransactStep
  readonly route: Route
}

/** What each step needs. A check tells what stands at its path. */
export const STEP_NEEDS: Readonly<Record<TransactStep['type'], readonly Permission[]>> = {
  check: ['read'],
  put: ['write'],
  delete: ['delete'],
  append: ['write'],
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
    throw unsupported('none', 'transact', ROOT, `${paths} are in different stores, and a transaction is of one`)
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
