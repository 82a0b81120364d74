import {
  casUpdate,
  type CasUpdateError,
  type CasUpdateOptions,
  type Codec,
  type Filesystem,
  MemoryFilesystem,
  noop,
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
  seededRandom,
  type Simulation,
} from '@latchless/filesystem/testing'
import { expect, test } from 'vitest'
import { intercept } from './support/intercept.ts'

const SCHEDULES = 2000
const PROCESSES = ['p1', 'p2', 'p3']
const CALLERS = 4
const CALLS_EACH = 3
const path = '/list'

/** Every update that is applied adds its name, so the record itself tells what happened, and in which order. */
interface Names {
  readonly names: readonly string[]
}

const codec: Codec<Names> = {
  combine: true,
  keepVersions: 1000,
  decode: (entry) => JSON.parse(Buffer.from(entry.body).toString('utf8')),
  encode: (value) => ({ body: Buffer.from(JSON.stringify(value)), contentType: 'application/json' }),
  isUnchanged: (stored, _current, next) => Buffer.from(stored.body).toString('utf8') === JSON.stringify(next),
}

/** The same bytes, by a codec that takes its time, as one does that asks a key server. */
function slowly(simulation: Simulation): Codec<Names> {
  return {
    ...codec,
    decode: async (entry, at) => {
      await simulation.point('a codec decodes')
      return codec.decode(entry, at)
    },
    encode: async (value, target) => {
      await simulation.point('a codec encodes')
      return codec.encode(value, target)
    },
  }
}

type Ending = 'applied' | 'nothing' | 'unknown'

type Seen =
  | 'batches'
  | 'together'
  | 'looks'
  | 'thrown'
  | 'alone'
  | 'repeats'
  | 'aborted'
  | 'timedOut'
  | 'unknown'
  | 'takenOver'

interface Run {
  readonly simulation: Simulation
  readonly memory: MemoryFilesystem
  readonly recorder: HistoryRecorder
  readonly script: FaultScript
  /** What each caller was told of its update. */
  readonly told: Map<string, Ending>
  readonly problems: string[]
  readonly codec: Codec<Names>
  readonly seen: Record<Seen, number>
}

async function runSchedule(seed: number): Promise<Run> {
  const simulation = createSimulation(seed, { stallMsMax: 400 })
  const { runtime } = simulation
  const memory = await MemoryFilesystem.open({ runtime, writer: { service: 'test', host: 'test', pid: 1 } })
  const run: Run = {
    simulation,
    memory,
    recorder: new HistoryRecorder(),
    script: scriptOf(seed),
    told: new Map(),
    problems: [],
    codec: seed % 2 === 0 ? codec : slowly(simulation),
    seen: {
      batches: 0,
      together: 0,
      looks: 0,
      thrown: 0,
      alone: 0,
      repeats: 0,
      aborted: 0,
      timedOut: 0,
      unknown: 0,
      takenOver: 0,
    },
  }
  const random = seededRandom(seed, 5)
  const tasks = PROCESSES.flatMap((name) => {
    const store = countTakeovers(
      run,
      run.recorder.record(simulation.interleave(faulty(memory, run.script), name), name),
    )
    return Array.from(
      { length: CALLERS },
      (_, caller) => () => call(run, store, `${name}:${caller}`, random.below(1000)),
    )
  })
  const results = await simulation.run([...tasks, () => releaseLate(run)])
  for (const result of results) if (result.status === 'rejected') run.problems.push(String(result.reason))
  await run.script.releaseLate()
  return run
}

/** A write that is sent again while it is still under way belongs to a run that stalled, and that another one took over from. */
function countTakeovers({ seen }: Run, store: Filesystem): Filesystem {
  const underWay = new Set<string | undefined>()
  return intercept(store, {
    async put(original, at, entry, expected, options) {
      if (underWay.has(options?.writeId)) seen.takenOver++
      underWay.add(options?.writeId)
      try {
        return await original(at, entry, expected, options)
      } finally {
        underWay.delete(options?.writeId)
      }
    },
  })
}

/** Some calls are busy, lose their request or reply, or arrive late; which ones, the seed says. */
function scriptOf(seed: number): FaultScript {
  const random = seededRandom(seed, 3)
  const faults: readonly Fault[] = ['apply-later', 'error-after', 'lost-request', 'busy']
  const script = new FaultScript()
  for (let at = 0; at < 5; at++) {
    const operation = (['put', 'put', 'put', 'get'] as const)[random.below(4)] ?? 'put'
    script.add({ operation, nth: 1 + random.below(12), fault: faults[random.below(faults.length)] ?? 'busy' })
  }
  return script
}

async function releaseLate({ simulation, script }: Run): Promise<void> {
  for (let at = 0; at < 8; at++) {
    await simulation.runtime.sleep(simulation.runtime.random() * 20)
    await simulation.point('late requests arrive')
    await script.releaseLate()
  }
}

async function call(run: Run, store: Filesystem, caller: string, kinds: number): Promise<void> {
  for (let at = 0; at < CALLS_EACH; at++) {
    const name = `${caller}:${at}`
    const kind = (kinds + at * 7) % 9
    if (kind === 0) await look(run, store)
    else if (kind === 1) await refuse(run, store)
    else if (kind === 2) await append(run, store, name, 'async')
    else if (kind === 3) await appendTwice(run, store, name)
    else if (kind === 4) await appendUntilAborted(run, store, name)
    else if (kind === 5) await append(run, store, name, 'sync', { timeoutMs: 30 })
    else await append(run, store, name, 'sync')
  }
}

