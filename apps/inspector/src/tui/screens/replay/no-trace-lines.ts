import type { Frame } from '../../frame.ts'
import { wrapped } from '../../wrapped.ts'

const MARGIN = ' '
const COMMANDS: readonly (readonly [command: string, does: string])[] = [
  ['inspector record /orders -o orders.castrace.jsonl', 'commits, from outside'],
  ["await recordTrace('orders.castrace.jsonl')", 'every attempt, inside a service'],
  ['pnpm demo', 'a storm of four processes'],
]

/** What to do when no trace is open. */
export function noTraceLines({ columns, rows, paint }: Frame): string[] {
  const text = (words: string, indent: number) => {
    const margin = MARGIN.repeat(indent)
    return wrapped(words, columns - indent).map((line) => margin + line)
  }
  const lines = [
    '',
    ...text('No trace is open. A trace tells who read and wrote which record when, and who lost to whom.', 1),
    '',
    ` ${paint('key', 'o')}  opens a file, or a directory of *.castrace.jsonl`,
    '',
    ' To record:',
    ...COMMANDS.flatMap(([command, does]) => [...text(`${does}:`, 3), ...text(command, 5)]),
    '',
    ' Then: inspector replay orders.castrace.jsonl',
  ]
  return (lines.length > rows ? lines.filter((line) => line !== '') : lines).slice(0, rows)
}
