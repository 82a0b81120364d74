import { type Filesystem, type ListItem, type ListOptions, MemoryFilesystem, UNVERSIONED } from '@latchless/filesystem'

/**
 * A store that lists so many records without holding one, `/records/0000000` and on. What is asked of a single record is
 * answered by an empty store.
 */
export async function listedStore(count: number): Promise<Filesystem> {
  const empty = await MemoryFilesystem.open({})
  const list = async (prefix: string, options: ListOptions = {}) => listed(count, prefix, options)
  return new Proxy(empty, {
    get: (target, name) => {
      if (name === 'list') return list
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

function listed(count: number, prefix: string, { after, order, limit = 100, depth }: ListOptions) {
  if (prefix === '/' && depth === 'children') return { items: [{ path: '/records', directory: true }] }
  if (prefix !== '/' && prefix !== '/records') return { items: [] }
  const isDescending = order === 'descending'
  const start = firstBehind(after?.path, count, isDescending)
  const items: ListItem[] = []
  for (let at = start; items.length < limit && at >= 0 && at < count; at += isDescending ? -1 : 1)
    items.push(itemAt(at))
  const last = items.at(-1)
  return { items, ...(last && items.length === limit && { next: { path: last.path } }) }
}

function firstBehind(path: string | undefined, count: number, isDescending: boolean): number {
  const start = isDescending ? count - 1 : 0
  if (path === undefined) return start
  const [, digits] = /^\/records\/(\d{7})/.exec(path) ?? []
  const step = isDescending ? -1 : 1
  return digits === undefined ? start : Number(digits) + step
}

function itemAt(at: number): ListItem {
  const info = {
    version: UNVERSIONED,
    writeId: '0'.repeat(32),
    writer: { service: 'api', host: 'h1', pid: 1 + (at % 7) },
    time: Date.UTC(2026, 10, 21) - at,
    size: 100 + (at % 900),
    updates: [{}],
  }
  const head = { state: 'live' as const, info, contentType: 'application/json', kind: 'turn', schemaVersion: 1 }
  return { path: `/records/${String(at).padStart(7, '0')}`, directory: false, head }
}
