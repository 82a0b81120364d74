import type { Results } from '../results.ts'
import { DISTURBANCES } from '../scenarios/convoy.ts'
import { significant } from '../statistics.ts'
import type { Bar, BarResult } from './bar.ts'
import { judge, oursIn, relation } from './bar.ts'

const OURS = ['latchless/postgres', 'latchless/sqlite', 'latchless/local', 'latchless/memory'] as const
const OF_ONE_PROCESS = 'latchless/memory'
const DELAY_MAX = 1.5
const WAIT_SHARE_MAX = 0.5
const OVERHEAD_MAX = 1.1
const OVERHEAD_CPU_MICROS_MAX = 25
/** How much more than after warm-up still counts as flat. */
const GROWTH_MAX = 1.1

const convoy: Bar = (results) =>
  OURS.flatMap((engine) => {
    const undisturbed = oursIn(results, 'convoy', engine, 'stall=none')
    const kinds = DISTURBANCES.filter((kind) => kind !== 'none' && !(kind === 'stop' && engine === OF_ONE_PROCESS))
    return kinds.flatMap((kind) => {
      const disturbed = oursIn(results, 'convoy', engine, `stall=${kind}`)
      return [
        judge({
          scenario: 'convoy',
          engine,
          bar: `p99 of the others ≤ ${DELAY_MAX} × with one held up by ${kind}`,
          ...relation(disturbed, undisturbed, 'p99Ms'),
          atMost: DELAY_MAX,
        }),
        // Writers that are parked do little, and so hardly show among the operations of the others.
        judge({
          scenario: 'convoy',
          engine,
          bar: `longest wait of the others ≤ half of that of the one held up by ${kind}`,
          value: disturbed && disturbed.median('maxMs') / disturbed.medianDetail('heldUpMs'),
          unit: ' ×',
          atMost: WAIT_SHARE_MAX,
        }),
      ]
    })
  })

// The memory backend holds the records themselves, so its process grows with what is stored.
const growth: Bar = (results) =>
  OURS.filter((engine) => engine !== OF_ONE_PROCESS).flatMap((engine) => {
    const [ours] = results.where({ scenario: 'memory-growth', engine, mode: 'combine' })
    return (['heap', 'rss'] as const).map((what) => {
      const warm = ours?.medianDetail(`${what}WarmMb`) ?? Number.NaN
      const last = ours?.medianDetail(`${what}LastMb`) ?? Number.NaN
      return judge({
        scenario: 'memory-growth',
        engine,
        bar: `${what} at the end ≤ ${GROWTH_MAX} × after warm-up`,
        value: last / warm,
        unit: ' ×',
        from: `${significant(last, 3)} MB against ${significant(warm, 3)} MB`,
        atMost: GROWTH_MAX,
      })
    })
  })

/** What `casUpdate` costs beyond the put it makes. */
const overhead: Bar = (results) =>
  OURS.map((engine) => {
    const scenario = 'uncontended'
    const [ours, put] = [oursIn(results, scenario, engine), results.one({ scenario, engine, mode: 'put' })]
    if (engine === 'latchless/postgres') {
      const bar = `casUpdate at most ${OVERHEAD_MAX} × the time of a put`
      return judge({ scenario, engine, bar, ...relation(put, ours, 'opsPerSecond'), atMost: OVERHEAD_MAX })
    }
    const micros =
      (ours?.medianDetail('cpuMicrosPerOp') ?? Number.NaN) - (put?.medianDetail('cpuMicrosPerOp') ?? Number.NaN)
    const bar = `casUpdate at most ${OVERHEAD_CPU_MICROS_MAX} µs of processor time above a put`
    return judge({ scenario, engine, bar, value: micros, unit: ' µs', atMost: OVERHEAD_CPU_MICROS_MAX })
  })

/** A figure says nothing when calls failed, nothing was done or a round is missing. */
const complete: Bar = (results) =>
  results.subjects
    .filter(({ subject }) => subject.engine.startsWith('latchless/'))
    .flatMap((found) => {
      const { scenario, engine, mode, variant } = found.subject
      const of = `${mode}${variant === '' ? '' : ` · ${variant}`}`
      const all = results.roundsOf(scenario)
      const missing = all - found.rounds.length
      return [
        // A process that is stopped for long comes back to updates whose time is over.
        {
          bar: `no failure of ${of}`,
          value: mode === 'combine' && variant !== 'stall=stop' ? found.total('failures') : 0,
          unit: '',
        },
        { bar: `something done in every round of ${of}`, value: found.isIdle ? 1 : 0, unit: ' idle rounds or more' },
        { bar: `every round of ${of} measured`, value: missing, unit: ` of ${all} rounds are missing` },
      ]
        .filter(({ value }) => value > 0)
        .map((broken) => judge({ scenario, engine, ...broken, atMost: 0 }))
    })

/** Not about speed: every acknowledged update is in the store, once. */
const correctness: Bar = (results: Results): BarResult[] =>
  results.subjects
    .filter(({ subject }) => subject.engine.startsWith('latchless/'))
    .filter((subject) => subject.total('lost') + subject.total('repeated') > 0)
    .map((found) =>
      judge({
        scenario: found.subject.scenario,
        engine: found.subject.engine,
        bar: 'no update lost or repeated',
        value: found.total('lost') + found.total('repeated'),
        atMost: 0,
      }),
    )

export const everyBackendBars: readonly Bar[] = [overhead, convoy, growth, complete, correctness]
