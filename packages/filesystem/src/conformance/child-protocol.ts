import type { TaskName } from './child-tasks.ts'
import type { StoreOptions, SubjectAddress } from './subject.ts'

/** What the kit tells a process that it forked. `open` comes first, then one `run`. */
export type ParentMessage =
  | { readonly type: 'open'; readonly subject: SubjectAddress; readonly options: StoreOptions }
  | { readonly type: 'run'; readonly task: TaskName; readonly argument: unknown }
  | { readonly type: 'stop' }

/** What the forked process answers. */
export type ChildMessage =
  | { readonly type: 'opened' }
  /** One step of a looping task has resolved. */
  | { readonly type: 'acknowledged' }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: string }
