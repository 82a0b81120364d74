import type { CasUpdateResult, Decision, Filesystem, StoreAct, StoreOptions } from '@latchless/filesystem'
import { noop, StoreRecords, write } from '@latchless/filesystem'
import type { BudgetErrorCode } from '../errors.ts'
import { BudgetError } from '../errors.ts'
import type { DamagedRecord } from '../damaged-record.ts'
import { drainEvents } from './drain.ts'
import { lastNumber, tell } from './events.ts'
import type { BudgetTree } from './tree-record.ts'
import { DRAIN_EVERY, EMPTY_TREE, Tree, TREE_PATH } from './tree-record.ts'
import { treeBytesMax } from './tree-size.ts'
import type { Change } from './tree-transitions.ts'

export type BudgetRecords = StoreRecords<BudgetErrorCode>

type Told<Outcome> = { readonly outcome: Outcome; readonly from: number; readonly to: number; readonly drained: number }

/** What makes room in the tree, or lets it go on, once its events are with the ledger. */
const CURED_BY_DRAINING: ReadonlySet<string> = new Set(['ledger-behind', 'too-large'])

/** What was handed on. */
export interface Drained {
  readonly events: number
  /** Records that could not be told what became of them. */
  readonly damaged: readonly DamagedRecord[]
}

/**
 * The one record through which all changes of a tenant's budgets go. Events are written with the change that they tell of, and
 * handed on to the ledger and to the records beside the tree afterwards, by whoever writes every so manieth of them or by a sweep.
 */
export class BudgetTreeRecord {
  readonly records: BudgetRecords
  /** Bytes that the tree may be worth when all is settled. */
  readonly bytesMax: number
  #drainedSeen = -1
  #isDraining = false

  constructor(filesystem: Filesystem, options: StoreOptions) {
    const settings = {
      store: 'budgets',
      roots: ['/budgets'],
      fail: (...error: ConstructorParameters<typeof BudgetError>) => new BudgetError(...error),
    }
    this.records = new StoreRecords<BudgetErrorCode>(filesystem, settings, options)
    this.bytesMax = treeBytesMax(filesystem.capabilities(TREE_PATH).limits.bodyBytesMax)
  }

  /** The highest number of events that this object knew to be in the ledger. Only a hint that nothing has moved since. */
  get drainedSeen(): number {
    return this.#drainedSeen
  }

  async read(act: StoreAct): Promise<BudgetTree | undefined> {
    return this.records.read(act, TREE_PATH, Tree)
  }

  async change<Outcome>(act: StoreAct, transition: (tree: BudgetTree) => Change<Outcome>): Promise<Outcome> {
    return this.#afterDraining(act, () =>
      this.records.update(act, TREE_PATH, Tree, (current) => decisionOf(current, transition(current ?? EMPTY_TREE))),
    )
  }

  /**
   * A change that depends on a record beside the tree, which changes only by events of the tree. That record is read after the
   * tree: had it changed since, the tree would have lost the event of it, and this update its race.
   */
  async changeBeside<Beside, Outcome>(
    act: StoreAct,
    readBeside: () => Promise<Beside>,
    transition: (tree: BudgetTree, beside: Beside) => Change<Outcome>,
  ): Promise<Outcome> {
    return this.#afterDraining(act, () => {
      // Asked again over a tree that has drained nothing since, the answer is the same, as it must be for a pure function.
      let seen: { readonly drained: number; readonly beside: Promise<Beside> } | undefined
      const apply = async (current: BudgetTree | undefined) => {
        const tree = current ?? EMPTY_TREE
        if (seen?.drained !== tree.drained) seen = { drained: tree.drained, beside: readBeside() }
        return decisionOf(current, transition(tree, await seen.beside))
      }
      return this.records.update(act, TREE_PATH, Tree, apply)
    })
  }

  /** Hands on all events that wait, and tells of the records that could not be told. Harmless beside others who do the same. */
  async drain(act: StoreAct): Promise<Drained> {
    const tree = await this.read(act)
    if (!tree || tree.pending.length === 0) return { events: 0, damaged: [] }
    const to = lastNumber(tree)
    const damaged = await drainEvents(act, this.records, tree)
    const now = this.records.now()
    const { value } = await this.records.update(act, TREE_PATH, Tree, (current) => {
      if (!current || current.drained >= to) return noop()
      const handedOn = { ...current, drained: to, pending: current.pending.slice(to - current.drained) }
      return write(
        damaged.reduce<BudgetTree>(
          (next, record) => tell(act, next, now, { type: 'record-skipped', record }),
          handedOn,
        ),
      )
    })
    this.#drainedSeen = Math.max(this.#drainedSeen, value?.drained ?? 0)
    return { events: to - tree.drained, damaged }
  }

  async #afterDraining<Outcome>(
    act: StoreAct,
    run: () => Promise<CasUpdateResult<BudgetTree, Told<Outcome>>>,
  ): Promise<Outcome> {
    let result: CasUpdateResult<BudgetTree, Told<Outcome>>
    try {
      result = await run()
    } catch (error) {
      if (!(error instanceof BudgetError) || !CURED_BY_DRAINING.has(error.code)) throw error
      await this.drain(act)
      result = await run()
    }
    const { outcome, from, to, drained } = result.outcome
    this.#drainedSeen = Math.max(this.#drainedSeen, drained)
    if (Math.floor(to / DRAIN_EVERY) > Math.floor(from / DRAIN_EVERY)) await this.#drainNowAndThen(act)
    return outcome
  }

  // On a slow log everybody who passes by would store the same events once more. Nobody waits for the one who does.
  async #drainNowAndThen(act: StoreAct): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      await this.drain(act)
    } catch {
      // The change is made, whatever becomes of its events now: they are in the tree until they are handed on.
    } finally {
      this.#isDraining = false
    }
  }
}

function decisionOf<Outcome>(
  current: BudgetTree | undefined,
  { tree, outcome }: Change<Outcome>,
): Decision<BudgetTree, Told<Outcome>> {
  const before = current ?? EMPTY_TREE
  const told = { outcome, from: lastNumber(before), to: lastNumber(tree), drained: before.drained }
  return tree === before ? noop(told) : write(tree, told)
}
