import { execaNode } from 'execa'
import type { WorkerCommand, WorkerConfig, WorkerMessage, WorkerResult } from './messages.ts'

// From sources the worker is a source too; from the build it is built.
const program = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** How long a process may take to end by itself; some engines' threads do not let it. */
const END_MS = 5_000

function startProgram(config: WorkerConfig) {
  return execaNode(program, [JSON.stringify(config)], {
    ipc: true,
    reject: false,
    buffer: { ipc: false },
    stdin: 'ignore',
    stdout: 'ignore',
    nodeOptions: [...process.execArgv, ...(config.updates === undefined ? [] : ['--expose-gc'])],
  })
}

/** One process of a measurement, seen from outside. What it cannot do rejects everything that waits for it. */
export class WorkerProcess {
  readonly #subprocess: ReturnType<typeof startProgram>
  readonly #ready = Promise.withResolvers<void>()
  readonly #result = Promise.withResolvers<WorkerResult>()
  readonly #counts = Promise.withResolvers<readonly number[]>()
  readonly #ended: Promise<void>
  #isEnding = false

  private constructor(config: WorkerConfig) {
    this.#subprocess = startProgram(config)
    // Each is awaited later, or never, when another process broke first.
    for (const { promise } of [this.#ready, this.#result, this.#counts]) promise.catch(() => {})
    this.#ended = this.#listen()
  }

  static start(config: WorkerConfig): WorkerProcess {
    return new WorkerProcess(config)
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get result(): Promise<WorkerResult> {
    return this.#result.promise
  }

  get counts(): Promise<readonly number[]> {
    return this.#counts.promise
  }

  async tell(command: WorkerCommand): Promise<void> {
    await this.#subprocess.sendMessage(command)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#subprocess.kill(signal)
  }

  /** Ends the process: when it does not go by itself, by force. */
  async end(): Promise<void> {
    if (!this.#isEnding) await this.tell({ type: 'close' }).catch(() => {})
    this.#isEnding = true
    const force = setTimeout(() => this.#subprocess.kill('SIGKILL'), END_MS)
    await this.#ended
    clearTimeout(force)
  }

  kill(): void {
    this.#isEnding = true
    this.#subprocess.kill('SIGKILL')
  }

  async #listen(): Promise<void> {
    try {
      for await (const message of this.#subprocess.getEachMessage()) this.#hear(message as WorkerMessage)
    } catch {
      // The channel broke; the result of the process says why.
    }
    const result = await this.#subprocess
    const cause = result.stderr === '' ? (result.shortMessage ?? 'its process ended') : result.stderr
    this.#fail(new Error(`Cannot measure: a worker process ended early: ${cause}`))
  }

  #hear(message: WorkerMessage): void {
    switch (message.type) {
      case 'ready':
        return this.#ready.resolve()
      case 'result':
        return this.#result.resolve(message)
      case 'counts':
        return this.#counts.resolve(message.counts)
      case 'broken':
        return this.#fail(new Error(message.message))
    }
  }

  // What has settled before stays as it is.
  #fail(error: Error): void {
    for (const waiting of [this.#ready, this.#result, this.#counts]) waiting.reject(error)
  }
}
