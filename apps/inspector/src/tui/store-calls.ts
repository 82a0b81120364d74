import type { Filesystem } from '@latchless/filesystem'

/** One call of the store, as the log of calls shows it. */
export interface StoreCall {
  readonly operation: string
  readonly path: string
  readonly startedMs: number
  /** Absent while it runs. */
  ms?: number
  /** The code of its error, or what else it threw. */
  error?: string
}

const KEPT_MAX = 1000
/** What answers at once, or goes on for as long as it is wanted. */
const UNLOGGED = new Set(['capabilities', 'close', 'watch'])

/** The store, and the last thousand calls that went to it: what the inspector itself costs. */
export class StoreCalls {
  readonly calls: StoreCall[] = []
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Whether an answer is outstanding. */
  get areOutstanding(): boolean {
    return this.calls.some(({ ms }) => ms === undefined)
  }

  around(store: Filesystem): Filesystem {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        const bound = member.bind(target) as (...args: unknown[]) => unknown
        if (typeof name !== 'string' || UNLOGGED.has(name)) return bound
        return (...args: unknown[]) => this.#logged(name, args, bound)
      },
    })
  }

  #logged(operation: string, args: readonly unknown[], call: (...args: unknown[]) => unknown): unknown {
    const path = typeof args[0] === 'string' ? args[0] : ''
    const logged: StoreCall = { operation, path, startedMs: this.#nowMs() }
    this.calls.push(logged)
    if (this.calls.length > KEPT_MAX) this.calls.shift()
    const end = (error?: unknown) => {
      logged.ms = this.#nowMs() - logged.startedMs
      if (error !== undefined) logged.error = codeOf(error)
    }
    const answer = call(...args)
    if (answer instanceof Promise) answer.then(() => end(), end)
    else end()
    return answer
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code)
  return error instanceof Error ? error.name : String(error)
}
