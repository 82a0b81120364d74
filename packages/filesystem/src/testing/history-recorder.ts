import { createHash } from 'node:crypto'
import { InterceptedFilesystem, type FilesystemCall } from '../decorators/intercepted.ts'
import { FilesystemError } from '../errors.ts'
import type { Filesystem, Head, WriteResult } from '../filesystem.ts'
import { sequenceOf } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import type { RecordedFinal, RecordedOperation, RecordedVersion } from './recorded-history.ts'

/** Records what callers see of `get`, `put` and `delete`, for the version checker. */
export class HistoryRecorder {
  readonly #operations: RecordedOperation[] = []
  /** Writes whose reply has not come. */
  readonly #open = new Set<RecordedOperation>()
  readonly #now: () => number

  /** `now` is a clock that all recorders of one history share; a counter does. Default: a counter of this recorder's own. */
  constructor(now?: () => number) {
    let ticks = 0
    this.#now = now ?? (() => ++ticks)
  }

  /** The calls so far. A write whose reply has not come may have landed all the same. */
  get operations(): readonly RecordedOperation[] {
    return [...this.#operations, ...this.#open]
  }

  /** The filesystem as `process` is to use it. */
  record(filesystem: Filesystem, process: string): Filesystem {
    return new InterceptedFilesystem(filesystem, async (call, proceed) => {
      const start = this.#now()
      const open = openWrite(call, process, start)
      if (open) this.#open.add(open)
      try {
        const result = await proceed()
        this.#add(call, { process, start, end: this.#now() }, result)
        return result
      } catch (error) {
        this.#addFailure(call, { process, start, end: this.#now() }, error)
        throw error
      } finally {
        if (open) this.#open.delete(open)
      }
    })
  }

  #add(call: FilesystemCall, times: Times, result: unknown): void {
    const { path } = call
    if (call.operation === 'get') this.#operations.push({ ...times, path, type: 'read', ...seenIn(result as Head) })
    if ((call.operation === 'put' || call.operation === 'delete') && result !== undefined) {
      const { version, writeId } = result as WriteResult
      this.#operations.push({ ...times, path, type: 'write', sequence: sequenceOf(version), writeId })
    }
  }

  #addFailure(call: FilesystemCall, times: Times, error: unknown): void {
    if (call.operation !== 'put' && call.operation !== 'delete') return
    const { path } = call
    if (error instanceof VersionMismatch) {
      this.#operations.push({ ...times, path, type: 'read', ...seenIn(error.current) })
    } else if (!(error instanceof FilesystemError) || error.retry === 'unknown') {
      const open = openWrite(call, times.process, times.start)
      if (open) this.#operations.push(open)
    }
  }
}

/** A write without a reply. */
function openWrite(call: FilesystemCall, process: string, start: number): RecordedOperation | undefined {
  if (call.operation !== 'put' && call.operation !== 'delete') return undefined
  const { writeId } = call.operation === 'put' ? call.args[3] : call.args[2]
  return { process, start, path: call.path, type: 'write', writeId }
}

interface Times {
  readonly process: string
  readonly start: number
  readonly end: number
}

function seenIn(head: Head): Pick<RecordedOperation, 'sequence' | 'writeId'> {
  return head.state === 'unwritten'
    ? { sequence: 0 }
    : { sequence: sequenceOf(head.version), writeId: head.info.writeId }
}

/** What a record holds now, for the version checker: its head and every retained version. */
export async function recordFinal(filesystem: Filesystem, path: string): Promise<RecordedFinal> {
  const head = await filesystem.get(path)
  const versions: RecordedVersion[] = []
  let before: number | undefined
  do {
    const page = await filesystem.history(path, { before, bodies: true })
    for (const { info, entry } of page.versions) {
      const digest = entry && createHash('sha256').update(entry.body).digest('hex')
      versions.push({ sequence: sequenceOf(info.version), writeId: info.writeId, digest })
    }
    before = page.next
  } while (before !== undefined)
  return { path, sequence: head.state === 'unwritten' ? 0 : sequenceOf(head.version), versions }
}
