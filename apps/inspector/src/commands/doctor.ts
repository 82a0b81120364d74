import type { Filesystem } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { checkRow, checkTotalRow } from '../doctor/check-rows.ts'
import type { Check, CheckStatus } from '../doctor/check.ts'
import { processSurroundings } from '../doctor/process-surroundings.ts'
import { ProgressLine } from '../doctor/progress-line.ts'
import { RECORDS_MAX_DEFAULT, type Subject } from '../doctor/subject.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { countText } from '../model/measures.ts'
import { jsonLine } from '../output/json-text.ts'
import type { CheckRow, CheckTotalRow } from '../output/rows.ts'
import type { Role } from '../terminal/theme.ts'

export interface DoctorOptions {
  readonly only?: string
  readonly failOn: 'warn' | 'fail'
  readonly fixHint?: boolean
  readonly trace?: readonly string[]
  readonly sample?: number
  readonly all?: boolean
}

/** Looks for what is wrong with a store. A store that does not open is the first finding and not the end. */
export async function doctor(context: Context, options: DoctorOptions): Promise<ExitCode> {
  const { allChecks, matchingChecks } = await import('../doctor/all-checks.ts')
  const checks = matchingChecks(await allChecks(), options.only ?? '*')
  if (checks.length === 0) {
    throw new InspectorError(
      'usage',
      `Cannot check ${JSON.stringify(options.only)}: there is no such check`,
      '`inspector doctor` without --only lists all of them',
    )
  }
  let isOpen = false
  try {
    return await context.withStore(async (store) => {
      isOpen = true
      return await report(context, options, checks, { store })
    })
  } catch (error) {
    // What the command line or the configuration forbids is no fault of the store.
    const isRefusedBefore =
      context.storeUrl === undefined || (error instanceof InspectorError && error.code === 'usage')
    if (isOpen || isRefusedBefore) throw error
    return await report(context, options, checks, { store: undefined, openError: error })
  }
}

type Opened = { readonly store: Filesystem } | { readonly store: undefined; readonly openError: unknown }

async function report(
  context: Context,
  options: DoctorOptions,
  checks: readonly Check[],
  opened: Opened,
): Promise<ExitCode> {
  const { examine } = await import('../doctor/examine.ts')
  const startedMs = performance.now()
  const statuses: CheckStatus[] = []
  const progress = new ProgressLine(context)
  await examine({ ...subjectOf(context, options), ...opened }, checks, {
    progress: (records) => progress.show(`${countText(records)} records`),
    result: async (check, result) => {
      await progress.clear()
      statuses.push(result.status)
      const row = checkRow(check, result)
      await context.print(context.json ? jsonLine(row) : textOf(context, row, options))
    },
  })
  const total = checkTotalRow(statuses, performance.now() - startedMs)
  await context.print(context.json ? jsonLine(total) : totalText(total))
  const isFailed = total.fail > 0 || (options.failOn === 'warn' && total.warn > 0)
  return isFailed ? EXIT.negative : EXIT.ok
}

function subjectOf(context: Context, { trace = [], sample, all }: DoctorOptions): Omit<Subject, 'store' | 'openError'> {
  return {
    storeName: context.storeName,
    url: context.storeUrl,
    writable: context.writable,
    nowMs: () => Date.now(),
    recordsMax: all ? Number.POSITIVE_INFINITY : (sample ?? RECORDS_MAX_DEFAULT),
    traces: trace,
    // An interrupt ends the process.
    signal: new AbortController().signal,
    surroundings: processSurroundings(context.io.env),
  }
}

const LABELS: Record<CheckStatus, string> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', skip: 'skip' }
const ROLES: Record<CheckStatus, Role> = { ok: 'won', warn: 'warning', fail: 'error', skip: 'muted' }
const ID_CELLS = 20

function textOf({ paint }: Context, row: CheckRow, { fixHint }: DoctorOptions): string {
  const { id, status, summary, expects, details, likelyCause, next } = row
  const first = `${paint(ROLES[status], LABELS[status])}  ${id.padEnd(ID_CELLS)}  ${displayText(summary)}`
  if (status === 'ok' || status === 'skip') return `${first}\n`
  const lines = details.map(({ text, path, version }) => {
    const where = path === null ? '' : `${path}${version === null ? '' : `@${version}`}: `
    return displayText(where + text)
  })
  if (fixHint) {
    lines.push(`expected: ${expects}`)
    if (likelyCause !== null) lines.push(`likely cause: ${displayText(likelyCause)}`)
    lines.push(...next.map((words) => `next: ${displayText(words)}`))
  }
  return [first, ...lines.map((line) => `      ${line}`)].map((line) => `${line}\n`).join('')
}

function totalText({ ok, warn, fail, skip, elapsedMs }: CheckTotalRow): string {
  return `${fail} fail, ${warn} warn, ${ok} ok, ${skip} skipped, in ${(elapsedMs / 1000).toFixed(1)} s\n`
}
