import type { Change } from './structural-diff.ts'

/** One line of a comparison. Nothing in it is escaped yet. */
export type ComparedLine =
  | { readonly type: 'change'; readonly change: Change }
  /** A line of what was added or removed by a change. */
  | { readonly type: 'part'; readonly op: 'added' | 'removed'; readonly text: string }
  | { readonly type: 'line'; readonly op: 'same' | 'added' | 'removed'; readonly text: string }
  | {
      readonly type: 'pair'
      readonly op: 'same' | 'changed'
      readonly left: string | undefined
      readonly right: string | undefined
    }
  | { readonly type: 'hunk'; readonly text: string }
