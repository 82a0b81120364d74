import {
  anything,
  type Filesystem,
  meets,
  type TransactResult,
  type TransactStep,
  VersionMismatch,
  type WriteOptions,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

type Steps = readonly TransactStep[]
type Results = Promise<readonly TransactResult[]>

/** Takes the steps one by one through the other operations. */
async function oneByOne(filesystem: Filesystem, steps: Steps, options?: WriteOptions): Results {
  const results: TransactResult[] = []
  for (const [n, step] of steps.entries()) {
    try {
      results.push(await one(filesystem, step, options))
    } catch (error) {
      if (!(error instanceof VersionMismatch)) throw error
      throw new VersionMismatch('transact', step.path, error.expected, error.current, n)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return results
}

async function one(filesystem: Filesystem, step: TransactStep, options?: WriteOptions): Promise<TransactResult> {
  if (step.type === 'put') return filesystem.put(step.path, step.entry, step.expect, options)
  if (step.type === 'delete') return filesystem.delete(step.path, step.expect, options)
  if (step.type === 'append') return filesystem.append(step.path, step.bodies)
  const head = await filesystem.get(step.path)
  if (!meets(head, step.expect)) throw new VersionMismatch('check', step.path, step.expect, head)
  return undefined
}

/** Resolves with results for the steps that wrote something only. */
export class OmitsEmptyResults extends Healthy {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    return (await this.inner.transact(steps, options)).filter((result) => result !== undefined)
  }
}

/** Writes the records of a transact without their rows. */
export class TransactsWithoutRows extends Healthy {
  override transact(steps: Steps, options?: WriteOptions): Results {
    const bare = steps.map((step): TransactStep =>
      step.type === 'put' ? { ...step, entry: { ...step.entry, tuples: {} } } : step,
    )
    return this.inner.transact(bare, options)
  }
}

/** Stops at the step that loses, with the steps before it done. */
export class TransactsStepByStep extends Healthy {
  override transact(steps: Steps, options?: WriteOptions): Results {
    return oneByOne(this.inner, steps, options)
  }
}

/** Appends first, and then looks at the preconditions. */
export class AppendsBeforeJudging extends Healthy {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    for (const step of steps) if (step.type === 'append') await this.inner.append(step.path, step.bodies)
    return this.inner.transact(
      steps.filter((step) => step.type !== 'append'),
      options,
    )
  }
}

/** Counts the steps from 1. */
export class NumbersStepsFromOne extends Healthy {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    try {
      return await this.inner.transact(steps, options)
    } catch (error) {
      if (!(error instanceof VersionMismatch)) throw error
      throw new VersionMismatch('transact', error.path ?? '', error.expected, error.current, (error.step ?? 0) + 1)
    }
  }
}

/** Judges the last step first. */
export class JudgesBackwards extends Healthy {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    for (const [n, step] of [...steps.entries()].toReversed()) {
      if (step.type === 'append') continue
      const head = await this.inner.get(step.path)
      if (!meets(head, step.expect)) throw new VersionMismatch('transact', step.path, step.expect, head, n)
    }
    return this.inner.transact(steps, options)
  }
}

/** Takes a tombstone for a path never written when it checks. */
export class ChecksTombstonesAsUnwritten extends Healthy {
  override transact(steps: Steps, options?: WriteOptions): Results {
    const lax = steps.map((step): TransactStep =>
      step.type === 'check' && step.expect.type === 'unwritten' ? { ...step, expect: { type: 'absent' } } : step,
    )
    return this.inner.transact(lax, options)
  }
}

/** Does not remember the writeId of a transact. */
export class ForgetsTransacts extends Healthy {
  override transact(steps: Steps, options?: WriteOptions): Results {
    return this.inner.transact(steps, { ...options, writeId: undefined })
  }
}

/** Remembers a transact in its records only. */
export class ForgetsTransactedAppends extends Healthy {
  override transact(steps: Steps, options?: WriteOptions): Results {
    const forgets = steps.length > 0 && steps.every((step) => step.type === 'append')
    return this.inner.transact(steps, forgets ? { ...options, writeId: undefined } : options)
  }
}

/** Lets the last step of a path stand for all. */
export class TakesTheLastStepOfAPath extends Healthy {
  override transact(steps: Steps, options?: WriteOptions): Results {
    return this.inner.transact([...new Map(steps.map((step) => [step.path, step])).values()], options)
  }
}

/** Takes what it is given only when its turn has come. */
export class CopiesStepsTooLate extends Healthy {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    await Promise.resolve()
    return this.inner.transact(steps, options)
  }
}

/** Retains versions as if a transact had not said how many. */
export class TransactsKeepVersions extends Healthy {
  override transact(steps: Steps, options?: WriteOptions): Results {
    return this.inner.transact(steps, (options?.keepVersions ?? 0) >= 0 ? { ...options, keepVersions: 16 } : options)
  }
}

/** Checks all steps and then writes them, with an await between the two. */
export class ChecksThenTransacts extends Healthy {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    for (const [n, step] of steps.entries()) {
      if (step.type === 'append') continue
      const head = await this.inner.get(step.path)
      if (!meets(head, step.expect)) throw new VersionMismatch('transact', step.path, step.expect, head, n)
    }
    const blind = steps.map((step): TransactStep =>
      step.type === 'append' || step.type === 'check' ? step : { ...step, expect: anything },
    )
    return this.inner.transact(blind, options)
  }
}

/** Takes transacts of any length. */
export class TransactsBeyondLimit extends Healthy {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    const most = this.capabilities('/').limits.stepsMax
    if (steps.length <= most) return this.inner.transact(steps, options)
    const [head, rest] = [steps.slice(0, most), steps.slice(most)]
    return [...(await this.inner.transact(head, options)), ...(await this.inner.transact(rest, options))]
  }
}
