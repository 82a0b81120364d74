/** A run that could not go on, which proves nothing. */
export class BrokenRun extends Error {
  /** The command that runs the same again. */
  readonly reproduce: string
  /** What it had recorded until then; absent when it had not begun to. */
  readonly histories: string | undefined

  constructor(cause: unknown, reproduce: string, histories: string | undefined) {
    super('Cannot finish the run', { cause })
    this.name = 'BrokenRun'
    this.reproduce = reproduce
    this.histories = histories
  }
}
