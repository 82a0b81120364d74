import type { Trace } from './trace.ts'

/** A stretch of time and the columns it has. */
export interface AxisPiece {
  readonly fromUs: number
  readonly toUs: number
  readonly fromColumn: number
  readonly toColumn: number
  /** Nothing happened in it, so it is drawn short. */
  readonly isIdle: boolean
}

interface Stretch {
  readonly fromUs: number
  readonly toUs: number
}

/** Columns of an idle stretch, with how long it was. */
const IDLE_COLUMNS = 9

/** The stretches of a trace in which nothing began, went on or ended, longest first. */
export function idleStretches(trace: Trace, idleUs: number): Stretch[] {
  const { startUs, endUs } = trace.columns
  const found: Stretch[] = []
  let latestUs = trace.startUs
  for (const event of trace.byStart) {
    const fromUs = startUs[event] ?? 0
    if (fromUs - latestUs > idleUs) found.push({ fromUs: latestUs, toUs: fromUs })
    latestUs = Math.max(latestUs, endUs[event] ?? 0)
  }
  return found.toSorted((a, b) => b.toUs - b.fromUs - (a.toUs - a.fromUs))
}

/** All of a trace over some columns, in which the longest idle stretches are short. */
export class FoldedAxis {
  readonly pieces: readonly AxisPiece[]

  constructor({ fromUs, toUs }: Stretch, idle: readonly Stretch[], columns: number) {
    // Two thirds are for what happened.
    const folded = idle.slice(0, Math.floor(columns / 3 / IDLE_COLUMNS)).toSorted((a, b) => a.fromUs - b.fromUs)
    const idleUs = folded.reduce((sum, stretch) => sum + stretch.toUs - stretch.fromUs, 0)
    const room = columns - folded.length * IDLE_COLUMNS
    const scale = room / Math.max(1, toUs - fromUs - idleUs)
    const pieces: AxisPiece[] = []
    let [us, column, exact] = [fromUs, 0, 0]
    const go = (untilUs: number, isIdle: boolean): void => {
      exact += isIdle ? IDLE_COLUMNS : (untilUs - us) * scale
      const toColumn = Math.round(exact)
      pieces.push({ fromUs: us, toUs: untilUs, fromColumn: column, toColumn, isIdle })
      us = untilUs
      column = toColumn
    }
    for (const stretch of folded) {
      go(stretch.fromUs, false)
      go(stretch.toUs, true)
    }
    go(toUs, false)
    this.pieces = pieces
  }

  /** The column of a time. */
  columnOf(us: number): number {
    const piece = this.pieces.find(({ toUs }) => us < toUs) ?? this.pieces.at(-1)
    if (!piece) return 0
    const share = (us - piece.fromUs) / Math.max(1, piece.toUs - piece.fromUs)
    const column = piece.fromColumn + Math.floor(share * (piece.toColumn - piece.fromColumn))
    return Math.max(piece.fromColumn, Math.min(column, Math.max(piece.fromColumn, piece.toColumn - 1)))
  }

  /** A time in a column: the one in its middle. */
  usAt(column: number): number {
    const piece = this.pieces.find(({ toColumn }) => column < toColumn) ?? this.pieces.at(-1)
    if (!piece) return 0
    const share = (column + 0.5 - piece.fromColumn) / Math.max(1, piece.toColumn - piece.fromColumn)
    return Math.min(piece.toUs, piece.fromUs + share * (piece.toUs - piece.fromUs))
  }
}
