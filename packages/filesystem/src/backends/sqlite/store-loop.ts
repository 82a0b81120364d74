import { FilesystemError } from '../../errors.ts'
import type { Runtime } from '../../runtime.ts'
import { ChangeWaits } from './change-waits.ts'
import type { Database } from './database.ts'
import { runRead } from './operations.ts'
import type { ReadCall, Reply, Request, ToWorker, WorkerSettings } from './protocol.ts'
import { toRefusal } from './refusal.ts'
import { LOG_BYTES_MAX } from './open-database.ts'
import { isBusy, isLasting, sqliteFailure } from './sqlite-failure.ts'
import { TurnTaking } from './turn-taking.ts'
import type { QueuedWrite } from './write-batch.ts'
import { takeTurn } from './write-batch.ts'

interface QueuedRead extends Request {
  readonly read: ReadCall
  readonly since: number
}

/** Reads that share one snapshot. */
const READS_MAX = 64
/** Shorter waits are slept away, because timers are not that exact; longer ones leave the thread to reads. */
const TIMER_MS_MIN = 1
/** About how much of the write-ahead log a write takes besides its body: some pages. */
const WRITE_BYTES = 16 * 1024
/** A log that grew beyond twice its limit, by many processes, is moved after this many bytes of this process. */
const LOG_BYTES_STEP = 1024 * 1024

/**
 * What the worker does, and in which order: reads first, then the writes that wait, in one transaction. While another
 * process holds the database, writes wait and reads go on. Everything that was queued when a transaction begins is in it.
 */
