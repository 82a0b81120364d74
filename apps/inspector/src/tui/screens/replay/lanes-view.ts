import { displayText } from '../../../display-text.ts'
import { cellsOf, cut, fit } from '../../../terminal/cells.ts'
import type { Glyphs } from '../../../terminal/glyphs.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import type { Role } from '../../../terminal/theme.ts'
import { CELL, columnOf } from '../../../trace/lane-cells.ts'
import type { Lane } from '../../../trace/lanes.ts'
import { NONE } from '../../../trace/names.ts'
import { durationText, momentText } from '../../../trace/time-text.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'
import { inSight, type Place } from '../../scroll.ts'
import { CellRun } from './cell-run.ts'
import type { Pointed } from './pointed.ts'
import type { ReplayModel } from './replay-model.ts'

/** From so many columns on there is room for figures beside the lanes. */
const FIGURES_FROM_COLUMNS = 80
const FIGURES_CELLS = 17
const LABEL_CELLS_MAX = 16
const LABEL_EVERY_COLUMNS = 20
/** The title, the times and the versions. */
const ROWS_ABOVE_LANES = 3
const GROUPING_WORDS = { writer: 'writer', key: 'record', op: 'update' } as const

/** What each cell looks like, and what it says. */
function looks(glyphs: Glyphs): Record<number, readonly [character: string, role: Role | undefined, meaning: string]> {
  return {
    [CELL.nothing]: [' ', undefined, ''],
    [CELL.waiting]: [glyphs.waiting, 'waiting', 'waits'],
    [CELL.inFlight]: [glyphs.inFlight, undefined, 'in flight'],
    [CELL.read]: ['r', 'key', 'reads'],
    [CELL.won]: [glyphs.won, 'won', 'won'],
    [CELL.failed]: ['b', 'waiting', 'busy'],
    [CELL.lost]: [glyphs.lost, 'lost', 'lost'],
    [CELL.unknown]: ['?', 'warning', 'unknown'],
    [CELL.gaveUp]: ['!', 'error', 'gave up'],
    [CELL.lostUpdate]: ['L', 'error', 'lost update'],
  }
}

/** Swim lanes: who did what when, over the versions of the record. */
export class LanesView {
  #place: Place = { at: 0, top: 0 }
  #shown = 0

