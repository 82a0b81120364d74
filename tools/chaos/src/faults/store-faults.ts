import type { Filesystem, Runtime } from '@latchless/filesystem'
import type { Fault, FilesystemCall, SeededRandom } from '@latchless/filesystem/testing'
import { FaultScript, InterceptedFilesystem } from '@latchless/filesystem/testing'

export interface StoreFaultOptions {
  readonly random: SeededRandom
  readonly runtime: Runtime
  /** The share of calls that fail. */
  readonly share: number
  readonly onFault: (kind: Fault) => void
}

/** A filesystem that fails now and then, and what of it is still to come. */
export interface FaultyStore {
  readonly filesystem: Filesystem
  /** Resolves when all that was to happen later has happened. */
  settled(): Promise<void>
}

const WRITES = new Set<FilesystemCall['operation']>(['put', 'delete', 'transact', 'append'])
const WRITE_FAULTS: readonly Fault[] = ['busy', 'lost-request', 'error-after', 'apply-later', 'delay']
const READ_FAULTS: readonly Fault[] = ['busy', 'delay']
/** All that calls meet. */
export const STORE_FAULTS: readonly Fault[] = WRITE_FAULTS
/** The share of calls that fail until each kind of fault was met once. */
const FIRST_SHARE = 0.2
/** How late a delayed call or answer is, in milliseconds. */
const LATE_MS_MAX = 60
/** One in so many is far later, so that others have moved on. */
const VERY_LATE_ONE_IN = 8
const VERY_LATE_MS_MAX = 700

/** Lets a share of the calls meet a fault, as the scripted faults of the testing kit do them. */
export function withStoreFaults(inner: Filesystem, options: StoreFaultOptions): FaultyStore {
  const { random, runtime, share, onFault } = options
  const pending = new Set<Promise<unknown>>()
  const later = (act: () => unknown) => {
    const ms = random.fraction() * (random.below(VERY_LATE_ONE_IN) === 0 ? VERY_LATE_MS_MAX : LATE_MS_MAX)
    const done = runtime.sleep(ms).then(act)
    pending.add(done)
    void done.finally(() => pending.delete(done))
  }
  const reads = new Turns(READ_FAULTS, random)
  const writes = new Turns(WRITE_FAULTS, random)
  const filesystem = new InterceptedFilesystem(
    inner,
    async (call, proceed) => {
      const fault = (WRITES.has(call.operation) ? writes : reads).next(share)
      if (fault === undefined) return proceed()
      onFault(fault)
      const script = new FaultScript([{ operation: call.operation, fault }])
      const outcome = script.run(call, proceed)
      if (fault === 'delay') later(() => script.release())
      if (fault === 'apply-later') later(() => script.releaseLate())
      return outcome
    },
    { waits: true },
  )
  return { filesystem, settled: async () => void (await Promise.all(pending)) }
}

/** The kinds of fault in turn, so that each is met. The first round comes early, for a run or a worker that is soon over. */
class Turns {
  readonly #kinds: readonly Fault[]
  readonly #random: SeededRandom
  readonly #first: number
  #taken = 0

  constructor(kinds: readonly Fault[], random: SeededRandom) {
    this.#kinds = kinds
    this.#random = random
    this.#first = random.below(kinds.length)
  }

  next(share: number): Fault | undefined {
    const due = this.#random.fraction() < (this.#taken < this.#kinds.length ? FIRST_SHARE : share)
    return due ? this.#kinds[(this.#first + this.#taken++) % this.#kinds.length] : undefined
  }
}
