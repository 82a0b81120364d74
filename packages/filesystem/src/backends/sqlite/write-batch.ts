import type { Runtime } from '../../runtime.ts'
import { dropOldChanges } from './changes.ts'
import type { Database } from './database.ts'
import { runWrite } from './operations.ts'
import type { Reply, Request, WriteCall } from './protocol.ts'
import { toRefusal } from './refusal.ts'
import { isBusy, isLasting, sqliteFailure } from './sqlite-failure.ts'

/** A turn ends when it has taken this long, so that other processes get theirs. */
const TURN_MS_MAX = 10
const TURN_WRITES_MAX = 256
const TURN_BYTES_MAX = 4 * 1024 * 1024

export interface QueuedWrite extends Request {
  readonly write: WriteCall
  readonly bytes: number
  readonly since: number
}

export type Turn =
  /** Another connection writes; nothing was done. */
  | { readonly type: 'busy' }
  /** The first `done` of the queue are settled. */
  | { readonly type: 'done'; readonly done: number; readonly replies: readonly Reply[]; readonly poisoned: boolean }
  /** One of the writes broke the transaction, nothing was done; each must be tried alone. */
  | { readonly type: 'broken'; readonly done: number }

/**
 * Runs the first writes of a queue in one transaction, each with its own verdict: a lost precondition is the answer to one
 * write and does not touch the others. The answers hold once the transaction is committed, and only then are they given.
 */
export function takeTurn(
  database: Database,
  queue: readonly QueuedWrite[],
  settings: { readonly runtime: Runtime; readonly changesMax: number; readonly alone: boolean },
): Turn {
  try {
    database.beginWrite()
  } catch (error) {
    database.rollback()
    if (isBusy(error)) return { type: 'busy' }
    const refused = queue.slice(0, 1)
    return settle(refused, refused.map(refuseWith(error, 'before')), error)
  }
  const replies: Reply[] = []
  let phase: 'before' | 'commit' = 'before'
  try {
    const end = settings.runtime.monotonicMs() + TURN_MS_MAX
    let bytes = 0
    for (const request of queue) {
      const full = replies.length >= TURN_WRITES_MAX || bytes + request.bytes > TURN_BYTES_MAX
      if (replies.length > 0 && (settings.alone || full || settings.runtime.monotonicMs() > end)) break
      bytes += request.bytes
      replies.push(answer(database, request))
    }
    dropOldChanges(database, settings.changesMax)
    phase = 'commit'
    // A crash before this returns loses the whole transaction or keeps the whole; nobody was told anything yet.
    database.commit()
  } catch (error) {
    database.rollback()
    const failed = queue.slice(0, Math.max(1, replies.length + (phase === 'before' ? 1 : 0)))
    if (failed.length > 1 && phase === 'before' && !isLasting(error)) return { type: 'broken', done: failed.length }
    return settle(failed, failed.map(refuseWith(error, phase)), error)
  }
  return { type: 'done', done: replies.length, replies, poisoned: false }
}

/** Throws what must undo the whole transaction. */
function answer(database: Database, request: QueuedWrite): Reply {
  const before = database.changes
  try {
    return { id: request.id, value: runWrite(database, request.write) }
  } catch (error) {
    if (database.changes !== before || isLasting(error) || isBusy(error)) throw error
    return { id: request.id, refusal: toRefusal(sqliteFailure(request.operation, request.path, error, 'before')) }
  }
}

function settle(requests: readonly QueuedWrite[], replies: readonly Reply[], error: unknown): Turn {
  return { type: 'done', done: requests.length, replies, poisoned: isLasting(error) }
}

function refuseWith(error: unknown, phase: 'before' | 'commit') {
  return ({ id, operation, path }: QueuedWrite): Reply => ({
    id,
    refusal: toRefusal(sqliteFailure(operation, path, error, phase)),
  })
}
