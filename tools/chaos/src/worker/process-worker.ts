import { execaNode } from 'execa'
import type { Command, ProcessPlan, Ready, Worker } from './messages.ts'

// From sources the worker is a source too; from the build it is built.
const program = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** A worker that is a process, restarted after each kill. */
export class ProcessWorker implements Worker {
  readonly #planOf: (incarnation: number) => ProcessPlan
  readonly #end = Promise.withResolvers<void>()
  #incarnation = 0
  #startUs: number | undefined
  #process: WorkerProcess
  #finishing = false
  #killing: Promise<void> = Promise.resolve()

  constructor(planOf: (incarnation: number) => ProcessPlan) {
    this.#planOf = planOf
    this.#process = this.#start()
    // It is awaited later; until then a failure must not count as unhandled.
    this.#end.promise.catch(() => {})
  }

  get number(): number {
    return this.#planOf(0).worker.number
  }

  get pid(): number {
    return this.#process.pid
  }

  get isUp(): boolean {
    return this.#process.isUp
  }

  get ready(): Promise<void> {
    return this.#process.ready
  }

  get ended(): Promise<void> {
    return this.#end.promise
  }

  async go(startUs: number): Promise<void> {
    this.#startUs = startUs
    await this.#process.tell({ type: 'go', startUs })
  }

  kill(): Promise<void> {
    this.#killing = this.#killAfter(this.#killing)
    return this.#killing
  }

  stop(): void {
    this.#process.signal('SIGSTOP')
  }

  resume(): void {
    this.#process.signal('SIGCONT')
  }

  async jump(ms: number): Promise<void> {
    await this.#process.tell({ type: 'jump', ms })
  }

  async tellSibling(type: 'sibling-stopped' | 'sibling-resumed', pid: number): Promise<void> {
    await this.#process.tell({ type, pid })
  }

  async finish(): Promise<void> {
    this.#finishing = true
    await this.#killing
    this.resume()
    await this.#process.tell({ type: 'finish' })
    this.#end.resolve(this.#process.ended)
    await this.#end.promise
  }

  async destroy(): Promise<void> {
    this.#finishing = true
    await this.#killing
    this.resume()
    await this.#process.kill()
  }

  async #killAfter(earlier: Promise<void>): Promise<void> {
    await earlier
    if (this.#finishing) return
    await this.#process.kill()
    if (!this.#finishing) this.#process = this.#start()
  }

  #start(): WorkerProcess {
    const started = new WorkerProcess(this.#planOf(++this.#incarnation))
    started.ended.catch((error: unknown) => this.#end.reject(error))
    if (this.#startUs !== undefined) {
      const startUs = this.#startUs
      started.ready.then(() => started.tell({ type: 'go', startUs })).catch(() => {})
    }
    return started
  }
}

function startProgram(plan: ProcessPlan) {
  return execaNode(program, [JSON.stringify(plan)], {
    ipc: true,
    reject: false,
    buffer: { ipc: false },
    stdin: 'ignore',
    stdout: 'ignore',
    // Flags such as --conditions have to reach the worker, so that it loads the same code.
    nodeOptions: process.execArgv,
  })
}

class WorkerProcess {
  /** Rejects when it ended by itself other than as told. */
  readonly ended: Promise<void>
  readonly #subprocess: ReturnType<typeof startProgram>
  readonly #ready = Promise.withResolvers<void>()
  #hasEnded = false
  #killed = false
  #isUp = false

  constructor(plan: ProcessPlan) {
    this.#subprocess = startProgram(plan)
    this.ended = this.#listen(plan)
    this.ended.catch(() => {})
    this.#ready.promise.catch(() => {})
  }

  get pid(): number {
    return this.#subprocess.pid ?? 0
  }

  get isUp(): boolean {
    return this.#isUp && !this.#hasEnded
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  async tell(command: Command): Promise<void> {
    try {
      await this.#subprocess.sendMessage(command)
    } catch (error) {
      // Who is dead, or was killed at this moment, hears nothing any more; any other end is told by `ended`.
      if (!this.#killed && !this.#hasEnded) await this.ended.catch(() => Promise.reject(error))
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#subprocess.kill(signal)
  }

  async kill(): Promise<void> {
    this.#killed = true
    this.signal('SIGKILL')
    await this.ended
  }

  async #listen(plan: ProcessPlan): Promise<void> {
    for await (const message of this.#subprocess.getEachMessage()) {
      if ((message as Ready).type !== 'ready') continue
      this.#isUp = true
      this.#ready.resolve()
    }
    const { exitCode, stderr, shortMessage } = await this.#subprocess
    this.#hasEnded = true
    if (this.#killed || exitCode === 0) return this.#ready.resolve()
    const { number, incarnation } = plan.worker
    const error = new Error(`Cannot go on: worker ${number}.${incarnation} failed: ${stderr || shortMessage}`)
    this.#ready.reject(error)
    throw error
  }
}
