import { trimmedEntries } from '../../errors.ts'
import type { AppendResult, LogPage, OperationOptions } from '../../filesystem.ts'
import { TRIM_BATCH } from './log-sql.ts'
import type { Context } from './records.ts'

export async function appendEntries(
  { pools, statements }: Context,
  log: string,
  bodies: readonly Uint8Array[],
  options: OperationOptions,
): Promise<AppendResult> {
  const call = { operation: 'append', path: log, writes: true, options }
  const [row = {}] = await pools.run(call, statements.append, [log, bodies])
  const last = Number(row['last'])
  return { first: last - bodies.length + 1, last }
}

export async function readEntries(
  { pools, statements }: Context,
  log: string,
  after: number | undefined,
  limit: number,
  options: OperationOptions,
): Promise<LogPage> {
  const call = { operation: 'read', path: log, writes: false, options }
  const rows = await pools.run(call, statements.read, [log, after ?? 0, limit])
  const [first] = rows
  if (!first) return { entries: [] }
  const oldest = Number(first['oldest'])
  if (after !== undefined && after + 1 < oldest) throw trimmedEntries(log, after, oldest)
  const entries = rows.flatMap(({ sequence, body, time }) =>
    sequence === null
      ? []
      : [{ sequence: Number(sequence), body: Uint8Array.from(body as Uint8Array), time: Number(time) }],
  )
  const shown = entries.at(-1)
  return shown && shown.sequence < Number(first['last']) ? { entries, next: shown.sequence } : { entries }
}

/** Trims in bounded steps. The first one hides all entries that are trimmed. */
export async function trimEntries(
  { pools, statements }: Context,
  log: string,
  before: number,
  options: OperationOptions,
): Promise<void> {
  const call = { operation: 'trim', path: log, writes: true, options }
  let deleted = TRIM_BATCH
  while (deleted >= TRIM_BATCH) {
    const [row = {}] = await pools.run(call, statements.trim, [log, before])
    deleted = Number(row['deleted'])
  }
}
