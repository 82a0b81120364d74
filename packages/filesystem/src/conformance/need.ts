import type { Filesystem } from '../filesystem.ts'
import type { Subject } from './subject.ts'

/**
 * What a case takes for granted: versions and records (`cas`), `put` under `any` (`blindWrites`), retained versions
 * (`history`), a second process on the same store (`processes`), tombstones that `maintain` forgets (`purge`), and the
 * operations of the same names.
 */
export type Need =
  | 'cas'
  | 'blindWrites'
  | 'history'
  | 'query'
  | 'log'
  | 'transact'
  | 'watch'
  | 'maintain'
  | 'purge'
  | 'processes'

export const allNeeds: readonly Need[] = [
  'cas',
  'blindWrites',
  'history',
  'query',
  'log',
  'transact',
  'watch',
  'maintain',
  'purge',
  'processes',
]

/** Whether the backend declares that it lacks what a case needs. */
export function isMissing(need: Need, filesystem: Filesystem, subject: Subject): boolean {
  const capabilities = filesystem.capabilities('/')
  switch (need) {
    case 'cas':
      return capabilities.cas === 'none' || capabilities.cas === 'unknown'
    case 'blindWrites':
      return !capabilities.blindWrites
    case 'query':
      return capabilities.query === 'none'
    case 'processes':
      return !subject.crossProcess
    case 'purge':
      return subject.purgesTombstones !== true
    case 'history':
    case 'log':
    case 'transact':
    case 'watch':
    case 'maintain':
      return !capabilities[need]
  }
}
