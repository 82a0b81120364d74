import { hostname } from 'node:os'
import type { Writer } from './filesystem.ts'

/** The writer that a filesystem records when a write names none. */
export function processWriter(service = 'unnamed'): Writer {
  return { service, host: hostname(), pid: process.pid }
}
