import type { Filesystem } from '@latchless/filesystem'
import { type ExitCode, openScreens, type TuiOptions } from '@latchless/inspector'
import { onTestFinished } from 'vitest'
import { TerminalScreen } from './terminal-screen.ts'

export interface OpenedTerminal {
  readonly screen: TerminalScreen
  /** Resolves when the inspector has ended. */
  readonly ended: Promise<ExitCode>
}

type Options = Partial<TuiOptions> & { readonly store: Filesystem; readonly columns?: number; readonly rows?: number }

/** The real TUI with Ink, on a terminal in this process. */
export function openTerminal({ columns, rows, ...options }: Options): OpenedTerminal {
  const screen = new TerminalScreen(columns, rows)
  const ended = openScreens({
    storeName: 'memory:',
    writable: false,
    mouse: false,
    theme: 'default',
    ascii: false,
    spoken: false,
    destination: { to: 'records' },
    stdin: screen.stdin,
    stdout: screen.stdout,
    env: {},
    ...options,
  })
  onTestFinished(async () => {
    screen.press('<ctrl-c>')
    await ended.catch(() => {})
  })
  return { screen, ended }
}
