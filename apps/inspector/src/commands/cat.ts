import type { StoredHead } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { redactPointers } from '../kinds/redact-pointers.ts'
import { type Body, readBody } from '../model/body.ts'
import { hexDump } from '../model/hex-dump.ts'
import { hiddenPointers } from '../model/hidden-pointers.ts'
import { loadVersion, requireLive } from '../model/load-version.ts'
import { parsePathArgument } from '../model/path-argument.ts'
import { redactedHead } from '../model/redacted-head.ts'
import { metaRow, valueRow } from '../model/stored-row.ts'
import { writeFileAtomically } from '../output/atomic-file.ts'
import { jsonLine, jsonText } from '../output/json-text.ts'
import { remarkHidden } from '../output/remark-hidden.ts'
import type { MetaRow, ValueRow } from '../output/rows.ts'
import { shownVersionText, writerText } from '../output/shown.ts'

export interface CatOptions {
  readonly raw?: true
  readonly hex?: true
  readonly pretty?: true
  readonly meta?: true
  readonly reveal?: true
  readonly output?: string
}

/** Prints one version of a record. */
export async function cat(context: Context, argument: string, options: CatOptions): Promise<ExitCode> {
  const wanted = parsePathArgument(argument)
  const chosen = [options.raw, options.hex, options.pretty, options.meta].filter(Boolean).length
  if (chosen > 1)
    throw new InspectorError('usage', 'Cannot show a record in two ways: give one of --raw, --hex, --pretty, --meta')
  if (context.json && (options.raw || options.hex))
    throw new InspectorError('usage', 'Cannot print bytes as JSON: leave out --json, or --raw and --hex')
  return context.withStore(async (fs) => {
    const head = await loadVersion(fs, wanted)
    const isFile = options.output !== undefined && options.output !== '-'
    // What is written to a file is data, and so is what is asked for byte by byte.
    const isOpen = isFile || options.reveal || options.raw || options.hex
    const shown = isOpen ? head : redactedHead(head, await redactPointers([kindOf(head)])).head
    const { content, hidden } = rendered(context, wanted.path, shown, options, !isOpen)
    if (isFile) await writeFileAtomically(options.output, content)
    else await context.io.stdout.write(content)
    await remarkHidden(context, hidden)
    return EXIT.ok
  })
}

interface Rendered {
  readonly content: string | Uint8Array
  readonly hidden: readonly string[]
}

function rendered(
  context: Context,
  path: string,
  head: StoredHead,
  options: CatOptions,
  isRedacted: boolean,
): Rendered {
  if (options.meta) {
    const row = metaRow(path, head)
    const hidden = isRedacted ? hiddenPointers({ tuples: row.tuples }) : []
    return { content: context.json ? jsonLine(marked(row, hidden)) : metaText(row), hidden }
  }
  const live = requireLive(path, head)
  const { body } = live.entry
  // The one output that is not escaped.
  if (options.raw) return { content: body, hidden: [] }
  if (options.hex) return { content: hexDump(body), hidden: [] }
  const read = readBody(body)
  const row = valueRow(path, live, read)
  const hidden = isRedacted ? hiddenPointers({ tuples: row.tuples, value: row.value }) : []
  const content = context.json ? jsonLine(marked(row, hidden)) : shownText(path, read, options)
  return { content, hidden }
}

function marked<Row extends MetaRow | ValueRow>(row: Row, hidden: readonly string[]): Row {
  return hidden.length > 0 ? { ...row, hidden } : row
}

function shownText(path: string, read: Body, options: CatOptions): string {
  if (read.type === 'binary')
    throw refuseText(path, 'its body is binary', 'use --hex, --json, or --raw for the bytes themselves')
  if (!options.pretty) return lineEnded(displayText(read.text, { multiline: true }))
  if (read.type !== 'json') throw refuseText(path, 'its body is not JSON', 'leave out --pretty')
  return lineEnded(displayText(jsonText(read.value, 2), { multiline: true }))
}

function kindOf(head: StoredHead): string | undefined {
  return head.state === 'live' ? head.entry.kind : undefined
}

function refuseText(path: string, why: string, hint: string): InspectorError {
  return new InspectorError('refused', `Cannot show ${JSON.stringify(path)} as text: ${why}`, hint, { path })
}

function lineEnded(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function metaText(row: MetaRow): string {
  const fields: (readonly [string, string])[] = [
    ['path', row.path],
    ['state', row.state],
    ['version', shownVersionText(row.version)],
    ['token', row.token],
    ['kind', row.kind ?? '-'],
    ['schemaVersion', String(row.schemaVersion ?? '-')],
    ['contentType', row.contentType ?? '-'],
    ['size', String(row.size)],
    ['time', row.time ?? '-'],
    ['writer', writerText(row.writer)],
    ['writeId', row.writeId],
    ...row.updates.map(
      ({ opId, writer }) => ['update', `${opId ?? '-'} ${writer ? writerText(writer) : ''}`.trimEnd()] as const,
    ),
    ...Object.entries(row.tuples).map(([name, tuple]) => ['index', `${name} ${jsonText(tuple)}`] as const),
  ]
  return fields.map(([name, text]) => `${name.padEnd(13)}  ${displayText(text)}\n`).join('')
}
