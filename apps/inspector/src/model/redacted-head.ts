import type { StoredHead, Tuple } from '@latchless/filesystem'
import { redact } from './redact.ts'
import { redactText } from './redact-text.ts'
import { SecretMarks } from './secret-marks.ts'
import { isSecretName } from './secret-names.ts'

/** A version as it may be shown: its body redacted, and its indexes, which may hold a part of it. `hidden` counts what is not. */
export function redactedHead<Head extends StoredHead>(head: Head, pointers: readonly string[]) {
  if (head.state === 'deleted') return { head, hidden: 0 }
  const marks = new SecretMarks()
  const { body } = redact(head.entry.body, pointers, marks)
  const tuples = Object.entries(head.entry.tuples ?? {}).map(([name, tuple]) => [name, redacted(name, tuple, marks)])
  if (marks.count === 0) return { head, hidden: 0 }
  const entry = { ...head.entry, body, tuples: Object.fromEntries(tuples) as Record<string, Tuple> }
  return { head: { ...head, entry }, hidden: marks.count }
}

function redacted(name: string, tuple: Tuple, marks: SecretMarks): Tuple {
  return tuple.map((element) => {
    if (typeof element === 'string') return isSecretName(name) ? marks.hide(element) : redactText(element, marks)
    return element instanceof Uint8Array && isSecretName(name) ? marks.hide(element.join(' ')) : element
  })
}
