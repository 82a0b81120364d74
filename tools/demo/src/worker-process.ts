import { execaNode } from 'execa'
import type { WorkerCommand, WorkerConfig, WorkerMessage } from './messages.ts'

// From sources the worker is a source too; from the build it is built.
const program = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

function startProgram(config: WorkerConfig) {
  return execaNode(program, [JSON.stringify(config)], {
    ipc: true,
    reject: false,
    buffer: { ipc: false },
    stdin: 'ignore',
    stdout: 'ignore',
    // Flags such as --conditions have to reach the worker, so that it loads the same code as the storm.
    nodeOptions: process.execArgv,
  })
}

/** One process of the storm, seen from the storm. */
export class WorkerProcess {
  readonly number: number
  /** Resolves with the name of the signal that ended it, `undefined` when it finished as told; rejects when it failed. */
  readonly ended: Promise<string | undefined>
  readonly #subprocess: ReturnType<typeof startProgram>
  readonly #ready = Promise.withResolvers<void>()
  #acknowledged = 0
  #hasEnded = false

  private constructor(config: WorkerConfig) {
    this.number = config.number
    this.#subprocess = startProgram(config)
    this.ended = this.#listen()
    // It is awaited later; until then a failure must not count as unhandled.
    this.ended.catch(() => {})
  }

  static start(config: WorkerConfig): WorkerProcess {
    return new WorkerProcess(config)
  }

  get pid(): number {
    return this.#subprocess.pid ?? 0
  }

  /** As the process last told, a few hundred milliseconds behind. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Resolves when the process has opened the store. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  async tell(command: WorkerCommand): Promise<void> {
    await this.#subprocess.sendMessage(command)
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.#hasEnded) this.#subprocess.kill(signal)
  }

  async #listen(): Promise<string | undefined> {
    for await (const message of this.#subprocess.getEachMessage()) this.#hear(message as WorkerMessage)
    const result = await this.#subprocess
    this.#hasEnded = true
    if (result.signal !== undefined) return result.signal
    if (result.exitCode === 0) return undefined
    throw new Error(`Cannot go on: process ${this.number} failed: ${result.stderr || result.shortMessage}`)
  }

  #hear(message: WorkerMessage): void {
    if (message.type === 'ready') this.#ready.resolve()
    else this.#acknowledged = message.acknowledged
  }
}
