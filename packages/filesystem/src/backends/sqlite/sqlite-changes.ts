import type { ChangeLog, ChangePage } from '../../change-feed.ts'
import { ROOT } from '../../path.ts'
import type { LoggedPage } from './changes.ts'
import type { WorkerClient } from './worker-client.ts'

/** The change log of a store as the feed of a watcher reads it. A cursor is `<epoch of the store>.<position>`. */
export class SqliteChanges implements ChangeLog {
  readonly #client: WorkerClient
  readonly #epoch: string

  constructor(client: WorkerClient, epoch: string) {
    this.#client = client
    this.#epoch = epoch
  }

  async now(): Promise<string> {
    const position = await this.#client.request('watch', ROOT, { kind: 'read', call: { type: 'lastChange' } })
    return this.#cursor(position as number)
  }

  async after(cursor: string, prefix: string): Promise<ChangePage | undefined> {
    const after = this.#position(cursor)
    if (after === undefined) return undefined
    const call = { type: 'changes', after, prefix } as const
    const page = (await this.#client.request('watch', prefix, { kind: 'read', call })) as LoggedPage | undefined
    if (!page) return undefined
    const changes = page.changes.map(({ position, ...change }) => ({ ...change, cursor: this.#cursor(position) }))
    return { changes, cursor: this.#cursor(page.position), end: page.end }
  }

  async wait(cursor: string, signal: AbortSignal): Promise<void> {
    const after = this.#position(cursor)
    if (after === undefined || signal.aborted) return
    await this.#client.request('watch', ROOT, { kind: 'wait', after }, signal)
  }

  #cursor(position: number): string {
    return `${this.#epoch}.${position}`
  }

  #position(cursor: string): number | undefined {
    const [epoch, position = ''] = cursor.split('.')
    return epoch === this.#epoch && /^\d{1,15}$/.test(position) ? Number(position) : undefined
  }
}
