import type { Disk, DiskFile } from '@latchless/filesystem/testing'
import { DiskError } from '@latchless/filesystem/testing'

/**
 * What happens at the chosen call: an error instead of it (`before`) or behind it (`after`). A `crash` lets every later call
 * fail as well, cleaning up included.
 */
export type DiskFault = `${'EIO' | 'ENOSPC' | 'crash'} ${'before' | 'after'}`

/** Thrown by every call of a process that is no more. Not a failure of the disk, so it carries no errno. */
export class Crashed extends Error {}

/** Counts the calls of a disk and makes one of them fail. */
export class FaultyDisk {
  calls = 0
  /** The name of the call that failed. */
  failed: string | undefined
  readonly disk: Disk
  readonly #failAt: number
  readonly #fault: DiskFault
  #dead = false

  constructor(inner: Disk, failAt: number, fault: DiskFault) {
    this.#failAt = failAt
    this.#fault = fault
    this.disk = this.#wrap(inner, (name, result) =>
      name === 'create' ? this.#wrap(result as DiskFile, (_name, value) => value) : result,
    )
  }

  #wrap<T extends object>(target: T, map: (name: string, result: unknown) => unknown): T {
    return new Proxy(target, {
      get: (object, property) => {
        const name = String(property)
        const method: unknown = Reflect.get(object, property)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          const due = this.#count(name)
          if (due && this.#fault.endsWith('before')) throw this.#error(name)
          const result: unknown = map(name, await Reflect.apply(method, object, args))
          if (due) throw this.#error(name)
          return result
        }
      },
    })
  }

  #count(name: string): boolean {
    if (this.#dead) throw new Crashed('the process is no more')
    this.calls++
    if (this.calls !== this.#failAt) return false
    this.failed = name
    return true
  }

  #error(name: string): Error {
    if (this.#fault.startsWith('crash')) {
      this.#dead = true
      return new Crashed('the process died')
    }
    return new DiskError(this.#fault.slice(0, this.#fault.indexOf(' ')), name)
  }
}
