import type { StoredHead } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { readBody } from '../model/body.ts'
import { hexDump } from '../model/hex-dump.ts'
import { loadVersion, requireLive } from '../model/load-version.ts'
import { parsePathArgument } from '../model/path-argument.ts'
import { metaRow, valueRow } from '../model/stored-row.ts'
import { writeFileAtomically } from '../output/atomic-file.ts'
import { jsonLine, jsonText } from '../output/json-text.ts'
import type { MetaRow } from '../output/rows.ts'
import { shownVersionText, writerText } from '../output/shown.ts'

export interface CatOptions {
  readonly raw?: true
  readonly hex?: true
  readonly pretty?: true
  readonly meta?: true
  readonly output?: string
}

/** Prints one version of a record. */
export async function cat(context: Context, argument: string, options: CatOptions): Promise<ExitCode> {
  const wanted = parsePathArgument(argument)
  const chosen = [options.raw, options.hex, options.pretty, options.meta].filter(Boolean).length
  if (chosen > 1)
    throw new InspectorError('usage', 'Cannot show a record in two ways: give one of --raw, --hex, --pretty, --meta')
  return context.withStore(async (fs) => {
    const head = await loadVersion(fs, wanted)
    const content = render(context, wanted.path, head, options)
    if (options.output === undefined || options.output === '-') await context.io.stdout.write(content)
    else await writeFileAtomically(options.output, content)
    return EXIT.ok
  })
}

function render(context: Context, path: string, head: StoredHead, options: CatOptions): string | Uint8Array {
  if (options.meta) return context.json ? jsonLine(metaRow(path, head)) : metaText(metaRow(path, head))
  const { body } = requireLive(path, head).entry
  // The one output that is not escaped.
  if (options.raw) return body
  if (options.hex) return hexDump(body)
  const read = readBody(body)
  if (context.json) return jsonLine(valueRow(path, requireLive(path, head), read))
  if (read.type === 'binary')
    throw refuseText(path, 'its body is binary', 'use --hex, --json, or --raw for the bytes themselves')
  if (!options.pretty) return lineEnded(displayText(read.text, { multiline: true }))
  if (read.type !== 'json') throw refuseText(path, 'its body is not JSON', 'leave out --pretty')
  return lineEnded(displayText(jsonText(read.value, 2), { multiline: true }))
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
