import { OUTCOME } from './attempt-outcome.ts'
import { isWin, type Makers } from './makers.ts'
import { NONE } from './names.ts'
import { attemptsOf, eventsOfOp } from './op-events.ts'
import { durationText, momentText } from './time-text.ts'
import { KIND, type Trace } from './trace.ts'
import { SUCCEEDED } from './trace-stats.ts'

/** Of a long chain of attempts, so many of the first and of the last are told. */
const CHAIN_ENDS = 10

/** Who made the version that an attempt wanted to make. */
export interface Winner {
  /** The event that tells: the won write, or a loss that names it. */
  readonly event: number
  /** The number of the writer's name. */
  readonly writer: number
  readonly version: number
  /** Its won write is in the trace. */
  readonly isRecorded: boolean
}

/** To whom an attempt lost: who made the version behind its base, or else the head that it found. */
export function winnerOf(trace: Trace, makers: Makers, event: number): Winner | undefined {
  const { columns } = trace
  if (columns.kind[event] !== KIND.cas || columns.outcome[event] !== OUTCOME.lost) return undefined
  const [key = NONE, endUs = 0, base = 0] = [columns.key[event], columns.endUs[event], columns.first[event]]
  for (const version of [base + 1, columns.third[event] ?? NONE]) {
    const maker = version > 0 ? makers.makerOf(key, version, endUs) : NONE
    if (maker !== NONE) {
      return { event: maker, writer: makers.writerOf(maker), version, isRecorded: isWin(trace, maker) }
    }
  }
  return undefined
}

/** Says in words what an event was and what came of it, a sentence a line. Not yet escaped. */
export class Explanation {
  readonly #trace: Trace
  readonly #makers: Makers
  readonly #labelOf: (writer: number) => string
  readonly #event: number
  readonly #opEvents: readonly number[]

  constructor(trace: Trace, makers: Makers, labelOf: (writer: number) => string, event: number) {
    this.#trace = trace
    this.#makers = makers
    this.#labelOf = labelOf
    this.#event = event
    this.#opEvents = eventsOfOp(trace, trace.columns.op[event] ?? NONE)
  }

