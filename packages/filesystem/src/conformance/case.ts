import type { Filesystem } from '../filesystem.ts'
import { ForkedChild } from './forked-child.ts'
import { isMissing, type Need } from './need.ts'
import { assertRefused } from './refused.ts'
import { overwriting } from './overwriting.ts'
import { openSubject, type StoreOptions, type Subject } from './subject.ts'

/** One check of the kit. `run` opens a fresh store, resolves when the backend conforms and rejects when it does not. */
export interface ConformanceCase {
  /** A sentence, unique in the kit. */
  readonly name: string
  readonly run: () => Promise<void>
}

/** A case before it is bound to a subject. */
export interface CaseDefinition {
  readonly name: string
  /** Where the subject lacks one of these, the case asserts the refusal in place of the behaviour. Nothing is skipped. */
  readonly needs?: readonly Need[]
  readonly run: (context: CaseContext) => Promise<void>
}

/** What a case works with. Everything that it opens or forks is closed behind it. */
export interface CaseContext {
  readonly subject: Subject
  readonly filesystem: Filesystem
  readonly seed: number
  /** How many random operations a comparison with a model makes. */
  readonly steps: number
  /** Another handle. It sees the same store only where the subject is `crossProcess`. */
  readonly open: (overrides?: StoreOptions) => Promise<Filesystem>
  /** Starts a process that has opened the same store. */
  readonly fork: () => Promise<ForkedChild>
}

/** How much a run of the kit draws at random. */
export type CaseSize = Pick<CaseContext, 'seed' | 'steps'>

/** Binds a definition to a subject. */
export function bindCase(subject: Subject, definition: CaseDefinition, size: CaseSize): ConformanceCase {
  return {
    name: definition.name,
    run: () => runCase(subject, definition, size),
  }
}

async function runCase(subject: Subject, definition: CaseDefinition, size: CaseSize): Promise<void> {
  const options = await subject.options()
  await using cleanup = new AsyncDisposableStack()
  const openAsIs = async (overrides?: StoreOptions) => {
    const filesystem = await openSubject(subject, { ...options, ...overrides })
    cleanup.defer(() => filesystem.close())
    return filesystem
  }
  const open = async (overrides?: StoreOptions) => overwriting(await openAsIs(overrides))
  const fork = async () => {
    const child = cleanup.use(new ForkedChild())
    await child.open({ module: subject.module, export: subject.export }, options)
    return child
  }
  const filesystem = await openAsIs()
  const missing = definition.needs?.find((need) => isMissing(need, filesystem, subject))
  if (missing === undefined) await definition.run({ subject, filesystem: overwriting(filesystem), ...size, open, fork })
  else await assertRefused(missing, filesystem, subject, open)
}
