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
  const updates = Map.groupBy(history.updates, ({ path }) => path)
  const reads = Map.groupBy(history.lists, ({ path }) => path)
  const bodies = new Map(final.records.map(({ path, body }) => [path, body]))
  const versions = versionsOfOps(history)
  return [...updates].flatMap(([path, calls]) => {
    const body = bodies.get(path)
    const names = body === undefined ? [] : listShape.parse(JSON.parse(body)).names
    const report: Report = (check, message) => ({ check: `lists: ${check}`, path, message })
    return checkList({ names, updates: merge(calls), reads: reads.get(path) ?? [], versions, report })
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
  /** The versions that hold an op, as far as acknowledged. */
  readonly versions: ReadonlyMap<string, readonly number[]>
  readonly report: Report
}

function checkList({ names, updates, reads, versions, report }: ListCheck): Finding[] {
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
    if (more.length > 0 && !isForgotten(versions.get(op))) {
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

/** A repeat is recognised as long as the record remembers; what comes later is new. */
function isForgotten(versions: readonly number[] = []): boolean {
  const [oldest = 0, ...others] = versions.toSorted((a, b) => a - b)
  return others.length > 0 && others.every((version) => version - oldest > WRITE_IDS_KEPT)
}

function versionsOfOps({ writes }: EpochHistory): Map<string, number[]> {
  const versions = new Map<string, number[]>()
  for (const { ops, version } of writes) {
    if (version === undefined) continue
    for (const op of ops) {
      const known = versions.get(op) ?? []
      const { sequence } = partsOf(version)
      if (!known.includes(sequence)) versions.set(op, [...known, sequence])
    }
  }
  return versions
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
