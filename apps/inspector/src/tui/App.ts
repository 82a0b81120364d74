import { Box, Text, useApp, useCursor, useInput, usePaste, useWindowSize } from 'ink'
import { createElement, type ReactNode, useEffect, useSyncExternalStore } from 'react'
import type { Look } from './frame.ts'
import { keysOfInput } from './keys-of-input.ts'
import type { Shell } from './shell.ts'

export type TerminalControls = Pick<ReturnType<typeof useApp>, 'exit' | 'suspendTerminal'>

export interface AppProps {
  readonly shell: Shell
  readonly look: () => Look
  /** Told once, when there is a terminal to control. */
  readonly onControls: (controls: TerminalControls) => void
  /** Does what a key asks for; what it throws ends the inspector. */
  readonly attempt: (work: () => void) => void
}

/** The terminal around the shell: its lines into Ink, Ink's input into its keys. */
export function App(props: AppProps): ReactNode {
  const { shell, look } = props
  const { columns, rows } = useWindowSize()
  const { setCursorPosition } = useCursor()
  useShell(props)
  const lines = shell.view({ ...look(), columns, rows, nowMs: shell.nowMs() })
  const { cursor } = shell
  setCursorPosition(cursor && { x: cursor.column, y: cursor.row })
  // Never taller than the terminal: Ink would scroll, and show the tail only.
  return createElement(
    Box,
    { flexDirection: 'column', height: rows, overflow: 'hidden' },
    // Ink gives an empty text no row. Rows have no identity but their place.
    ...lines.map((line, at) => createElement(Text, { key: at, wrap: 'truncate' }, line === '' ? ' ' : line)),
  )
}

/** Draws again after each change of the shell, and takes keys and pasted text to it. */
export function useShell({ shell, onControls, attempt }: AppProps): void {
  const controls = useApp()
  useSyncExternalStore(
    (listener) => shell.subscribe(listener),
    () => shell.revision,
  )
  useEffect(() => onControls(controls), [controls, onControls])
  useInput((input, key) => {
    attempt(() => {
      for (const pressed of keysOfInput(input, key)) shell.press(pressed)
    })
  })
  // Without a listener of its own a paste would come as keys.
  usePaste((text) => attempt(() => shell.paste(text)))
}
