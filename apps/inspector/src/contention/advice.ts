import type { KeySummary } from './key-summary.ts'
import type { ContentionSummary } from './summary.ts'
import { attemptsOf, lossRateOf } from './tally.ts'
import { STARVED_ATTEMPTS } from './writer-tally.ts'

/** What could be done about something. Paths and writers in it are not yet escaped. */
export interface Advice {
  /** The record or the writer that it is about; empty for all. */
  readonly about: string
  readonly text: string
}

/** Fewer attempts say nothing about a rate. */
const ATTEMPTS_MIN = 20
const LOSS_RATE_HIGH = 0.3
/** Below so many updates in a version, updates were hardly folded at all. */
const FOLDED_LOW = 1.1
const SLOW_US = 1_000_000
const UNFAIR = 0.5
const ADVICE_MAX = 5

/** What the numbers suggest, the most important first. */
export function adviceOf(summary: ContentionSummary): Advice[] {
  const { missing, writers, fairness, won, total } = summary
  const advice: Advice[] = []
  for (const key of summary.keys.toSorted((a, b) => b.tally.wastedMs - a.tally.wastedMs)) {
    const text = hotKeyAdvice(key)
    if (text !== undefined) advice.push({ about: key.key, text })
    if (advice.length === 3) break
  }
  const [starving] = writers.filter(({ starved }) => starved > 0).toSorted((a, b) => b.starved - a.starved)
  if (starving) {
    const { starved, writer } = starving
    const text = `${plural(starved, 'update')} gave up or needed ${STARVED_ATTEMPTS} attempts or more: fewer writers, or a longer timeout`
    advice.push({ about: writer, text })
  }
  if (fairness !== undefined && fairness < UNFAIR && writers.length > 1 && total.lost >= ATTEMPTS_MIN) {
    const [first] = writers.toSorted((a, b) => b.share - a.share)
    if (first)
      advice.push({ about: first.writer, text: 'it wins far more often than the others, who wait for their turn' })
  }
  if ((won.percentile(0.99) ?? 0) > SLOW_US) {
    advice.push({
      about: '',
      text: 'one write in a hundred takes longer than a second: look at the store itself with doctor',
    })
  }
  if (missing > 0) advice.push({ about: '', text: `${missing} events are missing, so that all rates are too low` })
  return advice.slice(0, ADVICE_MAX)
}

function hotKeyAdvice({ tally, writers, processes }: KeySummary): string | undefined {
  const rate = lossRateOf(tally)
  if (rate === undefined || rate < LOSS_RATE_HIGH || attemptsOf(tally) < ATTEMPTS_MIN) return undefined
  const folded = tally.won === 0 ? 0 : tally.updates / tally.won
  const who = `${plural(writers, 'writer')} in ${plural(processes, 'process', 'processes')}, ${Math.round(rate * 100)}% of attempts lost`
  if (folded < FOLDED_LOW) {
    return `${who}, no updates folded: use the default mode of casUpdate, which folds those of one process, or split the record`
  }
  if (processes > 2) return `${who}: let fewer processes write it, or split the record`
  return `${who}: split the record, or let one process write it`
}

function plural(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`
}
