import { type Filesystem, scoped } from '@latchless/filesystem'

/** Views of one store, for each of which updates are combined apart, as in processes of their own. */
export function sharedViews(store: Filesystem, count: number): Filesystem[] {
  return Array.from({ length: count }, () =>
    scoped(store, [{ alias: '/', target: '/', permissions: ['read', 'list', 'write', 'delete'] }]),
  )
}
