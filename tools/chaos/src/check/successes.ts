import type { EpochHistory } from '../history/epoch.ts'

/** The kinds of work that a run has to succeed with, so that anything is proven by it. */
export const WORKS = ['write', 'casUpdate', 'append', 'transact'] as const
export type Work = (typeof WORKS)[number]
export type Successes = Readonly<Record<Work, number>>

/** How often each kind of work was acknowledged to have changed something. */
export function successesIn({ writes, updates, appends, transacts }: EpochHistory): Successes {
  const steps = new Set(transacts.map(({ writeId }) => writeId))
  const raw = writes.filter(({ ops, writeId }) => ops.length === 0 && !steps.has(writeId))
  const moving = transacts.filter((transact) => transact.steps.some(({ type }) => type === 'put'))
  return {
    write: raw.filter(({ outcome }) => outcome === 'done').length,
    casUpdate: acknowledged(updates),
    append: acknowledged(appends),
    transact: acknowledged(moving),
  }
}

function acknowledged(calls: readonly { readonly answer?: { readonly outcome: string } | undefined }[]): number {
  return calls.filter(({ answer }) => answer?.outcome === 'done').length
}
