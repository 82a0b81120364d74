import type { ComparisonMode } from '../../../model/comparison.ts'
import type { Action } from '../../action.ts'
import type { ComparisonPane } from './comparison-pane.ts'

/** What the keys about the comparison ask of the screen. */
export interface ComparisonControls {
  readonly comparison: ComparisonPane
  readonly isShowingValue: boolean
  setBase(): void
  swap(): void
  showComparison(): void
  hideSame(): void
  compare(from: number, to: number): void
  /** Asks for a line of text. */
  ask(label: string, answer: (text: string) => void): void
}

const MODES: readonly (readonly [key: string, mode: ComparisonMode, name: string])[] = [
  ['S', 'structural', 'compare by structure'],
  ['u', 'unified', 'compare by lines'],
  ['|', 'side', 'compare side by side'],
  ['x', 'bytes', 'compare by bytes'],
]

/** What can be done with the comparison of two versions. */
export function comparisonActions(screen: ComparisonControls): readonly Action[] {
  const { comparison } = screen
  return [
    { name: 'compare from this version on', keys: ['b'], hint: 'base', run: () => screen.setBase() },
    { name: 'swap the two versions', keys: ['B'], run: () => screen.swap() },
    ...(screen.isShowingValue
      ? [{ name: 'show what differs', keys: ['d'], hint: 'diff', run: () => screen.showComparison() }]
      : []),
    ...MODES.map(([key, mode, name]): Action => ({
      name,
      keys: [key],
      synonyms: ['diff'],
      run: () => {
        comparison.mode = mode
        screen.showComparison()
      },
    })),
    { name: 'compare in the next way', keys: ['s'], hint: 'way', run: () => comparison.turnMode() },
    { name: 'go to the next difference', keys: [']'], hint: 'next', run: () => comparison.toHunk(1) },
    { name: 'go to the difference before', keys: ['['], run: () => comparison.toHunk(-1) },
    {
      name: comparison.ignoresKeyOrder ? 'mind the order of keys' : 'ignore the order of keys',
      keys: ['i'],
      run: () => comparison.turnKeyOrder(),
    },
    {
      name: 'ignore parts of the bodies',
      keys: [],
      run: () => screen.ask('ignore', (words) => comparison.ignore(pointersOf(words))),
      command: {
        word: 'ignore',
        argument: 'JSON POINTERS such as /updatedAt, or nothing',
        take: (words) => comparison.ignore(pointersOf(words)),
      },
    },
    {
      name: 'hide or show writes that changed nothing',
      keys: ['='],
      synonyms: ['no-op'],
      run: () => screen.hideSame(),
    },
    {
      name: 'compare two versions by number',
      keys: [],
      synonyms: ['diff'],
      run: () => screen.ask('diff', (versions) => compareNamed(screen, versions)),
      command: {
        word: 'diff',
        argument: 'VERSION VERSION',
        take: (versions) => compareNamed(screen, versions),
      },
    },
  ]
}

function compareNamed(screen: ComparisonControls, versions: string): void {
  const [, from, to] = /^v?(\d{1,15})\s+v?(\d{1,15})$/.exec(versions.trim()) ?? []
  if (from === undefined || to === undefined) {
    throw new RangeError(`Cannot compare ${JSON.stringify(versions)}: expected two versions such as v915 v918`)
  }
  screen.compare(Number(from), Number(to))
}

function pointersOf(words: string): readonly string[] {
  const pointers = words.split(/\s+/).filter((word) => word !== '')
  const wrong = pointers.find((pointer) => !pointer.startsWith('/'))
  if (wrong === undefined) return pointers
  throw new RangeError(
    `Cannot ignore ${JSON.stringify(wrong)}: it is no JSON Pointer, expected something like /lines/0/price`,
  )
}
