import type { DurabilityLevel, Engine, EngineMode, PageKind } from '../engines/engine.ts'
import type { Subject } from '../measurement.ts'

export const SCENARIO_IDS = [
  'uncontended',
  'hot-4x4',
  'hot-4x16',
  'hot-1x64',
  'disjoint-64',
  'convoy',
  'list',
  'large-body',
  'history-depth',
  'stores',
  'memory-growth',
  'scaling',
] as const

export type ScenarioId = (typeof SCENARIO_IDS)[number]

/** What the command line decides. */
export interface Settings {
  readonly rounds: number
  readonly seconds: number
  readonly stallSeconds: number
  /** Records of `list`, paths of `memory-growth`, and the most of `scaling`; the scenario's own number when absent. */
  readonly records?: number | undefined
  /** Updates of `memory-growth`. */
  readonly updates: number
  /** Level of the engines that have several. */
  readonly durability: 'disk' | 'process'
}

/**
 * Which record each update takes: all the same; each writer one of its own; any of the filled ones; or all of a number in
 * turn.
 */
export type PathChoice = 'hot' | 'own' | 'random' | 'cycle'

/** How others are disturbed while a measurement runs: one writer stalls, or its whole process is stopped. */
export type Disturbance = 'none' | 'apply' | 'call' | 'stop'

/** Everything about one measurement but its round. */
export interface Plan {
  readonly subject: Subject
  readonly engine: Engine
  readonly processes: number
  /** Per process. */
  readonly writers: number
  readonly paths: PathChoice
  readonly work: 'update' | 'store' | PageKind
  readonly warmupMs: number
  readonly measureMs: number
  readonly bodyBytes: number
  /** Records that exist before. */
  readonly filled: number
  readonly keepVersions?: number
  /** Updates of each record before the measurement, so that its history has its depth. */
  readonly updatesBefore?: number
  readonly disturbance?: Disturbance
  /** Plans with the same key share a store, which is filled once. */
  readonly shared?: string
  /** How many paths are taken in turn. */
  readonly pathsMax?: number
  /** Ends after so many updates instead of after `measureMs`, and takes samples of the memory. */
  readonly updates?: number
  /** Which operation of a store, for work of the kind `store`. */
  readonly operation?: string
}

export interface Scenario {
  readonly id: ScenarioId
  readonly title: string
  /** The plans of every round. `leaveOut` names an engine that cannot take part, and why. */
  plans(engines: readonly Engine[], settings: Settings, leaveOut: LeaveOut): Plan[]
  /** How many rounds, when not as many as asked for. */
  rounds?(settings: Settings): number
}

export type LeaveOut = (engine: string, reason: string) => void

/** About 230 bytes, as a small state of a service has. */
const BODY_BYTES = 230
/** Records of a store that is to be large. */
export const RECORDS_DEFAULT = 100_000
const WARMUP_SHARE = 0.25
const WARMUP_MIN_MS = 500

export function isOurs({ id }: Engine): boolean {
  return id.startsWith('latchless/')
}

/** The modes of an engine at a level; all of them when it has no choice of levels. */
export function modesAt({ modes }: Engine, level: DurabilityLevel): readonly EngineMode[] {
  const found = modes.filter(({ durability }) => durability === level)
  return found.length > 0 ? found : modes
}

/** A plan with the usual body, warm-up and time. */
export function planOf(
  scenario: ScenarioId,
  engine: Engine,
  mode: EngineMode,
  settings: Settings,
  rest: Partial<Plan> & Pick<Plan, 'processes' | 'writers' | 'paths'> & { readonly variant?: string },
): Plan {
  const { variant = '', ...others } = rest
  const measureMs = settings.seconds * 1000
  return {
    subject: { scenario, engine: engine.id, mode: mode.mode, variant, durability: mode.durability },
    engine,
    work: 'update',
    warmupMs: Math.max(WARMUP_MIN_MS, measureMs * WARMUP_SHARE),
    measureMs,
    bodyBytes: BODY_BYTES,
    filled: 0,
    ...others,
  }
}

/** Engines whose store several processes can share; the others are left out by name. */
export function sharedByProcesses(engines: readonly Engine[], leaveOut: LeaveOut): Engine[] {
  return engines.filter(({ id, crossProcess }) => {
    if (!crossProcess) leaveOut(id, 'its store belongs to one process')
    return crossProcess
  })
}
