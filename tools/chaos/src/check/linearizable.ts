import type { EpochHistory, Write } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { SeenHead } from '../history/lines.ts'
import type { Finding } from '../report.ts'
import { partsOf } from '../workload/places.ts'
import type { RegisterExpectation, RegisterOperation, RegisterState, Stuck } from './register.ts'
import { checkRegister } from './check-register.ts'
import { UNWRITTEN } from './register.ts'
import { readsOfSights } from './sights.ts'

/**
 * Whether what callers saw of each record can be put in one order. Versions serve only as names of what was seen: their
 * numbers are used where an answer cannot be found without them.
 */
export function checkLinearizable(history: EpochHistory, final: FinalEpoch, stepsMax?: number): Finding[] {
  const writes = Map.groupBy(history.writes, ({ path }) => path)
  const gets = Map.groupBy(history.gets, ({ path }) => path)
  const sights = Map.groupBy(history.sights, ({ path }) => path)
  const removing = new Set(history.updates.flatMap(({ op, removes }) => (removes ? op : [])))
  const finals = new Map(final.records.map((record) => [record.path, record]))
  return [...new Set([...writes.keys(), ...gets.keys()])].flatMap((path): Finding[] => {
    const versions = finals.get(path)?.versions ?? []
    const written = writes.get(path) ?? []
    const names = new Names(written, gets.get(path) ?? [], versions)
    const seen = readsOfSights({ sights: sights.get(path) ?? [], writes: written, versions, removing })
    const operations = [...operationsOf(written, gets.get(path) ?? [], names), ...seen.reads]
    const foreign = seen.foreign.map(({ client, name }): Finding => {
      return { check: 'not-linearizable', path, message: `${client} saw ${name}, which nobody wrote` }
    })
    const last = finals.get(path)
    if (last) operations.push(finalRead(last, operations))
    let result = checkRegister(withoutSequences(operations), stepsMax)
    if (result.verdict === 'undecided') result = checkRegister(operations, stepsMax)
    if (result.verdict === 'linearizable') return foreign
    const message =
      result.verdict === 'undecided'
        ? `not decided after ${result.steps} steps: a fault of the set-up`
        : describe(result.stuck, operations.length)
    return [...foreign, { check: result.verdict, path, message }]
  })
}

/** Which write made a version, as far as anybody was told. */
class Names {
  readonly #byToken = new Map<string, string>()
  readonly #live = new Map<string, boolean>()

  constructor(writes: readonly Write[], gets: EpochHistory['gets'], versions: readonly SeenHead[]) {
    const learn = ({ version, writeId }: Partial<SeenHead>) => {
      if (version !== undefined && writeId !== undefined) this.#byToken.set(version, writeId)
    }
    for (const { version, writeId, current, digest } of writes) {
      learn({ version, writeId })
      if (current) learn(current)
      this.#live.set(writeId, digest !== undefined)
    }
    for (const { seen } of gets) learn(seen)
    for (const version of versions) learn(version)
  }

  stateOf({ version, writeId, live }: SeenHead): RegisterState {
    if (version === undefined) return UNWRITTEN
    const write = writeId ?? this.ofToken(version)
    return { write, live: writeId === undefined ? (this.#live.get(write) ?? live) : live }
  }

  ofToken(token: string): string {
    return this.#byToken.get(token) ?? `whoever made ${token}`
  }
}

function operationsOf(writes: readonly Write[], gets: EpochHistory['gets'], names: Names): RegisterOperation[] {
  const reads = gets.map(({ client, start, end, seen }): RegisterOperation => ({
    client,
    start,
    end,
    type: 'read',
    seen: names.stateOf(seen),
    sequence: seen.version === undefined ? 0 : partsOf(seen.version).sequence,
  }))
  return [...Map.groupBy(writes, ({ writeId }) => writeId).values()].reduce<RegisterOperation[]>((all, sendings) => {
    all.push(...merged(sendings, names))
    return all
  }, reads)
}

/** The sendings of one write are one write. A sending that lost, or found nothing to delete, is a read as well. */
function merged(sendings: readonly Write[], names: Names): RegisterOperation[] {
  const [first] = sendings
  if (!first) return []
  const { client, path: _, writeId, digest, expect } = first
  const reads = sendings.flatMap(({ outcome, start, end, current }): RegisterOperation[] => {
    if (outcome === 'nothing') return [{ client, start, end, type: 'read', seen: { live: false } }]
    if (outcome !== 'lost' || !current) return []
    const sequence = current.version === undefined ? 0 : partsOf(current.version).sequence
    return [{ client, start, end, type: 'read', seen: names.stateOf(current), sequence }]
  })
  const done = sendings.filter(({ outcome }) => outcome === 'done')
  const open = sendings.some(({ outcome }) => outcome === 'unknown')
  if (done.length === 0 && !open) return reads
  const start = Math.min(...sendings.map((sending) => sending.start))
  const makes = { write: writeId, live: digest !== undefined }
  const write = { client, start, type: 'write', makes, expect: expectationOf(expect, makes.live, names) } as const
  if (done.length === 0) return [...reads, write]
  const end = Math.min(...done.map((sending) => sending.end ?? Number.POSITIVE_INFINITY))
  const sequence = partsOf(done[0]?.version ?? '1.').sequence
  return [...reads, { ...write, end, sequence }]
}

function expectationOf(expect: string, live: boolean, names: Names): RegisterExpectation {
  // A delete, besides what it expects, needs something live; that is implied where it expects one version.
  if (expect === 'any') return { type: live ? 'any' : 'live' }
  if (expect === 'absent' || expect === 'unwritten') return { type: expect }
  return { type: 'is', write: names.ofToken(expect) }
}

/** What the record holds in the end, read after all else. */
function finalRead(last: FinalEpoch['records'][number], operations: readonly RegisterOperation[]): RegisterOperation {
  const latest = operations.reduce((max, { start, end = start }) => Math.max(max, end), 0)
  const seen = last.sequence === 0 ? UNWRITTEN : { write: last.versions[0]?.writeId ?? '', live: last.live }
  return { client: 'final', type: 'read', start: latest + 1, end: latest + 2, seen, sequence: last.sequence }
}

function withoutSequences(operations: readonly RegisterOperation[]): RegisterOperation[] {
  return operations.map((operation) => ({ ...operation, sequence: undefined }))
}

function describe({ ordered, state, candidates }: Stuck, total: number): string {
  const next = candidates.slice(0, 4).map((operation) => {
    const what =
      operation.type === 'read'
        ? `read ${operation.seen.write ?? 'something'}`
        : `write ${operation.makes.write} expecting ${operation.expect.type === 'is' ? operation.expect.write : operation.expect.type}`
    return `${operation.client}: ${what}`
  })
  return `${ordered} of ${total} calls can be put in order; then the record holds ${state.write} and next is none of: ${next.join('; ')}`
}
