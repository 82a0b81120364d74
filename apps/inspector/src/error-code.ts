/** The code of an error of Node or of ours, such as `ENOENT`; undefined for what has none. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
