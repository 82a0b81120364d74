import { clipboardText } from './value-content.ts'
import { partText, type ValueView } from './value-view.ts'

export interface Clipboard {
  copy(text: string, what: string): void
  say(text: string): void
}

/** Copies the value, or with a part of its tree selected that part; says why when that cannot be. */
export function copyValue(host: Clipboard, view: ValueView, isPartSelected: boolean): void {
  const line = isPartSelected ? view.treeLine : undefined
  if (line) {
    host.copy(partText(line), 'part of the value')
    return
  }
  const bytes = view.content?.openBytes
  const text = bytes && clipboardText(bytes)
  if (text !== undefined) host.copy(text, view.content?.hidden ? 'value without its secrets' : 'value')
  else if (bytes) host.say('Cannot copy the value: it is no text; inspector cat --raw has its bytes')
  else host.say('Cannot copy the value: none is shown')
}
