import type { Key } from '../terminal/key.ts'
import type { Overlay } from './overlay.ts'
import type { Prompt } from './prompt.ts'

/** What stands in front of a screen and has the keys until it is closed: a question, or else something in place of the screen. */
export class Front {
  prompt: Prompt | undefined
  overlay: Overlay | undefined

  /** Whether there was something that took the key. */
  press(key: Key): boolean {
    const { prompt, overlay } = this
    if (prompt) {
      const state = prompt.press(key)
      // An answer may have asked the next question.
      if (state !== 'open' && this.prompt === prompt) this.prompt = undefined
    } else if (overlay) {
      const state = overlay.press(key)
      if (state === 'closed' && this.overlay === overlay) this.overlay = undefined
    }
    return prompt !== undefined || overlay !== undefined
  }

  /** Text that was pasted. */
  insert(text: string): void {
    if (this.prompt) this.prompt.insert(text)
    else this.overlay?.insert?.(text)
  }
}