  view(model: ReplayModel, frame: Frame, hasDensity: boolean): string[] {
    const { labels, figures, columns } = widths(model, frame.columns)
    model.sight.layOut(columns, model.cursorUs)
    const rows = Math.max(1, frame.rows - ROWS_ABOVE_LANES - (hasDensity ? 2 : 0))
    this.#place = inSight({ at: model.laneAt, top: this.#place.top }, model.lanes.length, rows)
    model.laneAt = this.#place.at
    const shown = model.lanes.slice(this.#place.top, this.#place.top + rows)
    this.#shown = shown.length
    const row = (label: string, cells: string, tail = '', role?: Role): string => {
      const name = fit(label, labels + 1, 'left', frame.glyphs.ellipsis)
      const side = figures === 0 ? '' : `${frame.glyphs.vertical}${fit(tail, figures - 1)}`
      return cut(`${role ? frame.paint(role, name) : name}${frame.glyphs.vertical}${cells}${side}`, frame.columns)
    }
    const lines = shown.map((lane, at) => {
      const isSelected = this.#place.top + at === model.laneAt
      const label = `${isSelected ? frame.glyphs.selected : ' '}${model.laneLabel(lane)}`
      return row(label, laneText(model, lane, frame), figuresText(model, lane), isSelected ? 'accent' : undefined)
    })
    const position = `${model.laneAt + 1} of ${model.lanes.length}`
    return [
      rule(frame, title(model)),
      row(' time', axisText(model, columns, frame), model.lanes.length > rows ? ` ${position}` : ' in sight', 'muted'),
      row(
        ' version',
        versionText(model, columns, frame),
        ` v${model.makers.headAt(model.focusKey, model.cursorUs)} at ${frame.glyphs.cursor}`,
        'muted',
      ),
      ...lines,
      ...(hasDensity ? densityRows(model).map(([label, cells, tail]) => row(label, cells, tail, 'muted')) : []),
    ]
  }

  /** What stands in a cell of what was drawn last. */
  pointed(model: ReplayModel, { column, row }: Cell, frame: Frame, hasDensity: boolean): Pointed {
    const at = row - ROWS_ABOVE_LANES
    if (row < 1 || at >= this.#shown + (hasDensity ? 2 : 0)) return {}
    const lane = at >= 0 && at < this.#shown ? { lane: this.#place.top + at } : {}
    const { labels, columns } = widths(model, frame.columns)
    const cell = column - labels - 2
    if (cell < 0 || cell >= columns) return lane
    const { lens, usPerColumn } = model.sight
    return { ...lane, us: lens.fromUs + Math.floor((cell + 0.5) * usPerColumn) }
  }
}

/** Lays out the time as a frame of so many columns will show it, so that keys can be pressed before there is one. */
export function layOut(model: ReplayModel, frameColumns: number): void {
  model.sight.layOut(widths(model, frameColumns).columns, model.cursorUs)
}

function widths(model: ReplayModel, frameColumns: number): { labels: number; figures: number; columns: number } {
  const figures = frameColumns >= FIGURES_FROM_COLUMNS ? FIGURES_CELLS : 0
  const labels = Math.min(
    LABEL_CELLS_MAX,
    Math.max(9, ...model.lanes.slice(0, 200).map((lane) => cellsOf(model.laneLabel(lane)))),
  )
  return { labels, figures, columns: Math.max(1, frameColumns - labels - figures - 3) }
}

/** What the marks mean, in one line. */
export function legend({ glyphs, paint, columns }: Frame): string {
  const meanings = Object.values(looks(glyphs)).filter(([, , meaning]) => meaning !== '')
  const parts = meanings.map(([character, role, meaning]) => `${role ? paint(role, character) : character} ${meaning}`)
  return cut(` ${parts.join('  ')}  2-9+ wins`, columns, glyphs.ellipsis)
}

function title(model: ReplayModel): string {
  const { trace, focusKey, grouping } = model
  const { lens, usPerColumn } = model.sight
  const key = focusKey === NONE ? '' : `, versions of ${displayText(trace.names.text(focusKey))}`
  const only = model.onlyKey === undefined ? '' : ' only'
  const span = `${momentText(lens.fromUs - trace.startUs)} to ${momentText(lens.toUs - trace.startUs)}`
  return `lanes by ${GROUPING_WORDS[grouping]}${key}${only}, ${span}, ${durationText(usPerColumn)} a column`
}

function laneText(model: ReplayModel, lane: Lane, { paint, glyphs }: Frame): string {
  const { cells, answers } = model.cellsOf(lane)
  const known = looks(glyphs)
  const cursor = columnOf(model.cursorUs, model.sight.lens, cells.length)
  const run = new CellRun(paint)
  for (const [column, cell] of cells.entries()) {
    const [character, role] = known[cell] ?? [' ', undefined]
    const count = answers[column] ?? 0
    // A digit only where all of them won: a conflict keeps its own mark.
    const shown = cell === CELL.won && count > 1 ? (count > 9 ? '+' : String(count)) : character
    if (column !== cursor) run.add(shown, role)
    else if (cell >= CELL.won) run.add(shown, 'selected')
    else run.add(glyphs.cursor, 'accent')
  }
  return run.end()
}

function figuresText(model: ReplayModel, lane: Lane): string {
  const { won, lost, unknown, gaveUp } = model.cellsOf(lane)
  const more = `${unknown > 0 ? ` ${unknown}?` : ''}${gaveUp > 0 ? ` ${gaveUp}!` : ''}`
  const rate = won + lost === 0 ? '' : ` ${Math.round((won / (won + lost)) * 100)}%`
  return ` ${won}w ${lost}l${more}${rate}`
}

function axisText(model: ReplayModel, columns: number, { paint }: Frame): string {
  const { usPerColumn } = model.sight
  const sinceUs = model.sight.lens.fromUs - model.trace.startUs
  // The lens begins at a whole number of columns, so some column is at every even time.
  const over = Math.round(sinceUs / usPerColumn) % LABEL_EVERY_COLUMNS
  const first = over === 0 ? 0 : over > 0 ? LABEL_EVERY_COLUMNS - over : -over
  let text = ' '.repeat(Math.min(first, columns))
  for (let column = first; column < columns; column += LABEL_EVERY_COLUMNS) {
    const label = momentText(sinceUs + column * usPerColumn, usPerColumn < 100)
    const room = Math.min(LABEL_EVERY_COLUMNS, columns - column)
    text += fit(label.length > room ? '' : label, room)
  }
  return paint('muted', text)
}

/** Where the record's versions were made, with their numbers where there is room. */
function versionText(model: ReplayModel, columns: number, { paint, glyphs }: Frame): string {
  const { lens } = model.sight
  const versions = new Map<number, number>()
  for (const { atUs, version } of model.makers.movesOf(model.focusKey, lens.fromUs, lens.toUs)) {
    versions.set(columnOf(atUs, lens, columns), version)
  }
  const places = [...versions.keys()].filter((column) => column >= 0 && column < columns).toSorted((a, b) => a - b)
  let text = ''
  for (const [at, column] of places.entries()) {
    const next = places[at + 1] ?? columns
    text += ' '.repeat(Math.max(0, column - text.length)) + glyphs.won
    const number = String(versions.get(column) ?? '')
    if (column + 1 + number.length <= next) text += number
  }
  return paint('won', fit(text, columns, 'left', ' '))
}

function densityRows(model: ReplayModel): [string, string, string][] {
  const { inFlight, waiting } = model.densities()
  const digits = (levels: Uint32Array): string =>
    Array.from(levels, (level) => (level === 0 ? ' ' : level > 9 ? '+' : String(level))).join('')
  const tail = (levels: Uint32Array): string => ` up to ${Math.max(0, ...levels)}`
  return [
    [' in flight', digits(inFlight), tail(inFlight)],
    [' waiting', digits(waiting), tail(waiting)],
  ]
}
