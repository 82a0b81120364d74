import type { Entry, Head, Tuple, Writer } from '../filesystem.ts'

/** An entry without a kind, which every backend takes. */
export function text(body: string): Entry {
  return { body: new TextEncoder().encode(body), contentType: 'text/plain' }
}

/** A record of the kit's own kind. */
export function record(value: unknown, tuples?: Readonly<Record<string, Tuple>>): Entry {
  return {
    body: new TextEncoder().encode(JSON.stringify(value)),
    contentType: 'application/json',
    kind: 'conformance_sample',
    schemaVersion: 3,
    ...(tuples ? { tuples } : {}),
  }
}

/** The body of a live head as text; undefined for every other head. */
export function bodyOf(head: Head | undefined): string | undefined {
  return head?.state === 'live' ? new TextDecoder().decode(head.entry.body) : undefined
}

/** The nth writeId of a case: distinct, and the same in every run. */
export function writeIdOf(n: number): string {
  return n.toString(16).padStart(32, '0')
}

/** A writer that no backend would record on its own. */
export const someWriter: Writer = { service: 'conformance', host: 'kit.example', pid: 4711 }
