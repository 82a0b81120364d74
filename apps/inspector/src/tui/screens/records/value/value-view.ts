import { displayText } from '../../../../display-text.ts'
import { byteCount } from '../../../../model/filter-units.ts'
import { LEVEL_MAX, type TreeLine } from '../../../../model/json-tree.ts'
import { writerOf } from '../../../../model/listed-row.ts'
import { ageText, countText, instantText, sizeText } from '../../../../model/measures.ts'
import { WINDOW_BYTES } from '../../../../model/text-window.ts'
import { jsonText } from '../../../../output/json-text.ts'
import { cut, fit } from '../../../../terminal/cells.ts'
import type { Key } from '../../../../terminal/key.ts'
import type { Action } from '../../../action.ts'
import { type Frame, partOf } from '../../../frame.ts'
import { inSight, moved, type Place } from '../../../scroll.ts'
import { hexLines } from './hex-lines.ts'
import { jsonLines } from './json-lines.ts'
import { kindLines } from './kind-lines.ts'
import { type LineSource, linesFrom } from './line-source.ts'
import { metaLines } from './meta-lines.ts'
import { noteLines } from './note-lines.ts'
import { textLines } from './text-lines.ts'
import type { ValueContent, ValueMode } from './value-content.ts'

/** From so many rows on, who wrote the version and when stands above its value. */
const ROOMY_ROWS = 12
/** In bytes nobody could tell what is hidden from what stands there. */
const HIDDEN_BYTES = 'the bytes hold what is not shown: :reveal shows them'
const TOP: Place = { at: 0, top: 0 }

/** One version of a record in a pane, in one of several ways, of which the person chose one. */
export class ValueView {
  #content: ValueContent | undefined
  #chosen: ValueMode | undefined
  #place: Place = TOP
  #offset = 0
  #rows = 1
  #count = 0
  #text: { readonly offset: number; readonly columns: number; readonly source: LineSource } | undefined

  get content(): ValueContent | undefined {
    return this.#content
  }

  get mode(): ValueMode | undefined {
    const content = this.#content
    if (!content) return undefined
    return this.#chosen && content.modes.includes(this.#chosen) ? this.#chosen : content.best
  }

  /** Another version to look at, in the same way if it can be; in the same place when it is of the same record. */
  set(content: ValueContent | undefined): void {
    const before = this.#content
    const isSameRecord = content !== undefined && content.path === before?.path
    const isSameVersion = isSameRecord && content.head.version === before?.head.version
    if (isSameVersion && content.reveals === before?.reveals) return
    this.#content = content
    this.#text = undefined
    if (!isSameRecord) this.#toTop(0)
    else if (this.mode === 'json' && content.tree && before?.tree) content.tree.level = before.tree.level
  }

