import type { ListItem, ListPage } from '../../filesystem.ts'
import { listHead } from '../../head.ts'
import { comparePaths, isBelow, ROOT } from '../../path.ts'
import type { Database } from './database.ts'
import { PageBudget } from '../../page-budget.ts'
import { decodeHeadRow } from './record-row.ts'

export interface ListCall {
  readonly prefix: string
  readonly depth: 'children' | 'descendants'
  readonly descending: boolean
  readonly after: string | undefined
  readonly limit: number
  readonly bodies: boolean
  readonly deleted: boolean
}

const LIVE = 1
const DELETED = 0

// In the key "tree" this stands for "/". What is below a record lies between the record and its path followed by ABOVE,
// because no path holds a control character.
const SLASH = '\u0001'
const ABOVE = '\u0002'

export function listPage(database: Database, call: ListCall): ListPage {
  return call.depth === 'children' ? listChildren(database, call) : listDescendants(database, call)
}

function listDescendants(database: Database, call: ListCall): ListPage {
  const { descending, after, limit, bodies } = call
  // "0" follows "/", so these two enclose what is below the prefix.
  const start = `${withoutSlash(call.prefix)}/`
  const end = `${withoutSlash(call.prefix)}0`
  const common = { leastState: call.deleted ? DELETED : LIVE, limit: limit + 1, bodies: bodies ? 1 : 0 }
  const rows = descending
    ? database.iterate('listDescending', { ...common, start, before: after === undefined ? end : lesser(after, end) })
    : database.iterate('listAscending', { ...common, end, after: after === undefined ? start : greater(after, start) })
  const budget = new PageBudget(limit)
  const items: ListItem[] = []
  for (const row of rows) {
    const last = items.at(-1)
    if (last && budget.isSpent) return { items, next: { path: last.path } }
    const path = String(row['path'])
    const head = decodeHeadRow('list', path, row, bodies ? 'all' : 'meta')
    budget.take(bodies ? head.info.size : 0)
    items.push({ path, head: listHead(head, bodies), directory: false })
  }
  return { items }
}

/** Seeks from child to child, however much lies below each. */
function listChildren(database: Database, call: ListCall): ListPage {
  const budget = new PageBudget(call.limit)
  const items: ListItem[] = []
  let range = childRange(call)
  for (let child = nextChild(database, call, range); child !== undefined; child = nextChild(database, call, range)) {
    const item = childItem(database, call, child)
    const last = items.at(-1)
    if (item && last && budget.isSpent) return { items, next: { path: last.path } }
    if (item) {
      items.push(item)
      budget.take(call.bodies ? (item.head?.info.size ?? 0) : 0)
    }
    const key = treeKey(child)
    range = call.descending ? { ...range, to: key } : { ...range, from: `${key}${ABOVE}` }
  }
  return { items }
}

interface TreeRange {
  readonly from: string
  readonly to: string
}

function childRange({ prefix, after, descending }: ListCall): TreeRange {
  const below = `${withoutSlash(prefix)}/`
  const whole = { from: treeKey(below), to: `${treeKey(withoutSlash(prefix))}${ABOVE}` }
  if (after === undefined) return whole
  if (!isBelow(after, prefix)) {
    const before = comparePaths(after, below) < 0
    return before === descending ? { from: whole.from, to: whole.from } : whole
  }
  const child = childOf(after, prefix)
  // A cursor below a child lies behind those siblings that go on with a character before "/".
  if (descending) return { ...whole, to: child === after ? treeKey(child) : `${treeKey(child)}/` }
  return { ...whole, from: `${treeKey(child)}${child === after ? ABOVE : '/'}` }
}

function nextChild(database: Database, call: ListCall, range: TreeRange): string | undefined {
  const seek = call.descending ? 'lastInTree' : 'firstInTree'
  const states = call.deleted ? [LIVE, DELETED] : [LIVE]
  const found = states.flatMap((state) => {
    const row = database.get(seek, { state, ...range })
    return row ? [childOf(String(row['path']), call.prefix)] : []
  })
  const [first, second] = found
  if (first === undefined || second === undefined) return first
  return comparePaths(first, second) < 0 === call.descending ? second : first
}

function childItem(database: Database, call: ListCall, path: string): ListItem | undefined {
  const key = treeKey(path)
  const below = { state: LIVE, from: `${key}${SLASH}`, to: `${key}${ABOVE}` }
  const directory = database.get('firstInTree', below) !== undefined
  const row = database.get('listOne', { path, bodies: call.bodies ? 1 : 0 })
  if (row && (row['state'] === LIVE || call.deleted)) {
    const head = decodeHeadRow('list', path, row, call.bodies ? 'all' : 'meta')
    return { path, head: listHead(head, call.bodies), directory }
  }
  return directory ? { path, directory } : undefined
}

function childOf(path: string, prefix: string): string {
  const end = path.indexOf('/', withoutSlash(prefix).length + 1)
  return end < 0 ? path : path.slice(0, end)
}

function treeKey(path: string): string {
  return path.replaceAll('/', SLASH)
}

function withoutSlash(prefix: string): string {
  return prefix === ROOT ? '' : prefix
}

function lesser(a: string, b: string): string {
  return comparePaths(a, b) < 0 ? a : b
}

function greater(a: string, b: string): string {
  return comparePaths(a, b) > 0 ? a : b
}
