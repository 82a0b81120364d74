import { meets } from '../../expectation.ts'
import type { Expectation, TransactResult } from '../../filesystem.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import type { Database } from './database.ts'
import type { PlannedAppend } from './logs.ts'
import { appendEntries, recallAppend } from './logs.ts'
import { decodeHeadRow } from './record-row.ts'
import type { JudgedWrite, PlannedWrite } from './records.ts'
import { commitWrite, judgeWrite, lostTo, readHead } from './records.ts'

export type PlannedStep =
  | { readonly type: 'check'; readonly path: string; readonly expect: Expectation }
  | { readonly type: 'write'; readonly planned: PlannedWrite }
  | { readonly type: 'append'; readonly planned: PlannedAppend }

export interface PlannedTransact {
  readonly steps: readonly PlannedStep[]
  readonly writeId: string
  readonly fresh: boolean
}

/**
 * Judges all steps before it does the first, so that a lost one leaves nothing behind.
 *
 * @throws {VersionMismatch} for the first step that lost.
 */
export function runTransact(database: Database, transact: PlannedTransact): readonly TransactResult[] {
  const { steps, writeId, fresh } = transact
  const landed = fresh ? [] : steps.map((step) => landedStep(database, step, writeId))
  // All steps landed together, so one memory of it is proof.
  if (landed.some((result) => result !== undefined)) return landed
  const judged = steps.map((step, index) => judgeStep(database, step, index))
  return steps.map((step, index) => commitStep(database, step, judged[index], writeId))
}

function landedStep(database: Database, step: PlannedStep, writeId: string): TransactResult {
  if (step.type === 'check') return undefined
  if (step.type === 'append') return recallAppend(database, step.planned.path, writeId)
  const { verdict } = judgeWrite(database, step.planned)
  return verdict.type === 'replayed' ? verdict.result : undefined
}

function judgeStep(database: Database, step: PlannedStep, index: number): JudgedWrite | undefined {
  if (step.type === 'append') return undefined
  if (step.type === 'write') {
    const judged = judgeWrite(database, step.planned)
    if (judged.verdict.type === 'mismatch') throw lostTo(database, step.planned, index)
    return judged
  }
  const { path, expect } = step
  const row = database.get('readMeta', { path })
  const head = row ? decodeHeadRow('check', path, row, 'meta') : ({ state: 'unwritten' } as const)
  if (meets(head, expect)) return undefined
  throw new VersionMismatch('check', path, expect, readHead(database, path, 'check'), index)
}

function commitStep(
  database: Database,
  step: PlannedStep,
  judged: JudgedWrite | undefined,
  writeId: string,
): TransactResult {
  if (step.type === 'append') return appendEntries(database, step.planned, writeId)
  if (step.type === 'check' || judged?.verdict.type !== 'write') return undefined
  return commitWrite(database, step.planned, judged)
}
