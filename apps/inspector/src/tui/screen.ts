import type { Filesystem } from '@latchless/filesystem'
import type { Cell } from '../terminal/mouse.ts'
import type { WindowNames } from '../trace/named-window.ts'
import type { Action } from './action.ts'
import type { Frame } from './frame.ts'
import type { Question } from './prompt.ts'

export const TABS = ['records', 'history', 'replay', 'contention', 'doctor'] as const
export type Tab = (typeof TABS)[number]

/** Where a key can lead. */
export type Destination =
  /** `tree` lists what is directly below the prefix, directories too. */
  | { readonly to: 'records'; readonly prefix?: string; readonly tree?: boolean }
  /** `version` is what to stand on; the newest when absent. Without a path: how to choose one. */
  | { readonly to: 'history'; readonly path?: string; readonly version?: number }
  /** Without files: how to record some. `op` is the update to stand on, `path` the record, `window` the part of the time. */
  | {
      readonly to: 'replay'
      readonly files?: readonly string[]
      readonly op?: string
      readonly path?: string
      readonly window?: WindowNames
    }
  /** `traces` are files and directories to follow while they grow. */
  | { readonly to: 'contention'; readonly path?: string; readonly traces?: readonly string[] }
  | { readonly to: 'doctor' }

/**
 * One screen. What it shows is a function of its state and the frame; keys and answers of the store change the state and call
 * `host.changed()`. All text from the store has gone through `displayText` before it gets into a line.
 */
export interface Screen {
  /** What is shown, from the store inwards: `records`, `/orders`. Not yet escaped. */
  readonly crumbs: readonly string[]
  /** What there is to know about the whole, beside the tabs: `22 of 1,204 matched`. */
  readonly facts: string
  /** Whether the facts go on changing by themselves: nobody wants to hear each of them. */
  readonly isUnderWay?: boolean
  /** Where one stands, in the corner: `row 12 of 100,000`. */
  readonly status: string
  /** The command line that tells the same: `ls /orders --long`. */
  readonly command: string
  /** What can be done now; the first of several that have the same key is meant. */
  actions(): readonly Action[]
  /** Lines, styled, none wider than the frame. */
  view(frame: Frame): readonly string[]
  /**
   * A click into what `view` drew last, in the same frame: it selects what is there. Whether that was selected already; it is
   * then opened, as with the enter key.
   */
  click?(cell: Cell, frame: Frame): boolean
  /** The wheel over what `view` drew last; where it is absent, it is the same as the arrow keys. */
  wheel?(by: 1 | -1, cell: Cell, frame: Frame): void
  /** Secrets are shown from now on, or not any more: what is in sight has to follow at once. */
  revealed?(): void
  /** It is in sight: begin what has to go on while it is. */
  show?(): void
  /** It is out of sight: end that. Called before the store is closed too. */
  hide?(): void
}

/** What a screen can ask of its surroundings. */
export interface Host {
  readonly store: Filesystem
  /** As `--store` was given, without a password. */
  readonly storeName: string
  /** Where it lies, with a password where it has one: never shown. Absent where nobody knows. */
  readonly storeUrl: string | undefined
  /** Whether `--write` was given. */
  readonly writable: boolean
  /** Fires when the inspector ends. */
  readonly signal: AbortSignal
  /** Traces that are followed while they grow: files and directories. A screen may add some. */
  readonly traces: Set<string>
  /** Columns that lists of records do not show. A screen may choose others. */
  readonly hiddenColumns: Set<string>
  /** The time that is looked at, in milliseconds since the epoch; undefined for now. A screen may set it, for all of them. */
  asOfMs: number | undefined
  /** Whether secrets are shown. Only `:reveal` sets it, for all screens. */
  reveals: boolean
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Calls back once, unless the inspector has ended. */
  after(ms: number, call: () => void): void
  /** Something to show has changed. */
  changed(): void
  /** Does work in the background; what it throws is told as `Cannot <what>: …` and stays until it is dismissed. */
  run(work: () => Promise<void>): void
  /** Says something for a few seconds. */
  say(text: string): void
  /** Tells of an error until it is dismissed. */
  fail(error: unknown): void
  /** Asks for a line of text. */
  ask(question: Question): void
  /** Asks to type `word` in full before `act` is done. `lines` say what will happen. */
  confirm(request: ConfirmRequest): void
  open(destination: Destination): void
  back(): void
  /** Puts text into the clipboard; `what` names it for the message. */
  copy(text: string, what: string): void
  /** Shows bytes in `$PAGER` or `$EDITOR`, from a temporary file that nobody writes back. */
  edit(name: string, bytes: Uint8Array): void
}

export interface ConfirmRequest {
  readonly title: string
  /** Styled lines, such as a diff. */
  readonly lines: readonly string[]
  /** What has to be typed, such as the path of the record. */
  readonly word: string
  act(): Promise<void>
}
