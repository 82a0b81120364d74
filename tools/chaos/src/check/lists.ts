import { WRITE_IDS_KEPT } from '@latchless/filesystem'
import { z } from 'zod'
import type { EpochHistory } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { Finding } from '../report.ts'
import { partsOf } from '../workload/places.ts'
import type { Placed } from './order.ts'
import { findDisorder, findStale } from './order.ts'

const listShape = z.object({ names: z.array(z.string()) })

/** Whether each update of a list is in it exactly as often as its caller was told, and where. */
export function checkLists(history: EpochHistory, final: FinalEpoch): Finding[] {
  const updates = Map.groupBy(history.updates.filter(isOfList), ({ path }) => path)
  const reads = Map.groupBy(history.lists, ({ path }) => path)
  const bodies = new Map(final.records.map(({ path, body }) => [path, body]))
  const landings = landingsOfOps(history, final)
  return [...updates].flatMap(([path, calls]) => {
    const body = bodies.get(path)
    const names = body === undefined ? [] : listShape.parse(JSON.parse(body)).names
    const report: Report = (check, message) => ({ check: `lists: ${check}`, path, message })
    return checkList({ names, updates: merge(calls), reads: reads.get(path) ?? [], landings, report })
  })
}

type Report = (check: string, message: string) => Finding

/** One update with all its repeats. */
interface Update {
  readonly op: string
  readonly start: number
  /** When it was first known to be in. */
  readonly end: number | undefined
  readonly outcome: 'done' | 'unknown' | 'refused'
  readonly position: number | undefined
}

interface ListCheck {
  readonly names: readonly string[]
  readonly updates: readonly Update[]
  readonly reads: EpochHistory['lists']
  readonly landings: ReadonlyMap<string, Landings>
  readonly report: Report
}

function checkList({ names, updates, reads, landings, report }: ListCheck): Finding[] {
  const findings: Finding[] = []
  const places = new Map<string, number[]>()
  for (const [at, name] of names.entries()) places.set(name, [...(places.get(name) ?? []), at])
  const placed: Placed[] = []
  for (const { op, start, end, outcome, position } of updates) {
    const [first, ...more] = places.get(op) ?? []
    places.delete(op)
    if (first === undefined) {
      if (outcome === 'done') findings.push(report('lost', `${op} was acknowledged and is not in it`))
      continue
    }
    if (outcome === 'refused') findings.push(report('refused', `${op} was refused and is in it`))
    if (more.length >= landingsMax(landings.get(op))) {
      findings.push(report('duplicated', `${op} is in it ${more.length + 1} times`))
    }
    if (position !== undefined && names[position] !== op) {
      findings.push(report('moved', `${op} was acknowledged at ${position}, where ${names[position] ?? 'nothing'} is`))
    }
    placed.push({ name: op, start, end: end ?? Number.POSITIVE_INFINITY, position: first })
  }
  for (const name of places.keys()) findings.push(report('foreign', `${name} is in it and nobody added it`))
  for (const { earlier, later } of findDisorder(placed)) {
    findings.push(report('order', `${later.name} began after ${earlier.name} had ended, and is before it`))
  }
  return [...findings, ...checkReads(names, placed, reads, report)]
}

function checkReads(
  names: readonly string[],
  placed: readonly Placed[],
  reads: EpochHistory['lists'],
  report: Report,
): Finding[] {
  const starts = new Map(placed.map(({ name, start }) => [name, start]))
  const wrong = reads.flatMap(({ client, length, last, end }): Finding[] => {
    if (length === 0) return []
    if (last === undefined || names[length - 1] !== last) {
      return [report('read', `${client} saw ${last} as number ${length}, where ${names[length - 1] ?? 'nothing'} is`)]
    }
    const start = starts.get(last)
    return start !== undefined && start > end ? [report('read', `${client} saw ${last} before it began`)] : []
  })
  const stale = findStale(
    placed,
    reads.map(({ client, start, length }) => ({ client, start, shown: length })),
  ).map(({ client, missed }) => report('stale', `${client} did not see ${missed.name}, which had ended before`))
  return [...wrong, ...stale]
}

/** The versions that hold an op. */
interface Landings {
  /** As far as acknowledged or retained. */
  readonly known: Set<number>
  /** Those that a write of unknown outcome made, if it landed. */
  readonly possible: Set<number>
}

/** How often an op may be in a list: a repeat is recognised as long as the record remembers, and what comes later is new. */
function landingsMax({ known, possible }: Landings = { known: new Set(), possible: new Set() }): number {
  const chosen = [...known].toSorted((a, b) => a - b)
  const isFar = (sequence: number, others: readonly number[]) =>
    others.every((other) => Math.abs(sequence - other) > WRITE_IDS_KEPT)
  if (chosen.some((sequence, at) => !isFar(sequence, chosen.slice(0, at)))) return 1
  for (const sequence of [...possible].toSorted((a, b) => a - b)) {
    if (isFar(sequence, chosen)) chosen.push(sequence)
  }
  return Math.max(1, chosen.length)
}

function landingsOfOps({ writes }: EpochHistory, { records }: FinalEpoch): Map<string, Landings> {
  const landings = new Map<string, Landings>()
  const of = (op: string) => {
    const known = landings.get(op) ?? { known: new Set(), possible: new Set() }
    landings.set(op, known)
    return known
  }
  for (const { ops, version, expect, outcome } of writes) {
    for (const op of ops) {
      if (version !== undefined) of(op).known.add(partsOf(version).sequence)
      else if (outcome === 'unknown') of(op).possible.add(sequenceBehind(expect))
    }
  }
  for (const { versions } of records) {
    for (const { ops, sequence } of versions) for (const op of ops) of(op).known.add(sequence)
  }
  return landings
}

/** What a write of an update makes if it lands. Updates expect either one version or none. */
function sequenceBehind(expect: string): number {
  return expect.includes('.') ? partsOf(expect).sequence + 1 : 1
}

function isOfList({ path }: { readonly path: string }): boolean {
  return path.includes('/lists/')
}

function merge(calls: EpochHistory['updates']): Update[] {
  return [...Map.groupBy(calls, ({ op }) => op)].map(([op, sendings]) => {
    const done = sendings.flatMap(({ answer }) => (answer?.outcome === 'done' ? [answer] : []))
    const isOpen = sendings.some(({ answer }) => !answer || answer.outcome === 'unknown')
    return {
      op,
      start: Math.min(...sendings.map(({ start }) => start)),
      end: done.length > 0 ? Math.min(...done.map(({ end }) => end)) : undefined,
      outcome: done.length > 0 ? 'done' : isOpen ? 'unknown' : 'refused',
      position: done.find(({ position }) => position !== undefined)?.position,
    }
  })
}
