import type { Filesystem } from '@latchless/filesystem'
import { withoutPasswords } from '../config/without-passwords.ts'
import { failureOf } from '../failure.ts'
import { type Check, type CheckResult, skip } from './check.ts'
import type { WalkTotals } from './record-examiner.ts'
import type { Subject } from './subject.ts'
import { walkRecords } from './walk-records.ts'

export interface Listener {
  /** In the order in which they end, which is not that of the checks. */
  result(check: Check, result: CheckResult): void | Promise<void>
  /** How many records the walk has seen. */
  progress?(records: number): void
}

/**
 * Runs checks. A check that cannot be done is a result like any other, so one fault does not hide the next.
 *
 * @throws the reason of the signal, when it fires.
 */
export async function examine(subject: Subject, checks: readonly Check[], listener: Listener): Promise<void> {
  const { store, signal } = subject
  const tell = async (check: Check, result: CheckResult) => listener.result(check, redacted(result, subject.url))
  const overRecords: (Check & { over: 'records' })[] = []
  for (const check of checks) {
    if (check.over === 'records') overRecords.push(check)
    else {
      const result = await (check.over === 'surroundings'
        ? settled(subject, () => check.run(subject))
        : store
          ? settled(subject, () => check.run({ ...subject, store }))
          : skip('the store did not open'))
      await tell(check, result)
    }
  }
  if (overRecords.length === 0) return
  signal.throwIfAborted()
  const results = store
    ? await overTheRecords({ ...subject, store }, overRecords, listener)
    : overRecords.map(() => skip('the store did not open'))
  for (const [at, check] of overRecords.entries()) await tell(check, results[at] ?? skip('it has no result'))
}

async function overTheRecords(
  subject: Subject & { readonly store: Filesystem },
  checks: readonly (Check & { over: 'records' })[],
  listener: Listener,
): Promise<CheckResult[]> {
  const examiners = checks.map((check) => check.begin(subject))
  const totals = await walkRecords(subject, examiners, (records) => listener.progress?.(records))
  return examiners.map((examiner) => asFarAs(totals, examiner.end(totals)))
}

// Messages of drivers may quote the URL.
function redacted({ details, next, ...result }: CheckResult, url: string | undefined): CheckResult {
  const told = (text: string) => withoutPasswords(text, url ?? '')
  return {
    ...result,
    summary: told(result.summary),
    details: details.map((detail) => ({ ...detail, text: told(detail.text) })),
    next: next.map(told),
  }
}

// What was not looked at is not known to be right.
function asFarAs(totals: WalkTotals, result: CheckResult): CheckResult {
  if (totals.error === undefined || result.status !== 'ok') return result
  return skip(`the walk ended after ${totals.records} records`)
}

async function settled(subject: Subject, run: () => Promise<CheckResult>): Promise<CheckResult> {
  subject.signal.throwIfAborted()
  try {
    return await run()
  } catch (error) {
    subject.signal.throwIfAborted()
    const { message, hint, name } = failureOf(error)
    const [summary = name] = message.split('\n')
    return { status: 'fail', summary, details: [], likelyCause: hint, next: [] }
  }
}
