import type { Action } from '../../action.ts'
import type { Host } from '../../screen.ts'
import { COLUMN_NAMES, type ColumnName } from './record-columns.ts'

const EXPECTED = `${COLUMN_NAMES.join(', ')} or all`

/** The columns that somebody wants to see, in all lists of records for as long as the inspector runs. */
export class ColumnChoice {
  readonly #host: Pick<Host, 'hiddenColumns' | 'ask' | 'changed'>

  constructor(host: Pick<Host, 'hiddenColumns' | 'ask' | 'changed'>) {
    this.#host = host
  }

  get names(): readonly ColumnName[] {
    return COLUMN_NAMES.filter((name) => !this.#host.hiddenColumns.has(name))
  }

  get action(): Action {
    return {
      name: 'choose the columns',
      keys: [],
      synonyms: ['show', 'hide'],
      run: () =>
        this.#host.ask({ label: 'columns', initial: this.names.join(' '), answer: (text) => this.choose(text) }),
      command: { word: 'columns', argument: EXPECTED, take: (text) => this.choose(text) },
    }
  }

  /** @throws {RangeError} for a name that no column has; nothing has changed then. */
  choose(text: string): void {
    const words = text.split(/[\s,]+/).filter((word) => word !== '')
    const unknown = words.find((word) => word !== 'all' && !COLUMN_NAMES.some((name) => name === word))
    if (unknown !== undefined || words.length === 0) {
      throw new RangeError(`Cannot show column ${JSON.stringify(unknown ?? '')}: expected ${EXPECTED}`)
    }
    const hidden = COLUMN_NAMES.filter((name) => !words.includes('all') && !words.includes(name))
    this.#host.hiddenColumns.clear()
    for (const name of hidden) this.#host.hiddenColumns.add(name)
    this.#host.changed()
  }
}
