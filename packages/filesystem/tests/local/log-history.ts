import type { AppendResult, Filesystem, LogEntry, LogPage } from '@latchless/filesystem'
import { CompactedError, FilesystemError } from '@latchless/filesystem'
import type { Condition, Violation } from '@latchless/filesystem/testing'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'

interface Times {
  readonly start: number
  /** `undefined` for a call without a clear answer. */
  readonly end: number | undefined
}

interface Append extends Times {
  readonly texts: readonly string[]
  /** `undefined` when the append was refused or its outcome is unknown. */
  readonly result: AppendResult | undefined
  readonly refused: boolean
}

interface Read extends Times {
  readonly after: number | undefined
  readonly entries: readonly (readonly [number, string])[]
  /** Set when the read was answered with a `CompactedError`. */
  readonly oldest: number | undefined
}

interface Trim extends Times {
  readonly before: number
}

/** Records what callers see of one log, and checks it against what the contract promises. Texts must be distinct. */
export class LogHistory {
  readonly #appends: Append[] = []
  readonly #reads: Read[] = []
  readonly #trims: Trim[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#appends.length === 0 && this.#reads.length === 0
  }

  record(filesystem: Filesystem): Filesystem {
    return new InterceptedFilesystem(filesystem, async (call, proceed) => {
      const start = this.#now()
      const times = (): Times => ({ start, end: this.#now() })
      try {
        const result = await proceed()
        if (call.operation === 'append') {
          this.#appends.push({
            ...times(),
            texts: call.args[1].map(textOf),
            result: result as AppendResult,
            refused: false,
          })
        }
        if (call.operation === 'read') {
          const { entries } = result as LogPage
          this.#reads.push({ ...times(), after: call.args[1].after, entries: entries.map(numbered), oldest: undefined })
        }
        if (call.operation === 'trim') this.#trims.push({ ...times(), before: call.args[1] })
        return result
      } catch (error) {
        const unclear = { start, end: undefined }
        if (call.operation === 'append') {
          const refused = error instanceof FilesystemError && error.retry !== 'unknown'
          this.#appends.push({ ...unclear, texts: call.args[1].map(textOf), result: undefined, refused })
        }
        if (call.operation === 'trim') this.#trims.push({ ...unclear, before: call.args[1] })
        if (!(call.operation === 'read' && error instanceof CompactedError)) throw error
        this.#reads.push({ ...times(), after: call.args[1].after, entries: [], oldest: error.oldest })
        throw error
      }
    })
  }

  /** What was broken. `final` is the log at the end, in one page, and `last` the sequence of its last entry. */
  check(final: readonly LogEntry[], last: number): readonly Violation[] {
    const violations: Violation[] = []
    const report = (condition: Condition, message: string): void =>
      void violations.push({ condition, path: 'log', message })
    const texts = this.#textsBySequence(final, report)
    this.#checkAppends(new Map(final.map(numbered)), last, report)
    this.#checkOrder(report)
    this.#checkReads(texts, report)
    const oldest = final[0]?.sequence ?? last + 1
    if (this.#trimmedBefore(Number.POSITIVE_INFINITY) > oldest) report('intact-contents', `a trim left ${oldest}`)
    if (final.some(({ sequence }, at) => sequence !== oldest + at)) report('dense-versions', 'the log has a gap')
    return violations
  }

  /** One text for each sequence, whoever saw it. */
  #textsBySequence(final: readonly LogEntry[], report: Report): ReadonlyMap<number, string> {
    const texts = new Map<number, string>()
    const note = ([sequence, text]: readonly [number, string]): void => {
      const other = texts.get(sequence) ?? text
      if (other !== text) report('unique-acknowledgements', `entry ${sequence} is ${other} and ${text}`)
      texts.set(sequence, text)
    }
    for (const entry of final) note(numbered(entry))
    for (const { entries } of this.#reads) for (const entry of entries) note(entry)
    for (const { texts: own, result } of this.#appends) {
      if (result) for (const [at, text] of own.entries()) note([result.first + at, text])
    }
    if (new Set(texts.values()).size !== texts.size) report('unique-acknowledgements', 'an entry is there twice')
    return texts
  }

  #checkAppends(final: ReadonlyMap<number, string>, last: number, report: Report): void {
    const kept = new Set(final.values())
    for (const { texts, result, refused } of this.#appends) {
      const found = texts.filter((text) => kept.has(text)).length
      if (refused && found > 0) report('intact-contents', `${texts.join()} was refused and is there`)
      const trimmed = this.#trims.length > 0
      if (!result && found > 0 && found < texts.length && !trimmed) report('intact-contents', `half of ${texts.join()}`)
      if (!result) continue
      if (result.last - result.first + 1 !== texts.length) report('dense-versions', `${texts.join()} got other numbers`)
      if (result.last > last) report('dense-versions', `${texts.join()} is behind the end`)
      for (const [at, text] of texts.entries()) {
        const sequence = result.first + at
        const wasTrimmed = this.#trims.some(({ before }) => before > sequence)
        if (!wasTrimmed && final.get(sequence) !== text) report('intact-contents', `${text} is not at ${sequence}`)
      }
    }
  }

  /** The last entry of the appends that were done at a time. */
  #lastBefore(time: number): number {
    const done = this.#appends.filter(({ end }) => end !== undefined && end < time)
    return Math.max(0, ...done.map(({ result }) => result?.last ?? 0))
  }

  /** The first entry that may be left by the trims that were done at a time. */
  #trimmedBefore(time: number): number {
    const done = this.#trims.filter(({ end }) => end !== undefined && end < time)
    return Math.max(1, ...done.map(({ before, start }) => Math.min(before, this.#lastBefore(start) + 1)))
  }

  #checkOrder(report: Report): void {
    for (const a of this.#appends) {
      for (const b of this.#appends) {
        if (!a.result || !b.result || a.end === undefined || a.end > b.start) continue
        if (b.result.first <= a.result.last) report('real-time-order', `${b.texts.join()} is before ${a.texts.join()}`)
      }
    }
  }

  #checkReads(texts: ReadonlyMap<number, string>, report: Report): void {
    for (const { start, end = 0, after, entries, oldest } of this.#reads) {
      const reach = this.#lastBefore(start)
      const gone = this.#trimmedBefore(start)
      if (oldest !== undefined) {
        if (!this.#trims.some(({ before }) => before > (after ?? 0) + 1))
          report('intact-contents', 'compacted, and nothing was')
        continue
      }
      const first = entries[0]?.[0]
      const seen = entries.at(-1)?.[0] ?? after ?? 0
      // Nothing at all may be left when it began with the oldest, otherwise an answer is that of one instant.
      const mayBeEmpty = after === undefined && this.#trims.some((trim) => trim.start < end && trim.before > reach)
      if (seen < reach && !(entries.length === 0 && mayBeEmpty))
        report('real-time-order', `a read ends at ${seen}, ${reach} was appended before`)
      if (first !== undefined && first < gone) report('real-time-order', `${first} was trimmed before it was read`)
      if (after !== undefined && first !== undefined && first !== after + 1)
        report('dense-versions', `${first} follows ${after}`)
      if (entries.some(([sequence], at) => sequence !== (first ?? 0) + at)) report('dense-versions', 'a page has a gap')
      for (const [, text] of entries) {
        const append = this.#appends.find((each) => each.texts.includes(text))
        if (!append || append.start > end) report('no-future-reads', `${text} was read before it was appended`)
      }
      if (texts.size === 0 && entries.length > 0) report('intact-contents', 'entries out of nowhere')
    }
  }
}

type Report = (condition: Condition, message: string) => void

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8')
}

function numbered({ sequence, body }: LogEntry): readonly [number, string] {
  return [sequence, textOf(body)]
}
