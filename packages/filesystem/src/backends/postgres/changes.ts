import type { ChangeLog, ChangePage } from '../../change-feed.ts'
import type { Change } from '../../filesystem.ts'
import { formatVersion } from '../../version.ts'
import { pathBounds } from './bounds.ts'
import type { Poker } from './poker.ts'
import type { Call, Row, Statement } from './statement.ts'
import type { Context } from './records.ts'
import { retryReads } from './retry-reads.ts'

/** `<epoch>.<snapshot>.<later snapshot or nothing>.<id>` */
const cursorPattern = /^([0-9a-f]{8})\.(\d{1,19}:\d{1,19}:[\d,]*)\.(\d{1,19}:\d{1,19}:[\d,]*)?\.(\d{1,18})$/

const CURSOR_CHARACTERS_MAX = 65_536
const PAGE = 1000

interface Window {
  readonly epoch: string
  /** What was visible to the snapshot at the start of the window has been told. */
  readonly since: string
  /** The snapshot at the end of the window; undefined until it is opened. */
  readonly until: string | undefined
  /** Writes of the window up to this id have been told. */
  readonly told: string
}

/**
 * The change log, read as what became visible from one snapshot of the server to the next. No order of commits is needed and
 * none exists: a write that commits late is not in the earlier snapshot, so it is in the window of a later one, however low
 * the number it drew, and a transaction that stays open delays nothing but itself.
 *
 * Inside of a window the order is that of the ids. A write draws its id while it holds the lock on the head, so the ids of one
 * path ascend with its sequence; and its predecessor was committed before it got that lock, or is of the same transaction, so a
 * snapshot that sees the write sees the predecessor too, in this window or an earlier one. Per path the order is therefore that
 * of the versions.
 */
export class PostgresChanges implements ChangeLog {
  readonly #context: Context
  readonly #poker: Poker
  readonly #pollMs: number
  readonly #rowsMax: number
  readonly #ending: AbortSignal
  /** The pokes that had been seen when changes were last looked for. */
  #seen = 0

  /** `ending` fires when a failing server is no longer worth waiting for. */
  constructor(context: Context, poker: Poker, pollMs: number, rowsMax: number, ending: AbortSignal) {
    this.#context = context
    this.#poker = poker
    this.#pollMs = pollMs
    this.#rowsMax = rowsMax
    this.#ending = ending
  }

  async now(): Promise<string> {
    const [row = {}] = await this.#read('/', this.#context.statements.snapshot, [])
    return cursorOf({ epoch: String(row['epoch']), since: String(row['snapshot']), until: undefined, told: '0' })
  }

  async after(cursor: string, prefix: string): Promise<ChangePage | undefined> {
    const window = windowOf(cursor)
    if (!window) return undefined
    this.#seen = this.#poker.pokes
    const { low, high } = pathBounds(prefix, undefined, false)
    const parameters = [window.since, window.until, window.told, low, high, PAGE, this.#rowsMax]
    const rows = await this.#read(prefix, this.#context.statements.changes, parameters)
    const [first] = rows
    if (!first || first['epoch'] !== window.epoch || first['known'] !== true || first['overflow'] === true)
      return undefined
    const opened = { ...window, until: String(first['until']) }
    const changes = rows.flatMap((row) => changeOf(row, cursorOf({ ...opened, told: String(row['id']) })))
    const last = changes.at(-1)
    if (changes.length === PAGE && last) return { changes, cursor: last.cursor, end: false }
    return {
      changes,
      cursor: cursorOf({ ...opened, since: opened.until, until: undefined, told: '0' }),
      end: window.until === undefined,
    }
  }

  async wait(_cursor: string, signal: AbortSignal): Promise<void> {
    // Spread, so that many watchers do not ask in step.
    const ms = this.#pollMs * (0.5 + this.#context.runtime.random() / 2)
    await this.#poker.wait(this.#seen, ms, signal)
  }

  #read(path: string, statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    const { pools, runtime } = this.#context
    return retryReads(() => pools.run(callOf(path), statement, values), runtime, this.#ending)
  }
}

function changeOf(row: Row, cursor: string): readonly Change[] {
  if (row['id'] === null) return []
  const path = String(row['path'])
  if (row['purged'] === true) return [{ type: 'compacted', path, cursor }]
  const version = formatVersion(Number(row['sequence']), String(row['generation']))
  return [{ type: row['live'] === true ? 'put' : 'delete', path, version, cursor }]
}

function windowOf(cursor: string): Window | undefined {
  const match = cursor.length <= CURSOR_CHARACTERS_MAX ? cursorPattern.exec(cursor) : undefined
  const [, epoch, since, until, told] = match ?? []
  if (epoch === undefined || since === undefined || told === undefined) return undefined
  return isSnapshot(since) && (until === undefined || isSnapshot(until)) ? { epoch, since, until, told } : undefined
}

/** Whether the server would take the text: xmin ≤ each running transaction < xmax, ascending. */
function isSnapshot(text: string): boolean {
  const [low = '', high = '', list = ''] = text.split(':')
  const numbers = [low, ...(list === '' ? [] : list.split(',')), high]
  if (numbers.some((number) => !/^[1-9]\d*$/.test(number))) return false
  const values = numbers.map(BigInt)
  return values.every((value, at) => {
    const before = values[at - 1] ?? value
    return at === values.length - 1 && at > 1 ? before < value : before <= value
  })
}

function cursorOf({ epoch, since, until, told }: Window): string {
  return `${epoch}.${since}.${until ?? ''}.${told}`
}

function callOf(path: string): Call {
  return { operation: 'watch', path, writes: false, options: {} }
}
