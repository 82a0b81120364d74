import type { Filesystem } from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'

/** Stops and kills a worker that has no process of its own: no call starts and no answer arrives while it is shut. */
export class Gate {
  #shut: PromiseWithResolvers<void> | undefined
  #dead = false

  guard(filesystem: Filesystem): Filesystem {
    return new InterceptedFilesystem(filesystem, async (_call, proceed) => {
      await this.#pass()
      try {
        return await proceed()
      } finally {
        await this.#pass()
      }
    })
  }

  stop(): void {
    this.#shut ??= Promise.withResolvers<void>()
  }

  resume(): void {
    if (this.#dead) return
    this.#shut?.resolve()
    this.#shut = undefined
  }

  /** Calls that are on their way may still arrive at the store. */
  kill(): void {
    this.stop()
    this.#dead = true
  }

  async #pass(): Promise<void> {
    while (this.#shut) await this.#shut.promise
  }
}
