import type { FilesystemCall, Operation } from '../decorators/intercepted.ts'
import type { Filesystem, ListHead, ListItem, QueryItem, TransactStep } from '../filesystem.ts'

/** What the operations resolve with. */
export type OperationResult = Awaited<ReturnType<Filesystem[Operation]>>

/** Bytes of the bodies that a call hands over to be written. */
export function bytesGiven(call: FilesystemCall): number {
  if (call.operation === 'put') return call.args[1].body.length
  if (call.operation === 'append') return total(call.args[1])
  return call.operation === 'transact' ? sum(call.args[0], bytesOfStep) : 0
}

function bytesOfStep(step: TransactStep): number {
  if (step.type === 'put') return step.entry.body.length
  return step.type === 'append' ? total(step.bodies) : 0
}

/** Bytes of the bodies in an answer. */
export function bytesReturned(result: OperationResult): number {
  if (result === undefined || isList(result)) return 0
  if ('entry' in result) return result.entry.body.length
  if ('entries' in result) return sum(result.entries, ({ body }) => body.length)
  if ('versions' in result) return sum(result.versions, listed)
  return 'items' in result ? sum<ListItem | QueryItem>(result.items, ({ head }) => listed(head)) : 0
}

// Of the compiler's own, Array.isArray does not tell read-only arrays apart.
function isList(result: OperationResult): result is Extract<OperationResult, readonly unknown[]> {
  return Array.isArray(result)
}

function listed(head: ListHead | undefined): number {
  return head?.entry?.body.length ?? 0
}

function total(bodies: readonly Uint8Array[]): number {
  return sum(bodies, (body) => body.length)
}

function sum<Item>(items: readonly Item[], bytes: (item: Item) => number): number {
  return items.reduce((all, item) => all + bytes(item), 0)
}