  /** Whether the key moved in the value. */
  move(key: Key, times?: number): boolean {
    const at = moved(key, this.#place.at, this.#count, this.#rows, times)
    if (at === undefined) return false
    this.#place = { at, top: this.#place.top }
    return true
  }

  /** What can be done whether or not the pane has the keys. */
  actions(): readonly Action[] {
    const modes = this.#content?.modes ?? []
    const turn = (by: number) => () => {
      const at = modes.indexOf(this.mode ?? 'meta')
      this.#chosen = modes[(at + by + modes.length) % modes.length]
      this.#toTop(this.#offset)
    }
    return [
      { name: 'show the value in the next way', keys: ['v'], hint: 'view', synonyms: [...modes], run: turn(1) },
      { name: 'show the value in the way before', keys: ['V'], run: turn(-1) },
      ...this.#jsonActions(),
      ...this.#windowActions(),
    ]
  }

  /** The line of the tree that is selected. */
  get treeLine(): TreeLine | undefined {
    return this.mode === 'json' ? this.#content?.tree?.lines[this.#place.at] : undefined
  }

  toggle(): void {
    const line = this.treeLine
    if (line) this.#content?.tree?.toggle(line)
  }

  view(frame: Frame, isFocused: boolean, note = ''): readonly string[] {
    const content = this.#content
    if (!content) return noteLines(note, frame)
    const head = this.#headLines(content, frame)
    this.#rows = Math.max(1, frame.rows - head.length - 1)
    const source = this.#source(content, partOf(frame, frame.columns - 2, this.#rows))
    this.#count = source.count
    this.#place = inSight(this.#place, source.count, this.#rows)
    const shown = Math.min(this.#rows, source.count - this.#place.top)
    const lines = Array.from({ length: shown }, (_, row) => this.#line(source, this.#place.top + row, frame, isFocused))
    const filler = Array.from({ length: this.#rows - shown }, () => '')
    return [...head, ...lines, ...filler, this.#foot(content, frame)].slice(0, frame.rows)
  }

  #line(source: LineSource, at: number, { paint, glyphs, columns }: Frame, isFocused: boolean): string {
    const isSelected = at === this.#place.at
    const line = `${isSelected && isFocused ? glyphs.selected : ' '} ${source.line(at)}`
    if (!isSelected || !isFocused || line.includes('\u001b')) return line
    return paint('selected', fit(line, columns, 'left', glyphs.ellipsis))
  }

  #source(content: ValueContent, frame: Frame): LineSource {
    switch (this.mode) {
      case 'kind':
        return kindLines(content, frame)
      case 'json':
        return jsonLines(content, frame)
      case 'text':
        return this.#textSource(content, frame.columns)
      case 'hex':
        return content.hidden > 0 ? linesFrom(noteLines(HIDDEN_BYTES, frame)) : hexLines(content.body, frame.columns)
      case 'meta':
      case undefined:
        return metaLines(content, frame)
    }
  }

  // Folding 64 KiB into lines is worth remembering; making the lines in sight is not.
  #textSource(content: ValueContent, columns: number): LineSource {
    if (this.#text?.offset !== this.#offset || this.#text.columns !== columns) {
      this.#text = { offset: this.#offset, columns, source: textLines(content.body, this.#offset, columns) }
    }
    return this.#text.source
  }

  #headLines({ head, modes }: ValueContent, frame: Frame): string[] {
    const { paint, columns, glyphs, nowMs } = frame
    const names = modes.map((mode) => (mode === this.mode ? paint('accent', `[${mode}]`) : ` ${mode} `)).join('')
    const choice = cut(` ${names}`, columns, glyphs.ellipsis)
    if (frame.rows < ROOMY_ROWS) return [choice]
    const { info } = head
    const kind = head.state === 'live' ? `kind ${head.entry.kind ?? '-'}  size ${sizeText(info.size)}` : 'deleted'
    return [
      ` ${kind}  updates ${info.updates.length}`,
      ` writer ${writerOf(info.writer)}`,
      ` at ${instantText(info.time)} (${ageText(info.time, nowMs)})`,
    ]
      .map((line) => cut(displayText(line), columns, glyphs.ellipsis))
      .concat(choice)
  }

  #foot(content: ValueContent, { paint, columns, glyphs }: Frame): string {
    const line = this.treeLine
    const place = `line ${countText(this.#place.at + 1)}/${countText(this.#count)}`
    const where = line
      ? displayText(line.pointer === '' ? '(whole body)' : line.pointer, { codePointsMax: 500 })
      : this.#windowText(content)
    const hidden = content.hidden === 0 ? '' : `  ${content.hidden} not shown: :reveal`
    return paint('muted', cut(` ${place}${hidden}  ${where}`, columns, glyphs.ellipsis))
  }

  #windowText({ body }: ValueContent): string {
    if (this.mode !== 'text' || body.length <= WINDOW_BYTES) return ''
    const end = Math.min(body.length, this.#offset + WINDOW_BYTES)
    return `bytes ${countText(this.#offset)} to ${countText(end)} of ${countText(body.length)}  < > more`
  }

  #jsonActions(): readonly Action[] {
    const tree = this.mode === 'json' ? this.#content?.tree : undefined
    if (!tree) return []
    const toLevel = (level: number) => {
      tree.level = level
      this.#toTop(this.#offset)
    }
    return [
      { name: 'unfold one level more', keys: ['+'], hint: 'unfold', run: () => toLevel(tree.level + 1) },
      { name: 'fold one level', keys: ['-'], run: () => toLevel(tree.level - 1) },
      {
        name: 'unfold so many levels',
        keys: [],
        run: () => toLevel(LEVEL_MAX),
        command: {
          word: 'fold',
          argument: `0 to ${LEVEL_MAX}`,
          take: (argument) => {
            if (!/^\d$/.test(argument))
              throw new RangeError(`Cannot fold to ${JSON.stringify(argument)}: expected 0 to ${LEVEL_MAX}`)
            toLevel(Number(argument))
          },
        },
      },
    ]
  }

  #windowActions(): readonly Action[] {
    const size = this.#content?.body.length ?? 0
    if ((this.mode !== 'text' && this.mode !== 'hex') || size <= WINDOW_BYTES) return []
    return [
      {
        name: 'read the next part of the value',
        keys: ['>'],
        hint: 'next part',
        run: () => this.#toOffset(this.#start + WINDOW_BYTES),
      },
      { name: 'read the part before', keys: ['<'], run: () => this.#toOffset(this.#start - WINDOW_BYTES) },
      {
        name: 'go to a byte of the value',
        keys: [],
        run: () => this.#toOffset(0),
        command: {
          word: 'offset',
          argument: 'BYTES',
          take: (argument) => {
            const offset = /^0x[\da-f]+$/i.test(argument) ? Number(argument) : byteCount(argument)
            if (offset === undefined || offset >= size) {
              throw new RangeError(
                `Cannot go to byte ${JSON.stringify(argument)}: expected 0 to ${size - 1}, such as 64k or 0x1f00`,
              )
            }
            this.#toOffset(offset)
          },
        },
      },
    ]
  }

  /** The first byte in sight, as near as the mode knows it. */
  get #start(): number {
    return this.mode === 'hex' ? this.#place.at * this.#bytesPerLine : this.#offset
  }

  get #bytesPerLine(): number {
    return Math.max(1, Math.ceil((this.#content?.body.length ?? 0) / Math.max(1, this.#count)))
  }

  #toOffset(offset: number): void {
    const size = this.#content?.body.length ?? 0
    const kept = Math.min(Math.max(0, offset), Math.max(0, size - 1))
    if (this.mode === 'hex') this.#place = { at: Math.floor(kept / this.#bytesPerLine), top: this.#place.top }
    else this.#toTop(kept)
  }

  #toTop(offset: number): void {
    this.#place = TOP
    this.#offset = offset
    this.#text = undefined
  }
}

/** The selected part of a tree as text. */
export function partText({ value }: TreeLine): string {
  return typeof value === 'string' ? value : jsonText(value, 2)
}
