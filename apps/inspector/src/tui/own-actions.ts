import type { Key } from '../terminal/key.ts'
import type { Action } from './action.ts'
import { type Tab, TABS } from './screen.ts'

/** What the shell itself can do, on every screen. */
export interface ShellActs {
  listActions(title: string): void
  /** Takes away what is in sight, or else goes back. */
  escape(): void
  forward(): void
  toTab(tab: Tab): void
  /** To the tab so many places further. */
  turn(by: 1 | -1): void
  zoom(): void
  copyCommand(): void
  showCalls(): void
  showMessages(): void
  repaint(): void
  suspend(): void
  quit(): void
}

/**
 * `extra` are those that are made elsewhere, such as the settings of the terminal. A screen's own actions come before these, so
 * a screen may take a key over.
 */
export function ownActions(acts: ShellActs, isZoomed: boolean, extra: readonly Action[]): Action[] {
  return [
    {
      name: 'choose a command',
      keys: [':'],
      hint: 'command',
      synonyms: ['palette'],
      run: () => acts.listActions('Commands'),
    },
    { name: 'show help', keys: ['?'], hint: 'help', run: () => acts.listActions('What the keys do here') },
    { name: 'go back', keys: ['<escape>', 'h', '<left>'], run: () => acts.escape() },
    { name: 'go forward', keys: ['l', '<right>'], run: () => acts.forward() },
    ...TABS.map((tab, at) => ({ name: `go to ${tab}`, keys: [String(at + 1)], run: () => acts.toTab(tab) })),
    { name: 'go to the next tab', keys: ['<tab>'], run: () => acts.turn(1) },
    { name: 'go to the tab before', keys: ['<shift-tab>'], run: () => acts.turn(-1) },
    {
      name: isZoomed ? 'show the frame around the pane' : 'fill the whole terminal with the pane',
      keys: ['z'],
      synonyms: ['zoom'],
      run: () => acts.zoom(),
    },
    {
      name: 'copy the command that tells the same',
      keys: [],
      synonyms: ['shell', 'json'],
      run: () => acts.copyCommand(),
    },
    { name: 'list calls of the store', keys: ['@'], run: () => acts.showCalls() },
    { name: 'list messages', keys: [], synonyms: ['errors'], run: () => acts.showMessages() },
    ...extra,
    { name: 'repaint', keys: REPAINT, run: () => acts.repaint() },
    { name: 'suspend', keys: SUSPEND, run: () => acts.suspend() },
    { name: 'quit', keys: ['q'], hint: 'quit', synonyms: ['exit'], run: () => acts.quit() },
  ]
}

export const REPAINT: readonly Key[] = ['<ctrl-l>']
export const SUSPEND: readonly Key[] = ['<ctrl-z>']
