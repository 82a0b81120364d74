import { Worker } from 'node:worker_threads'
import { checkSignal } from '../../entry.ts'
import { FilesystemError } from '../../errors.ts'
import type { Call, FromWorker, Refusal, Reply, Request, ToWorker, WorkerSettings } from './protocol.ts'
import { fromRefusal } from './refusal.ts'

// The compiler rewrites import specifiers but not URLs, so the extension follows this very file.
const program = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

interface Pending {
  readonly request: Request
  readonly signal: AbortSignal | undefined
  readonly settled: PromiseWithResolvers<unknown>
  readonly onAbort: () => void
}

/**
 * The main thread's end of the worker: requests in, promises out. What is pending keeps the process alive, a wait for a
 * change included: else a loop over changes would end the program without a word. An idle worker does not.
 */
export class WorkerClient {
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  readonly #exited: Promise<void>
  #outbox: ToWorker[] = []
  #nextId = 1
  #gone = false
  #failure: unknown

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (message: readonly Reply[]) => this.#receive(message))
    // The error event is followed by exit, which settles everything; without a listener it would end the process.
    worker.on('error', (error) => (this.#failure = error))
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#loseAll()
        resolve()
      })
    })
    worker.unref()
  }

  /** Starts a worker and waits until it has the database open. */
  static async start(settings: WorkerSettings): Promise<{ client: WorkerClient; worker: Worker; epoch: string }> {
    const worker = new Worker(program, { workerData: settings, name: 'latchless-sqlite' })
    const first = await firstMessage(worker, settings.path)
    if ('refused' in first) throw fromRefusal(first.refused)
    return { client: new WorkerClient(worker), worker, epoch: first.opened.epoch }
  }

  /**
   * Sends a request. A signal that fires while it is queued takes it back; one that fires later is ignored.
   *
   * @throws whatever the worker's answer was.
   */
  request(operation: string, path: string, call: Call, signal?: AbortSignal): Promise<unknown> {
    if (this.#gone) return Promise.reject(lost({ id: 0, operation, path, call }, 'later', this.#failure))
    const request = { id: this.#nextId++, operation, path, call }
    const settled = Promise.withResolvers<unknown>()
    const onAbort = (): void => this.#post({ cancel: request.id })
    if (this.#pending.size === 0) this.#worker.ref()
    this.#pending.set(request.id, { request, signal, settled, onAbort })
    this.#post(request)
    signal?.addEventListener('abort', onAbort)
    return settled.promise
  }

  /** Lets everything that was requested come to its end, then ends the worker. */
  async close(path: string): Promise<void> {
    if (!this.#gone) await this.request('close', path, { kind: 'close' }).catch(() => undefined)
    // Whoever waits for the end of the worker must live to see it.
    this.#worker.ref()
    await this.#exited
  }

  /** What is requested in one go crosses to the worker in one message. */
  #post(message: ToWorker): void {
    if (this.#outbox.push(message) > 1) return
    queueMicrotask(() => {
      const messages = this.#outbox
      this.#outbox = []
      try {
        this.#send(messages)
      } catch {
        for (const each of messages) this.#sendAlone(each)
      }
    })
  }

  /** A message with something that cannot be cloned, such as a function in a writer, fails by itself. */
  #sendAlone(message: ToWorker): void {
    try {
      this.#send([message])
    } catch (error) {
      if ('id' in message) this.#take(message.id)?.settled.reject(error)
    }
  }

  #send(messages: readonly ToWorker[]): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is no window, it has no origin
    this.#worker.postMessage(messages)
  }

  #receive(replies: readonly Reply[]): void {
    for (const reply of replies) {
      const pending = this.#take(reply.id)
      if (!pending) continue
      if ('refusal' in reply) pending.settled.reject(this.#errorOf(pending, reply.refusal))
      else pending.settled.resolve(reply.value)
    }
  }

  #errorOf({ request, signal }: Pending, refusal: Refusal): unknown {
    if (refusal.type === 'failure' && refusal.code === 'aborted') {
      try {
        checkSignal(request.operation, request.path, signal)
      } catch (error) {
        return error
      }
    }
    return fromRefusal(refusal, request.call)
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    this.#pending.delete(id)
    pending.signal?.removeEventListener('abort', pending.onAbort)
    if (this.#pending.size === 0) this.#worker.unref()
    return pending
  }

  /** The worker is gone, and with it the answers. */
  #loseAll(): void {
    this.#gone = true
    for (const id of this.#pending.keys()) {
      const pending = this.#take(id)
      pending?.settled.reject(lost(pending.request, 'now', this.#failure))
    }
  }
}

function firstMessage(worker: Worker, path: string): Promise<Exclude<FromWorker, readonly Reply[]>> {
  const first = Promise.withResolvers<Exclude<FromWorker, readonly Reply[]>>()
  const failed = (cause: unknown) =>
    first.reject(
      new FilesystemError('unavailable', `Cannot open store ${JSON.stringify(path)}: its worker thread did not start`, {
        operation: 'open',
        cause,
      }),
    )
  worker.once('message', first.resolve)
  worker.once('error', failed)
  worker.once('exit', failed)
  return first.promise.finally(() => {
    worker.off('message', first.resolve)
    worker.off('error', failed)
    worker.off('exit', failed)
  })
}

function lost({ operation, path, call }: Request, when: 'now' | 'later', cause: unknown): FilesystemError {
  const problem =
    when === 'later'
      ? 'its worker thread has ended; open the store again'
      : call.kind === 'write'
        ? 'its worker thread ended, the write may have landed; open the store again'
        : 'its worker thread ended; open the store again'
  const retry = when === 'later' ? 'never' : call.kind === 'write' ? 'unknown' : 'safe'
  const message = `Cannot ${operation} ${JSON.stringify(path)}: ${problem}`
  return new FilesystemError('unavailable', message, { operation, path, retry, cause })
}