async function append(
  run: Run,
  store: Filesystem,
  name: string,
  how: 'sync' | 'async',
  options: CasUpdateOptions = {},
): Promise<void> {
  const { runtime } = run.simulation
  const next = (current: Names | undefined) =>
    write({ names: [...(current?.names ?? []), name] }, current?.names.length ?? 0)
  const apply = how === 'sync' ? next : (current: Names | undefined) => Promise.resolve(next(current))
  if (how === 'async') run.seen.alone++
  const before = applied(run)
  try {
    const { outcome, value, replayed } = await casUpdate(store, path, run.codec, apply, { runtime, ...options })
    run.told.set(name, 'applied')
    if (replayed) return
    if (outcome < before) run.problems.push(`${name} was applied over a state older than its call`)
    if (value?.names.at(-1) !== name) run.problems.push(`${name} was given back a record without it`)
  } catch (error) {
    run.told.set(name, endingOf(run, error as CasUpdateError))
  }
}

/** The same update twice at once, as a caller does that was restarted. */
async function appendTwice(run: Run, store: Filesystem, name: string): Promise<void> {
  run.seen.repeats++
  await Promise.all([
    append(run, store, name, 'sync', { opId: name }),
    append(run, store, name, 'sync', { opId: name }),
  ])
}

/** The signal fires when the scheduler picks it: while it waits, is folded, encoded or written, or afterwards. */
async function appendUntilAborted(run: Run, store: Filesystem, name: string): Promise<void> {
  const controller = new AbortController()
  const abort = async () => {
    await run.simulation.point('a caller aborts')
    await run.simulation.point('a caller has aborted')
    controller.abort()
  }
  await Promise.all([append(run, store, name, 'sync', { signal: controller.signal }), abort()])
}

async function look(run: Run, store: Filesystem): Promise<void> {
  const before = applied(run)
  const look = (current: Names | undefined) => noop(current?.names.length ?? 0)
  const { outcome } = await casUpdate(store, path, run.codec, look, { runtime: run.simulation.runtime })
  run.seen.looks++
  if (outcome < before)
    run.problems.push(`a no-op saw ${outcome} names when ${before} were acknowledged before it began`)
}

async function refuse(run: Run, store: Filesystem): Promise<void> {
  const before = applied(run)
  const full = (current: Names | undefined) => {
    throw new RangeError(String(current?.names.length ?? 0))
  }
  const thrown = await casUpdate(store, path, run.codec, full, { runtime: run.simulation.runtime }).catch(
    (error) => error,
  )
  run.seen.thrown++
  if (!(thrown instanceof RangeError)) run.problems.push(`a throwing apply ended as ${String(thrown)}`)
  else if (Number(thrown.message) < before) run.problems.push('an error was told over a state older than its call')
}

function applied({ told }: Run): number {
  return [...told.values()].filter((ending) => ending === 'applied').length
}

function endingOf({ problems, seen }: Run, { code }: CasUpdateError): Ending {
  if (code === 'unknown-outcome') seen.unknown++
  else if (code === 'aborted') seen.aborted++
  else if (code === 'timeout') seen.timedOut++
  else problems.push(`an update failed with ${code}`)
  return code === 'unknown-outcome' ? 'unknown' : 'nothing'
}

async function problemsOf(run: Run): Promise<string[]> {
  const problems = [...run.problems]
  const { versions } = await run.memory.history(path, { bodies: true, limit: 1000 })
  let before: readonly string[] = []
  versions.toReversed().forEach(({ info, entry }, at) => {
    const { names } = JSON.parse(Buffer.from(entry?.body ?? []).toString('utf8')) as Names
    if (sequenceOf(info.version) !== at + 1) problems.push(`v${at + 1} is missing`)
    if (names.slice(0, before.length).join() !== before.join()) problems.push(`v${at + 1} lost what v${at} held`)
    const added = names.length - before.length
    if (added !== info.updates.length)
      problems.push(`v${at + 1} lists ${info.updates.length} updates and holds ${added}`)
    run.seen.batches++
    if (added > 1) run.seen.together++
    before = names
  })
  for (const name of new Set(before)) {
    if (before.filter((each) => each === name).length > 1) problems.push(`${name} was applied twice`)
    if (!run.told.has(name) || run.told.get(name) === 'nothing')
      problems.push(`${name} was applied and not acknowledged`)
  }
  for (const [name, ending] of run.told) {
    if (ending === 'applied' && !before.includes(name)) problems.push(`${name} was acknowledged and is not there`)
  }
  const finals = [await recordFinal(run.memory, path)]
  const violations = checkVersions({ operations: run.recorder.operations, finals })
  return [...problems, ...violations.map(({ message }) => message)]
}

test('Updates that are combined in several processes are each applied once, whatever gets lost or arrives late', async () => {
  const seen: Record<string, number> = {}
  for (let seed = 0; seed < SCHEDULES; seed++) {
    const run = await runSchedule(seed)
    expect(await problemsOf(run), `with seed ${seed}`).toEqual([])
    for (const [what, times] of Object.entries(run.seen)) seen[what] = (seen[what] ?? 0) + times
  }
  expect(seen['together'], JSON.stringify(seen)).toBeGreaterThan(SCHEDULES / 2)
  const often: readonly Seen[] = ['looks', 'thrown', 'alone', 'repeats']
  for (const what of often) expect(seen[what], what).toBeGreaterThan(SCHEDULES / 2)
  const sometimes: readonly Seen[] = ['aborted', 'timedOut', 'unknown', 'takenOver']
  for (const what of sometimes) expect(seen[what], `${what} of ${JSON.stringify(seen)}`).toBeGreaterThan(SCHEDULES / 50)
})

test('A schedule of combined updates goes the same way again for the same seed', async () => {
  const [first, second] = [await runSchedule(7), await runSchedule(7)]
  expect(second.simulation.trace).toEqual(first.simulation.trace)
})
