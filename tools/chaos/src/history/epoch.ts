import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { epochOf } from './journal.ts'
import type { AnswerLine, CallLine, HistoryLine, ObservationLine, SeenHead, StepAnswer } from './lines.ts'

type LineOf<Type> = Extract<CallLine | ObservationLine, { readonly type: Type }>

/** A call with its answer. Without one the caller died first, which leaves as much open as an answer `unknown`. */
export type Answered<Line> = Line & { readonly answer?: AnswerLine | undefined }

/** One sending of one write to one record, a step of a transact included. */
export interface Write {
  readonly client: string
  readonly path: string
  readonly start: number
  readonly end?: number | undefined
  readonly writeId: string
  readonly expect: string
  /** Absent for a delete. */
  readonly digest?: string | undefined
  readonly ops: readonly string[]
  readonly tuple?: string | undefined
  readonly outcome: 'done' | 'nothing' | 'lost' | 'unknown' | 'refused'
  /** Of `done`. */
  readonly version?: string | undefined
  /** Of `lost`: the winner, where this write is the one that lost. */
  readonly current?: SeenHead | undefined
}

/** All that was recorded of the records and logs of one epoch. */
export interface EpochHistory {
  readonly epoch: number
  readonly writes: readonly Write[]
  readonly gets: readonly Pick<LineOf<'get'>, 'client' | 'start' | 'end' | 'path' | 'seen'>[]
  readonly transacts: readonly Answered<LineOf<'transact'>>[]
  readonly appends: readonly Answered<LineOf<'append'>>[]
  readonly updates: readonly Answered<LineOf<'update'>>[]
  readonly sights: readonly LineOf<'saw'>[]
  readonly lists: readonly LineOf<'list'>[]
  readonly pages: readonly LineOf<'page'>[]
  readonly rows: readonly LineOf<'rows'>[]
  readonly sums: readonly LineOf<'sum'>[]
  readonly surprises: readonly { readonly client: string; readonly message: string }[]
  readonly faults: Readonly<Record<string, number>>
  readonly answered: number
}

/** The epochs of which there are histories, in order. */
export async function epochsIn(directory: string): Promise<number[]> {
  const epochs = new Set((await readdir(directory)).flatMap((file) => epochOf(file) ?? []))
  return [...epochs].toSorted((a, b) => a - b)
}

export async function readEpoch(directory: string, epoch: number): Promise<EpochHistory> {
  const files = (await readdir(directory)).filter((file) => epochOf(file) === epoch)
  const collector = new EpochCollector()
  for (const file of files.toSorted()) collector.add(await readLines(join(directory, file)))
  return collector.history(epoch)
}

async function readLines(file: string): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = []
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    // Whoever is killed inside a write(2) leaves part of a line, at the end of the file.
    if (line.endsWith('}')) lines.push(JSON.parse(line) as HistoryLine)
  }
  return lines
}

/** Puts answers to their calls and sorts what there is by kind. */
export class EpochCollector {
  readonly #lines: HistoryLine[] = []
  readonly #answers = new Map<HistoryLine, AnswerLine>()
  #answered = 0

  /** The lines of one file. */
  add(lines: readonly HistoryLine[]): void {
    const calls = new Map<number, CallLine>()
    for (const line of lines) {
      if (line.type === 'answer') {
        const call = calls.get(line.id)
        if (call) this.#answers.set(call, line)
        this.#answered++
        continue
      }
      if ('id' in line) calls.set(line.id, line)
      else if (line.type !== 'fault' && line.type !== 'surprise') this.#answered++
      this.#lines.push(line)
    }
  }

  history(epoch: number): EpochHistory {
    const byType = Map.groupBy(this.#lines, ({ type }) => type)
    const all = <Type extends HistoryLine['type']>(type: Type) =>
      (byType.get(type) ?? []) as Extract<HistoryLine, { type: Type }>[]
    const withAnswers = <Line extends CallLine>(lines: readonly Line[]): Answered<Line>[] =>
      lines.map((line) => ({ ...line, answer: this.#answers.get(line) }))
    const transacts = withAnswers(all('transact'))
    const faults: Record<string, number> = {}
    for (const { kind } of all('fault')) faults[kind] = (faults[kind] ?? 0) + 1
    return {
      epoch,
      writes: [...withAnswers(all('write')).map(toWrite), ...transacts.flatMap(writesOf)],
      gets: [...all('get'), ...transacts.flatMap(readsOf)],
      transacts,
      appends: withAnswers(all('append')),
      updates: withAnswers(all('update')),
      sights: all('saw'),
      lists: all('list'),
      pages: all('page'),
      rows: all('rows'),
      sums: all('sum'),
      surprises: all('surprise'),
      faults,
      answered: this.#answered,
    }
  }
}

function toWrite(line: Answered<LineOf<'write'>>): Write {
  const { client, path, start, writeId, expect, digest, tuple, ops = [], answer } = line
  const write = { client, path, start, writeId, expect, digest, tuple, ops }
  if (!answer || answer.outcome === 'unknown') return { ...write, outcome: 'unknown' }
  const { end, outcome } = answer
  if (outcome === 'done') return { ...write, end, outcome, version: answer.version }
  if (outcome === 'lost') return { ...write, end, outcome, current: answer.current }
  return { ...write, end, outcome }
}

/** The records that a transact writes. Where one step lost, none was written. */
function writesOf(line: Answered<LineOf<'transact'>>): Write[] {
  const { client, start, writeId, answer, steps } = line
  return steps.flatMap(({ type, path, expect = 'any', digest }, step): Write[] => {
    if (type !== 'put' && type !== 'delete') return []
    const write = { client, path, start, writeId, expect, digest, ops: [] }
    if (!answer || answer.outcome === 'unknown') return [{ ...write, outcome: 'unknown' }]
    if (answer.outcome === 'done') {
      const version = versionOf(answer.steps?.[step])
      return [
        version === undefined
          ? { ...write, outcome: 'unknown' }
          : { ...write, end: answer.end, outcome: 'done', version },
      ]
    }
    const lostHere = answer.outcome === 'lost' && answer.step === step
    return [
      {
        ...write,
        end: answer.end,
        outcome: lostHere ? 'lost' : 'refused',
        ...(lostHere ? { current: answer.current } : {}),
      },
    ]
  })
}

/** What a transact saw without writing there: the checks that held, and the one that did not. */
function readsOf({ client, start, answer, steps }: Answered<LineOf<'transact'>>): EpochHistory['gets'][number][] {
  if (!answer) return []
  const { end } = answer
  return steps.flatMap(({ type, path, expect = 'any' }, step): EpochHistory['gets'][number][] => {
    if (type !== 'check') return []
    if (answer.outcome === 'lost' && answer.step === step) return [{ client, start, end, path, seen: answer.current }]
    if (answer.outcome !== 'done') return []
    if (expect === 'unwritten') return [{ client, start, end, path, seen: { live: false } }]
    return expect.includes('.') ? [{ client, start, end, path, seen: { version: expect, live: true } }] : []
  })
}

function versionOf(answer: StepAnswer | undefined): string | undefined {
  return typeof answer === 'string' ? answer : undefined
}
