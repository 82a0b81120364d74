/** Lines of which only those in sight are ever made. */
export interface LineSource {
  readonly count: number
  line(at: number): string
}

export function linesFrom(lines: readonly string[]): LineSource {
  return { count: lines.length, line: (at) => lines[at] ?? '' }
}
