import type { Context } from '../context.ts'
import { jsonLine } from '../output/json-text.ts'
import type { WhatIfRow } from '../output/rows.ts'
import { Table } from '../output/table.ts'
import { rounded } from '../trace/trace-figures.ts'
import type { StatsWindow } from '../trace/trace-stats.ts'
import type { Trace } from '../trace/trace.ts'
import { FIGURES, type WindowFigures } from '../whatif/figures.ts'
import {
  endingText,
  inputsText,
  MEASURED,
  measuredCells,
  MODEL_COLUMNS,
  MODEL_NOTES,
  modelledCells,
} from '../whatif/model-text.ts'
import type { Policy } from '../whatif/policy.ts'
import { Study } from '../whatif/study.ts'
import { type ModelledWindow, RUNS, type Spread } from '../whatif/what-if.ts'

/** Tells what a window was, what a model of it comes to, and what under other policies. */
export async function printWhatIf(
  context: Context,
  trace: Trace,
  window: StatsWindow,
  policies: readonly Policy[],
): Promise<void> {
  const study = new Study(trace, window)
  const modelled: ModelledWindow[] = []
  for (const policy of [{}, ...policies]) modelled.push(await study.model(policy))
  if (context.json)
    await context.print(
      jsonRows(trace, study, modelled)
        .map((row) => jsonLine(row))
        .join(''),
    )
  else
    await context.print(
      textLines(context, study, modelled)
        .map((line) => `${line.trimEnd()}\n`)
        .join(''),
    )
}

function textLines({ paint }: Context, { inputs }: Study, modelled: readonly ModelledWindow[]): string[] {
  const headings = ['POLICY', ...MODEL_COLUMNS.map(({ heading }) => heading)]
  const rows = modelled.flatMap((window) => {
    const { medians, ranges } = modelledCells(window)
    return [
      [window.policy, ...medians],
      ['', ...ranges],
    ]
  })
  const lines = new Table(headings).lines([headings, [MEASURED, ...measuredCells(inputs.measured)], ...rows])
  const [head = '', ...body] = lines
  const endings = modelled.map((window) => endingText(window)).filter((text) => text !== undefined)
  return [inputsText(inputs), '', paint('heading', head), ...body, '', ...endings, ...MODEL_NOTES]
}

function jsonRows(trace: Trace, { inputs, window }: Study, modelled: readonly ModelledWindow[]): WhatIfRow[] {
  const { updates, leftOut, loads, mode, measured } = inputs
  const common = {
    type: 'whatIf',
    v: 1,
    fromUs: window.fromUs - trace.startUs,
    toUs: window.toUs - trace.startUs,
    key: window.key === undefined ? null : trace.names.text(window.key),
    recordedMode: mode,
    leftOut,
  } as const
  const exact = (value: number | null): Spread | null =>
    value === null ? null : { median: value, low: value, high: value }
  const own: WhatIfRow = {
    ...common,
    model: false,
    policy: null,
    runs: 1,
    writers: loads.length,
    updates,
    gaveUp: inputs.gaveUp,
    unfinished: 0,
    ...figuresOf((name) => exact(measured[name])),
  }
  return [
    own,
    ...modelled.map(({ policy, writers, updates: ended, gaveUp, unfinished, figures }): WhatIfRow => ({
      ...common,
      model: true,
      policy,
      runs: RUNS,
      writers,
      updates: ended + gaveUp + unfinished,
      gaveUp,
      unfinished,
      ...figuresOf((name) => figures[name]),
    })),
  ]
}

type Figures = { readonly [Name in keyof WindowFigures]: Spread | null }

function figuresOf(spreadOf: (name: keyof WindowFigures) => Spread | null): Figures {
  const entries = FIGURES.map((name) => {
    const spread = spreadOf(name)
    const { median = 0, low = 0, high = 0 } = spread ?? {}
    return [name, spread && { median: rounded(median), low: rounded(low), high: rounded(high) }]
  })
  return Object.fromEntries(entries) as Figures
}
