import type { OperationOptions } from '../../filesystem.ts'

/** A statement: a constant text, values only as parameters. */
export interface Statement {
  /** Names the prepared statement, where the option `prepare` asks for that. */
  readonly name: string
  readonly text: string
}

/** On whose behalf a statement runs. */
export interface Call {
  readonly operation: string
  readonly path: string
  readonly writes: boolean
  readonly options: OperationOptions
}

export type Row = Readonly<Record<string, unknown>>
