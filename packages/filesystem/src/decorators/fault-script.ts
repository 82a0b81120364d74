import type { Retry } from '../errors.ts'
import { FilesystemError } from '../errors.ts'
import type { Change, Expectation, WatchOptions } from '../filesystem.ts'
import { operationPhrase } from '../operation-phrase.ts'
import { FaultyWatch } from './faulty-watch.ts'
import type { FilesystemCall, Operation, Proceed } from './intercepted.ts'

/**
 * What happens to a call:
 * - `busy`: the store is busy: it is not called, `unavailable` with `retry: 'safe'`.
 * - `error-before`: the store is not called, and `error` is thrown (default: as for `busy`).
 * - `lost-request`: the request never arrives: the store is not called, `unavailable` with `retry: 'unknown'`.
 * - `error-after`: the reply is lost: the store is called, and `error` is thrown (default: `unavailable`, `retry: 'unknown'`).
 * - `apply-later`: as `error-after`, but the store is called only by `FaultScript.releaseLate`: the write of a dead connection.
 * - `delay`: the call waits for `FaultScript.release`, then goes on as if nothing had happened.
 * - `gap`: only for a watch: it falls behind, so it tells a gap and the current heads.
 *
 * A watch fails at one of its changes (see `FaultRule.change`): `delay` holds that change, `error-after` throws behind it, the
 * others throw in its place. `apply-later` is not for watches.
 */
export type Fault = 'busy' | 'error-before' | 'lost-request' | 'error-after' | 'apply-later' | 'delay' | 'gap'

export interface FaultRule {
  readonly operation: Operation | 'watch'
  /** Only calls at this path, for `transact` with a step at it. */
  readonly path?: string | undefined
  /** Only writes under this type of expectation. */
  readonly expect?: Expectation['type'] | undefined
  /** Which of the calls that match fails, counted from 1 from when the rule was added. Default 1. */
  readonly nth?: number | undefined
  /** Every call that matches fails; `nth` says from which on. */
  readonly always?: boolean | undefined
  /** For a watch: at which of its changes, from 1. Default 0, before it begins. */
  readonly change?: number | undefined
  readonly fault: Fault
  /** Thrown instead of the fault's own error. */
  readonly error?: Error | undefined
}

interface CountedRule {
  readonly rule: FaultRule
  seen: number
}

/** The calls that a `delay` holds. Each member narrows it down. */
export interface HeldCalls {
  readonly operation?: FaultRule['operation'] | undefined
  readonly path?: string | undefined
}

interface HeldCall {
  readonly target: FaultTarget
  readonly go: () => void
}

/** What a rule may match. */
interface FaultTarget {
  readonly operation: FaultRule['operation']
  readonly path: string
  readonly writes: readonly { readonly path: string; readonly expect?: Expectation }[]
}

/** The faults of a test, the calls it saw, and the calls it holds. */
export class FaultScript {
  readonly #rules: CountedRule[] = []
  readonly #calls: FilesystemCall[] = []
  #held: HeldCall[] = []
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
    for (const { operation, fault } of rules) {
      if (fault === (operation === 'watch' ? 'apply-later' : 'gap')) {
        throw new TypeError(`Cannot add rule: the fault ${fault} is not one of ${operation}`)
      }
    }
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

  /** Lets the calls that a `delay` holds go on: all of them, or those described. So a test sets the order of calls. */
  release({ operation, path }: HeldCalls = {}): void {
    const described = ({ target }: HeldCall) =>
      (operation ?? target.operation) === target.operation &&
      (path === undefined || target.writes.some((write) => write.path === path))
    const going = this.#held.filter(described)
    this.#held = this.#held.filter((held) => !described(held))
    for (const { go } of going) go()
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
    const target = targetOf(call)
    const rule = this.#ruleFor(target)
    if (!rule) return proceed()
    switch (rule.fault) {
      case 'error-after':
        await proceed()
        throw failure(rule, call)
      case 'apply-later':
        this.#late.push(() => proceed('detached'))
        throw failure(rule, call)
      case 'delay':
        await this.#hold(target)
        return proceed()
      case 'busy':
      case 'error-before':
      case 'lost-request':
      case 'gap':
        throw failure(rule, call)
    }
  }

  /** Takes one watch through the script. For decorators. */
  runWatch(
    prefix: string,
    options: WatchOptions,
    proceed: (options: WatchOptions) => AsyncIterable<Change>,
  ): AsyncIterable<Change> {
    const target = { operation: 'watch', path: prefix, writes: [{ path: prefix }] } as const
    const rule = this.#ruleFor(target)
    if (!rule) return proceed(options)
    const script = { fault: rule.fault, change: rule.change ?? 0, error: failure(rule, target) }
    return {
      [Symbol.asyncIterator]: () => new FaultyWatch(script, options, proceed, () => this.#hold(target)),
    }
  }

  #ruleFor(call: FaultTarget): FaultRule | undefined {
    let due: FaultRule | undefined
    for (const counted of this.#rules) {
      if (!matches(counted.rule, call)) continue
      counted.seen++
      const nth = counted.rule.nth ?? 1
      if (counted.rule.always ? counted.seen >= nth : counted.seen === nth) due ??= counted.rule
    }
    return due
  }

  #hold(target: FaultTarget): Promise<void> {
    const held = new Promise<void>((resolve) => this.#held.push({ target, go: resolve }))
    const ready = this.#waiting.filter((waiter) => waiter.count <= this.#held.length)
    this.#waiting = this.#waiting.filter((waiter) => waiter.count > this.#held.length)
    for (const waiter of ready) waiter.resolve()
    return held
  }
}

function matches(rule: FaultRule, call: FaultTarget): boolean {
  if (rule.operation !== call.operation) return false
  return call.writes.some(
    (write) =>
      (rule.path === undefined || rule.path === write.path) &&
      (rule.expect === undefined || rule.expect === write.expect?.type),
  )
}

function targetOf(call: FilesystemCall): FaultTarget {
  const { operation, path } = call
  if (operation === 'put') return { operation, path, writes: [{ path, expect: call.args[2] }] }
  if (operation === 'delete') return { operation, path, writes: [{ path, expect: call.args[1] }] }
  return { operation, path, writes: operation === 'transact' ? call.args[0] : [{ path }] }
}

/** What a caller reads, and whether the write may have landed. A watch writes nothing. */
const FAILURES: Readonly<Record<Fault, readonly [string, Retry]>> = {
  busy: ['the store is busy', 'safe'],
  'error-before': ['the store is busy', 'safe'],
  'lost-request': ['no reply came', 'unknown'],
  'error-after': ['the reply was lost', 'unknown'],
  'apply-later': ['no reply came yet', 'unknown'],
  delay: ['it was held', 'safe'],
  gap: ['it fell behind', 'safe'],
}

function failure(rule: FaultRule, { operation, path }: Pick<FaultTarget, 'operation' | 'path'>): Error {
  if (rule.error) return rule.error
  const [problem, retry] = FAILURES[rule.fault]
  const message = `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${problem} (a scripted fault)`
  return new FilesystemError('unavailable', message, { operation, path, retry: operation === 'watch' ? 'safe' : retry })
}
