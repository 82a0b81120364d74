import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTrace, type Trace } from '@latchless/inspector'
import { temporaryDirectory } from './fixture-store.ts'

export type Line = Record<string, unknown>

/** A millisecond in the unit of a trace. */
export const MS = 1000

export const HEAD: Line = {
  e: 'head',
  format: 'cas-trace',
  v: 1,
  unit: 'us',
  wall0: '2026-11-21T14:00:00.000Z',
  clock: 'monotonic',
  host: 'h',
  pid: 7,
  values: 'none',
}

const WHO = { op: 'op1', w: 'api@h/7', a: 1, key: '/k' }

export function op(t: number, fields: Line = {}): Line {
  const { op, w, key } = { ...WHO, ...fields }
  return { e: 'op', t, op, w, kind: 'update', keys: [key], deadline: t + 15_000_000 }
}

export function read(t: number, d: number, ver: number, fields: Line = {}): Line {
  return { e: 'read', t, d, ...WHO, ver, size: 10, ...fields }
}

/** A write that made the version behind its base. */
export function won(t: number, d: number, base: number, write: string, fields: Line = {}): Line {
  return { e: 'cas', t, d, ...WHO, base, next: base + 1, write, out: 'won', ...fields }
}

export function lost(t: number, d: number, base: number, write: string, head: Line, fields: Line = {}): Line {
  return { e: 'cas', t, d, ...WHO, base, next: base + 1, write, out: 'lost', ...head, ...fields }
}

export function wait(t: number, d: number, fields: Line = {}): Line {
  const { op, w, a } = { ...WHO, ...fields }
  return { e: 'wait', t, d, op, w, a, why: 'conflict', lo: 0, hi: 2 * d, plan: d }
}

export function done(t: number, d: number, fields: Line = {}): Line {
  const { op, w, a, out } = { ...WHO, out: 'ok', ...fields }
  return { e: 'done', t, d, op, w, out, a }
}

/** Two writers race for a record at version 4: `first` makes 5, `second` loses to it, waits, and makes 6. */
export function duelLines(first: { w: string; op: string }, second: { w: string; op: string }): Line[] {
  const again = { ...second, a: 2 }
  return [
    op(0, first),
    op(0, second),
    read(0, 5 * MS, 4, first),
    read(0, 6 * MS, 4, second),
    won(10 * MS, 20 * MS, 4, 'wA', first),
    done(0, 30 * MS, first),
    lost(12 * MS, 31 * MS, 4, 'wB', { cur: 5, by: first.w, byWrite: 'wA' }, second),
    wait(43 * MS, 17 * MS, second),
    won(60 * MS, 10 * MS, 5, 'wB2', again),
    done(0, 70 * MS, again),
  ]
}

/** The bytes of a trace file with its end, as `recordTrace` writes it. */
export function traceText(lines: readonly Line[], head: Line = HEAD): string {
  const body = [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')
  const counted = lines.filter(({ e }) => e !== 'gap').length
  const sha256 = createHash('sha256').update(body).digest('hex')
  return `${body}${JSON.stringify({ e: 'end', n: counted, t: 0, sha256 })}\n`
}

export async function traceFile(content: string | Uint8Array, name = 'a.castrace.jsonl'): Promise<string> {
  const file = join(await temporaryDirectory(), name)
  await writeFile(file, content)
  return file
}

export async function traceOf(lines: readonly Line[], head: Line = HEAD): Promise<Trace> {
  return await readTrace([await traceFile(traceText(lines, head))])
}
