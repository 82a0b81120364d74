import assert from 'node:assert/strict'
import type { Filesystem, LogEntry, ReadLogOptions } from '../filesystem.ts'
import { BackgroundWork } from './background-work.ts'
import { turns } from './turns.ts'

/** Bodies of log entries from texts. */
export function bodies(...texts: readonly string[]): Uint8Array[] {
  return texts.map((each) => new TextEncoder().encode(each))
}

/** The text of an entry. */
export function textOf(entry: LogEntry): string {
  return new TextDecoder().decode(entry.body)
}

/** All entries behind `after`, page by page, which must follow each other without a gap. */
export async function readAll(
  filesystem: Filesystem,
  log: string,
  options: ReadLogOptions = {},
): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = []
  let after = options.after
  for (;;) {
    const page = await filesystem.read(log, { ...options, after })
    if (options.limit !== undefined) assert.ok(page.entries.length <= options.limit, 'a page must keep to its limit')
    entries.push(...page.entries)
    assertDense(entries, options.after)
    if (page.next === undefined) return entries
    assert.equal(page.next, entries.at(-1)?.sequence, 'the cursor is the last entry of the page')
    after = page.next
  }
}

function assertDense(entries: readonly LogEntry[], after: number | undefined): void {
  const first = after === undefined ? (entries[0]?.sequence ?? 1) : after + 1
  assert.deepEqual(
    entries.map(({ sequence }) => sequence),
    entries.map((_, n) => first + n),
    'entries are numbered without a gap, in order',
  )
}

/** What a tailing reader sees: all entries from the very first on, read while these appends are made. */
export async function tail(
  filesystem: Filesystem,
  log: string,
  appends: readonly Promise<unknown>[],
): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = []
  const appending = new BackgroundWork(Promise.all(appends))
  for (;;) {
    const isLast = !appending.isRunning
    const page = await filesystem.read(log, { after: entries.at(-1)?.sequence ?? 0, limit: 7 })
    entries.push(...page.entries)
    assertDense(entries, 0)
    if (page.entries.length > 0) continue
    if (isLast) break
    // Readers of one process give way to its writers.
    await turns()
  }
  await Promise.all(appends)
  return entries
}

/** Asserts that a log holds each writer's texts once, each writer's in its own order. */
export function assertInterleaved(entries: readonly LogEntry[], writers: Readonly<Record<string, number>>): void {
  const seen: Record<string, number[]> = Object.fromEntries(Object.keys(writers).map((name) => [name, []]))
  for (const entry of entries) {
    const [name = '', n = ''] = textOf(entry).split(' ')
    const own = seen[name]
    assert.ok(own, `an entry that nobody appended: ${textOf(entry)}`)
    own.push(Number(n))
  }
  for (const [name, count] of Object.entries(writers)) {
    assert.deepEqual(
      seen[name],
      Array.from({ length: count }, (_, n) => n),
      `the entries of ${name}, each once and in its order`,
    )
  }
}
