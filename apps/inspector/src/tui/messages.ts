import { withoutPasswords } from '../config/without-passwords.ts'
import { failureOf } from '../failure.ts'

export interface Message {
  readonly atMs: number
  readonly isError: boolean
  readonly text: string
}

const KEPT_MAX = 200
/** How long a remark stays in sight. Errors stay until they are dismissed. */
export const REMARK_MS = 3000

/** What was said to the person, newest last. */
export class Messages {
  readonly all: Message[] = []
  readonly #storeUrl: string
  #shown: Message | undefined

  /** The password of this URL is in no message. */
  constructor(storeUrl: string | undefined) {
    this.#storeUrl = storeUrl ?? ''
  }

  /** What is in sight now. */
  get shown(): Message | undefined {
    return this.#shown
  }

  say(text: string, atMs: number): void {
    this.#add({ atMs, isError: false, text })
  }

  fail(error: unknown, atMs: number): void {
    const { message, hint } = failureOf(error)
    const [first = ''] = message.split('\n')
    const text = withoutPasswords(hint === undefined ? first : `${first} (${hint})`, this.#storeUrl)
    this.#add({ atMs, isError: true, text })
  }

  /** Takes what is in sight out of sight; it stays in the list. */
  dismiss(): void {
    this.#shown = undefined
  }

  /** Whether a remark was in sight for long enough. */
  expire(nowMs: number): void {
    if (this.#shown && !this.#shown.isError && nowMs - this.#shown.atMs >= REMARK_MS) this.#shown = undefined
  }

  #add(message: Message): void {
    this.all.push(message)
    if (this.all.length > KEPT_MAX) this.all.shift()
    this.#shown = message
  }
}
