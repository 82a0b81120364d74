import type { PathChoice } from './scenarios/scenario.ts'

const COLLECTION = '/records'

/** The records that exist before the work. */
export function filledPath(index: number): string {
  return `${COLLECTION}/${String(index).padStart(7, '0')}`
}

export interface PathOptions {
  readonly paths: PathChoice
  /** How many there are to choose from. */
  readonly pathsMax: number
  /** Of the process, from 1. */
  readonly number: number
}

/** Which record a writer updates next; `step` is the number of the update in its process. */
export function pathOf({ paths, pathsMax, number }: PathOptions, writer: number, step: number): string {
  switch (paths) {
    case 'hot':
      return `${COLLECTION}/hot`
    case 'own':
      return `${COLLECTION}/p${number}-w${writer + 1}`
    case 'random':
      return filledPath(Math.floor(Math.random() * pathsMax))
    case 'cycle':
      return filledPath(step % pathsMax)
  }
}
