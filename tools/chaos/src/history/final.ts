import type { Filesystem, ListHead } from '@latchless/filesystem'
import { sequenceOf } from '@latchless/filesystem'
import type { EpochHistory } from './epoch.ts'
import { digestOf } from './recorded.ts'
import { INDEX, WATCHED } from '../workload/places.ts'

export interface FinalVersion {
  readonly version: string
  readonly sequence: number
  readonly writeId: string
  readonly live: boolean
  readonly digest?: string | undefined
  readonly ops: readonly string[]
}

export interface FinalRecord {
  readonly path: string
  /** Sequence of the head; 0 when never written. */
  readonly sequence: number
  readonly live: boolean
  /** The body of a live head. */
  readonly body?: string | undefined
  /** The tuple of the index, as JSON. */
  readonly tuple?: string | undefined
  /** Newest first. */
  readonly versions: readonly FinalVersion[]
}

export interface FinalLog {
  readonly log: string
  readonly entries: readonly { readonly sequence: number; readonly body: string }[]
}

/** What an epoch holds when all work has ended. */
export interface FinalEpoch {
  readonly records: readonly FinalRecord[]
  readonly logs: readonly FinalLog[]
  /** The rows of the index of the registers; absent where there are none. */
  readonly rows?: readonly (readonly [path: string, version: string, tuple: string])[] | undefined
  /** What `list` tells of the epoch: path and version of live records. */
  readonly listed: readonly (readonly [path: string, version: string])[]
}

const CONCURRENCY = 8

/** Reads all that an epoch's history names, and what the store lists of it. */
export async function readFinal(filesystem: Filesystem, history: EpochHistory): Promise<FinalEpoch> {
  const root = `/e${history.epoch}`
  const listed = await listAll(filesystem, root)
  const paths = new Set([...history.writes, ...history.gets].map(({ path }) => path))
  for (const [path] of listed) paths.add(path)
  const logs = new Set([...history.appends, ...history.pages].map(({ log }) => log))
  for (const { steps } of history.transacts) {
    for (const { type, path } of steps) if (type === 'append') logs.add(path)
  }
  return {
    records: await each([...paths], (path) => readRecord(filesystem, path)),
    logs: await each([...logs], (log) => readLog(filesystem, log)),
    rows: filesystem.capabilities(root).query === 'none' ? undefined : await queryAll(filesystem, `${root}/registers`),
    listed,
  }
}

async function each<Item, Result>(items: readonly Item[], read: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let at = 0; at < items.length; at += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(at, at + CONCURRENCY).map(read))))
  }
  return results
}

async function readRecord(filesystem: Filesystem, path: string): Promise<FinalRecord> {
  const head = await filesystem.get(path)
  const versions: FinalVersion[] = []
  let before: number | undefined
  do {
    const page = await filesystem.history(path, { before, limit: 200, bodies: true })
    versions.push(...page.versions.map(finalVersion))
    before = page.next
  } while (before !== undefined)
  if (head.state === 'unwritten') return { path, sequence: 0, live: false, versions }
  const sequence = sequenceOf(head.version)
  if (head.state === 'deleted') return { path, sequence, live: false, versions }
  const tuple = head.entry.tuples?.[INDEX]
  const body = Buffer.from(head.entry.body).toString()
  return { path, sequence, live: true, body, ...(tuple ? { tuple: JSON.stringify(tuple) } : {}), versions }
}

function finalVersion({ info, entry, state }: ListHead): FinalVersion {
  return {
    version: info.version,
    sequence: sequenceOf(info.version),
    writeId: info.writeId,
    live: state === 'live',
    digest: entry && digestOf(entry.body),
    ops: info.updates.flatMap(({ opId }) => opId ?? []),
  }
}

async function readLog(filesystem: Filesystem, log: string): Promise<FinalLog> {
  const entries: { sequence: number; body: string }[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = await filesystem.read(log, { after, limit: 500 })
    for (const { sequence, body } of page.entries) entries.push({ sequence, body: Buffer.from(body).toString() })
    after = page.next
  }
  return { log, entries }
}

async function listAll(filesystem: Filesystem, prefix: string): Promise<(readonly [string, string])[]> {
  const all: (readonly [string, string])[] = []
  let page = await filesystem.list(prefix, { limit: 500 })
  for (;;) {
    for (const { path, head } of page.items) if (head && path !== WATCHED) all.push([path, head.info.version])
    if (!page.next) return all
    page = await filesystem.list(prefix, { limit: 500, after: page.next })
  }
}

async function queryAll(filesystem: Filesystem, collection: string): Promise<(readonly [string, string, string])[]> {
  const all: (readonly [string, string, string])[] = []
  let page = await filesystem.query(collection, INDEX, { limit: 200 })
  for (;;) {
    for (const { path, head, tuple } of page.items) all.push([path, head.info.version, JSON.stringify(tuple)])
    if (!page.next) return all
    page = await filesystem.query(collection, INDEX, { limit: 200, after: page.next })
  }
}
