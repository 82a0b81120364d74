import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SqliteFilesystem } from '@latchless/filesystem'
import type { RecordedOperation } from '@latchless/filesystem/testing'
import { checkVersions, recordFinal } from '@latchless/filesystem/testing'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture.ts'
import { KILLED_PATHS } from './kill-process.ts'

const PROGRAM = fileURLToPath(new URL('kill-process.ts', import.meta.url))
const KILLS = 6
const ACKNOWLEDGED_BEFORE_KILL = 60

describe.each(['disk', 'process'] as const)('Durability %s', (durability) => {
  test('Processes killed in the middle of writing lose nothing acknowledged and write nothing twice', async () => {
    const path = join(await temporaryDirectory(), 'store.db')
    const writers = Array.from({ length: 3 }, (_, slot) => new KilledWriter(path, durability, `w${slot}`))
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = writers[kill % writers.length]
      await victim?.acknowledges(ACKNOWLEDGED_BEFORE_KILL)
      await victim?.restart()
    }
    await Promise.all(writers.map(async (writer) => await writer.kill()))
    const filesystem = await SqliteFilesystem.open({ path, durability, check: true })
    const finals = await Promise.all(KILLED_PATHS.map(async (record) => await recordFinal(filesystem, record)))
    await filesystem.close()
    const operations = writers.flatMap((writer) => writer.operations)
    expect(checkVersions({ operations, finals })).toEqual([])
    expect(operations.length).toBeGreaterThan(KILLS * ACKNOWLEDGED_BEFORE_KILL)
  })
})

type Told = RecordedOperation & { readonly call: number }

/** A process that writes until it is killed, and is started again. */
class KilledWriter {
  readonly #arguments: readonly string[]
  readonly #name: string
  readonly #calls = new Map<string, RecordedOperation>()
  #incarnation = 0
  #acknowledged = 0
  #child: ChildProcess

  constructor(path: string, durability: string, name: string) {
    this.#arguments = [path, durability]
    this.#name = name
    this.#child = this.#start()
  }

  get operations(): readonly RecordedOperation[] {
    return [...this.#calls.values()]
  }

  async acknowledges(more: number): Promise<void> {
    const wanted = this.#acknowledged + more
    while (this.#acknowledged < wanted) await once(this.#child, 'message')
  }

  async restart(): Promise<void> {
    await this.kill()
    this.#child = this.#start()
  }

  async kill(): Promise<void> {
    const gone = [once(this.#child, 'exit'), once(this.#child, 'disconnect')]
    this.#child.kill('SIGKILL')
    await Promise.all(gone)
  }

  #start(): ChildProcess {
    const name = `${this.#name}.${this.#incarnation++}`
    const child = fork(PROGRAM, [...this.#arguments, name])
    // A call is told twice, when it begins and when it is answered; one that is killed in between has no end.
    child.on('message', ({ call, ...operation }: Told) => {
      this.#calls.set(`${name} ${call}`, operation)
      if (operation.type === 'write' && operation.end !== undefined) this.#acknowledged++
    })
    return child
  }
}
