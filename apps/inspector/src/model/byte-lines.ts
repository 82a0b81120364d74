import type { ComparedLine } from './compared-line.ts'
import { hexLine } from './hex-dump.ts'
import { countText } from './measures.ts'
import { sameBytes } from './same-bytes.ts'

const BYTES_PER_LINE = 8
/** Lines of differing bytes that are shown. */
const LINES_MAX = 200

/** Where two bodies differ, in hex, both one above the other. */
export function byteLines(from: Uint8Array, to: Uint8Array) {
  const sizes = `${countText(from.length)} and ${countText(to.length)} bytes`
  if (sameBytes(from, to)) return { lines: [], hunks: [], summary: `${sizes}, the same` }
  const lines: ComparedLine[] = []
  const hunks: number[] = []
  const first = nextDifference(from, to, 0)
  let last = Number.NEGATIVE_INFINITY
  for (let at: number | undefined = first; at !== undefined && lines.length < LINES_MAX;) {
    const start = at - (at % BYTES_PER_LINE)
    if (start - last > BYTES_PER_LINE) {
      hunks.push(lines.length)
      lines.push({ type: 'hunk', text: `byte ${countText(at)}` })
    }
    last = start
    if (start < from.length) lines.push({ type: 'line', op: 'removed', text: hexLine(from, start, BYTES_PER_LINE) })
    if (start < to.length) lines.push({ type: 'line', op: 'added', text: hexLine(to, start, BYTES_PER_LINE) })
    at = nextDifference(from, to, start + BYTES_PER_LINE)
  }
  if (lines.length >= LINES_MAX) lines.push({ type: 'hunk', text: 'more may differ behind these' })
  return { lines, hunks, summary: `${sizes}, first different at ${countText(first ?? 0)}` }
}

function nextDifference(from: Uint8Array, to: Uint8Array, start: number): number | undefined {
  const shorter = Math.min(from.length, to.length)
  let at = start
  while (at < shorter && from[at] === to[at]) at++
  return at < Math.max(from.length, to.length) ? at : undefined
}
