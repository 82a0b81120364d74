import { meets } from '../../expectation.ts'
import type { TransactResult, TransactStep } from '../../filesystem.ts'
import { copyHead } from '../../head.ts'
import type { Verdict } from '../../record-state.ts'
import { judge } from '../../record-state.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import type { MemoryStore } from './memory-store.ts'

/**
 * The results of a transact that landed before, as far as its records and logs remember it; undefined when none does.
 * All steps landed together, so one memory of it is proof.
 */
export function replayOf(
  store: MemoryStore,
  steps: readonly TransactStep[],
  writeId: string,
): readonly TransactResult[] | undefined {
  const results = steps.map((step) => landedStep(store, step, writeId))
  return results.some((result) => result !== undefined) ? results : undefined
}

/**
 * What each step meets.
 *
 * @throws {VersionMismatch} for the first step that lost.
 */
export function judgeSteps(store: MemoryStore, steps: readonly TransactStep[], writeId: string): readonly Verdict[] {
  return steps.map((step, index) => {
    if (step.type === 'append') return { type: 'write' }
    const verdict = judgeStep(store, step, writeId)
    if (verdict.type === 'mismatch') {
      throw new VersionMismatch(step.type, step.path, step.expect, copyHead(verdict.current), index)
    }
    return verdict
  })
}

type Landed = Exclude<TransactResult, undefined>

function landedStep(store: MemoryStore, step: TransactStep, writeId: string): Landed | undefined {
  if (step.type === 'check') return undefined
  if (step.type === 'append') return store.log(step.path)?.appendedBy(writeId)
  const verdict = judgeStep(store, step, writeId)
  return verdict.type === 'replayed' ? verdict.result : undefined
}

function judgeStep(store: MemoryStore, step: Exclude<TransactStep, { type: 'append' }>, writeId: string): Verdict {
  if (step.type !== 'check') {
    return judge(store.state(step.path), {
      entry: step.type === 'put' ? step.entry : undefined,
      expect: step.expect,
      writeId,
    })
  }
  const current = store.head(step.path)
  return meets(current, step.expect) ? { type: 'nothing' } : { type: 'mismatch', current }
}
