import { sequenceOf } from '@latchless/filesystem'
import { InspectorError } from '../../../inspector-error.ts'
import { revert } from '../../../model/revert.ts'
import type { Action } from '../../action.ts'
import { ascii } from '../../../terminal/glyphs.ts'
import { plain } from '../../../terminal/theme.ts'
import type { Host } from '../../screen.ts'
import { comparedLine } from './compared-lines.ts'
import type { ComparisonPane } from './comparison-pane.ts'
import type { ReadableEntry } from './version-list.ts'

/** Lines of the difference in the question; they are as wide as the narrowest terminal. */
const LINES_MAX = 12
const COLUMNS = 58

/** Writing an earlier version again, after what that changes was shown and the path was typed. */
export class RevertOffer {
  readonly #host: Host
  readonly #path: string
  readonly #comparison: ComparisonPane

  constructor(host: Host, path: string, comparison: ComparisonPane) {
    this.#host = host
    this.#path = path
    this.#comparison = comparison
  }

  actions(version: ReadableEntry | undefined, newest: ReadableEntry | undefined, done: () => void): readonly Action[] {
    if (!this.#host.writable) return []
    return [
      {
        name: 'write this version again',
        keys: ['R'],
        hint: 'revert',
        synonyms: ['revert', 'restore', 'undo'],
        unavailable: this.#whyNot(version, newest),
        run: () => version && this.#host.run(() => this.#ask(version.sequence, done)),
      },
    ]
  }

  #whyNot(version: ReadableEntry | undefined, newest: ReadableEntry | undefined): string | undefined {
    const { cas } = this.#host.store.capabilities(this.#path)
    if (cas === 'none' || cas === 'unknown') return 'this store has no conditional writes'
    if (!version) return 'this is no version'
    if (version.head.state === 'deleted') return 'it is a deletion; delete the record in Records'
    return version.sequence === newest?.sequence ? 'it is the newest already' : undefined
  }

  async #ask(sequence: number, done: () => void): Promise<void> {
    const [head, earlier] = [
      await this.#host.store.get(this.#path),
      await this.#host.store.getVersion(this.#path, sequence),
    ]
    const name = JSON.stringify(this.#path)
    if (head.state === 'unwritten' || !earlier) {
      throw new InspectorError(
        'not-found',
        `Cannot revert ${name}: version ${sequence} or its record is gone`,
        'r reads the versions again',
      )
    }
    const { summary, lines } = await this.#comparison.compareHeads(head, earlier, 'unified')
    const frame = { paint: plain, glyphs: ascii, columns: COLUMNS, rows: 1, spoken: false, nowMs: this.#host.nowMs() }
    const more = lines.length > LINES_MAX ? [` and ${lines.length - LINES_MAX} lines more`] : []
    this.#host.confirm({
      title: `Write v${sequence} of ${this.#path} again`,
      word: this.#path,
      lines: [
        ` A new version on top of v${sequenceOf(head.version)}, if that is still the newest: ${summary}`,
        ...lines.slice(0, LINES_MAX).map((line) => ` ${comparedLine(line, frame)}`),
        ...more,
      ],
      act: async () => {
        const { version } = await revert(this.#host.store, this.#path, sequence, head.version, undefined)
        this.#host.say(`wrote v${sequence} again as v${sequenceOf(version)}`)
        done()
      },
    })
  }
}
