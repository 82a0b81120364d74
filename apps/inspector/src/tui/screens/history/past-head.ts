import { FilesystemError } from '@latchless/filesystem'
import type { ListedRow } from '../../../model/listed-row.ts'
import { versionAt } from '../../../model/version-at.ts'
import type { TimeTraveller } from '../../as-of-action.ts'
import type { Host } from '../../screen.ts'
import { stoppable } from '../records/stoppable.ts'
import type { VersionList } from './version-list.ts'

/** The version of a record that was its head at the time that the host looks at; it is stood on when it is found. */
export class PastHead implements TimeTraveller {
  readonly #host: Host
  readonly #path: string
  readonly #list: VersionList
  #stopping = new AbortController()
  #timeMs: number | undefined
  #row: ListedRow | 'damaged' | undefined
  #standsOnIt: boolean

  /** Where somebody asked for a version, only another time leads away from it: `standsOnIt` is false then. */
  constructor(host: Host, path: string, list: VersionList, standsOnIt: boolean) {
    this.#host = host
    this.#path = path
    this.#list = list
    this.#standsOnIt = standsOnIt
  }

  /** Undefined while one looks at what is stored now. */
  get timeMs(): number | undefined {
    return this.#timeMs
  }

  /** What was there, in as few words as there can be; none while it is looked up. */
  get words(): string {
    const row = this.#row
    if (row === undefined) return ''
    if (row === 'damaged') return 'cannot be read'
    if (row.state === 'unwritten') return 'not written yet'
    return row.state === 'pruned' ? 'not retained' : `v${row.version}`
  }

  get cannotGoBack(): string | undefined {
    const hasVersions = this.#path !== '' && this.#host.store.capabilities(this.#path).history
    return hasVersions ? undefined : 'there are no versions here'
  }

  travel(timeMs: number | undefined): void {
    this.#host.asOfMs = timeMs
    this.#standsOnIt = true
    this.adopt()
  }

  /** Takes over the time of the host, which may have been set on another screen. */
  adopt(): void {
    const { asOfMs } = this.#host
    if (asOfMs === this.#timeMs || this.cannotGoBack !== undefined) return
    this.stop()
    this.#timeMs = asOfMs
    this.#row = undefined
    const { signal } = this.#stopping
    if (asOfMs === undefined) this.#stand(this.#list.newest?.sequence)
    else this.#host.run(() => stoppable(signal, () => this.#find(asOfMs, signal)))
  }

  /** What was not found by then is looked up again. */
  stop(): void {
    this.#stopping.abort()
    this.#stopping = new AbortController()
    if (this.#row === undefined) this.#timeMs = undefined
  }

  async #find(timeMs: number, signal: AbortSignal): Promise<void> {
    try {
      const row = await versionAt(this.#host.store, this.#path, timeMs, signal)
      if (signal.aborted) return
      this.#row = row
      this.#stand(row.version ?? undefined)
    } catch (error) {
      if (!(error instanceof FilesystemError) || error.code !== 'corrupt') throw error
      this.#row = 'damaged'
    }
    this.#host.changed()
  }

  #stand(version: number | undefined): void {
    if (version !== undefined && this.#standsOnIt) this.#list.goTo(version)
  }
}
