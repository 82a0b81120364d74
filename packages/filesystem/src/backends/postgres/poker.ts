import pg from 'pg'
import type { Runtime } from '../../runtime.ts'
import type { Pools } from './pools.ts'

/** At most one NOTIFY of a process in this time, whatever it writes: its commit takes a lock of the whole database. */
const NOTIFY_EVERY_MS = 50
/** How soon a failed LISTEN connection is tried again. Polling goes on meanwhile. */
const LISTEN_AGAIN_MS = 5_000

/**
 * Wakes watchers early: those of this process at once, those of others by one coalesced NOTIFY behind the writes. All of it is
 * a hint. When it is lost, delayed, or switched off, watchers poll.
 */
export class Poker {
  readonly #pools: Pools
  readonly #runtime: Runtime
  /** Undefined when other processes are not to be poked, and not listened to. */
  readonly #listenConfig: pg.ClientConfig | undefined
  readonly #channel: string
  readonly #closing = new AbortController()
  readonly #waiting = new Set<() => void>()
  #pokes = 0
  #notifying = false
  #listener: pg.Client | undefined
  #listenAgainMs = 0

  constructor(pools: Pools, runtime: Runtime, channel: string, listenConfig: pg.ClientConfig | undefined) {
    this.#pools = pools
    this.#runtime = runtime
    this.#channel = channel
    this.#listenConfig = listenConfig
  }

  /** Counts what there was to wake for. */
  get pokes(): number {
    return this.#pokes
  }

  /** Call after something was written. */
  wrote(): void {
    this.#wake()
    if (!this.#listenConfig || this.#notifying || this.#closing.signal.aborted) return
    this.#notifying = true
    void this.#notify()
  }

  /** Resolves after `ms`, on a poke behind `seen`, or when the signal fires. */
  async wait(seen: number, ms: number, signal: AbortSignal): Promise<void> {
    void this.#listen()
    if (this.#pokes !== seen || signal.aborted) return
    const woken = Promise.withResolvers<void>()
    const slept = new AbortController()
    const wake = () => woken.resolve()
    this.#waiting.add(wake)
    signal.addEventListener('abort', wake)
    try {
      await Promise.race([woken.promise, this.#runtime.sleep(ms, slept.signal)])
    } finally {
      signal.removeEventListener('abort', wake)
      this.#waiting.delete(wake)
      slept.abort()
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    await this.#listener?.end().catch(() => {})
  }

  #wake(): void {
    this.#pokes++
    for (const wake of this.#waiting) wake()
  }

  async #notify(): Promise<void> {
    try {
      await this.#runtime.sleep(NOTIFY_EVERY_MS, this.#closing.signal)
      this.#notifying = false
      // When all connections are taken, writes go first.
      if (!this.#pools.idle) return
      const call = { operation: 'poke', path: '/', writes: false, options: {} }
      await this.#pools.run(call, { name: 'latchless_poke', text: `SELECT pg_notify($1, '')` }, [this.#channel])
    } catch {
      // A hint that failed is a hint that was not given.
      this.#notifying = false
    }
  }

  async #listen(): Promise<void> {
    const now = this.#runtime.monotonicMs()
    if (!this.#listenConfig || this.#listener || now < this.#listenAgainMs) return
    this.#listenAgainMs = now + LISTEN_AGAIN_MS
    const client = new pg.Client(this.#listenConfig)
    this.#listener = client
    const forget = () => {
      if (this.#listener === client) this.#listener = undefined
    }
    client.on('error', forget)
    client.on('end', forget)
    client.on('notification', () => this.#wake())
    try {
      await client.connect()
      // A watcher that waits keeps its process alive by the timer of its wait. This connection stays when nobody waits any more,
      // so it must not. The driver's types lack this.
      ;(client as pg.Client & { unref(): void }).unref()
      await client.query(`LISTEN "${this.#channel}"`)
      // What was written before the server listened for us is found by looking.
      this.#wake()
      if (this.#closing.signal.aborted) await client.end()
    } catch {
      forget()
      await client.end().catch(() => {})
    }
  }
}