  /** `api-3, update 01JD8QK4, attempt 1 of 4` */
  get title(): string {
    const { columns, names } = this.#trace
    const [op = NONE, writer = NONE] = [columns.op[this.#event], columns.writer[this.#event]]
    let attempts = 0
    for (const event of attemptsOf(this.#trace, this.#opEvents)) {
      attempts = Math.max(attempts, columns.attempt[event] ?? 0)
    }
    const attempt =
      columns.kind[this.#event] === KIND.cas ? `, attempt ${columns.attempt[this.#event]} of ${attempts}` : ''
    return `${this.#labelOf(writer)}${op === NONE ? '' : `, update ${names.text(op)}`}${attempt}`
  }

  get lines(): string[] {
    switch (this.#trace.columns.kind[this.#event] ?? NONE) {
      case KIND.cas:
        return [...this.#attempt(), ...this.#update()]
      case KIND.read:
        return [
          `read v${this.#number('first')} from ${this.#at(this.#startUs)} to ${this.#at(this.#endUs)}, in ${this.#took}`,
          ...this.#update(),
        ]
      case KIND.wait:
        return [this.#waitText(this.#event), ...this.#update()]
      case KIND.commit:
        return [`v${this.#number('second')} was seen in the store at ${this.#at(this.#startUs)}`]
      default:
        return this.#update()
    }
  }

  #attempt(): string[] {
    const { columns } = this.#trace
    const [base, next] = [this.#number('first'), this.#number('second')]
    const read = this.#opEvents.findLast(
      (event) => columns.kind[event] === KIND.read && (columns.endUs[event] ?? 0) <= this.#startUs,
    )
    const readText =
      read === undefined ? '' : `read v${columns.first[read]} at ${this.#at(columns.startUs[read] ?? 0)}   `
    const folded = this.#trace.foldedOps(this.#event)
    const foldedText = folded ? `, with ${folded.length} updates folded into one` : ''
    const sent = `${readText}v${base} to v${next} sent at ${this.#at(this.#startUs)}${foldedText}`
    return [`${sent}   answered after ${this.#took}: ${this.#outcomeText()}`, ...this.#rivalLines()]
  }

  #outcomeText(): string {
    const { columns } = this.#trace
    switch (columns.outcome[this.#event] ?? NONE) {
      case OUTCOME.won:
        return 'WON'
      case OUTCOME.lost:
        return this.#number('third') > 0 ? `LOST, the head was already v${this.#number('third')}` : 'LOST'
      case OUTCOME.busy:
        return 'BUSY, the store took no write'
      case OUTCOME.unknown:
        return this.#unknownText()
      default:
        return 'FAILED, nothing was written'
    }
  }

  #unknownText(): string {
    const landing = this.#makers.landingOf(this.#trace.columns.write[this.#event] ?? NONE)
    if (landing !== NONE)
      return `UNKNOWN, and it has landed, as is told at ${this.#at(this.#trace.columns.endUs[landing] ?? 0)}`
    return 'UNKNOWN, it may have landed'
  }

  #rivalLines(): string[] {
    const winner = winnerOf(this.#trace, this.#makers, this.#event)
    if (!winner) return []
    const name = this.#labelOf(winner.writer)
    if (!winner.isRecorded) return [`lost to ${name}, which made v${winner.version} and was not recorded`]
    const { columns } = this.#trace
    const ownRead = this.#number('first')
    const wonUs = columns.endUs[winner.event] ?? 0
    const base = columns.first[winner.event] ?? 0
    const same = base === ownRead ? `had the same v${base}` : `had v${base}`
    return [
      `lost to ${name}, which ${same} and made v${winner.version} at ${this.#at(wonUs)} (${this.#compared(winner.event, wonUs)})`,
    ]
  }

  /** Clocks of two processes are apart by what their wall clocks are; a millisecond cannot be told. */
  #compared(winner: number, wonUs: number): string {
    const { columns } = this.#trace
    const soonerUs = this.#endUs - wonUs
    const isSameClock = columns.clock[winner] === columns.clock[this.#event]
    if (!isSameClock && Math.abs(soonerUs) < 2000) return 'at about the same time'
    return soonerUs >= 0 ? `${durationText(soonerUs)} sooner` : `its own answer came ${durationText(-soonerUs)} later`
  }

  #update(): string[] {
    const wait = this.#waitBehind()
    const chain = this.#chain()
    return [...(chain === '' ? [] : [`chain  ${chain}`]), ...(wait === undefined ? [] : [wait]), this.#cost()].filter(
      (line) => line !== '',
    )
  }

  #waitBehind(): string | undefined {
    const { columns } = this.#trace
    if (columns.kind[this.#event] !== KIND.cas) return undefined
    const at = this.#opEvents.indexOf(this.#event)
    const next = this.#opEvents.slice(at + 1).find((event) => columns.kind[event] !== KIND.done)
    return next !== undefined && columns.kind[next] === KIND.wait ? this.#waitText(next) : undefined
  }

  #waitText(wait: number): string {
    const { columns, names } = this.#trace
    const why = names.text(columns.word[wait] ?? NONE)
    const [low = 0, high = 0, plan = 0] = [columns.first[wait], columns.second[wait], columns.third[wait]]
    const waited = durationText((columns.endUs[wait] ?? 0) - (columns.startUs[wait] ?? 0))
    const range = `${durationText(plan)} drawn from ${durationText(low)} to ${durationText(high)}`
    return `waited ${waited} for ${why} (${range})   goes on at ${this.#at(columns.endUs[wait] ?? 0)}`
  }

  /** `1 lost to api-1 (v418), 2 won v422, ended ok at 2.020 s` */
  #chain(): string {
    const { columns, names } = this.#trace
    const attempts = attemptsOf(this.#trace, this.#opEvents)
    const leftOut = attempts.length - 2 * CHAIN_ENDS
    const [head, tail] = leftOut > 0 ? [attempts.slice(0, CHAIN_ENDS), attempts.slice(-CHAIN_ENDS)] : [attempts, []]
    const step = (event: number): string => {
      const winner = winnerOf(this.#trace, this.#makers, event)
      const lost = winner ? `lost to ${this.#labelOf(winner.writer)} (v${winner.version})` : 'lost'
      const outcome = columns.outcome[event]
      const told =
        outcome === OUTCOME.won
          ? `won v${columns.second[event]}`
          : outcome === OUTCOME.lost
            ? lost
            : (OTHER[outcome ?? 0] ?? '')
      return `${columns.attempt[event]} ${told}`
    }
    const between = leftOut > 0 ? [`${leftOut} more attempts`] : []
    const steps = [...head.map(step), ...between, ...tail.map(step)]
    const done = this.#opEvents.find((event) => columns.kind[event] === KIND.done)
    if (done === undefined) return steps.join(', ')
    const out = names.text(columns.word[done] ?? NONE)
    const ended = `${SUCCEEDED.has(out) ? 'ended' : 'gave up:'} ${out} at ${this.#at(columns.endUs[done] ?? 0)}`
    return [...steps, ended].join(', ')
  }

  #cost(): string {
    const { columns } = this.#trace
    let [inFlightUs, waitedUs, endUs] = [0, 0, 0]
    for (const event of this.#opEvents) {
      const tookUs = (columns.endUs[event] ?? 0) - (columns.startUs[event] ?? 0)
      endUs = Math.max(endUs, columns.endUs[event] ?? 0)
      if (columns.kind[event] === KIND.wait) waitedUs += tookUs
      else if (columns.kind[event] === KIND.read || columns.kind[event] === KIND.cas) inFlightUs += tookUs
    }
    const first = this.#opEvents[0]
    if (first === undefined) return ''
    const count = attemptsOf(this.#trace, this.#opEvents).length
    const attempts = `${count} ${count === 1 ? 'attempt' : 'attempts'}`
    const all = durationText(endUs - (columns.startUs[first] ?? 0))
    return `cost  ${attempts} in ${all}: ${durationText(inFlightUs)} in flight, ${durationText(waitedUs)} waiting`
  }

  get #startUs(): number {
    return this.#trace.columns.startUs[this.#event] ?? 0
  }

  get #endUs(): number {
    return this.#trace.columns.endUs[this.#event] ?? 0
  }

  get #took(): string {
    return durationText(this.#endUs - this.#startUs)
  }

  #number(column: 'first' | 'second' | 'third'): number {
    return this.#trace.columns[column][this.#event] ?? 0
  }

  #at(us: number): string {
    return momentText(us - this.#trace.startUs)
  }
}

const OTHER: Record<number, string> = {
  [OUTCOME.busy]: 'found it busy',
  [OUTCOME.unknown]: 'unknown',
  [OUTCOME.error]: 'failed',
}
