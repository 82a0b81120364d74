import { displayText } from '../display-text.ts'
import { ListOverlay } from './list-overlay.ts'
import type { Messages } from './messages.ts'
import type { StoreCalls } from './store-calls.ts'

/** What the inspector itself costs the store. */
export function callsOverlay({ calls }: StoreCalls): ListOverlay {
  return new ListOverlay('Calls of the store', ({ paint }) =>
    calls.map(({ operation, path, ms, error, startedMs }) => {
      const took = ms === undefined ? 'running' : `${ms.toFixed(1)} ms`
      const line = ` ${timeText(startedMs)}  ${took.padStart(10)}  ${operation.padEnd(12)} ${displayText(path)}`
      return error === undefined ? line : `${line}  ${paint('error', displayText(error))}`
    }),
  )
}

/** What was said, also what has gone out of sight. */
export function messagesOverlay(messages: Messages): ListOverlay {
  return new ListOverlay('Messages', ({ paint }) =>
    messages.all.map(({ atMs, isError, text }) => {
      const line = ` ${timeText(atMs)}  ${displayText(text)}`
      return isError ? paint('error', line) : line
    }),
  )
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}
