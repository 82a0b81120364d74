import { cellsOf } from '../terminal/cells.ts'
import type { Frame } from './frame.ts'
import { type Tab, TABS } from './screen.ts'

/** A tab and the columns that it stands in, `to` not among them. */
export interface TabPlace {
  readonly tab: Tab
  readonly from: number
  readonly to: number
}

export interface TabLine {
  readonly line: string
  readonly places: readonly TabPlace[]
}

/** The numbers and names of the tabs; in short, only the one that is open has its name. */
export function tabLine({ paint }: Frame, open: Tab, form: 'long' | 'short'): TabLine {
  const places: TabPlace[] = []
  let line = ''
  for (const [at, tab] of TABS.entries()) {
    const name = `${tab.charAt(0).toUpperCase()}${tab.slice(1)}`
    const number = paint('key', ` ${at + 1}`)
    const label = tab === open ? paint('accent', `[${at + 1}]${name}`) : form === 'long' ? `${number} ${name}` : number
    const from = cellsOf(line) + 1
    line += ` ${label}`
    places.push({ tab, from, to: from + cellsOf(label) })
  }
  return { line, places }
}
