import { FilesystemError } from '../errors.ts'
import type { Expectation } from '../filesystem.ts'
import type { FilesystemCall, Operation, Proceed } from './intercepted.ts'

/**
 * What happens to a call:
 * - `busy`: the store is busy: it is not called, `unavailable` with `retry: 'safe'`.
 * - `error-before`: the store is not called, and `error` is thrown (default: as for `busy`).
 * - `lost-request`: the request never arrives: the store is not called, `unavailable` with `retry: 'unknown'`.
 * - `error-after`: the reply is lost: the store is called, and `error` is thrown (default: `unavailable`, `retry: 'unknown'`).
 * - `apply-later`: as `error-after`, but the store is called only by `FaultScript.releaseLate`: the write of a dead connection.
 * - `delay`: the call waits for `FaultScript.release`, then goes on as if nothing had happened.
 */
export type Fault = 'busy' | 'error-before' | 'lost-request' | 'error-after' | 'apply-later' | 'delay'

export interface FaultRule {
  readonly operation: Operation
  /** Only calls at this path, for `transact` with a step at it. */
  readonly path?: string | undefined
  /** Only writes under this type of expectation. */
  readonly expect?: Expectation['type'] | undefined
  /** Which of the calls that match fails, counted from 1 from when the rule was added. Default 1. */
  readonly nth?: number | undefined
  /** Every call that matches fails; `nth` says from which on. */
  readonly always?: boolean | undefined
  readonly fault: Fault
  /** Thrown instead of the fault's own error. */
  readonly error?: Error | undefined
}

interface CountedRule {
  readonly rule: FaultRule
  seen: number
}

/** The faults of a test, the calls it saw, and the calls it holds. */
export class FaultScript {
  readonly #rules: CountedRule[] = []
  readonly #calls: FilesystemCall[] = []
  #held: (() => void)[] = []
  #late: (() => Promise<unknown>)[] = []
  #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  constructor(rules: readonly FaultRule[] = []) {
    this.add(...rules)
  }

  /** Every call so far in the order of arrival, failed ones included. */
  get calls(): readonly FilesystemCall[] {
    return this.#calls
  }

  /** How many calls a `delay` holds. */
  get heldCount(): number {
    return this.#held.length
  }

  /** How many calls wait to be applied late. */
  get lateCount(): number {
    return this.#late.length
  }

  /** Adds rules. When several match a call, all count it and the first that is due decides. */
  add(...rules: readonly FaultRule[]): void {
    this.#rules.push(...rules.map((rule) => ({ rule, seen: 0 })))
  }

  /** Removes all rules; what is held stays held. */
  clear(): void {
    this.#rules.length = 0
  }

  /** Resolves once at least `count` calls are held by a `delay`. */
  async whenHeld(count = 1): Promise<void> {
    if (this.#held.length >= count) return
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
  }

  /** Lets every call that a `delay` holds go on. */
  release(): void {
    const held = this.#held
    this.#held = []
    for (const go of held) go()
  }

  /** Makes the calls that were to be applied later, one after the other. What they answer reaches only this caller. */
  async releaseLate(): Promise<readonly PromiseSettledResult<unknown>[]> {
    const late = this.#late
    this.#late = []
    const results: PromiseSettledResult<unknown>[] = []
    for (const apply of late) results.push(...(await Promise.allSettled([apply()])))
    return results
  }

  /** Takes one call through the script. For decorators. */
  async run<Result>(call: FilesystemCall, proceed: Proceed<Result>): Promise<Result> {
    this.#calls.push(call)
    const rule = this.#ruleFor(call)
    switch (rule?.fault) {
      case undefined:
        return proceed()
      case 'busy':
      case 'error-before':
        throw rule.error ?? failure(call, 'the store is busy (a scripted fault)', 'safe')
      case 'lost-request':
        throw rule.error ?? failure(call, 'no reply came (a scripted fault)', 'unknown')
      case 'error-after':
        await proceed()
        throw rule.error ?? failure(call, 'the reply was lost (a scripted fault)', 'unknown')
      case 'apply-later':
        this.#late.push(() => proceed('detached'))
        throw rule.error ?? failure(call, 'no reply came yet (a scripted fault)', 'unknown')
      case 'delay':
        await this.#hold()
        return proceed()
    }
  }

  #ruleFor(call: FilesystemCall): FaultRule | undefined {
    let due: FaultRule | undefined
    for (const counted of this.#rules) {
      if (!matches(counted.rule, call)) continue
      counted.seen++
      const nth = counted.rule.nth ?? 1
      if (counted.rule.always ? counted.seen >= nth : counted.seen === nth) due ??= counted.rule
    }
    return due
  }

  #hold(): Promise<void> {
    const held = new Promise<void>((resolve) => this.#held.push(resolve))
    const ready = this.#waiting.filter((waiter) => waiter.count <= this.#held.length)
    this.#waiting = this.#waiting.filter((waiter) => waiter.count > this.#held.length)
    for (const waiter of ready) waiter.resolve()
    return held
  }
}

function matches(rule: FaultRule, call: FilesystemCall): boolean {
  if (rule.operation !== call.operation) return false
  return targetsOf(call).some(
    (target) =>
      (rule.path === undefined || rule.path === target.path) &&
      (rule.expect === undefined || rule.expect === target.expect?.type),
  )
}

function targetsOf(call: FilesystemCall): readonly { readonly path: string; readonly expect?: Expectation }[] {
  if (call.operation === 'put') return [{ path: call.path, expect: call.args[2] }]
  if (call.operation === 'delete') return [{ path: call.path, expect: call.args[1] }]
  return call.operation === 'transact' ? call.args[0] : [{ path: call.path }]
}

function failure(call: FilesystemCall, problem: string, retry: 'safe' | 'unknown'): FilesystemError {
  const { operation, path } = call
  return new FilesystemError('unavailable', `Cannot ${operation} ${JSON.stringify(path)}: ${problem}`, {
    operation,
    path,
    retry,
  })
}
