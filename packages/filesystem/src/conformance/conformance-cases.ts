import { bindCase, type CaseDefinition, type ConformanceCase } from './case.ts'
import { casCases } from './cas.ts'
import { entryCases } from './entries.ts'
import { historyCases } from './history.ts'
import { lifecycleCases } from './lifecycle.ts'
import { limitCases } from './limits.ts'
import { listingCases } from './listing.ts'
import { modelCases } from './model.ts'
import { pathCases } from './paths.ts'
import { processCases } from './processes.ts'
import { raceCases } from './races.ts'
import { replayCases } from './replays.ts'
import type { Subject } from './subject.ts'
import { unsupportedCases } from './unsupported.ts'
import { versionCases } from './versions.ts'

export interface ConformanceOptions {
  /** Seed of the random operations, named by their failure. Default 1. */
  readonly seed?: number | undefined
}

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
  ...lifecycleCases,
  ...raceCases,
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
  return definitions.map((definition) => bindCase(subject, definition, options.seed ?? 1))
}
