import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { AnswerLine, CallLine, HistoryLine, NoteLine, ObservationLine } from './lines.ts'

type WithoutId<Line> = Line extends unknown ? Omit<Line, 'id'> : never
type WithoutIds<Line> = Line extends unknown ? Omit<Line, 'id' | 'type' | 'end'> : never

/** A call that was written down, to write its answer beside it. */
export interface OpenCall {
  readonly epoch: number
  readonly id: number
}

/** Files of so many epochs are open; a call that answers later opens its file again. */
const OPEN_MAX = 8

/**
 * What one incarnation of a worker did, one file for each epoch. A line is one write(2) with O_APPEND, so it is in the file
 * when the method returns and survives `kill -9`.
 */
export class Journal implements Disposable {
  readonly #directory: string
  readonly #name: string
  readonly #descriptors = new Map<number, number>()
  #calls = 0
  #dead = false

  /** `name` is the worker and its incarnation, such as `3.7`. */
  constructor(directory: string, name: string) {
    this.#directory = directory
    this.#name = name
  }

  call(epoch: number, line: WithoutId<CallLine>): OpenCall {
    const id = ++this.#calls
    this.#write(epoch, { ...line, id })
    return { epoch, id }
  }

  answer({ epoch, id }: OpenCall, answer: WithoutIds<AnswerLine>): void {
    this.#write(epoch, { type: 'answer', id, end: nowUs(), ...answer })
  }

  observe(epoch: number, line: ObservationLine): void {
    this.#write(epoch, line)
  }

  note(epoch: number, line: NoteLine): void {
    this.#write(epoch, line)
  }

  /** From now on nothing is written: the process is dead. */
  kill(): void {
    this.#dead = true
    this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor)
    this.#descriptors.clear()
  }

  #write(epoch: number, line: HistoryLine): void {
    if (!this.#dead) writeSync(this.#descriptor(epoch), `${JSON.stringify(line)}\n`)
  }

  #descriptor(epoch: number): number {
    const open = this.#descriptors.get(epoch)
    if (open !== undefined) return open
    const [oldest] = this.#descriptors
    if (oldest && this.#descriptors.size >= OPEN_MAX) {
      closeSync(oldest[1])
      this.#descriptors.delete(oldest[0])
    }
    const descriptor = openSync(join(this.#directory, journalName(epoch, this.#name)), 'a')
    this.#descriptors.set(epoch, descriptor)
    return descriptor
  }
}

/** Microseconds of the machine's monotonic clock, which all its processes share. */
export function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000
}

function journalName(epoch: number, name: string): string {
  return `${epoch}.${name}.history.jsonl`
}

/** The epoch of a journal's file; undefined for another file. */
export function epochOf(file: string): number | undefined {
  const match = /^(\d+)\..+\.history\.jsonl$/.exec(file)
  return match ? Number(match[1]) : undefined
}
