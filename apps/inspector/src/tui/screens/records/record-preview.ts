import { CompactedError, type Filesystem, FilesystemError, type Head } from '@latchless/filesystem'
import { kindView } from '../../../kinds/registry.ts'
import type { ListedRow } from '../../../model/listed-row.ts'
import { sizeText } from '../../../model/measures.ts'
import { LatestWork, type Missing, MISSING_WORDS } from './latest-work.ts'
import { ValueContent } from './value/value-content.ts'
import { ValueView } from './value/value-view.ts'

/** A larger value is read only when somebody asks for it. */
const UNASKED_BYTES_MAX = 1024 * 1024

export interface PreviewSurroundings {
  readonly store: Filesystem
  run(work: () => Promise<void>): void
  after(ms: number, call: () => void): void
  nowMs(): number
  /** Whether secrets are shown. */
  reveals(): boolean
  changed(): void
}

/** The value of one version of a record, read when it is the one to look at. */
export class RecordPreview {
  readonly view = new ValueView()
  readonly #host: PreviewSurroundings
  readonly #work: LatestWork
  #wanted: string | undefined
  #note = ''
  #unasked: (() => void) | undefined
  #draw: (() => void) | undefined

  constructor(host: PreviewSurroundings) {
    this.#host = host
    this.#work = new LatestWork(host)
  }

  /** Why there is no value. */
  get note(): string {
    return this.#note
  }

  /** Reads the value that was too large to be read unasked; undefined when there is none such. */
  get readUnasked(): (() => void) | undefined {
    return this.#unasked
  }

  /** Shows the value of a row: the head, or with `isPast` the version that the row names. */
  show(row: ListedRow | undefined, isPast: boolean): void {
    const key = row && `${row.path} ${row.token ?? row.state}`
    if (key === this.#wanted) {
      this.#redraw()
      return
    }
    this.#wanted = key
    this.#unasked = undefined
    if (!row || key === undefined) this.#nothing('')
    else if (row.state !== 'live' && row.state !== 'deleted') this.#nothing(noteOf(row))
    else if (row.size > UNASKED_BYTES_MAX) {
      this.#nothing(`${sizeText(row.size)} are not read unasked: v reads them`)
      this.#unasked = () => {
        this.#unasked = undefined
        this.#read(key, row, isPast)
      }
    } else this.#read(key, row, isPast)
  }

  /** The next time, it is read again. */
  forget(): void {
    this.#wanted = undefined
    this.#work.cancel()
  }

  #read(key: string, row: ListedRow, isPast: boolean): void {
    const read = async () => {
      const head = await this.#head(row, isPast)
      if (key !== this.#wanted) return
      if (typeof head === 'string') this.#nothing(head)
      else if (head.state === 'unwritten') this.#nothing('it is not there any more')
      else {
        const view = head.state === 'live' ? await kindView(head.entry.kind) : undefined
        if (key !== this.#wanted) return
        this.#note = ''
        this.#draw = () => {
          this.view.set(new ValueContent(row.path, head, view, this.#host.nowMs(), this.#host.reveals()))
        }
        this.#draw()
      }
      this.#host.changed()
    }
    this.#work.ask(read, (why) => this.#missed(why))
  }

  // The value of another record beside this one's name would be taken for its own.
  #missed(why: Missing): void {
    if (why === 'failed') this.#wanted = undefined
    this.#blank(MISSING_WORDS[why])
    this.#host.changed()
  }

  async #head({ path, version }: ListedRow, isPast: boolean): Promise<Head | string> {
    try {
      if (!isPast || version === null) return await this.#host.store.get(path)
      return (await this.#host.store.getVersion(path, version)) ?? { state: 'unwritten' }
    } catch (error) {
      if (error instanceof CompactedError) return 'this version is not retained any more'
      if (error instanceof FilesystemError && error.code === 'corrupt') return error.message
      throw error
    }
  }

  // What was read is kept with its secrets, and shown with or without them.
  #redraw(): void {
    const { content } = this.view
    if (content && content.reveals !== this.#host.reveals()) this.#draw?.()
  }

  #nothing(note: string): void {
    this.#blank(note)
    this.#work.cancel()
  }

  #blank(note: string): void {
    this.#note = note
    this.#draw = undefined
    this.view.set(undefined)
  }
}

function noteOf({ state, directory, problem }: ListedRow): string {
  if (state === 'damaged') return problem ?? 'it cannot be read'
  if (state === 'unwritten') return 'it was not written yet at that time'
  if (state === 'pruned') return 'the version of that time is not retained'
  return directory ? 'a directory: enter lists what is below it' : ''
}
