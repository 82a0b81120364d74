import { createHash } from 'node:crypto'
import {
  casUpdate,
  type Codec,
  type Decision,
  exactly,
  type Filesystem,
  type Head,
  MemoryFilesystem,
  remove,
  sequenceOf,
  write,
} from '@latchless/filesystem'
import {
  checkVersions,
  createSimulation,
  type Fault,
  FaultScript,
  faulty,
  HistoryRecorder,
  recordFinal,
  type RecordedFinal,
  seededRandom,
  type Simulation,
} from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const SCHEDULES = 2500
const WRITERS = ['w1', 'w2', 'w3']
const UPDATES_EACH = 3
const path = '/counter'

interface Counter {
  readonly count: number
  /** The update that wrote this version. */
  readonly by: string
  /** Hash of the body that this one was built upon. Taken when decoding, written when encoding. */
  readonly previous?: string | undefined
}

function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

function parse(body: Uint8Array): Counter & { readonly sequence: number } {
  return JSON.parse(Buffer.from(body).toString('utf8'))
}

/** Bodies that say which version they are and what they were built upon, so that the checker can compare. */
const codec: Codec<Counter> = {
  keepVersions: 100,
  decode: (entry) => ({ ...parse(entry.body), previous: digestOf(entry.body) }),
  encode: (value, { sequence }) => ({
    body: Buffer.from(JSON.stringify({ ...value, sequence })),
    contentType: 'application/json',
  }),
  isUnchanged: () => false,
}

/** Some calls are busy, lose their request or reply, or apply late; which ones, the seed says. */
function scriptOf(seed: number): FaultScript {
  const random = seededRandom(seed, 3)
  const faults: readonly Fault[] = ['apply-later', 'apply-later', 'error-after', 'lost-request', 'busy']
  const script = new FaultScript()
  for (let at = 0; at < 6; at++) {
    const operation = (['put', 'put', 'put', 'get', 'delete'] as const)[random.below(5)] ?? 'put'
    script.add({ operation, nth: 1 + random.below(9), fault: faults[random.below(faults.length)] ?? 'busy' })
  }
  return script
}

interface Run {
  readonly seed: number
  readonly simulation: Simulation
  readonly script: FaultScript
  readonly memory: MemoryFilesystem
  readonly recorder: HistoryRecorder
  /** The updates whose writers were told that they are in the record. */
  readonly acknowledged: string[]
  readonly failures: unknown[]
  readonly late: PromiseSettledResult<unknown>[]
  readonly update: typeof casUpdate
}

async function runSchedule(seed: number, update: typeof casUpdate = casUpdate): Promise<Run> {
  const simulation = createSimulation(seed, { stallMsMax: 100 })
  const { runtime } = simulation
  const memory = await MemoryFilesystem.open({ runtime, writer: { service: 'test', host: 'test', pid: 1 } })
  const run: Run = {
    seed,
    simulation,
    script: scriptOf(seed),
    memory,
    recorder: new HistoryRecorder(),
    acknowledged: [],
    failures: [],
    late: [],
    update,
  }
  const storeOf = (name: string) => run.recorder.record(simulation.interleave(faulty(memory, run.script), name), name)
  const results = await simulation.run([
    ...WRITERS.map((name) => () => increment(run, storeOf(name), name)),
    () => removeTwice(run, storeOf('deleter')),
    () => releaseLate(run),
  ])
  for (const result of results) if (result.status === 'rejected') run.failures.push(result.reason)
  return run
}

async function increment(run: Run, store: Filesystem, name: string): Promise<void> {
  const { runtime } = run.simulation
  for (let at = 1; at <= UPDATES_EACH; at++) {
    const by = `${name}:${at}`
    await run.update(
      store,
      path,
      codec,
      (current) => write({ count: (current?.count ?? 0) + 1, by, previous: current?.previous }),
      { runtime },
    )
    run.acknowledged.push(by)
  }
}

async function removeTwice(run: Run, store: Filesystem): Promise<void> {
  const { runtime } = run.simulation
  for (let at = 0; at < 2; at++) {
    await runtime.sleep(runtime.random() * 10)
    await run.update(store, path, codec, () => remove(), { runtime })
  }
}

/** The requests that were thought dead arrive at moments of the scheduler's choice. */
async function releaseLate({ simulation, script, late }: Run): Promise<void> {
  for (let at = 0; at < 10; at++) {
    await simulation.runtime.sleep(simulation.runtime.random() * 10)
    await simulation.point('late requests arrive')
    late.push(...(await script.releaseLate()))
  }
}

