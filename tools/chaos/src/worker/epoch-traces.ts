import { join } from 'node:path'
import type { TraceRecorder } from '@latchless/filesystem'
import { recordTrace } from '@latchless/filesystem'

/** Records the trace of a process in one file for each epoch, so that a finding needs the traces of its epoch only. */
export class EpochTraces implements AsyncDisposable {
  readonly #fileOf: (epoch: number) => string
  #epoch = -1
  #recorder: TraceRecorder | undefined
  #turning: Promise<void> = Promise.resolve()

  constructor(directory: string, name: string) {
    this.#fileOf = (epoch) => join(directory, traceName(epoch, name))
  }

  /** Goes on in the file of this epoch. The one before is closed only then, so that nothing is missed. */
  enter(epoch: number): Promise<void> {
    if (epoch <= this.#epoch) return this.#turning
    this.#epoch = epoch
    this.#turning = this.#turn(epoch, this.#turning)
    return this.#turning
  }

  async #turn(epoch: number, earlier: Promise<void>): Promise<void> {
    await earlier
    const before = this.#recorder
    this.#recorder = await recordTrace(this.#fileOf(epoch))
    await before?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turning
    await this.#recorder?.close()
  }
}

function traceName(epoch: number, name: string): string {
  return `${epoch}.${name}.castrace.jsonl`
}
