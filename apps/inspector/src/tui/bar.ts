import type { Frame } from './frame.ts'

/** A bar that takes up a share of some cells, to the eighth of a cell where the terminal has such marks. */
export function bar({ glyphs }: Frame, share: number, cells: number): string {
  const { bars } = glyphs
  const parts = Math.round(Math.min(Math.max(0, share), 1) * cells * bars.length)
  const whole = (bars.at(-1) ?? '').repeat(Math.floor(parts / bars.length))
  return whole + (bars[(parts % bars.length) - 1] ?? '')
}
