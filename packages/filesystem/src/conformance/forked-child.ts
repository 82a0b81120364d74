import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import type { ChildMessage, ParentMessage } from './child-protocol.ts'
import type { TaskArguments, TaskName, TaskResult } from './child-tasks.ts'
import type { StoreOptions, SubjectAddress } from './subject.ts'

// The compiler rewrites import specifiers but not URLs, so the extension follows this very file.
const program = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url)

/** A process of the kit's own that has opened the store under test, seen from the parent. */
export class ForkedChild implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #gone: Promise<void>
  readonly #waiting = new Set<() => void>()
  readonly #messages: ChildMessage[] = []
  #ended = false

  constructor() {
    // The flags of this process are inherited, so the child resolves the same sources or the same build.
    this.#process = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#process.on('message', (message: ChildMessage) => {
      this.#messages.push(message)
      this.#wake()
    })
    // A frozen child would otherwise outlive a test run that is cut short.
    process.once('exit', this.#killNow)
    this.#gone = this.#untilGone()
  }

  /** Has the child open the store; resolves when it is open. */
  async open(subject: SubjectAddress, options: StoreOptions): Promise<void> {
    this.#send({ type: 'open', subject, options })
    await this.#until(() => this.#messages.some(({ type }) => type === 'opened'))
  }

  /** Runs a task to its end. */
  async run<Name extends TaskName>(task: Name, argument: TaskArguments[Name]): Promise<TaskResult[Name]> {
    this.start(task, argument)
    return this.result<Name>()
  }

  /** Starts a task without waiting for it. */
  start<Name extends TaskName>(task: Name, argument: TaskArguments[Name]): void {
    this.#send({ type: 'run', task, argument })
  }

  /** Asks a looping task to come to its end. */
  stop(): void {
    this.#send({ type: 'stop' })
  }

  /** What the started task resolved with. */
  async result<Name extends TaskName>(): Promise<TaskResult[Name]> {
    await this.#until(() => this.#messages.some(({ type }) => type === 'done'))
    const done = this.#messages.find((message) => message.type === 'done')
    assert.ok(done)
    return done.result as TaskResult[Name]
  }

  /** Resolves when the child has acknowledged at least `count` steps. */
  async acknowledges(count: number): Promise<void> {
    await this.#until(() => this.acknowledged >= count)
  }

  get acknowledged(): number {
    return this.#messages.filter(({ type }) => type === 'acknowledged').length
  }

  get isRunning(): boolean {
    return !this.#ended
  }

  /** SIGSTOP: the child stays where it is until {@link resume}. */
  freeze(): void {
    this.#process.kill('SIGSTOP')
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }

  /** SIGKILL; resolves when the process is gone and its last messages have arrived. */
  async kill(): Promise<void> {
    this.#killNow()
    await this.#gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) await this.kill()
  }

  readonly #killNow = (): void => {
    this.#process.kill('SIGKILL')
  }

  async #untilGone(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()))
    // Messages that were sent before a kill still arrive until the channel has drained.
    const drained = new Promise<void>((resolve) => this.#process.once('disconnect', resolve))
    await Promise.all([exited, drained])
    process.off('exit', this.#killNow)
    this.#ended = true
    this.#wake()
  }

  #send(message: ParentMessage): void {
    // A child that died is noticed by whoever waits for its answer.
    this.#process.send(message, () => {})
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      const failed = this.#messages.find((message) => message.type === 'failed')
      if (failed) assert.fail(`a child process failed: ${failed.error}`)
      if (condition()) return
      assert.ok(!this.#ended, 'a child process ended before it answered')
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }
}
