import { shellWord } from '../model/shell-word.ts'
import type { Key } from '../terminal/key.ts'
import type { Cell } from '../terminal/mouse.ts'
import type { Action } from './action.ts'
import { ActionList } from './action-list.ts'
import { Confirm } from './confirm.ts'
import { countAction } from './count-action.ts'
import { type DrawnFrame, drawFrame } from './draw-frame.ts'
import { dumpAction } from './dump-action.ts'
import type { Frame } from './frame.ts'
import { Front } from './front.ts'
import { cellInRoom, tabAt } from './layout.ts'
import { callsOverlay, messagesOverlay } from './logs.ts'
import { Messages, REMARK_MS } from './messages.ts'
import type { Cursor } from './overlay.ts'
import { ownActions, REPAINT, SUSPEND } from './own-actions.ts'
import { Places } from './places.ts'
import { Prompt, type Question } from './prompt.ts'
import type { ConfirmRequest, Destination, Host, Screen } from './screen.ts'
import { revealAction } from './reveal-action.ts'
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
  readonly hiddenColumns = new Set<string>()
  asOfMs: number | undefined
  reveals = false
  readonly #services: Services
  readonly #places: Places
  readonly #calls: StoreCalls
  readonly #messages: Messages
  readonly #ending = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #front = new Front()
  #zoomed = false
  #frame: Frame | undefined
  #drawn: DrawnFrame | undefined
  #revision = 0

  constructor(services: Services, make: MakeScreen) {
    this.#services = services
    this.#places = new Places(
      (destination) => make(this, destination),
      () => this.#arrived(),
    )
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
    this.#messages.expire(this.nowMs())
    this.#frame = frame
    this.#drawn = this.#draw(frame, this.#front)
    return this.#drawn?.lines ?? []
  }

  /** Where text was typed in the frame that was drawn last. */
  get cursor(): Cursor | undefined {
    return this.#drawn?.cursor
  }

  /** What is asked and what was typed so far, where it is read aloud. */
  asked(frame: Frame): string {
    return this.#front.prompt?.view(frame).line ?? ''
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
    this.#front.insert(text)
    this.changed()
  }

  /** The wheel of a mouse: it moves what is below it, and nothing while text is typed. */
  wheel(by: 1 | -1, cell: Cell): void {
    if (this.#front.prompt) return
    const { screen, inside, room } = this.#pointed(cell)
    if (!screen?.wheel || !inside || !room) this.#pressed(by === 1 ? '<down>' : '<up>')
    else screen.wheel(by, inside, room)
    this.changed()
  }

  /** A click of a mouse: on a tab, or into the screen. What stands in front of the screen is for keys alone. */
  click(cell: Cell): void {
    const { screen, tab, inside, room } = this.#pointed(cell)
    if (tab) this.#places.toTab(tab)
    else if (inside && room && screen?.click?.(inside, room)) this.#pressed('<enter>')
    this.changed()
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
    this.#front.prompt = new Prompt(question)
    this.changed()
  }

  confirm(request: ConfirmRequest): void {
    this.#front.overlay = new Confirm(request, this.storeName, () => this.run(() => request.act()))
    this.changed()
  }

  open(destination: Destination): void {
    this.#places.open(destination)
  }

  back(): void {
    this.#places.step(-1)
  }

  copy(text: string, what: string): void {
    this.run(async () => this.say(await this.#services.copy(text, what)))
  }

  edit(name: string, bytes: Uint8Array): void {
    this.run(() => this.#services.edit(name, bytes))
  }

  #arrived(): void {
    this.#zoomed = false
    this.changed()
  }

  #pressed(key: Key): void {
    const screen = this.#places.current?.screen
    if (this.#front.press(key) || !screen) return
    const action = this.#actions(screen).find(({ keys }) => keys.includes(key))
    if (action) this.#do(action, key)
  }

  #do(action: Action, key: Key, times?: number): void {
    if (action.unavailable !== undefined) this.say(`Cannot ${action.name}: ${action.unavailable}`)
    else action.run(key, times)
  }

  #draw(frame: Frame, { prompt, overlay }: Partial<Front>): DrawnFrame | undefined {
    const visit = this.#places.current
    if (!visit) return undefined
    return (frame.spoken ? spokenFrame : drawFrame)(frame, {
      ...visit,
      storeName: this.storeName,
      writable: this.writable,
      reveals: this.reveals,
      hints: this.#actions(visit.screen),
      overlay,
      prompt,
      message: this.#messages.shown,
      zoomed: this.#zoomed,
    })
  }

  /** What is at a cell of the frame that was drawn last, unless something stands in front of it. */
  #pointed(cell: Cell) {
    const { layout } = this.#drawn ?? {}
    if (!layout || this.#front.prompt || this.#front.overlay) return {}
    const { screen } = this.#places.current ?? {}
    return { screen, tab: tabAt(layout, cell), inside: cellInRoom(layout, cell), room: layout.room }
  }

  #actions(screen: Screen): readonly Action[] {
    return [...screen.actions(), ...this.#ownActions(screen)]
  }

  #ownActions(screen: Screen): Action[] {
    return ownActions(
      {
        listActions: (title) => {
          this.#front.overlay = new ActionList(title, this.#actions(screen), screen.command, {
            run: (action) => this.#do(action, action.keys[0] ?? ''),
            take: (action, argument) => this.#take(action, argument),
            refuse: (why) => this.say(why),
          })
        },
        escape: () => this.#escape(),
        forward: () => this.#places.step(1),
        toTab: (tab) => this.#places.toTab(tab),
        turn: (by) => this.#places.turn(by),
        zoom: () => (this.#zoomed = !this.#zoomed),
        copyCommand: () => this.copy(`inspector --store ${shellWord(this.storeName)} ${screen.command}`, 'command'),
        showCalls: () => (this.#front.overlay = callsOverlay(this.#calls)),
        showMessages: () => (this.#front.overlay = messagesOverlay(this.#messages)),
        repaint: () => this.#services.repaint(),
        suspend: () => this.#services.suspend(),
        quit: () => this.#services.quit(0),
      },
      this.#zoomed,
      [
        countAction(this, {
          actions: () => this.#actions(screen),
          run: (...counted) => this.#do(...counted),
        }),
        dumpAction(this, () => (this.#frame && this.#draw(this.#frame, {})?.lines) ?? []),
        revealAction(this, screen),
        ...this.#services.settings(),
      ],
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
}