export class StoreLoop {
  readonly #database: Database
  readonly #settings: WorkerSettings
  readonly #runtime: Runtime
  readonly #send: (replies: readonly Reply[]) => void
  readonly #ended: () => void
  readonly #turns: TurnTaking
  readonly #waits: ChangeWaits
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4))
  #reads: QueuedRead[] = []
  #writes: QueuedWrite[] = []
  #closing: Request | undefined
  /** How many of the first writes must each have a transaction of their own. */
  #alone = 0
  #due = 0
  /** How much of the log is there, as far as this process knows: what it found and what it wrote since. */
  #logged: number
  #seenByOthers: number
  #poisoned = false
  #scheduled = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    database: Database,
    settings: WorkerSettings,
    runtime: Runtime,
    send: (replies: readonly Reply[]) => void,
    ended: () => void,
  ) {
    this.#database = database
    this.#settings = settings
    this.#runtime = runtime
    this.#send = send
    this.#ended = ended
    this.#turns = new TurnTaking(runtime)
    this.#waits = new ChangeWaits(database, runtime, send)
    this.#seenByOthers = database.dataVersion()
    // Processes that come, write a little and go would otherwise each leave the log to the next one.
    this.#logged = database.logBytes()
  }

  receive(messages: readonly ToWorker[]): void {
    const since = this.#runtime.monotonicMs()
    for (const message of messages) {
      if ('cancel' in message) this.#cancel(message.cancel)
      else this.#accept(message, since)
    }
    this.#schedule()
  }

  #accept(request: Request, since: number): void {
    const { call } = request
    switch (call.kind) {
      case 'read':
        this.#reads.push({ ...request, read: call.call, since })
        break
      case 'write':
        this.#writes.push({ ...request, write: call.call, bytes: call.bytes, since })
        break
      case 'wait':
        this.#waits.add(request.id, call.after)
        break
      case 'close':
        this.#closing = request
    }
  }

  /** Only what has not begun can be cancelled; nothing of it is done then. */
  #cancel(id: number): void {
    const aborted = (queue: readonly Request[]) => queue.find((request) => request.id === id)
    const request = aborted(this.#reads) ?? aborted(this.#writes)
    this.#waits.cancel(id)
    if (!request) return
    const others = ({ id: other }: Request) => other !== id
    this.#reads = this.#reads.filter(others)
    this.#writes = this.#writes.filter(others)
    const { operation, path } = request
    const message = `Cannot ${operation} ${JSON.stringify(path)}: the signal fired before it began`
    const error = new FilesystemError('aborted', message, { operation, path, retry: 'safe' })
    this.#send([{ id, refusal: toRefusal(error) }])
  }

  #schedule(): void {
    const idle = this.#reads.length === 0
    const waitMs = this.#due - this.#runtime.monotonicMs()
    if (idle && this.#writes.length === 0 && !this.#closing) return
    if (this.#scheduled) return
    if (idle && this.#writes.length > 0 && waitMs >= TIMER_MS_MIN) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#schedule()
      }, waitMs)
      return
    }
    // Messages are received between two steps, so that a step sees all that has arrived.
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#step()
      this.#schedule()
    })
  }

  #step(): void {
    if (this.#reads.length > 0) this.#readAll()
    else if (this.#writes.length > 0) this.#sleepUntilDue()
    if (this.#writes.length > 0 && this.#due <= this.#runtime.monotonicMs()) this.#writeTurn()
    if (this.#closing && this.#reads.length === 0 && this.#writes.length === 0) this.#close(this.#closing)
  }

  #sleepUntilDue(): void {
    const waitMs = this.#due - this.#runtime.monotonicMs()
    if (waitMs > 0 && waitMs < TIMER_MS_MIN) Atomics.wait(this.#sleeper, 0, 0, waitMs)
  }

  #readAll(): void {
    const taken = this.#reads.splice(0, READS_MAX)
    let replies: Reply[] = []
    try {
      this.#database.beginRead()
      replies = taken.map((request) => this.#answer(request))
      this.#database.commit()
    } catch (error) {
      this.#database.rollback()
      replies = []
      this.#retryReads(taken, error)
    }
    if (replies.length > 0) this.#send(replies)
  }

  #answer({ id, operation, path, read }: QueuedRead): Reply {
    try {
      return { id, value: runRead(this.#database, read, this.#settings.changesMax) }
    } catch (error) {
      if (isBusy(error)) throw error
      return { id, refusal: toRefusal(sqliteFailure(operation, path, error, 'before')) }
    }
  }

  /** Reads meet another process only while it recovers or resets the write-ahead log, which is short. */
  #retryReads(reads: readonly QueuedRead[], error: unknown): void {
    const retried = isBusy(error) ? reads.filter(({ since }) => !this.#isOverdue(since)) : []
    const failed = reads.filter((read) => !retried.includes(read))
    this.#reads.unshift(...retried)
    if (retried.length > 0) Atomics.wait(this.#sleeper, 0, 0, TIMER_MS_MIN * this.#runtime.random())
    if (failed.length > 0) this.#send(failed.map((request) => this.#refuse(request, error)))
  }

  #writeTurn(): void {
    if (this.#poisoned) return this.#refuseWrites()
    const started = this.#runtime.monotonicMs()
    const { changesMax } = this.#settings
    const turn = takeTurn(this.#database, this.#writes, {
      runtime: this.#runtime,
      changesMax,
      alone: this.#alone > 0,
    })
    const now = this.#runtime.monotonicMs()
    const seen = this.#database.dataVersion()
    const company = seen !== this.#seenByOthers
    this.#seenByOthers = seen
    if (turn.type === 'busy') {
      this.#due = now + this.#turns.afterBusy(company)
      return this.#refuseOverdue()
    }
    this.#due = now + this.#turns.afterTurn(now - started, company)
    if (turn.type === 'broken') {
      this.#alone = turn.done
      return
    }
    this.#alone = Math.max(0, this.#alone - turn.done)
    this.#poisoned ||= turn.poisoned
    const settled = this.#writes.splice(0, turn.done)
    const purges = settled.filter(({ write }) => write.type === 'purge')
    const waiting = turn.replies.filter(({ id }) => purges.some((purge) => purge.id === id))
    this.#send(turn.replies.filter((reply) => !waiting.includes(reply)))
    this.#waits.notice()
    if (waiting.length > 0) this.#send(this.#emptyLog(purges, waiting))
    else this.#moveLog(settled)
  }

  /** Keeps the write-ahead log short. Nobody waits for it: the writes it follows are answered. */
  #moveLog(settled: readonly QueuedWrite[]): void {
    this.#logged += settled.reduce((sum, { bytes }) => sum + WRITE_BYTES + bytes, 0)
    if (this.#logged < LOG_BYTES_STEP) return
    if (this.#logged < LOG_BYTES_MAX && this.#database.logBytes() < 2 * LOG_BYTES_MAX) return
    this.#logged = 0
    try {
      this.#database.checkpoint('move')
    } catch (error) {
      this.#poisoned ||= isLasting(error)
    }
  }

  #refuseOverdue(): void {
    const overdue = this.#writes.filter(({ since }) => this.#isOverdue(since))
    if (overdue.length === 0) return
    this.#writes = this.#writes.filter(({ since }) => !this.#isOverdue(since))
    const limit = this.#settings.busyTimeoutMs
    const replies = overdue.map(({ id, operation, path }): Reply => {
      const message = `Cannot ${operation} ${JSON.stringify(path)}: another process kept the database busy for ${limit} ms; try again`
      return { id, refusal: toRefusal(new FilesystemError('unavailable', message, { operation, path, retry: 'safe' })) }
    })
    this.#send(replies)
  }

  /** After the disk has failed once, what it says about later writes cannot be trusted. */
  #refuseWrites(): void {
    const refused = this.#writes.splice(0).map(({ id, operation, path }): Reply => {
      const message = `Cannot ${operation} ${JSON.stringify(path)}: the disk has failed before; check it and open the store again`
      return { id, refusal: toRefusal(new FilesystemError('unavailable', message, { operation, path })) }
    })
    this.#send(refused)
  }

  #refuse({ id, operation, path }: Request, error: unknown): Reply {
    return { id, refusal: toRefusal(sqliteFailure(operation, path, error, 'before')) }
  }

  #isOverdue(since: number): boolean {
    return this.#runtime.monotonicMs() - since > this.#settings.busyTimeoutMs
  }

  /** The answers to purges, which say more than that: no page of the log holds any longer what was purged. */
  #emptyLog(purges: readonly QueuedWrite[], replies: readonly Reply[]): readonly Reply[] {
    this.#logged = 0
    try {
      this.#database.checkpoint('empty')
      return replies
    } catch (error) {
      this.#poisoned ||= isLasting(error)
      return purges.map((request) => this.#refuse(request, error))
    }
  }

  #close(request: Request): void {
    this.#waits.end()
    clearTimeout(this.#timer)
    try {
      this.#database.close()
    } finally {
      this.#send([{ id: request.id, value: undefined }])
      this.#ended()
    }
  }
}
