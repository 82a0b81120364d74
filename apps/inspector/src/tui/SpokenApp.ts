import { Text, useStdout, useWindowSize } from 'ink'
import { createElement, type ReactNode, useEffect, useState } from 'react'
import { spoken } from '../terminal/glyphs.ts'
import { Announcer } from './announcer.ts'
import { type AppProps, useShell } from './App.ts'

/**
 * The shell for a screen reader: what changed is written as lines that stay, and the only thing that is ever rewritten is the
 * line in which text is typed.
 */
export function SpokenApp(props: AppProps): ReactNode {
  const { shell, look } = props
  const { columns, rows } = useWindowSize()
  const { write } = useStdout()
  const [announcer] = useState(() => new Announcer(spoken.selected))
  useShell(props)
  const frame = { ...look(), columns, rows, nowMs: shell.nowMs() }
  useEffect(() => {
    const said = announcer.changes(shell.view(frame))
    if (said.length > 0) write(`${said.join('\n')}\n`)
  })
  return createElement(Text, null, shell.asked(frame))
}
