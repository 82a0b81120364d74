import type { Entry, Expectation, Head, ListHead, StoredHead, VersionInfo } from '../filesystem.ts'
import { encodeTuple } from '../tuple.ts'
import { generationOf, sequenceOf, type Version } from '../version.ts'
import { SEAL_OVERHEAD_BYTES } from './envelope.ts'
import type { Keyring } from './keyring.ts'
import type { SealContext } from './seal-context.ts'

/** The place of a version, as far as it is known before the write: a generation is drawn with its first version. */
interface Place {
  readonly sequence: number
  readonly generation: string
}

/** Seals and opens the bodies of entries and of logs. What is stored in the clear beside a body is bound to it. */
export class EntrySealer {
  readonly #keyring: Keyring
  readonly #store: string

  constructor(keyring: Keyring, store: string) {
    this.#keyring = keyring
    this.#store = store
  }

  /** The entry as it is stored when a write under this expectation succeeds. */
  seal(path: string, entry: Entry, expect: Expectation): Entry {
    const place = placeBehind(expect)
    return { ...entry, body: this.#keyring.seal(entry.body, this.#recordContext(path, place, entry)) }
  }

  /** @throws {FilesystemError} `corrupt` or `key-missing`. */
  open(path: string, version: Version, entry: Entry): Entry {
    return { ...entry, body: this.#keyring.open(entry.body, this.#recordContext(path, placeOf(version), entry)) }
  }

  /** @throws {FilesystemError} `corrupt` or `key-missing`. */
  openHead<H extends Head | StoredHead>(path: string, head: H): H {
    if (head.state !== 'live') return head
    return { ...head, entry: this.open(path, head.version, head.entry), info: plainInfo(head.info) }
  }

  /** @throws {FilesystemError} `corrupt` or `key-missing`, when the row has a body. */
  openListHead(path: string, head: ListHead): ListHead {
    if (head.state !== 'live') return head
    const info = plainInfo(head.info)
    return head.entry ? { ...head, info, entry: this.open(path, info.version, head.entry) } : { ...head, info }
  }

  sealLogBody(log: string, body: Uint8Array): Uint8Array {
    return this.#keyring.seal(body, this.#logContext(log))
  }

  /** @throws {FilesystemError} `corrupt` or `key-missing`. */
  openLogBody(log: string, body: Uint8Array): Uint8Array {
    return this.#keyring.open(body, this.#logContext(log))
  }

  // Optional parts are told apart from all others by being empty, which no kind and no number is.
  #recordContext(path: string, { sequence, generation }: Place, entry: Entry): SealContext {
    const { contentType, kind = '', schemaVersion = '', tuples = {} } = entry
    const names = Object.keys(tuples).sort()
    const rows = names.flatMap((name) => [name, encodeTuple(tuples[name] ?? [])])
    const bound = [this.#store, `${sequence}`, generation, contentType, kind, `${schemaVersion}`, ...rows]
    return { domain: 'latchless/record', path, bound }
  }

  // The position in the log is drawn with the append and so cannot be bound.
  #logContext(log: string): SealContext {
    return { domain: 'latchless/log', path: log, bound: [this.#store] }
  }
}

function placeBehind(expect: Expectation): Place {
  if (expect.type !== 'version') return { sequence: 1, generation: '' }
  return { sequence: sequenceOf(expect.version) + 1, generation: generationOf(expect.version) }
}

function placeOf(version: Version): Place {
  const sequence = sequenceOf(version)
  return { sequence, generation: sequence === 1 ? '' : generationOf(version) }
}

/** The sizes that callers see are those of their own bodies. */
function plainInfo(info: VersionInfo): VersionInfo {
  return { ...info, size: Math.max(0, info.size - SEAL_OVERHEAD_BYTES) }
}
