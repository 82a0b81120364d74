import type { Entry, Filesystem, Version } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { readBody } from '../model/body.ts'
import { type BodyDiff, diffBodies, type DiffFormat, isEqual } from '../model/body-diff.ts'
import { loadVersion } from '../model/load-version.ts'
import { parsePathArgument, type PathArgument } from '../model/path-argument.ts'
import { shownVersion } from '../model/stored-row.ts'
import type { Change } from '../model/structural-diff.ts'
import { jsonLine, jsonText } from '../output/json-text.ts'
import type { DiffRow } from '../output/rows.ts'
import { shownVersionText } from '../output/shown.ts'

export interface DiffOptions {
  readonly format?: DiffFormat
  readonly exitCode?: true
}

interface Side {
  readonly path: string
  readonly state: 'live' | 'deleted'
  readonly version: Version
  readonly entry: Entry | undefined
}

/** Compares two versions; by default the previous retained one with the head. */
export async function diff(
  context: Context,
  fromArgument: string,
  toArgument: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  return context.withStore(async (fs) => {
    const { from, to } = await loadSides(fs, fromArgument, toArgument)
    const result = diffBodies(bodyOf(from), bodyOf(to), options.format)
    const equal = isEqual(result) && from.state === to.state
    if (context.json) {
      const row: DiffRow = { type: 'diff', v: 1, from: sideRow(from), to: sideRow(to), equal, ...result }
      await context.print(jsonLine(row))
    } else await context.print(text(context, from, to, result, equal))
    return options.exitCode && !equal ? EXIT.negative : EXIT.ok
  })
}

async function loadSides(fs: Filesystem, fromArgument: string, toArgument: string | undefined) {
  const from = parsePathArgument(fromArgument)
  if (toArgument === undefined && from.version === undefined) return await lastTwo(fs, from.path)
  // `@9` alone is another version of the same path.
  const to: PathArgument =
    toArgument === undefined
      ? { path: from.path }
      : parsePathArgument(toArgument.startsWith('@') ? from.path + toArgument : toArgument)
  return { from: await loadSide(fs, from), to: await loadSide(fs, to) }
}

async function loadSide(fs: Filesystem, argument: PathArgument): Promise<Side> {
  const head = await loadVersion(fs, argument)
  const entry = head.state === 'live' ? head.entry : undefined
  return { path: argument.path, state: head.state, version: head.version, entry }
}

async function lastTwo(fs: Filesystem, path: string): Promise<{ from: Side; to: Side }> {
  const { versions } = await fs.history(path, { limit: 2, bodies: true })
  const [to, from] = versions.map(({ state, info, entry }): Side => ({ path, state, version: info.version, entry }))
  if (to && from) return { from, to }
  const why = to ? 'it has only one retained version' : 'it was never written'
  throw new InspectorError('not-found', `Cannot compare ${JSON.stringify(path)}: ${why}`, 'name two: PATH@A PATH@B', {
    path,
  })
}

function bodyOf({ entry }: Side) {
  return entry && readBody(entry.body)
}

function sideRow({ path, state, version }: Side): DiffRow['from'] {
  return { path, state, version: shownVersion(version), token: version }
}

function text(context: Context, from: Side, to: Side, result: BodyDiff, equal: boolean): string {
  if (result.format === 'json-patch') return `${displayText(jsonText(result.patch, 2), { multiline: true })}\n`
  if (equal) return ''
  const lines = [context.paint('removed', `--- ${nameOf(from)}`), context.paint('added', `+++ ${nameOf(to)}`)]
  switch (result.format) {
    case 'structural':
      lines.push(...result.changes.map((change) => changeLine(context, change)))
      break
    case 'unified':
      lines.push(...result.lines.map((line) => unifiedLine(context, line)))
      break
    case 'bytes':
      lines.push(
        `binary: ${result.fromSize} and ${result.toSize} bytes differ from byte ${result.firstDifference ?? '-'}`,
      )
      break
  }
  return lines.map((line) => `${line}\n`).join('')
}

function nameOf({ path, state, version }: Side): string {
  return `${displayText(path)}@${shownVersionText(shownVersion(version))}${state === 'deleted' ? ' (deleted)' : ''}`
}

const VALUE_MAX = 500

function changeLine(context: Context, change: Change): string {
  const path = displayText(change.path === '' ? '(whole body)' : change.path)
  switch (change.op) {
    case 'add':
      return context.paint('added', `+ ${path}  ${valueText(change.after)}`)
    case 'remove':
      return context.paint('removed', `- ${path}  ${valueText(change.before)}`)
    case 'replace':
      return `~ ${path}  ${valueText(change.before)} -> ${valueText(change.after)}`
  }
}

function valueText(value: unknown): string {
  return displayText(jsonText(value), { codePointsMax: VALUE_MAX })
}

function unifiedLine(context: Context, line: string): string {
  const shown = displayText(line.slice(0, 1)) + displayText(line.slice(1))
  if (line.startsWith('+')) return context.paint('added', shown)
  if (line.startsWith('-')) return context.paint('removed', shown)
  return line.startsWith('@') ? context.paint('muted', shown) : shown
}
