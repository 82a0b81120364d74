import { cut } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'

/** What to do when no trace is open. */
export function noTraceLines({ columns, rows, paint, glyphs }: Frame): string[] {
  const lines = [
    '',
    ' No trace is open. A trace tells who read and wrote which record when, and who lost to whom.',
    '',
    ` ${paint('key', 'o')}  opens a file, or a directory of *.castrace.jsonl`,
    '',
    ' To record one:',
    '   inspector record /orders -o orders.castrace.jsonl      commits, from outside',
    "   await recordTrace('orders.castrace.jsonl')             every attempt, inside a service",
    '   pnpm demo                                              a storm of four processes',
    '',
    ' Then: inspector replay orders.castrace.jsonl',
  ]
  return lines.slice(0, rows).map((line) => cut(line, columns, glyphs.ellipsis))
}
