import { checkSignal } from '../../entry.ts'
import { comparePaths } from '../../path.ts'
import type { Runtime } from '../../runtime.ts'
import { errorFor, type Pools, StatementFailure } from './pools.ts'
import type { Call, Row } from './statement.ts'
import type { Statements } from './statements.ts'

/** Writes that share a statement at the most. */
const WRITES_MAX = 16
/** Bytes of bodies that share a statement at the most; a longer body has one for itself. */
const BYTES_MAX = 256 * 1024
/** How long a write waits for the statement before it at the most, in milliseconds. */
const WAIT_MS_MAX = 10

/** One put or delete, as the parameters of `put_record`. */
export interface Write {
  readonly call: Call
  readonly values: readonly unknown[]
  readonly bodyBytes: number
}

interface Waiting extends Write {
  readonly sinceMs: number
  readonly answer: PromiseWithResolvers<Row>
}

/** A statement on its way, from the moment on that it waits for a connection. */
interface Statement {
  readonly sinceMs: number
}

/**
 * Group commit: writes that come while a statement with writes is on its way go together in the next one, which is one round
 * trip and one commit for all of them. Each is judged by its own precondition and has its own outcome. Nothing is held back when
 * nothing is on its way, and nobody waits longer than {@link WAIT_MS_MAX} for the statement before it.
 *
 * Records of a batch are locked in the order of their paths, so two batches cannot deadlock; and a batch that would wait for
 * somebody's lock is rolled back, and its writes are sent one by one, so that a lock holds up only who writes that record.
 *
 * The idea is that of the commit groups of databases: DeWitt et al., "Implementation Techniques for Main Memory Database
 * Systems", SIGMOD 1984.
 */
export class WriteBatches {
  readonly #pools: Pools
  readonly #statements: Statements
  readonly #runtime: Runtime
  readonly #waiting: Waiting[] = []
  #latest: Statement | undefined
  #isWaking = false

  constructor(pools: Pools, statements: Statements, runtime: Runtime) {
    this.#pools = pools
    this.#statements = statements
    this.#runtime = runtime
  }

  /** @throws {FilesystemError} what {@link Pools.run} throws. */
  async run(write: Write): Promise<Row> {
    // The critical lane is for those who must not wait for others.
    if (write.call.options.lane === 'critical' || write.bodyBytes > BYTES_MAX) return this.#alone(write)
    const answer = Promise.withResolvers<Row>()
    this.#waiting.push({ ...write, sinceMs: this.#runtime.monotonicMs(), answer })
    this.#depart()
    return answer.promise
  }

  #depart(): void {
    if (this.#waiting.length === 0) return
    const nowMs = this.#runtime.monotonicMs()
    const waitMs = this.#latest ? this.#latest.sinceMs + WAIT_MS_MAX - nowMs : 0
    if (waitMs > 0) {
      void this.#departLater(waitMs)
      return
    }
    const statement = { sinceMs: nowMs }
    this.#latest = statement
    void this.#send(statement)
  }

  async #departLater(waitMs: number): Promise<void> {
    if (this.#isWaking) return
    this.#isWaking = true
    await this.#runtime.sleep(waitMs)
    this.#isWaking = false
    this.#depart()
  }

  async #send(statement: Statement): Promise<void> {
    // Taken when the connection is there, so that what came meanwhile comes along.
    let batch: readonly Waiting[] = []
    try {
      const rows = await this.#pools.send('normal', () => {
        batch = this.#take()
        // What found no room does not wait for the answer, which may never come.
        this.#depart()
        if (batch.length === 0) return undefined
        return { statement: this.#statements.puts(batch.length), values: batch.flatMap(({ values }) => values) }
      })
      for (const [at, write] of batch.entries()) {
        const row = rows[at] ?? {}
        // It lost, and wrote nothing. By itself it is told to whom, or finds that it can win now.
        write.answer.resolve(row['told'] === false ? this.#alone(write) : row)
      }
    } catch (error) {
      this.#failed(batch.length > 0 ? batch : this.#takeWaitingSince(statement.sinceMs), error)
    } finally {
      if (this.#latest === statement) this.#latest = undefined
      this.#depart()
    }
  }

  #failed(batch: readonly Waiting[], error: unknown): void {
    // One of them may be at fault, and nothing landed.
    const again = batch.length > 1 && error instanceof StatementFailure && error.isOfStatement
    for (const { answer, ...write } of batch) {
      if (again) answer.resolve(this.#alone(write))
      else answer.reject(errorFor(write.call, error))
    }
  }

  async #alone({ call, values }: Write): Promise<Row> {
    const [row = {}] = await this.#pools.run(call, this.#statements.put, values)
    return row
  }

  /** The next batch, in the order of the paths. */
  #take(): readonly Waiting[] {
    const batch: Waiting[] = []
    let bytes = 0
    for (let next = this.#waiting[0]; next && batch.length < WRITES_MAX; next = this.#waiting[0]) {
      bytes += next.bodyBytes
      if (batch.length > 0 && bytes > BYTES_MAX) break
      this.#waiting.shift()
      try {
        checkSignal(next.call.operation, next.call.path, next.call.options.signal)
        // Those in front of it had the connections meanwhile.
        this.#pools.checkWait('normal', this.#runtime.monotonicMs() - next.sinceMs)
        batch.push(next)
      } catch (error) {
        next.answer.reject(errorFor(next.call, error))
      }
    }
    return batch.toSorted((a, b) => comparePaths(a.call.path, b.call.path))
  }

  /** Those that waited already at a moment. */
  #takeWaitingSince(atMs: number): readonly Waiting[] {
    const behind = this.#waiting.findIndex(({ sinceMs }) => sinceMs > atMs)
    return this.#waiting.splice(0, behind === -1 ? this.#waiting.length : behind)
  }
}
