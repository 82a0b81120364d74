import { CompactedError } from '../errors.ts'
import type {
  AppliedOp,
  Entry,
  Expectation,
  Head,
  ListHead,
  StoredHead,
  VersionInfo,
  WriteOptions,
  WriteResult,
} from '../filesystem.ts'
import { systemRuntime } from '../runtime.ts'
import { formatVersion, type Version } from '../version.ts'
import { someWriter } from './samples.ts'

const REMEMBERED = 128

interface NaiveVersion {
  readonly entry: Entry | undefined
  readonly info: VersionInfo
  isKept: boolean
}

/** One path of the naive model: every version that it ever had, oldest first, with nothing thrown away. */
export class NaiveRecord {
  readonly path: string
  readonly #versions: NaiveVersion[] = []
  #generation = ''

  constructor(path: string) {
    this.path = path
  }

  head(): Head {
    const newest = this.#versions.at(-1)
    return newest ? { ...storedHead(newest), ops: this.#ops() } : { state: 'unwritten' }
  }

  /** The version that a write of this id became, as long as it must be remembered. */
  replay(writeId: string | undefined): WriteResult | undefined {
    const found = this.#versions.slice(-REMEMBERED).find(({ info }) => info.writeId === writeId)
    return found && { version: found.info.version, writeId: found.info.writeId, replayed: true }
  }

  isMetBy(expect: Expectation): boolean {
    const head = this.head()
    if (expect.type === 'version') return head.state !== 'unwritten' && head.version === expect.version
    if (expect.type === 'unwritten') return head.state === 'unwritten'
    return expect.type === 'any' || head.state !== 'live'
  }

  add(entry: Entry | undefined, options: WriteOptions): WriteResult {
    if (this.#versions.length === 0) this.#generation = systemRuntime.randomHex(8)
    const version: Version = formatVersion(this.#versions.length + 1, this.#generation)
    const writeId = options.writeId ?? systemRuntime.randomHex(16)
    const [writer, updates] = [options.writer ?? someWriter, options.updates ?? [{}]]
    const info = { version, writeId, writer, updates, time: 0, size: entry?.body.length ?? 0 }
    const superseded = this.#versions.filter(({ isKept }) => isKept)
    const keep = options.keepVersions ?? 16
    for (const old of superseded.slice(0, Math.max(0, superseded.length - keep))) old.isKept = false
    this.#versions.push({ entry, info, isKept: true })
    return { version, writeId, replayed: false }
  }

  /** Newest first. */
  history(bodies: boolean): ListHead[] {
    return this.#versions
      .filter(({ isKept }) => isKept)
      .map((version) => listHead(version, bodies))
      .toReversed()
  }

  listHead(bodies: boolean): ListHead | undefined {
    const newest = this.#versions.at(-1)
    return newest && listHead(newest, bodies)
  }

  version(sequence: number): StoredHead | undefined {
    const found = this.#versions[sequence - 1]
    if (!found) return undefined
    if (found.isKept) return storedHead(found)
    const oldest = this.#versions.findIndex(({ isKept }) => isKept) + 1
    throw new CompactedError('getVersion', this.path, `version ${sequence} was pruned`, oldest)
  }

  #ops(): AppliedOp[] {
    return this.#versions
      .slice(-REMEMBERED)
      .toReversed()
      .flatMap(({ info }) =>
        info.updates.flatMap(({ opId }) => (opId === undefined ? [] : [{ opId, version: info.version }])),
      )
  }
}

function storedHead({ entry, info }: NaiveVersion): StoredHead {
  const { version } = info
  return entry ? { state: 'live', version, entry, info, ops: [] } : { state: 'deleted', version, info, ops: [] }
}

function listHead({ entry, info }: NaiveVersion, bodies: boolean): ListHead {
  if (!entry) return { state: 'deleted', info }
  const { contentType, kind, schemaVersion } = entry
  return { state: 'live', info, contentType, kind, schemaVersion, ...(bodies ? { entry } : {}) }
}
