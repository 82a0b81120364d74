import { displayText } from '../display-text.ts'
import { cellsOf, cut, fit, withSteadyCells } from '../terminal/cells.ts'
import { type Action, keysText } from './action.ts'
import { COLUMNS_MIN, type Frame, partOf, ROWS_MIN, TWO_PANES_COLUMNS } from './frame.ts'
import type { Layout } from './layout.ts'
import type { Message } from './messages.ts'
import type { Cursor, Overlay } from './overlay.ts'
import type { Prompt } from './prompt.ts'
import { rule } from './rule.ts'
import type { Screen, Tab } from './screen.ts'
import { type TabLine, tabLine } from './tab-line.ts'

/** What stands in a frame. */
export interface FrameContent {
  readonly tab: Tab
  readonly screen: Screen
  readonly storeName: string
  readonly writable: boolean
  /** Whether secrets are shown. */
  readonly reveals: boolean
  readonly hints: readonly Action[]
  readonly overlay: Overlay | undefined
  readonly prompt: Prompt | undefined
  readonly message: Message | undefined
  /** Leave out everything around the pane but the last line. */
  readonly zoomed: boolean
}

export interface DrawnFrame {
  /** Exactly `frame.rows`, none wider than `frame.columns`. */
  readonly lines: string[]
  /** Where text is typed. */
  readonly cursor: Cursor | undefined
  /** Where things stand; undefined where there are only words. */
  readonly layout: Layout | undefined
}

/** From so many rows on, hints and status have a line each. */
const ROOMY_ROWS = 24

export function drawFrame(frame: Frame, content: FrameContent): DrawnFrame {
  const { columns, rows } = frame
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return wordsOnly(tooSmall(frame, content.screen))
  const { overlay, prompt, screen } = content
  const tabs = content.zoomed ? undefined : fittingTabs(frame, content)
  const above = tabs ? [...headLines(frame, content, tabs), rule(frame, displayText(overlay?.title ?? ''))] : []
  const below = isRoomy(frame, content) ? [rule(frame), hintLine(frame, content)] : []
  const room = partOf(frame, columns, rows - above.length - below.length - 1)
  const body = (overlay ?? screen).view(room).slice(0, room.rows)
  const filler = Array.from({ length: room.rows - body.length }, () => '')
  const last = prompt?.view(frame) ?? { line: statusLine(frame, content), column: undefined }
  const lines = [...above, ...body, ...filler, ...below, last.line]
  return {
    lines: lines.map((line) => withSteadyCells(cut(line, columns, frame.glyphs.ellipsis))),
    cursor: cursorIn(above.length, rows - 1, last.column, overlay),
    layout: { tabs: tabs?.places ?? [], top: above.length, room },
  }
}

/** A frame without a place for anything. */
export function wordsOnly(lines: string[]): DrawnFrame {
  return { lines, cursor: undefined, layout: undefined }
}

function isRoomy({ rows }: Frame, { zoomed }: FrameContent): boolean {
  return rows >= ROOMY_ROWS && !zoomed
}

function cursorIn(above: number, lastRow: number, column: number | undefined, overlay?: Overlay): Cursor | undefined {
  if (column !== undefined) return { column, row: lastRow }
  return overlay?.cursor && { column: overlay.cursor.column, row: above + overlay.cursor.row }
}

function fittingTabs(frame: Frame, { screen, tab }: FrameContent): TabLine {
  const long = tabLine(frame, tab, 'long')
  const short = tabLine(frame, tab, 'short')
  const facts = cut(screen.facts, frame.columns - cellsOf(short.line) - 2, frame.glyphs.ellipsis)
  return cellsOf(long.line) + cellsOf(facts) + 2 <= frame.columns ? long : short
}

function headLines(frame: Frame, { screen, storeName, writable, reveals }: FrameContent, tabs: TabLine): string[] {
  const { paint, columns, glyphs } = frame
  const mode = writable ? paint('writable', ' WRITE ') : paint('readOnly', 'READ-ONLY')
  const badge = reveals ? `${paint('warning', 'REVEALED')} ${mode}` : mode
  const crumbs = [storeName, ...screen.crumbs].map((crumb) => displayText(crumb)).join(` ${glyphs.separator} `)
  const facts = cut(screen.facts, columns - cellsOf(tabs.line) - 2, glyphs.ellipsis)
  return [
    sides(` ${paint('heading', 'inspector')}  ${crumbs}`, badge, columns, glyphs.ellipsis),
    sides(tabs.line, facts, columns, glyphs.ellipsis),
  ]
}

function hintLine({ columns, paint, glyphs }: Frame, { hints, overlay, prompt }: FrameContent): string {
  if (prompt) return cut(' enter done  esc cancel  tab complete  up/down earlier', columns, glyphs.ellipsis)
  if (overlay) return cut(` ${overlay.hints}`, columns, glyphs.ellipsis)
  const possible = hints.filter(({ hint, unavailable }) => hint !== undefined && unavailable === undefined)
  const texts = possible.map(({ hint, keys }) => `  ${paint('key', keysText(keys.slice(0, 2)))} ${hint}`)
  // Whatever else there is no room for, the help has it.
  const help = texts[possible.findIndex(({ keys }) => keys.includes('?'))] ?? ''
  let line = ''
  for (const text of texts) {
    if (text === help) continue
    if (cellsOf(line + text + help) > columns) break
    line += text
  }
  return (line + help).slice(1)
}

function statusLine(frame: Frame, content: FrameContent): string {
  const { paint, columns, glyphs } = frame
  const { message, screen, overlay } = content
  const role = message?.isError ? 'error' : 'accent'
  const status = overlay ? '' : screen.status
  // The status takes its cells first, so that no hint is cut, and least of all the one of the help.
  const hints = isRoomy(frame, content) ? '' : hintLine(partOf(frame, columns - cellsOf(status) - 3, 1), content)
  const left = message ? ` ${paint(role, displayText(message.text))}` : hints
  // Of half a narrow line nobody understands a message.
  const isCrowded = columns < TWO_PANES_COLUMNS && cellsOf(left) + cellsOf(status) + 3 > columns
  return sides(left, message && isCrowded ? '' : status, columns, glyphs.ellipsis)
}

/** One text at the left and one at the right end; the left one is cut. */
function sides(left: string, right: string, columns: number, ellipsis: string): string {
  const kept = cut(right, Math.max(Math.floor(columns / 2), columns - cellsOf(left) - 2), ellipsis)
  const room = columns - cellsOf(kept) - 2
  return `${fit(left, room, 'left', ellipsis)} ${kept} `
}

function tooSmall({ columns, rows, paint }: Frame, screen: Screen): string[] {
  const lines = [
    paint('warning', `needs ${COLUMNS_MIN} x ${ROWS_MIN}, has ${columns} x ${rows}`),
    'the same from a shell:',
    `inspector ${displayText(screen.command)}`,
  ]
  const filler = Array.from({ length: Math.max(0, rows - lines.length) }, () => '')
  return [...lines, ...filler].slice(0, rows).map((line) => cut(line, columns))
}
