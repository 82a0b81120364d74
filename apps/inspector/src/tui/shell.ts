import { shellWord } from '../model/shell-word.ts'
import type { Key } from '../terminal/key.ts'
import type { Action } from './action.ts'
import { ActionList } from './action-list.ts'
import { Confirm } from './confirm.ts'
import type { Frame } from './frame.ts'
import { drawFrame } from './draw-frame.ts'
import { callsOverlay, messagesOverlay } from './logs.ts'
import { Messages, REMARK_MS } from './messages.ts'
import type { Cursor, Overlay } from './overlay.ts'
import { ownActions, REPAINT, SUSPEND } from './own-actions.ts'
import { Places } from './places.ts'
import { Prompt, type Question } from './prompt.ts'
import { type ConfirmRequest, type Destination, type Host, type Screen, type Tab, TABS } from './screen.ts'
import type { Services } from './services.ts'
import { spokenFrame } from './spoken-frame.ts'
import { StoreCalls } from './store-calls.ts'

/** Makes the screen of a destination. */
export type MakeScreen = (host: Host, destination: Destination) => Screen

/**
 * The whole inspector but its terminal: takes keys, gives frames. Nothing here knows of Ink, so a script of keys can walk
 * through it in a test.
 */
export class Shell implements Host {
  readonly store: Host['store']
  readonly storeName: string
  readonly storeUrl: string | undefined
  readonly writable: boolean
  readonly traces = new Set<string>()
  readonly #services: Services
  readonly #make: MakeScreen
  readonly #places = new Places()
  readonly #calls: StoreCalls
  readonly #messages: Messages
  readonly #ending = new AbortController()
  readonly #listeners = new Set<() => void>()
  #overlay: Overlay | undefined
  #prompt: Prompt | undefined
  #zoomed = false
  #cursor: Cursor | undefined
  #revision = 0

