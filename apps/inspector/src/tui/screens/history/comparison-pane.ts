import type { StoredHead } from '@latchless/filesystem'
import { displayText } from '../../../display-text.ts'
import { InspectorError } from '../../../inspector-error.ts'
import { redactPointers } from '../../../kinds/redact-pointers.ts'
import { compareBodies, type Comparison, COMPARISON_MODES, type ComparisonMode } from '../../../model/comparison.ts'
import { countText } from '../../../model/measures.ts'
import { jsonPatch, type PatchStep } from '../../../model/structural-diff.ts'
import { bodyOf, type VersionBodies } from '../../../model/version-bodies.ts'
import { cut } from '../../../terminal/cells.ts'
import type { Key } from '../../../terminal/key.ts'
import { type Frame, partOf } from '../../frame.ts'
import { inSight, moved, type Place } from '../../scroll.ts'
import { LatestWork, type Missing, MISSING_WORDS } from '../records/latest-work.ts'
import { comparedLine, comparedText } from './compared-lines.ts'

export interface ComparisonSurroundings {
  run(work: () => Promise<void>): void
  after(ms: number, call: () => void): void
  changed(): void
  /** Whether secrets are shown. */
  reveals(): boolean
}

/** Two versions compared. Absent `from` means there was nothing before. */
export interface ComparedVersions {
  readonly from: number | undefined
  readonly to: number
}

const TOP: Place = { at: 0, top: 0 }

/** What differs between two versions, in one of several ways. */
export class ComparisonPane {
  readonly #host: ComparisonSurroundings
  readonly #bodies: VersionBodies
  readonly #work: LatestWork
  #mode: ComparisonMode = 'structural'
  #ignored: readonly string[] = []
  #ignoresKeyOrder = false
  #versions: ComparedVersions | undefined
  #key = ''
  #comparison: Comparison | undefined
  #note = ''
  #place: Place = TOP
  #rows = 1
  #reveals = false

  constructor(host: ComparisonSurroundings, bodies: VersionBodies) {
    this.#host = host
    this.#bodies = bodies
    this.#work = new LatestWork(host)
  }

  get mode(): ComparisonMode {
    return this.#mode
  }

  get ignored(): readonly string[] {
    return this.#ignored
  }

  get ignoresKeyOrder(): boolean {
    return this.#ignoresKeyOrder
  }

  get comparison(): Comparison | undefined {
    return this.#comparison
  }

