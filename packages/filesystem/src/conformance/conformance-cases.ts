import { bindCase, type CaseDefinition, type ConformanceCase } from './case.ts'
import { casCases } from './cas.ts'
import { entryCases } from './entries.ts'
import { historyCases } from './history.ts'
import { lifecycleCases } from './lifecycle.ts'
import { limitCases } from './limits.ts'
import { linearizabilityCases } from './linearizability.ts'
import { listingCases } from './listing.ts'
import { logRaceCases } from './log-races.ts'
import { logCases } from './logs.ts'
import { maintainCases } from './maintenance.ts'
import { malformedCases } from './malformed.ts'
import { modelCases } from './model.ts'
import { pathCases } from './paths.ts'
import { processCases } from './processes.ts'
import { queryCases } from './queries.ts'
import { queryPageCases } from './query-pages.ts'
import { raceCases } from './races.ts'
import { replayCases } from './replays.ts'
import type { Subject } from './subject.ts'
import { transactCases } from './transactions.ts'
import { transactRaceCases } from './transact-races.ts'
import { unsupportedCases } from './unsupported.ts'
import { versionCases } from './versions.ts'
import { watchResumeCases } from './watch-resuming.ts'
import { watchCases } from './watches.ts'

export interface ConformanceOptions {
  /** Seed of the random operations, named by their failure. Default 1. */
  readonly seed?: number | undefined
  /** Random operations that are compared with the memory backend. Default 10,000. */
  readonly steps?: number | undefined
}

const STEPS_DEFAULT = 10_000

const definitions: readonly CaseDefinition[] = [
  ...unsupportedCases,
  ...casCases,
  ...versionCases,
  ...replayCases,
  ...entryCases,
  ...pathCases,
  ...listingCases,
  ...historyCases,
  ...limitCases,
  ...malformedCases,
  ...lifecycleCases,
  ...queryCases,
  ...queryPageCases,
  ...logCases,
  ...logRaceCases,
  ...transactCases,
  ...transactRaceCases,
  ...watchCases,
  ...watchResumeCases,
  ...maintainCases,
  ...raceCases,
  ...linearizabilityCases,
  ...modelCases,
  ...processCases,
]

/**
 * Everything that a backend must do to be a `Filesystem`, as cases for any test runner. Each opens a fresh store of its
 * own. No case is ever skipped: where the capabilities deny something, the case asserts the refusal.
 *
 * ```ts
 * for (const { name, run } of conformanceCases(subject)) test(name, run)
 * ```
 */
export function conformanceCases(subject: Subject, options: ConformanceOptions = {}): readonly ConformanceCase[] {
  const size = { seed: options.seed ?? 1, steps: options.steps ?? STEPS_DEFAULT }
  return definitions.map((definition) => bindCase(subject, definition, size))
}