  constructor(services: Services, make: MakeScreen) {
    this.#services = services
    this.#make = make
    this.#calls = new StoreCalls(() => services.nowMs())
    this.store = this.#calls.around(services.store)
    this.storeName = services.storeName
    this.storeUrl = services.storeUrl
    this.#messages = new Messages(services.storeUrl)
    this.writable = services.writable
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  // What the terminal asks of it.

  /** Another number after every change, and whom to tell of it. */
  get revision(): number {
    return this.#revision
  }

  /** What there is to know about the whole of what is shown. */
  get facts(): string {
    return this.#places.current?.screen.facts ?? ''
  }

  /** Whether it waits for an answer of the store. */
  get isWaiting(): boolean {
    return this.#calls.areOutstanding
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Exactly `frame.rows` lines, or as many as there are to say where it is read aloud. */
  view(frame: Frame): string[] {
    const visit = this.#places.current
    if (!visit) return []
    this.#messages.expire(this.nowMs())
    const { lines, cursor } = (frame.spoken ? spokenFrame : drawFrame)(frame, {
      ...visit,
      storeName: this.storeName,
      writable: this.writable,
      hints: this.#actions(visit.screen),
      overlay: this.#overlay,
      prompt: this.#prompt,
      message: this.#messages.shown,
      zoomed: this.#zoomed,
    })
    this.#cursor = cursor
    return lines
  }

  /** Where text was typed in the frame that was drawn last. */
  get cursor(): Cursor | undefined {
    return this.#cursor
  }

  /** What is asked and what was typed so far, where it is read aloud. */
  asked(frame: Frame): string {
    return this.#prompt?.view(frame).line ?? ''
  }

  press(key: Key): void {
    if (key === '<ctrl-c>') this.#services.quit(130)
    else if (SUSPEND.includes(key)) this.#services.suspend()
    else if (REPAINT.includes(key)) this.#services.repaint()
    else this.#pressed(key)
    this.changed()
  }

  /** Text that was pasted: it is only ever typed, never obeyed. */
  paste(text: string): void {
    if (this.#prompt) this.#prompt.insert(text)
    else this.#overlay?.insert?.(text)
    this.changed()
  }

  /** The wheel of a mouse: it moves what is shown, and nothing while text is typed. */
  wheel(by: 1 | -1): void {
    if (!this.#prompt) this.press(by === 1 ? '<down>' : '<up>')
  }

  /** Ends what goes on in the background. */
  close(): void {
    this.#places.current?.screen.hide?.()
    this.#ending.abort()
  }

  // What screens ask of it.

  nowMs(): number {
    return this.#services.nowMs()
  }

  after(ms: number, call: () => void): void {
    this.#services.after(ms, call)
  }

  changed(): void {
    this.#revision++
    for (const listener of this.#listeners) listener()
  }

  run(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (!this.#ending.signal.aborted) this.fail(error)
    })
  }

  say(text: string): void {
    this.#messages.say(text, this.nowMs())
    this.#services.after(REMARK_MS, () => this.changed())
    this.changed()
  }

  fail(error: unknown): void {
    this.#messages.fail(error, this.nowMs())
    this.changed()
  }

  ask(question: Question): void {
    this.#prompt = new Prompt(question)
    this.changed()
  }

  confirm(request: ConfirmRequest): void {
    this.#overlay = new Confirm(request, this.storeName, () => this.run(() => request.act()))
    this.changed()
  }

  open(destination: Destination): void {
    this.#leaveFor(() => {
      this.#places.go({ tab: destination.to, screen: this.#make(this, destination) })
      return true
    })
  }

  back(): void {
    this.#leaveFor(() => this.#places.step(-1))
  }

  copy(text: string, what: string): void {
    this.run(async () => this.say(await this.#services.copy(text, what)))
  }

  edit(name: string, bytes: Uint8Array): void {
    this.run(() => this.#services.edit(name, bytes))
  }

  #leaveFor(step: () => boolean): void {
    const left = this.#places.current?.screen
    if (!step()) return
    left?.hide?.()
    this.#zoomed = false
    this.#places.current?.screen.show?.()
    this.changed()
  }

  #pressed(key: Key): void {
    if (this.#prompt) {
      const prompt = this.#prompt
      const state = prompt.press(key)
      // An answer may have asked the next question.
      if (state !== 'open' && this.#prompt === prompt) this.#prompt = undefined
      return
    }
    if (this.#overlay) {
      const overlay = this.#overlay
      const state = overlay.press(key)
      if (state === 'closed' && this.#overlay === overlay) this.#overlay = undefined
      return
    }
    const screen = this.#places.current?.screen
    if (!screen) return
    const action = this.#actions(screen).find(({ keys }) => keys.includes(key))
    if (action) this.#do(action, key)
  }

  #do(action: Action, key: Key): void {
    if (action.unavailable !== undefined) this.say(`Cannot ${action.name}: ${action.unavailable}`)
    else action.run(key)
  }

  #actions(screen: Screen): readonly Action[] {
    return [...screen.actions(), ...this.#ownActions(screen)]
  }

  #ownActions(screen: Screen): Action[] {
    return ownActions(
      {
        listActions: (title) => {
          this.#overlay = new ActionList(title, this.#actions(screen), screen.command, {
            run: (action) => this.#do(action, action.keys[0] ?? ''),
            take: (action, argument) => this.#take(action, argument),
            refuse: (why) => this.say(why),
          })
        },
        escape: () => this.#escape(),
        forward: () => this.#leaveFor(() => this.#places.step(1)),
        toTab: (tab) => this.#toTab(tab),
        turn: (by) => this.#turn(by),
        zoom: () => (this.#zoomed = !this.#zoomed),
        copyCommand: () => this.copy(`inspector --store ${shellWord(this.storeName)} ${screen.command}`, 'command'),
        showCalls: () => (this.#overlay = callsOverlay(this.#calls)),
        showMessages: () => (this.#overlay = messagesOverlay(this.#messages)),
        repaint: () => this.#services.repaint(),
        suspend: () => this.#services.suspend(),
        quit: () => this.#services.quit(0),
      },
      this.#zoomed,
      this.#services.settings(),
    )
  }

  #take(action: Action, argument: string): void {
    try {
      action.command?.take(argument)
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error))
    }
  }

  /** First what is in sight goes, then the place. It never quits. */
  #escape(): void {
    if (this.#messages.shown) this.#messages.dismiss()
    else if (this.#zoomed) this.#zoomed = false
    else this.back()
  }

  #toTab(tab: Tab): void {
    if (this.#places.current?.tab === tab) return
    const screen = this.#places.lastOf(tab)
    if (screen) {
      this.#leaveFor(() => {
        this.#places.go({ tab, screen })
        return true
      })
    } else this.open({ to: tab })
  }

  #turn(by: 1 | -1): void {
    const at = TABS.indexOf(this.#places.current?.tab ?? 'records')
    this.#toTab(TABS[(at + by + TABS.length) % TABS.length] ?? 'records')
  }
}