  /** All lines as plain text, not yet escaped. */
  get text(): string {
    return (this.#comparison?.lines ?? []).map(comparedText).join('\n')
  }

  /** Without versions it says why there are none. */
  show(versions: ComparedVersions | undefined, why = ''): void {
    const key = versions
      ? `${versions.from} ${versions.to} ${this.#mode} ${this.#ignored.join(' ')} ${this.#ignoresKeyOrder} ${this.#host.reveals()}`
      : ''
    if (key === this.#key && (versions || why === this.#note)) return
    this.#key = key
    this.#versions = versions
    // What was revealed goes at once, not when the next comparison is made.
    if (this.#reveals !== this.#host.reveals()) this.#comparison = undefined
    this.#reveals = this.#host.reveals()
    this.#place = TOP
    if (versions)
      this.#work.ask(
        () => this.#compare(versions, key),
        (missing) => this.#missed(missing),
      )
    else {
      this.#work.cancel()
      this.#settle(undefined, why)
    }
  }

  set mode(mode: ComparisonMode) {
    this.#mode = mode
    this.show(this.#versions)
  }

  turnMode(): void {
    const at = COMPARISON_MODES.indexOf(this.#mode)
    this.mode = COMPARISON_MODES[(at + 1) % COMPARISON_MODES.length] ?? 'structural'
  }

  ignore(pointers: readonly string[]): void {
    this.#ignored = pointers
    this.show(this.#versions)
  }

  turnKeyOrder(): void {
    this.#ignoresKeyOrder = !this.#ignoresKeyOrder
    this.show(this.#versions)
  }

  move(key: Key, times?: number): boolean {
    const at = moved(key, this.#place.at, this.#comparison?.lines.length ?? 0, this.#rows, times)
    if (at === undefined) return false
    this.#place = { at, top: this.#place.top }
    return true
  }

  /** To the next group of differences, or back to the one before. */
  toHunk(by: 1 | -1): void {
    const hunks = this.#comparison?.hunks ?? []
    const { at } = this.#place
    const next = by === 1 ? hunks.find((hunk) => hunk > at) : hunks.findLast((hunk) => hunk < at)
    if (next !== undefined) this.#place = { at: next, top: next }
  }

  view(frame: Frame, isFocused: boolean): string[] {
    const { paint, columns, glyphs } = frame
    const comparison = this.#comparison
    const above = [cut(` ${this.#modesText(frame)}`, columns, glyphs.ellipsis)]
    if (!comparison) return [...above, paint('muted', cut(` ${displayText(this.#note)}`, columns, glyphs.ellipsis))]
    const { hidden } = comparison
    const more = hidden === 0 ? '' : `  ${paint('warning', `${hidden} not shown: :reveal`)}`
    above.push(cut(` ${comparison.summary}${more}${this.#hunkText(comparison)}`, columns, glyphs.ellipsis))
    if (comparison.note !== '')
      above.push(paint('warning', cut(` ${glyphs.warning} ${displayText(comparison.note)}`, columns, glyphs.ellipsis)))
    this.#rows = Math.max(1, frame.rows - above.length)
    const { lines } = comparison
    this.#place = inSight(this.#place, lines.length, this.#rows)
    const part = partOf(frame, columns - 2, 1)
    const shown = lines.slice(this.#place.top, this.#place.top + this.#rows).map((line, row) => {
      const isSelected = isFocused && this.#place.top + row === this.#place.at
      return `${isSelected ? paint('selected', glyphs.selected) : ' '} ${comparedLine(line, part)}`
    })
    const same = lines.length === 0 && comparison.note === '' ? [paint('muted', '  nothing differs')] : []
    return [...above, ...shown, ...same]
  }

  /**
   * What is compared as a JSON Patch, without what the comparison ignores or hides.
   *
   * @throws {InspectorError} `refused` when it is not JSON that is compared.
   */
  async patch(): Promise<readonly PatchStep[]> {
    const { from, to } = this.#versions ?? {}
    const after = to === undefined ? undefined : await this.#bodies.get(to)
    const before = from === undefined ? undefined : await this.#bodies.get(from)
    if (!after || (from !== undefined && !before)) throw noPatch('a version is not retained or cannot be read')
    const { mode, lines, note } = await this.compareHeads(before, after, 'structural')
    if (mode !== 'structural') throw noPatch(note)
    return jsonPatch(lines.flatMap((line) => (line.type === 'change' ? [line.change] : [])))
  }

  /** Compares as this pane would, secrets hidden or not. */
  async compareHeads(before: StoredHead | undefined, after: StoredHead, mode: ComparisonMode): Promise<Comparison> {
    const kinds = [before, after].map((head) => (head?.state === 'live' ? head.entry.kind : undefined))
    return await compareBodies(before && bodyOf(before), bodyOf(after), {
      mode,
      ignored: this.#ignored,
      ignoresKeyOrder: this.#ignoresKeyOrder,
      hidden: this.#host.reveals() ? undefined : await redactPointers(kinds),
    })
  }

  async #compare({ from, to }: ComparedVersions, key: string): Promise<void> {
    const [before, after] = [from === undefined ? undefined : await this.#bodies.get(from), await this.#bodies.get(to)]
    if (key !== this.#key) return
    if (!after || (from !== undefined && !before)) {
      this.#settle(undefined, `v${after ? from : to} is not retained or cannot be read`)
      return
    }
    const comparison = await this.compareHeads(before, after, this.#mode)
    if (key === this.#key) this.#settle(comparison, metaNote(before, after))
  }

  // What differs between two other versions would be taken for what differs between these.
  #missed(why: Missing): void {
    if (why === 'failed') this.#key = ''
    this.#settle(undefined, MISSING_WORDS[why])
  }

  #settle(comparison: Comparison | undefined, note: string): void {
    this.#comparison = comparison && note !== '' && comparison.note === '' ? { ...comparison, note } : comparison
    this.#note = note
    this.#host.changed()
  }

  #modesText({ paint }: Frame): string {
    const names = COMPARISON_MODES.map((mode) => {
      const label = `${KEYS[mode]} ${mode}`
      return mode === this.#mode ? paint('accent', `[${label}]`) : ` ${label} `
    })
    const ignored = [...(this.#ignoresKeyOrder ? ['key order'] : []), ...this.#ignored.map((pointer) => pointer)]
    return `${names.join('')}${ignored.length > 0 ? `  without ${ignored.length}` : ''}`
  }

  #hunkText({ hunks }: Comparison): string {
    if (hunks.length === 0) return ''
    const at = hunks.findLastIndex((hunk) => hunk <= this.#place.at)
    return `   ${countText(at + 1)}/${countText(hunks.length)}  ] next  [ back`
  }
}

const KEYS: Record<ComparisonMode, string> = { structural: 'S', unified: 'u', side: '|', bytes: 'x' }

function noPatch(why: string): InspectorError {
  return new InspectorError('refused', `Cannot export a JSON Patch: ${why}`)
}

/** What differs beside the body. */
function metaNote(before: StoredHead | undefined, after: StoredHead): string {
  if (!before) return ''
  if (before.state !== after.state) return after.state === 'deleted' ? 'it was deleted' : 'it was deleted before'
  if (before.state !== 'live' || after.state !== 'live') return ''
  const [a, b] = [before.entry, after.entry]
  if (a.kind !== b.kind) return `kind ${a.kind ?? '-'}, then ${b.kind ?? '-'}`
  if (a.schemaVersion !== b.schemaVersion) return `schema ${a.schemaVersion ?? '-'}, then ${b.schemaVersion ?? '-'}`
  return a.contentType === b.contentType ? '' : `content type ${a.contentType}, then ${b.contentType}`
}
