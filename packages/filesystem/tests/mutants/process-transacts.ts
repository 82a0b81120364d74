import { setTimeout as pause } from 'node:timers/promises'
import {
  anything,
  type Filesystem,
  meets,
  SqliteFilesystem,
  type SqliteOptions,
  type TransactResult,
  type TransactStep,
  VersionMismatch,
  type WriteOptions,
} from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'

type Steps = readonly TransactStep[]
type Results = Promise<readonly TransactResult[]>

/** The sqlite backend behind a decorator that changes nothing, for transacts that only several processes can break. */
export class HealthySqlite extends InterceptedFilesystem {
  readonly inner: Filesystem

  constructor(inner: Filesystem) {
    super(inner, (_call, proceed) => proceed())
    this.inner = inner
  }

  static async open(options: SqliteOptions): Promise<Filesystem> {
    return new this(await SqliteFilesystem.open(options))
  }
}

/** Checks all steps and then writes them; other processes write in between. */
export class ChecksThenTransactsSqlite extends HealthySqlite {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    for (const [n, step] of steps.entries()) {
      if (step.type === 'append') continue
      const head = await this.inner.get(step.path)
      if (!meets(head, step.expect)) throw new VersionMismatch('transact', step.path, step.expect, head, n)
    }
    await pause(40)
    const blind = steps.map((step): TransactStep =>
      step.type === 'append' || step.type === 'check' ? step : { ...step, expect: anything },
    )
    return this.inner.transact(blind, options)
  }
}

/** Resolves a transact when its first step is written, and writes the others one by one behind it. */
export class WritesTransactsInSteps extends HealthySqlite {
  override async transact(steps: Steps, options?: WriteOptions): Results {
    const [first, ...rest] = steps
    const results = await this.inner.transact(first ? [first] : [], options)
    void this.#finish(rest, options)
    return results
  }

  async #finish(steps: Steps, options?: WriteOptions): Promise<void> {
    for (const step of steps) {
      await pause(50)
      // Whoever wrote in between has won.
      await this.inner.transact([step], options).catch(() => {})
    }
  }
}
