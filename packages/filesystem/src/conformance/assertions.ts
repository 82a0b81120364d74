import assert from 'node:assert/strict'
import { FilesystemError, type FilesystemErrorCode } from '../errors.ts'
import type { DeletedHead, Filesystem, Head, ListItem, ListOptions, LiveHead } from '../filesystem.ts'
import { VersionMismatch } from '../version-mismatch.ts'

/** The typed error of an operation that must fail with one of these codes. A synchronous throw counts as well. */
export async function rejectsWith(
  codes: FilesystemErrorCode | readonly FilesystemErrorCode[],
  operation: () => unknown,
  what: string,
): Promise<FilesystemError> {
  const accepted: readonly FilesystemErrorCode[] = typeof codes === 'string' ? [codes] : codes
  let result: unknown
  try {
    result = await operation()
  } catch (error) {
    assert.ok(error instanceof FilesystemError, `${what} must reject with a FilesystemError, not ${String(error)}`)
    assert.ok(
      accepted.includes(error.code),
      `${what} must reject with ${accepted.join(' or ')}, not ${error.code}: ${error.message}`,
    )
    return error
  }
  assert.fail(`${what} must reject with ${accepted.join(' or ')}, but resolved with ${JSON.stringify(result)}`)
}

/** The mismatch of a write that must lose. */
export async function losesWith(operation: () => unknown, what: string): Promise<VersionMismatch> {
  const error = await rejectsWith('conflict', operation, what)
  assert.ok(error instanceof VersionMismatch, `${what} must reject with a VersionMismatch`)
  return error
}

/** The head, which must be a live entry. */
export function live(head: Head | undefined, what = 'the head'): LiveHead {
  assert.ok(head?.state === 'live', `${what} must be live, not ${head?.state}`)
  return head
}

/** The head, which must be a tombstone. */
export function deleted(head: Head | undefined, what = 'the head'): DeletedHead {
  assert.ok(head?.state === 'deleted', `${what} must be a tombstone, not ${head?.state}`)
  return head
}

/** All items of a listing, page by page, and how many pages it took. */
export async function listAll(
  filesystem: Filesystem,
  prefix: string,
  options: ListOptions = {},
): Promise<{ items: readonly ListItem[]; pages: number }> {
  const items: ListItem[] = []
  let pages = 0
  let after = options.after
  do {
    const page = await filesystem.list(prefix, { ...options, after })
    pages++
    assert.ok(pages <= 1000, `the listing of ${prefix} must end`)
    if (options.limit !== undefined) assert.ok(page.items.length <= options.limit, 'a page must keep to its limit')
    items.push(...page.items)
    after = page.next
  } while (after)
  return { items, pages }
}

/** The paths of a listing. */
export async function pathsOf(filesystem: Filesystem, prefix: string, options: ListOptions = {}): Promise<string[]> {
  const { items } = await listAll(filesystem, prefix, options)
  return items.map((item) => item.path)
}