/** Everything that is wrong with the outcome of a schedule, in words. */
async function problemsOf(run: Run): Promise<string[]> {
  const problems = run.failures.map((failure) => `a task failed: ${String(failure)}`)
  const { versions } = await run.memory.history(path, { bodies: true, limit: 1000 })
  const applied: string[] = []
  let expectedCount = 0
  versions.toReversed().forEach(({ info, entry }, at) => {
    if (sequenceOf(info.version) !== at + 1) problems.push(`v${at + 1} is missing`)
    const body = entry && parse(entry.body)
    expectedCount = body ? expectedCount + 1 : 0
    if (!body) return
    applied.push(body.by)
    if (body.count !== expectedCount) problems.push(`v${at + 1} counts ${body.count} instead of ${expectedCount}`)
  })
  const expected = WRITERS.flatMap((name) => [1, 2, 3].map((at) => `${name}:${at}`))
  for (const [what, updates] of [
    ['acknowledged', run.acknowledged],
    ['applied', applied],
  ] as const) {
    const found = updates.toSorted().join(' ')
    if (found !== expected.join(' ')) problems.push(`${what} exactly once each was expected, found ${found}`)
  }
  const violations = checkVersions({ operations: run.recorder.operations, finals: [await finalOf(run)] })
  return [...problems, ...violations.map((violation) => violation.message)]
}

async function finalOf({ memory }: Run): Promise<RecordedFinal> {
  const final = await recordFinal(memory, path)
  const { versions } = await memory.history(path, { bodies: true, limit: 1000 })
  const bodies = new Map(versions.map(({ info, entry }) => [sequenceOf(info.version), entry && parse(entry.body)]))
  return {
    ...final,
    versions: final.versions.map((version) => {
      const body = bodies.get(version.sequence)
      return body ? { ...version, claims: { sequence: body.sequence, previous: body.previous } } : version
    }),
  }
}

/** What somebody writes who has not heard of lost replies: on any failure, read again and apply again. */
const applyAgain: typeof casUpdate = async (filesystem, at, codec, apply) => {
  for (;;) {
    const head = await filesystem.get(at).catch(() => undefined)
    if (!head) continue
    const current = head.state === 'live' ? await codec.decode(head.entry, at) : undefined
    const decision = await apply(current)
    try {
      const version = await send(filesystem, at, codec, head, decision)
      return { outcome: decision.outcome, value: current, version, changed: true, replayed: false }
    } catch {}
  }
}

async function send<T>(filesystem: Filesystem, at: string, to: Codec<T>, head: Head, decision: Decision<T, unknown>) {
  if (decision.type === 'write') {
    const sequence = head.state === 'unwritten' ? 1 : sequenceOf(head.version) + 1
    const entry = await to.encode(decision.next, { path: at, sequence })
    return (await filesystem.put(at, entry, exactly(head), { keepVersions: 100 })).version
  }
  return head.state === 'live' ? (await filesystem.delete(at, exactly(head)))?.version : undefined
}

describe('casUpdate() under a deterministic scheduler', () => {
  it('applies every update exactly once in every schedule, whatever gets lost or arrives late', async () => {
    const seen = { sawOthers: 0, tombstones: 0, resent: 0, landedLate: 0, lateAndLost: 0, lateAndReplayed: 0 }
    for (let seed = 0; seed < SCHEDULES; seed++) {
      const run = await runSchedule(seed)
      run.late.push(...(await run.script.releaseLate()))
      expect(await problemsOf(run), `with seed ${seed}`).toEqual([])
      count(seen, run)
    }
    // The schedules must have met what they are for.
    for (const times of Object.values(seen)) expect(times, JSON.stringify(seen)).toBeGreaterThan(SCHEDULES / 50)
  })

  it('goes the same way again for the same seed', async () => {
    const [first, second] = [await runSchedule(11), await runSchedule(11)]
    expect(second.simulation.trace).toEqual(first.simulation.trace)
    expect(second.recorder.operations).toEqual(first.recorder.operations)
  })

  it('catches an update that is applied again after a lost reply', async () => {
    let caught = 0
    for (let seed = 0; seed < 100; seed++) {
      const problems = await problemsOf(await runSchedule(seed, applyAgain))
      if (problems.some((problem) => problem.includes('applied exactly once'))) caught++
    }
    expect(caught).toBeGreaterThan(10)
  })
})

type Seen = Record<'sawOthers' | 'tombstones' | 'resent' | 'landedLate' | 'lateAndLost' | 'lateAndReplayed', number>

function count(seen: Seen, { recorder, late }: Run): void {
  const writeIds = new Set<string | undefined>()
  for (const { type, process, writeId, sequence } of recorder.operations) {
    if (type === 'read' && process !== 'deleter' && writeIds.has(writeId)) seen.sawOthers++
    if (type !== 'write') continue
    if (writeIds.has(writeId)) seen.resent++
    if (process === 'deleter' && sequence !== undefined) seen.tombstones++
    writeIds.add(writeId)
  }
  for (const result of late) {
    if (result.status === 'rejected') seen.lateAndLost++
    else if (Object(result.value).replayed === true) seen.lateAndReplayed++
    else if (Object(result.value).replayed === false) seen.landedLate++
  }
}
