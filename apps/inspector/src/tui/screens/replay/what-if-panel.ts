import { displayText } from '../../../display-text.ts'
import { cut } from '../../../terminal/cells.ts'
import { momentText } from '../../../trace/time-text.ts'
import type { StatsWindow } from '../../../trace/trace-stats.ts'
import type { Trace } from '../../../trace/trace.ts'
import { type Policy, policyText } from '../../../whatif/policy.ts'
import { Study } from '../../../whatif/study.ts'
import { usualPolicies } from '../../../whatif/usual-policies.ts'
import type { Action } from '../../action.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'
import type { Host } from '../../screen.ts'
import { moved, MOVEMENT_KEYS } from '../../scroll.ts'
import { whatIfLines } from './what-if-lines.ts'

/** A window of a trace in a model, in place of the lanes. What was modelled is kept until another window is asked about. */
export class WhatIfPanel {
  readonly #host: Host
  #study: Study | undefined
  /** The trace with what it held when the study began: one that is followed grows. */
  #of: { readonly trace: Trace; readonly count: number } | undefined
  #title = ''
  #policies: readonly Policy[] = []
  #running: AbortController | undefined
  #isOpen = false
  #top = 0
  #rows = 1
  #lines = 0

  constructor(host: Host) {
    this.#host = host
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The options of the command that tells the same. */
  get command(): string {
    return this.#policies
      .map((policy) => policyText(policy))
      .filter((text) => text !== 'recorded')
      .map((text) => ` --what-if ${text}`)
      .join('')
  }

  /** Models the window as recorded, and under these policies; the usual ones when none is named. */
  open(trace: Trace, window: StatsWindow, asked: readonly Policy[]): void {
    this.#host.run(async () => {
      const study = this.#studyOf(trace, window)
      const wanted = [{}, ...asked, ...this.#policies, ...(asked.length === 0 ? usualPolicies(study.inputs) : [])]
      this.#policies = [...new Map(wanted.map((policy) => [policyText(policy), policy])).values()]
      this.#isOpen = true
      this.#top = 0
      await this.#work(study)
    })
  }

  close(): void {
    this.#running?.abort()
    this.#running = undefined
    this.#isOpen = false
  }

  /** Closes it, and keeps nothing. */
  forget(): void {
    this.close()
    this.#study = undefined
    this.#of = undefined
    this.#policies = []
  }

  actions(): Action[] {
    return [
      { name: 'close the model', keys: ['<escape>', 'W', 'q'], hint: 'close', run: () => this.close() },
      {
        name: 'move',
        keys: MOVEMENT_KEYS,
        takesCount: true,
        run: (key, times) => {
          const tops = Math.max(1, this.#lines - this.#rows + 1)
          this.#top = moved(key, this.#top, tops, this.#rows, times) ?? this.#top
        },
      },
    ]
  }

  view(frame: Frame): string[] {
    if (!this.#study) return []
    const lines = whatIfLines(frame, this.#study, this.#policies)
    this.#rows = Math.max(1, frame.rows - 1)
    this.#lines = lines.length
    this.#top = Math.min(this.#top, Math.max(0, lines.length - this.#rows))
    const shown = lines.slice(this.#top, this.#top + this.#rows)
    const title = frame.spoken ? this.#title : rule(frame, this.#title)
    return [title, ...shown].map((line) => cut(line, frame.columns, frame.glyphs.ellipsis))
  }

  #studyOf(trace: Trace, window: StatsWindow): Study {
    const kept = this.#study
    const { fromUs, toUs, key } = window
    const isSame = this.#of?.trace === trace && this.#of.count === trace.count
    if (kept && isSame && kept.window.fromUs === fromUs && kept.window.toUs === toUs && kept.window.key === key)
      return kept
    this.forget()
    const study = new Study(trace, window)
    this.#study = study
    this.#of = { trace, count: trace.count }
    const record = key === undefined ? 'all records' : trace.names.text(key)
    const time = [fromUs, toUs].map((us) => momentText(us - trace.startUs)).join(' to ')
    this.#title = displayText(`model: what if, ${time}, ${record}`)
    return study
  }

  async #work(study: Study): Promise<void> {
    this.#running?.abort()
    const running = new AbortController()
    this.#running = running
    const signal = AbortSignal.any([running.signal, this.#host.signal])
    for (const policy of this.#policies) {
      this.#host.changed()
      await study.model(policy, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (signal.aborted) return
    }
    this.#running = undefined
    this.#host.changed()
  }
}
