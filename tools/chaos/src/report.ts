import type { Backend } from './options.ts'
import type { Mode } from './workload/client.ts'

/** Something that may not happen, with the path or log that it happened to. */
export interface Finding {
  readonly check: string
  readonly path: string
  /** What happened, in words. */
  readonly message: string
}

/** Something that could not be done here. It is never counted as passed. */
export interface Skipped {
  readonly what: string
  readonly reason: string
}

/** What `--json` prints. */
export interface ChaosReport {
  readonly backend: Backend
  readonly mode: Mode
  readonly seed: number
  readonly seconds: number
  /** Operations that were answered. */
  readonly operations: number
  /** How often each kind of fault was done. */
  readonly faults: Readonly<Record<string, number>>
  readonly violations: readonly Finding[]
  /** Operations without an answer of which the histories do not tell whether they happened. */
  readonly unknownUnresolved: number
  /** Operations without an answer. */
  readonly unknown: number
  readonly skipped: readonly Skipped[]
  /** Where histories and trace are kept when there are violations, and what reproduces the run. */
  readonly kept?: { readonly histories: string; readonly trace: string; readonly reproduce: string } | undefined
}

const SHOWN_MAX = 20

/** The report as text for people. */
export function formatReport(report: ChaosReport): string {
  const { backend, mode, seed, seconds, operations, unknown, unknownUnresolved, violations, kept } = report
  const lines = [
    `${backend}, ${mode}, seed ${seed}: ${operations} operations in ${seconds} s`,
    `faults: ${Object.entries(report.faults)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
    `unknown outcomes: ${unknown}, of which the histories leave open ${unknownUnresolved}`,
    ...report.skipped.map(({ what, reason }) => `SKIPPED ${what}: ${reason}`),
    violations.length === 0 ? 'no violation' : `${violations.length} VIOLATIONS`,
    ...violations.slice(0, SHOWN_MAX).map(({ check, path, message }) => `  ${check} ${path}: ${message}`),
  ]
  if (violations.length > SHOWN_MAX) lines.push(`  and ${violations.length - SHOWN_MAX} more`)
  if (kept) lines.push(`histories: ${kept.histories}`, `trace: ${kept.trace}`, `again: ${kept.reproduce}`)
  return `${lines.join('\n')}\n`
}
