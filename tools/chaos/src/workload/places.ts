import { generationOf, sequenceOf, type Version } from '@latchless/filesystem'

/** The index of the registers. */
export const INDEX = 'by_shard'

/** Written until a watcher is known to watch. The checks leave it out. */
export const WATCHED = '/e0/watched/began'

/** Where a path or log lies: everything is in the directory of its epoch, so that histories are checked epoch by epoch. */
export function epochOfPath(path: string): number {
  const match = /^\/e(\d+)(?:\/|$)/.exec(path)
  if (!match) throw new RangeError(`Cannot tell the epoch of ${JSON.stringify(path)}: it is not in one`)
  return Number(match[1])
}

export type Kind = 'registers' | 'lists' | 'accounts'

/**
 * Which path a slot has at present. After so many versions a slot moves to its next path: all versions of a path are then
 * retained, so that no unknown outcome stays open, and a value that collects names stays small.
 */
export class Places {
  readonly #versionsMax: number
  readonly #turns = new Map<string, number>()
  #epoch = 0

  constructor(versionsMax: number) {
    this.#versionsMax = versionsMax
  }

  enter(epoch: number): void {
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    this.#turns.clear()
  }

  collection(kind: Kind): string {
    return `/e${this.#epoch}/${kind}`
  }

  path(kind: Kind, slot: number): string {
    return `${this.collection(kind)}/${slot}-${this.#turns.get(`${kind} ${slot}`) ?? 0}`
  }

  /** The accounts that belong together, and the log of what was moved between them. */
  bank(accounts: number): { readonly accounts: readonly string[]; readonly ledger: string } {
    const bank = this.path('accounts', 0)
    return {
      accounts: Array.from({ length: accounts }, (_, account) => `${bank}-${account}`),
      ledger: `/e${this.#epoch}/ledgers/${bank.slice(bank.lastIndexOf('/') + 1)}`,
    }
  }

  log(slot: number): string {
    return `/e${this.#epoch}/logs/${slot}`
  }

  /** Told of every version that somebody sees in a slot. */
  saw(kind: Kind, slot: number, path: string, version: Version | undefined, atLeast = 0): void {
    if (Math.max(atLeast, version === undefined ? 0 : sequenceOf(version)) < this.#versionsMax) return
    const current = kind === 'accounts' ? path.startsWith(`${this.path(kind, slot)}-`) : path === this.path(kind, slot)
    const name = `${kind} ${slot}`
    if (current) this.#turns.set(name, (this.#turns.get(name) ?? 0) + 1)
  }
}

/** The sequence and the generation of a token, for the checks. */
export function partsOf(token: string): { readonly sequence: number; readonly generation: string } {
  return { sequence: sequenceOf(token as Version), generation: generationOf(token as Version) }
}
