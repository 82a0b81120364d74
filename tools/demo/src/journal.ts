import { closeSync, openSync, writeSync } from 'node:fs'
import { z } from 'zod'

const update = { path: z.string(), writer: z.string(), sequence: z.int().positive() }

const journalLine = z.discriminatedUnion('type', [
  /** Written before `casUpdate` is called. Without an answer behind it, the update may or may not have landed. */
  z.strictObject({ type: z.literal('intent'), ...update }),
  /** Written after the promise resolved. Milliseconds since the epoch, and the duration of the call. */
  z.strictObject({ type: z.literal('acknowledged'), ...update, startMs: z.number(), tookMs: z.number() }),
  /** Written after the promise rejected. Only `retry: 'unknown'` leaves open whether the update landed. */
  z.strictObject({
    type: z.literal('failed'),
    ...update,
    retry: z.enum(['safe', 'never', 'unknown']),
    message: z.string(),
  }),
])

export type JournalLine = z.infer<typeof journalLine>
export type Acknowledgement = Extract<JournalLine, { type: 'acknowledged' }>

/**
 * What one process was told by the store, one JSON line per event. Each line is one write(2) with O_APPEND, so a line is in
 * the file when `add` returns and survives the death of the process.
 */
export class Journal implements Disposable {
  readonly #descriptor: number

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  static open(file: string): Journal {
    return new Journal(openSync(file, 'a'))
  }

  add(line: JournalLine): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

/**
 * Reads a journal back. A last line without its newline is dropped: a process killed inside the write was not yet told.
 *
 * @throws {Error} when any other line is not a journal line.
 */
export function parseJournal(text: string, file: string): JournalLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return journalLine.parse(JSON.parse(line))
      } catch (cause) {
        throw new Error(`Cannot read journal ${JSON.stringify(file)}: line ${index + 1} is not a journal line`, {
          cause,
        })
      }
    })
}
