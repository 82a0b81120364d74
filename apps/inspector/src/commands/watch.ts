import { type Change, type Filesystem, isBelow, parentOf } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { isEqual } from '../model/body-diff.ts'
import { ChangeDiffs } from '../model/change-diffs.ts'
import { describedChange } from '../model/described-change.ts'
import { parsePrefix } from '../model/path-argument.ts'
import { ToldVersions } from '../model/told-versions.ts'
import { diffRow, diffText } from '../output/diff-text.ts'
import { jsonLine } from '../output/json-text.ts'
import type { ChangeRow, DiffRow, EndRow, HeartbeatRow } from '../output/rows.ts'
import { shownTime, shownVersionText, shownWriter } from '../output/shown.ts'
import { Table } from '../output/table.ts'
import { type WatchTimes, WatchTimers } from './watch-timers.ts'

export interface WatchCommandOptions extends WatchTimes {
  readonly from?: string
  readonly initial?: true
  readonly diff?: true
  readonly reveal?: true
  readonly max?: number
}

/** A cursor that no store made: each answers it with a gap and all that is there, and goes on from that moment. */
const BEFORE_EVERYTHING = 'beginning'

/** Prints changes as they happen, each as soon as it is known. */
export async function watch(
  context: Context,
  argument: string | undefined,
  options: WatchCommandOptions,
): Promise<ExitCode> {
  if (options.initial && options.from !== undefined) {
    throw new InspectorError('usage', 'Cannot begin in two ways: give --initial or --from')
  }
  return context.withStore(async (fs) => {
    const { prefix, covers } = await scopeOf(fs, argument)
    const printer = new ChangePrinter(context, fs, options)
    using timers = new WatchTimers(options, () => printer.beat())
    const after = options.initial ? BEFORE_EVERYTHING : options.from
    const told = new ToldVersions()
    let begins = options.initial ?? false
    for await (const change of fs.watch(prefix, { after, signal: timers.signal })) {
      const skipped = begins && change.type === 'gap'
      begins = false
      if (skipped || !covers(change)) continue
      if ('version' in change && told.tell(change.path, change.version) === change.version) continue
      await printer.print(change)
      timers.heard()
      if (printer.changes === options.max) timers.end('max')
    }
    timers.check()
    await printer.end(timers.reason ?? 'for')
    return EXIT.ok
  })
}

interface Scope {
  readonly prefix: string
  readonly covers: (change: Change) => boolean
}

// A store watches what is below a prefix, so a record itself is watched from its parent. `/a/` is what is below `/a` alone.
async function scopeOf(fs: Filesystem, argument: string | undefined): Promise<Scope> {
  const path = parsePrefix(argument)
  const everything = { prefix: path, covers: () => true }
  if (path === '/' || argument?.endsWith('/')) return everything
  if ((await fs.get(path)).state === 'unwritten') return everything
  const covers = (change: Change) => change.type === 'gap' || change.path === path || isBelow(change.path, path)
  return { prefix: parentOf(path), covers }
}

class ChangePrinter {
  readonly #context: Context
  readonly #fs: Filesystem
  readonly #diffs: ChangeDiffs | undefined
  readonly #reveal: boolean
  readonly #table = new Table(['TIME', 'CHANGE', 'VERSION', 'SIZE', 'WRITER', 'PATH'])
  #cursor: string | null = null
  #changes = 0

  constructor(context: Context, fs: Filesystem, { diff, reveal }: WatchCommandOptions) {
    this.#context = context
    this.#fs = fs
    this.#reveal = reveal ?? false
    this.#diffs = diff ? new ChangeDiffs(fs, this.#reveal) : undefined
  }

  get changes(): number {
    return this.#changes
  }

  async print(change: Change): Promise<void> {
    const row = await describedChange(this.#fs, change)
    this.#cursor = row.cursor
    this.#changes++
    await this.#write(row, () => this.#line(row))
    const found = await this.#diffs?.next(change)
    if (!found) return
    const { from, to, diff } = found
    const equal = isEqual(diff) && from.state === to.state
    const told = diffRow(from, to, diff, equal, this.#reveal)
    await this.#write(told, () => diffText(this.#context.paint, from, to, diff, equal))
  }

  async beat(): Promise<void> {
    const time = new Date().toISOString()
    const row: HeartbeatRow = { type: 'heartbeat', v: 1, time, cursor: this.#cursor }
    await this.#write(row, () => `${this.#context.paint('muted', `${time}  nothing changed`)}\n`)
  }

  async end(reason: EndRow['reason']): Promise<void> {
    const row: EndRow = { type: 'end', v: 1, reason, changes: this.#changes }
    if (this.#context.json) await this.#context.print(jsonLine(row))
    else await this.#context.remark(`ended by --${reason} after ${this.#changes} changes`)
  }

  async #write(row: ChangeRow | DiffRow | HeartbeatRow, text: () => string): Promise<void> {
    await this.#context.print(this.#context.json ? jsonLine(row) : text())
  }

  #line({ op, path, version, info }: ChangeRow): string {
    if (op === 'gap') return `${this.#context.paint('warning', '··· changes were missed; what is there now follows')}\n`
    const [line = ''] = this.#table.lines([
      [
        shownTime(info?.time ?? null),
        op,
        shownVersionText(version),
        info && op === 'put' ? String(info.size) : '-',
        info ? shownWriter(info.writer) : '-',
        displayText(path ?? ''),
      ],
    ])
    return `${line}\n`
  }
}
