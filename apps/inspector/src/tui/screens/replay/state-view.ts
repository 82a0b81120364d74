import { displayText } from '../../../display-text.ts'
import { NONE } from '../../../trace/names.ts'
import { durationText } from '../../../trace/time-text.ts'
import { traceStats } from '../../../trace/trace-stats.ts'
import { KIND } from '../../../trace/trace.ts'
import type { ReplayModel } from './replay-model.ts'

const NAMED_MAX = 6
const WINDOW_US = 1_000_000

/** How things stood at the cursor, in sentences. All of it has gone through `displayText`. */
export function stateLines(model: ReplayModel): string[] {
  const { trace, cursorUs } = model
  const state = model.timeline.stateAt(cursorUs)
  const inFlight: string[] = []
  const waiting: string[] = []
  let queued = 0
  for (const [op, event] of state.open) {
    const key = trace.keyOfOp(op)
    if (model.onlyKey !== undefined && key !== model.onlyKey) continue
    if (event === NONE) queued++
    else if (trace.columns.kind[event] === KIND.wait) waiting.push(waitText(model, event))
    else inFlight.push(flightText(model, event))
  }
  return [
    `in flight  ${listed(inFlight)}`,
    `waiting  ${listed(waiting)}   in the process or queued there  ${queued}`,
    `so far  ${state.won} won  ${state.lost} lost  ${state.unknown} unknown  ${state.failed} failed  ${state.ended} updates ended`,
    recentText(model),
  ]
}

function flightText(model: ReplayModel, event: number): string {
  const { columns } = model.trace
  const name = model.writerLabel(columns.writer[event] ?? NONE)
  if (columns.kind[event] === KIND.read) return `${name} reads`
  const base = columns.first[event] ?? 0
  const behind = model.makers.headAt(columns.key[event] ?? NONE, model.cursorUs) - base
  return `${name} over v${base} (${behind > 0 ? `${behind} behind: doomed` : 'can win'})`
}

function waitText(model: ReplayModel, event: number): string {
  const { columns } = model.trace
  const left = durationText(Math.max(0, (columns.endUs[event] ?? 0) - model.cursorUs))
  return `${model.writerLabel(columns.writer[event] ?? NONE)} ${left} left`
}

function listed(texts: readonly string[]): string {
  if (texts.length === 0) return 'nobody'
  const more = texts.length - NAMED_MAX
  return texts.slice(0, NAMED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function recentText(model: ReplayModel): string {
  const { trace, makers, cursorUs, onlyKey } = model
  const { total } = traceStats(trace, makers, { fromUs: cursorUs - WINDOW_US, toUs: cursorUs, key: onlyKey })
  const { won, lost, unknown, retriesPerWin, updateLatency, fairness, updatesPerSecond } = total
  const latency = updateLatency
    ? `p50 ${durationText(updateLatency.p50Us)}  p99 ${durationText(updateLatency.p99Us)}`
    : 'no update ended'
  const parts = [
    `${won} won`,
    `${lost} lost`,
    `${unknown} unknown`,
    `${retriesPerWin?.toFixed(2) ?? '-'} retries a win`,
    latency,
  ]
  return displayText(
    `last 1 s  ${parts.join('  ')}  Jain ${fairness?.toFixed(2) ?? '-'}  ${updatesPerSecond?.toFixed(0) ?? '-'} updates/s`,
  )
}
