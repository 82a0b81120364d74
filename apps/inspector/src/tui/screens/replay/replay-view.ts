import { displayText } from '../../../display-text.ts'
import { cut } from '../../../terminal/cells.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import { momentText } from '../../../trace/time-text.ts'
import { type Frame, partOf } from '../../frame.ts'
import { rule } from '../../rule.ts'
import { wrapped } from '../../wrapped.ts'
import { legend, LanesView } from './lanes-view.ts'
import { OverviewView } from './overview-view.ts'
import type { Pointed } from './pointed.ts'
import type { ReplayModel } from './replay-model.ts'
import { stateLines } from './state-view.ts'

const HANGING = '  '

/** From so many rows on there is room for everything. */
const ROOMY_ROWS = 20
const OVERVIEW_ROWS = 4
const LANES_MIN = 3
const DETAIL_ROWS = 5
const STATE_ROWS = 4

/** The replay screen below its head: overview, lanes, the selected event, and how things stood at the cursor. */
export class ReplayView {
  readonly #overview = new OverviewView()
  readonly #lanes = new LanesView()

  view(model: ReplayModel, frame: Frame): string[] {
    if (frame.spoken) return spokenLines(model, frame)
    const isRoomy = frame.rows >= ROOMY_ROWS
    const laneRows = (isRoomy ? 5 : 3) + Math.max(LANES_MIN, Math.min(model.lanes.length, this.#laneRoom(frame.rows)))
    const overview = isRoomy ? this.#overview.view(model, partOf(frame, frame.columns, OVERVIEW_ROWS)) : []
    const lanes = this.#lanes.view(model, partOf(frame, frame.columns, laneRows), isRoomy)
    const state = [rule(frame, `at the cursor, ${momentText(model.cursorUs - model.trace.startUs, true)}`)]
    const stateRows = isRoomy ? STATE_ROWS : 2
    state.push(
      ...stateLines(model)
        .slice(0, stateRows - 1)
        .map((line) => cut(` ${line}`, frame.columns, frame.glyphs.ellipsis)),
    )
    const last = isRoomy ? [legend(frame)] : []
    const left = frame.rows - overview.length - lanes.length - state.length - last.length
    return [...overview, ...lanes, ...detailLines(model, partOf(frame, frame.columns, left)), ...state, ...last]
  }

  /** What stands in a cell of what was drawn last. */
  pointed(model: ReplayModel, { column, row }: Cell, frame: Frame): Pointed {
    const isRoomy = frame.rows >= ROOMY_ROWS
    const above = isRoomy ? OVERVIEW_ROWS : 0
    if (row < above) return this.#overview.pointed(model, { column, row }, frame)
    return this.#lanes.pointed(model, { column, row: row - above }, frame, isRoomy)
  }

  #laneRoom(rows: number): number {
    if (rows < ROOMY_ROWS) return rows - 3 - 4 - 2
    return rows - OVERVIEW_ROWS - 5 - DETAIL_ROWS - STATE_ROWS - 1
  }
}

/** The selected event; without one, what is wrong with the trace, or how to select. Exactly as many lines as there are. */
function detailLines(model: ReplayModel, frame: Frame): string[] {
  if (frame.rows <= 0) return []
  const { columns, rows } = frame
  const explanation = model.explanation()
  const title = explanation ? `selected: ${displayText(explanation.title)}` : 'nothing is selected'
  const texts = explanation ? explanation.lines.map((line) => displayText(line)) : troubleLines(model, frame)
  const lines = texts.flatMap((text) => wrapped(text, columns - 2, HANGING)).map((line) => ` ${line}`)
  const filler = Array.from({ length: rows }, () => '')
  return [rule(frame, title), ...lines, ...filler]
    .slice(0, rows)
    .map((line) => cut(line, columns, frame.glyphs.ellipsis))
}

function troubleLines(model: ReplayModel, { paint }: Frame): string[] {
  const { trace, checked } = model
  const told = checked.findings.slice(0, 3).map(({ severity, atUs, key, message }) => {
    const text = displayText(`${key} at ${momentText(atUs)}: ${message}`)
    return paint(severity === 'error' ? 'error' : 'warning', text)
  })
  const problems = trace.problems.slice(0, 2).map(({ file, line, message }) => {
    return paint('warning', displayText(`${file}${line === undefined ? '' : `:${line}`}: ${message}`))
  })
  const lines = [...told, ...problems]
  return lines.length > 0 ? lines : ['h and l step by event, H and L by conflict, . and , in the lane; space plays']
}

function spokenLines(model: ReplayModel, frame: Frame): string[] {
  const { trace, lane } = model
  const explanation = model.explanation()
  const at = `${momentText(model.cursorUs - trace.startUs, true)} of ${momentText(trace.endUs - trace.startUs)}`
  const lines = [
    `at ${at}`,
    ...(lane ? [`lane ${model.laneLabel(lane)}, ${model.laneAt + 1} of ${model.lanes.length}`] : []),
    ...(explanation ? [explanation.title, ...explanation.lines].map((line) => displayText(line)) : []),
    ...stateLines(model),
  ]
  return lines.flatMap((line) => wrapped(line, frame.columns, HANGING)).slice(0, frame.rows)
}
