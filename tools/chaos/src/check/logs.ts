import type { EpochHistory } from '../history/epoch.ts'
import type { FinalEpoch, FinalLog } from '../history/final.ts'
import type { Finding } from '../report.ts'
import type { Placed } from './order.ts'
import { findDisorder, findStale } from './order.ts'

type Report = (check: string, message: string) => Finding

/** Whether logs are dense, in commit order, all or none of each append in them, and the same for every reader. */
export function checkLogs(history: EpochHistory, final: FinalEpoch): Finding[] {
  const appends = Map.groupBy(history.appends, ({ log }) => log)
  const pages = Map.groupBy(history.pages, ({ log }) => log)
  return final.logs.flatMap((log) => {
    const report: Report = (check, message) => ({ check: `logs: ${check}`, path: log.log, message })
    const dense = checkDense(log, report)
    if (!appends.has(log.log) && !pages.has(log.log)) return dense
    const { findings, placed } = checkAppends(log, appends.get(log.log) ?? [], report)
    return [...dense, ...findings, ...checkPages(log, placed, pages.get(log.log) ?? [], report)]
  })
}

function checkDense({ entries }: FinalLog, report: Report): Finding[] {
  const at = entries.findIndex(({ sequence }, index) => sequence !== index + 1)
  return at < 0 ? [] : [report('dense', `entry ${at + 1} has the number ${entries[at]?.sequence}`)]
}

function checkAppends(
  { entries }: FinalLog,
  appends: EpochHistory['appends'],
  report: Report,
): { findings: Finding[]; placed: Placed[] } {
  const findings: Finding[] = []
  const placed: Placed[] = []
  const places = new Map<string, number[]>()
  for (const [at, { body }] of entries.entries()) places.set(body, [...(places.get(body) ?? []), at])
  for (const { names, start, answer } of appends) {
    const [name = ''] = names
    const found = names.map((each) => places.get(each) ?? [])
    for (const each of names) places.delete(each)
    const first = found[0]?.[0]
    if (found.some((at) => at.length > 1)) findings.push(report('duplicated', `${name} is in it more than once`))
    if (found.every((at) => at.length === 0)) {
      if (answer?.outcome === 'done') findings.push(report('lost', `${name} was acknowledged and is not in it`))
      continue
    }
    if (first === undefined || found.some((at, index) => at[0] !== first + index)) {
      findings.push(report('torn', `the entries of one append, ${names.join(', ')}, are not in it one after the other`))
      continue
    }
    if (answer?.outcome === 'refused') findings.push(report('refused', `${name} was refused and is in it`))
    if (answer?.outcome === 'done' && answer.first !== first + 1) {
      findings.push(report('moved', `${name} was acknowledged as ${answer.first} and is ${first + 1}`))
    }
    const end = answer?.outcome === 'done' ? answer.end : Number.POSITIVE_INFINITY
    placed.push({ name, start, end, position: first + names.length - 1 })
  }
  for (const name of places.keys()) findings.push(report('foreign', `${name} is in it and nobody appended it`))
  for (const { earlier, later } of findDisorder(placed)) {
    findings.push(report('order', `${later.name} began after ${earlier.name} had ended, and is before it`))
  }
  return { findings, placed }
}

function checkPages(
  { entries }: FinalLog,
  placed: readonly Placed[],
  pages: EpochHistory['pages'],
  report: Report,
): Finding[] {
  const findings: Finding[] = []
  for (const { client, after, limit, sequences, names } of pages) {
    if (names.length > limit) findings.push(report('page', `${client} asked for ${limit} entries and got more`))
    const wrong = sequences.findIndex((sequence, at) => sequence !== after + 1 + at)
    if (wrong >= 0)
      findings.push(report('skipped', `${client} got ${sequences[wrong]} where ${after + 1 + wrong} was due`))
    const other = names.findIndex((name, at) => entries[(sequences[at] ?? 0) - 1]?.body !== name)
    if (other >= 0) {
      const now = entries[(sequences[other] ?? 0) - 1]?.body ?? 'nothing'
      findings.push(report('page', `${client} got ${names[other]} as ${sequences[other]}, where ${now} is`))
    }
  }
  // A page that is not full has reached the end, so it shows all that had been acknowledged.
  const ends = pages.filter(({ names, limit }) => names.length < limit)
  const shown = ends.map(({ client, start, after, names }) => ({ client, start, shown: after + names.length }))
  for (const { client, missed } of findStale(placed, shown)) {
    findings.push(report('stale', `${client} did not get ${missed.name}, which had been acknowledged before`))
  }
  return findings
}
