import { checkRow, checkTotalRow } from '../../../doctor/check-rows.ts'
import type { Check, CheckResult, CheckStatus } from '../../../doctor/check.ts'
import type { Subject } from '../../../doctor/subject.ts'
import { countText } from '../../../model/measures.ts'
import { jsonLine } from '../../../output/json-text.ts'

/** How often the number of records is shown anew while the walk goes on. */
const PROGRESS_EVERY_MS = 1000

/** A check and what came of it; nothing before it has ended. */
export interface ScreenCheck {
  readonly check: Check
  readonly result: CheckResult | undefined
}

/** One examination of the store, and how far it has come. */
export class DoctorRun {
  readonly #results = new Map<string, CheckResult>()
  readonly #stopping = new AbortController()
  readonly #subject: Omit<Subject, 'signal'>
  readonly #startedMs = performance.now()
  #checks: readonly Check[] = []
  #records = 0
  #tookMs: number | undefined
  #shownMs = 0

  constructor(subject: Omit<Subject, 'signal'>) {
    this.#subject = subject
  }

  get isOver(): boolean {
    return this.#tookMs !== undefined
  }

  get recordsMax(): number {
    return this.#subject.recordsMax
  }

  get checks(): readonly ScreenCheck[] {
    return this.#checks.map((check) => ({ check, result: this.#results.get(check.id) }))
  }

  /** `1 fail  3 warn  14 ok  2 skipped  in 1.84 s`: what matters first, where there is little room. */
  get facts(): string {
    const counts: Record<CheckStatus, number> = { ok: 0, warn: 0, fail: 0, skip: 0 }
    for (const { status } of this.#results.values()) counts[status]++
    const text = `${counts.fail} fail  ${counts.warn} warn  ${counts.ok} ok  ${counts.skip} skipped`
    if (this.#tookMs !== undefined) return `${text}  in ${(this.#tookMs / 1000).toFixed(2)} s`
    return this.#records === 0 ? `${text}  running` : `${text}  ${countText(this.#records)} records so far`
  }

  /** What has ended so far, as the rows that `inspector doctor --json` prints. */
  get report(): string {
    const rows = this.checks.flatMap(({ check, result }) => (result ? [checkRow(check, result)] : []))
    const total = checkTotalRow(
      rows.map(({ status }) => status),
      this.#tookMs ?? performance.now() - this.#startedMs,
    )
    return [...rows, total].map(jsonLine).join('')
  }

  /** Ends when all checks have, or when it is stopped. */
  async run(signal: AbortSignal, changed: () => void): Promise<void> {
    const both = AbortSignal.any([signal, this.#stopping.signal])
    try {
      const [{ allChecks }, { examine }] = await Promise.all([
        import('../../../doctor/all-checks.ts'),
        import('../../../doctor/examine.ts'),
      ])
      this.#checks = await allChecks()
      await examine({ ...this.#subject, signal: both }, this.#checks, {
        result: ({ id }, result) => {
          this.#results.set(id, result)
          changed()
        },
        progress: (records) => {
          this.#records = records
          const nowMs = performance.now()
          if (nowMs - this.#shownMs < PROGRESS_EVERY_MS) return
          this.#shownMs = nowMs
          changed()
        },
      })
      this.#tookMs = performance.now() - this.#startedMs
      changed()
    } catch (error) {
      if (!both.aborted) throw error
    }
  }

  stop(): void {
    this.#stopping.abort()
  }
}
