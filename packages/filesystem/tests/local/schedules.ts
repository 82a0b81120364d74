import { seededRandom } from '@latchless/filesystem/testing'
import type { Changed, Chooser, Run, Scenario } from './explorer.ts'
import { runOnce } from './explorer.ts'

export interface Exploration {
  readonly schedules: number
  /** True when every schedule within the bound was run. */
  readonly complete: boolean
  /** The first run that broke something. */
  readonly broken: Run | undefined
}

export interface Bounds extends Changed {
  /** How often a schedule may take the turn from a process that could go on. */
  readonly preemptionsMax: number
  readonly schedulesMax: number
}

interface Branch {
  readonly count: number
  readonly preempts: boolean
  taken: number
}

/** Every schedule with at most so many preemptions, each run from the beginning (depth first, no state is kept). */
export async function exploreAll(scenario: Scenario, bounds: Bounds): Promise<Exploration> {
  const branches: Branch[] = []
  for (let schedules = 1; ; schedules++) {
    const chooser = new ReplayChooser(branches, bounds.preemptionsMax)
    const run = await runOnce(scenario, chooser, bounds)
    if (run.violations.length > 0) return { schedules, complete: false, broken: run }
    branches.length = chooser.depth
    while (branches.length > 0 && isExhausted(branches.at(-1))) branches.pop()
    const last = branches.at(-1)
    if (!last) return { schedules, complete: true, broken: undefined }
    if (schedules >= bounds.schedulesMax) return { schedules, complete: false, broken: undefined }
    last.taken++
  }
}

/** Follows the branches taken so far, then always the first option. */
class ReplayChooser implements Chooser {
  depth = 0
  readonly #branches: Branch[]
  #preemptionsLeft: number

  constructor(branches: Branch[], preemptionsMax: number) {
    this.#branches = branches
    this.#preemptionsLeft = preemptionsMax
  }

  choose(count: number, preempts: boolean): number {
    if (preempts && this.#preemptionsLeft === 0) return 0
    const at = this.depth++
    const branch = this.#branches[at] ?? { count, preempts, taken: 0 }
    if (branch.count !== count) throw new RangeError('Cannot replay schedule: the run depends on more than the choices')
    this.#branches[at] = branch
    if (preempts && branch.taken > 0) this.#preemptionsLeft--
    return branch.taken
  }
}

function isExhausted(branch: Branch | undefined): boolean {
  return branch !== undefined && branch.taken + 1 >= branch.count
}

export interface Sampling extends Changed {
  readonly seed: number
  readonly schedules: number
}

/** Seeded schedules: each keeps running one process and changes over with a probability of its own. */
export async function exploreRandomly(
  scenario: Scenario,
  { seed, schedules, ...changed }: Sampling,
): Promise<Exploration> {
  for (let index = 0; index < schedules; index++) {
    const random = seededRandom(seed, index)
    const changeOneIn = 1 + random.below(12)
    const chooser: Chooser = {
      choose: (count, preempts) => (preempts && random.below(changeOneIn) > 0 ? 0 : random.below(count)),
    }
    const run = await runOnce(scenario, chooser, changed)
    if (run.violations.length > 0) return { schedules: index + 1, complete: false, broken: run }
  }
  return { schedules, complete: false, broken: undefined }
}
