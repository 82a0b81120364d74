import { displayText } from '../display-text.ts'
import type { RecordRow } from './rows.ts'

/** `v7`, or `-` where a store has no versions. */
export function shownVersionText(version: number | null): string {
  return version === null ? '-' : `v${version}`
}

export function shownTime(time: string | null): string {
  return displayText(time ?? '-')
}

/** `service@host:pid`, not yet escaped. */
export function writerText({ service, host, pid }: RecordRow['writer']): string {
  return `${service}@${host}:${pid}`
}

export function shownWriter(writer: RecordRow['writer']): string {
  return displayText(writerText(writer))
}
