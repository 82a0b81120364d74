import type { OperationOptions } from '../../filesystem.ts'

/** A statement: a constant text, values only as parameters. */
export interface Statement {
  /**
   * Names the prepared statement. Only what finds its rows by key has one: a page is planned for its bounds each time. It ends
   * in a digest of the text, so that behind a pooling proxy no other text can have the name.
   */
  readonly name?: string
  readonly text: string
}

/** A statement with its values. */
export interface Request {
  readonly statement: Statement
  readonly values: readonly unknown[]
}

/** On whose behalf a statement runs. */
export interface Call {
  readonly operation: string
  readonly path: string
  readonly writes: boolean
  readonly options: OperationOptions
}

export type Row = Readonly<Record<string, unknown>>
