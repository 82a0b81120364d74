import { cut, fit } from '../../../terminal/cells.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import type { Role } from '../../../terminal/theme.ts'
import { OUTCOME } from '../../../trace/attempt-outcome.ts'
import { FoldedAxis } from '../../../trace/folded-axis.ts'
import type { Lane } from '../../../trace/lanes.ts'
import { durationText } from '../../../trace/time-text.ts'
import { KIND } from '../../../trace/trace.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'
import { CellRun } from './cell-run.ts'
import type { Pointed } from './pointed.ts'
import type { ReplayModel } from './replay-model.ts'

const LABEL_CELLS = 6
const TAIL_CELLS = 12

interface Counts {
  readonly won: Uint32Array
  readonly lost: Uint32Array
}

/** The whole trace in four lines: how much was won and lost when, and where the lens is in it. */
export class OverviewView {
  readonly #counted = new WeakMap<
    Lane,
    { readonly columns: number; readonly events: number; readonly counts: Counts }
  >()

  view(model: ReplayModel, frame: Frame): string[] {
    const columns = columnsIn(frame)
    const axis = axisOf(model, columns)
    const { won, lost } = this.#counts(model, axis, columns)
    const idle = axis.pieces.some(({ isIdle }) => isIdle) ? ', idle stretches folded' : ''
    const lens = ` lens ${durationText(model.sight.lens.toUs - model.sight.lens.fromUs)}`
    return [
      rule(frame, `whole trace${idle}`),
      line(frame, 'won', heights(frame, axis, won, 'won'), ` peak ${Math.max(0, ...won)}`),
      line(frame, 'lost', heights(frame, axis, lost, 'lost'), ` peak ${Math.max(0, ...lost)}`),
      line(frame, '', places(model, frame, axis, columns), lens),
    ]
  }

  /** What stands in a cell of it. */
  pointed(model: ReplayModel, { column, row }: Cell, frame: Frame): Pointed {
    const at = column - LABEL_CELLS
    const columns = columnsIn(frame)
    return row > 0 && at >= 0 && at < columns ? { us: axisOf(model, columns).usAt(at) } : {}
  }

  #counts(model: ReplayModel, axis: FoldedAxis, columns: number): Counts {
    const { count, columns: events } = model.trace
    const known = this.#counted.get(model.all)
    if (known && known.columns === columns && known.events === count) return known.counts
    const counts = { won: new Uint32Array(columns), lost: new Uint32Array(columns) }
    for (const event of model.all.events) {
      if (events.kind[event] !== KIND.cas) continue
      const outcome = events.outcome[event]
      const into = outcome === OUTCOME.won ? counts.won : outcome === OUTCOME.lost ? counts.lost : undefined
      const column = axis.columnOf(events.endUs[event] ?? 0)
      if (into) into[column] = (into[column] ?? 0) + 1
    }
    this.#counted.set(model.all, { columns, events: count, counts })
    return counts
  }
}

function columnsIn({ columns }: Frame): number {
  return Math.max(1, columns - LABEL_CELLS - TAIL_CELLS)
}

function axisOf({ trace, idle }: ReplayModel, columns: number): FoldedAxis {
  return new FoldedAxis({ fromUs: trace.startUs, toUs: trace.endUs }, idle, columns)
}

function line({ columns, paint }: Frame, label: string, cells: string, tail: string): string {
  return cut(` ${paint('muted', fit(label, LABEL_CELLS - 1))}${cells}${paint('muted', fit(tail, TAIL_CELLS))}`, columns)
}

function heights(frame: Frame, axis: FoldedAxis, counts: Uint32Array, role: Role): string {
  const { heights: marks } = frame.glyphs
  const peak = Math.max(1, ...counts)
  const run = new CellRun(frame.paint)
  for (const { fromColumn, toColumn, fromUs, toUs, isIdle } of axis.pieces) {
    if (isIdle) {
      for (const character of idleText(frame, toUs - fromUs, toColumn - fromColumn)) run.add(character, 'muted')
      continue
    }
    for (let column = fromColumn; column < toColumn; column++) {
      const count = counts[column] ?? 0
      const height = Math.ceil((count / peak) * marks.length)
      run.add(count === 0 ? ' ' : (marks[Math.max(1, height) - 1] ?? ' '), role)
    }
  }
  return run.end()
}

function idleText({ glyphs }: Frame, us: number, cells: number): string {
  const text = durationText(us).replaceAll(' ', '').replace('µ', 'u')
  const room = Math.max(0, cells - text.length)
  return glyphs.gap.repeat(Math.floor(room / 2)) + text.slice(0, cells) + glyphs.gap.repeat(Math.ceil(room / 2))
}

/** The lens `[==]`, the marks and the cursor. */
function places(model: ReplayModel, { paint, glyphs }: Frame, axis: FoldedAxis, columns: number): string {
  const cells = Array.from({ length: columns }, () => ' ')
  const { startUs, endUs } = model.trace
  const at = (us: number): number => axis.columnOf(Math.min(Math.max(us, startUs), endUs))
  const [first, last] = [at(model.sight.lens.fromUs), at(model.sight.lens.toUs)]
  for (let column = first; column <= last; column++) cells[column] = glyphs.horizontal
  cells[first] = '['
  cells[last] = ']'
  for (const [number, { atUs }] of model.marks.entries()) {
    const label = `m${number + 1}`
    const column = Math.min(at(atUs), columns - label.length)
    for (const [offset, character] of Array.from(label).entries()) cells[column + offset] = character
  }
  const run = new CellRun(paint)
  const cursor = at(model.cursorUs)
  for (const [column, character] of cells.slice(0, columns).entries()) {
    if (column !== cursor) run.add(character, 'key')
    else run.add(/\w/.test(character) ? character : glyphs.cursor, 'accent')
  }
  return run.end()
}
