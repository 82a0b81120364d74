import {
  anything,
  type DeletedHead,
  type Entry,
  type Expectation,
  type Head,
  meets,
  type OperationOptions,
  VersionMismatch,
  type WriteOptions,
  type WriteResult,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

/** Overwrites whatever is there when a version is expected. */
export class IgnoresVersion extends Healthy {
  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    return super.put(path, entry, expect.type === 'version' ? anything : expect, options)
  }
}

/** Deletes whatever is there when a version is expected. */
export class DeletesAnyVersion extends Healthy {
  override delete(path: string, expect: Expectation, options?: WriteOptions): Promise<WriteResult | undefined> {
    return super.delete(path, expect.type === 'version' ? anything : expect, options)
  }
}

/** Takes a tombstone for a path never written. */
export class TombstoneIsUnwritten extends Healthy {
  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    return super.put(path, entry, expect.type === 'unwritten' ? { type: 'absent' } : expect, options)
  }
}

/** Checks and then sets, with an await between the two. */
export class ChecksThenSets extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const head = await this.inner.get(path)
    if (!meets(head, expect)) throw new VersionMismatch('put', path, expect, head)
    return this.inner.put(path, entry, anything, options)
  }
}

/** Compares only the sequence numbers of tokens. */
export class ComparesSequencesOnly extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    if (expect.type !== 'version') return this.inner.put(path, entry, expect, options)
    const head = await this.inner.get(path)
    const same = head.state !== 'unwritten' && head.version.split('.')[0] === expect.version.split('.')[0]
    return this.inner.put(path, entry, same ? { type: 'version', version: head.version } : expect, options)
  }
}

/** Tells a loser nothing about the winner. */
export class HidesWinner extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    try {
      return await this.inner.put(path, entry, expect, options)
    } catch (error) {
      throw error instanceof VersionMismatch ? new VersionMismatch('put', path, expect, { state: 'unwritten' }) : error
    }
  }
}

/** Resolves a blind delete of a tombstone as if it had deleted something. */
export class DeletesTombstones extends Healthy {
  override async delete(path: string, expect: Expectation, options?: WriteOptions): Promise<WriteResult | undefined> {
    const result = await this.inner.delete(path, expect, options)
    const head: Head = await this.inner.get(path)
    return result ?? (head.state === 'deleted' ? resultOf(head) : undefined)
  }
}

function resultOf(head: DeletedHead): WriteResult {
  return { version: head.version, writeId: head.info.writeId, replayed: false }
}

/** Answers every third read of a path with what the one before it saw. */
export class ServesStaleReads extends Healthy {
  readonly #seen = new Map<string, Head>()
  #reads = 0

  override async get(path: string, options?: OperationOptions): Promise<Head> {
    const seen = this.#seen.get(path)
    const head = await this.inner.get(path, options)
    this.#seen.set(path, head)
    return ++this.#reads % 3 === 0 && seen ? seen : head
  }
}
