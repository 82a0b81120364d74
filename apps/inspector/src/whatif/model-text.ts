import { counted, countText } from '../model/measures.ts'
import { durationText } from '../trace/time-text.ts'
import { FIGURES, type WindowFigures } from './figures.ts'
import type { ModelInputs } from './model-inputs.ts'
import { type ModelledWindow, RUNS, type Spread } from './what-if.ts'

/** How a figure is told. */
interface FigureText {
  readonly heading: string
  /** Cells of its column. */
  readonly columns: number
  readonly one: (value: number) => string
  readonly range: (spread: Spread) => string
  /** In a sentence. */
  readonly words: (value: string) => string
}

const FIGURE_TEXTS: { readonly [Name in keyof WindowFigures]: FigureText } = {
  lossRate: { heading: 'LOST', columns: 8, ...shares(), words: (value) => `${value} lost` },
  attemptsPerWin: { heading: 'TRIES/WIN', columns: 10, ...ratios(), words: (value) => `${value} tries a win` },
  updatesPerWrite: { heading: 'PER WRITE', columns: 10, ...ratios(), words: (value) => `${value} updates a write` },
  updatesPerSecond: { heading: 'PER S', columns: 10, ...counts(), words: (value) => `${value} updates/s` },
  p50Us: { heading: 'P50', columns: 11, ...durations(), words: (value) => `half in ${value}` },
  p99Us: { heading: 'P99', columns: 11, ...durations(), words: (value) => `99 of 100 in ${value}` },
  wastedShare: { heading: 'WASTED', columns: 8, ...shares(), words: (value) => `${value} wasted` },
  fairness: { heading: 'FAIR', columns: 10, ...ratios(), words: (value) => `fairness ${value}` },
}

/** Headings and widths of the columns behind the policy, which all stand at the right. */
export const MODEL_COLUMNS: readonly { readonly heading: string; readonly columns: number }[] = FIGURES.map((name) => {
  return FIGURE_TEXTS[name]
})

export const MEASURED = 'measured'

export function measuredCells(figures: WindowFigures): string[] {
  return FIGURES.map((name) => oneText(name, figures[name]))
}

/** The median of each figure, and from its least to its most. */
export function modelledCells({ figures }: ModelledWindow): { medians: string[]; ranges: string[] } {
  return {
    medians: FIGURES.map((name) => oneText(name, figures[name]?.median ?? null)),
    ranges: FIGURES.map((name) => {
      const spread = figures[name]
      return spread ? FIGURE_TEXTS[name].range(spread) : '-'
    }),
  }
}

/** The same as sentences, for where there is no room for a table, or no eyes. */
export function measuredWords(figures: WindowFigures): string {
  const parts = FIGURES.map((name) => FIGURE_TEXTS[name].words(oneText(name, figures[name])))
  return `${MEASURED}: ${parts.join(', ')}`
}

export function modelledWords({ policy, figures }: ModelledWindow): string {
  const parts = FIGURES.flatMap((name) => {
    const spread = figures[name]
    const { one, range, words } = FIGURE_TEXTS[name]
    return spread ? [words(`${one(spread.median)} (${range(spread)})`)] : []
  })
  return `model, ${policy}: ${parts.join(', ')}`
}

/** What is modelled, and how far. */
export function inputsText({ updates, leftOut, loads, processes, records, mode }: ModelInputs): string {
  const all = leftOut === 0 ? '' : ` (the first of ${countText(updates + leftOut)})`
  const who = `${counted(loads.length, 'writer')} in ${counted(processes, 'process', 'processes')}`
  return `a model, not measured: ${RUNS} runs of ${countText(updates)} updates${all} of ${counted(records, 'record')} by ${who}, recorded in mode ${mode}`
}

/** What the figures mean. */
export const MODEL_NOTES: readonly string[] = [
  'of each policy the median of its runs, with the least and the most; the nearer "recorded" comes to what was measured, the more the others are worth',
  'wasted: of the time in reads and writes, that of attempts that lost; fair: 1 when updates of all writers are equally fast',
]

/** What did not come to a good end in the model. */
export function endingText({ policy, updates, gaveUp, unfinished }: ModelledWindow): string | undefined {
  const all = `${countText(updates + gaveUp + unfinished)} updates of all runs`
  if (unfinished > 0) return `${policy}: cut short, ${countText(unfinished)} of the ${all} had not ended`
  return gaveUp > 0 ? `${policy}: ${countText(gaveUp)} of the ${all} gave up` : undefined
}

function oneText(name: keyof WindowFigures, value: number | null): string {
  return value === null ? '-' : FIGURE_TEXTS[name].one(value)
}

type Telling = Pick<FigureText, 'one' | 'range'>

function shares(): Telling {
  const percent = (share: number): string => (share * 100).toFixed(0)
  return {
    one: (share) => `${(share * 100).toFixed(1)} %`,
    range: ({ low, high }) => `${percent(low)}-${percent(high)} %`,
  }
}

function ratios(): Telling {
  const digits = (value: number): string => value.toFixed(value < 100 ? 2 : 0)
  return { one: digits, range: ({ low, high }) => `${digits(low)}-${digits(high)}` }
}

function counts(): Telling {
  const short = (count: number): string => {
    if (count < 10) return count.toFixed(1)
    return count < 10_000 ? String(Math.round(count)) : `${Math.round(count / 1000)}k`
  }
  return { one: (count) => countText(Math.round(count)), range: ({ low, high }) => `${short(low)}-${short(high)}` }
}

function durations(): Telling {
  return {
    one: durationText,
    range: ({ low, high }) => {
      const [unit, us, digits] = high < 1000 ? ['µs', 1, 0] : high < 1e6 ? ['ms', 1000, 0] : ['s', 1e6, 2]
      const shown = (value: number): string => (value / us).toFixed(us === 1000 && high < 10_000 ? 1 : digits)
      return `${shown(low)}-${shown(high)} ${unit}`
    },
  }
}
