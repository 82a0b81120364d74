import type { Runtime } from '../../runtime.ts'

/** Between tries for the database while nobody has held it for long, in milliseconds. */
const TRY_MS = 0.3
/** The longest wait between tries, while somebody holds it for long. */
const TRY_MS_MAX = 20
/** Turns for which a writer yields after it has last met another one. */
const CONTENDED_TURNS = 4

/**
 * When this process may next try to write. SQLite has no queue: whoever tries at the right moment wins, and a process that
 * commits and begins again at once starves the others. So the winner yields for about twice the time of its turn as long
 * as it has company, and waiters try at random times that are shorter than that.
 */
export class TurnTaking {
  readonly #runtime: Runtime
  #contended = 0
  #waitedMs = 0
  #turnMs = 0.5

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * How long to wait after another connection was in the way; `moving` = others have committed since the last try. Only a
   * holder that does not move is tried more and more rarely: among others that take turns, patience would never get one.
   */
  afterBusy(moving: boolean): number {
    this.#contended = CONTENDED_TURNS
    if (moving) this.#waitedMs = 0
    const wait = this.#jitter(Math.min(TRY_MS_MAX, Math.max(TRY_MS, this.#waitedMs / 8)))
    this.#waitedMs += wait
    return wait
  }

  /** How long to wait after a turn that took `turnMs`; `company` = another process has written since the last one. */
  afterTurn(turnMs: number, company: boolean): number {
    this.#waitedMs = 0
    this.#turnMs += (turnMs - this.#turnMs) / 8
    this.#contended = company ? CONTENDED_TURNS : Math.max(0, this.#contended - 1)
    return this.#contended > 0 ? this.#jitter(2 * Math.min(this.#turnMs, TRY_MS_MAX)) : 0
  }

  #jitter(ms: number): number {
    return ms * (0.5 + this.#runtime.random())
  }
}
