import { Buffer } from 'node:buffer'
import {
  anything,
  type Filesystem,
  type ListItem,
  MemoryFilesystem,
  type MemoryOptions,
  parseVersion,
  type WriteOptions,
} from '@latchless/filesystem'
import { onTestFinished } from 'vitest'

export interface MemoryStore {
  readonly fs: MemoryFilesystem
  readonly put: (path: string, body: unknown, options?: WriteOptions & { kind?: string }) => Promise<void>
  readonly remove: (path: string) => Promise<void>
}

/** An empty store in memory; bodies that are no bytes are written as JSON. */
export async function memoryStore(options: MemoryOptions = {}): Promise<MemoryStore> {
  const fs = await MemoryFilesystem.open(options)
  onTestFinished(() => fs.close())
  return {
    fs,
    async put(path, body, { kind = 'order', ...options } = {}) {
      const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
      const entry = { body: bytes, contentType: 'application/json', kind, schemaVersion: 1 }
      await fs.put(path, entry, anything, { writer: { service: 'api-1', host: 'h', pid: 7 }, ...options })
    },
    async remove(path) {
      await fs.delete(path, anything)
    },
  }
}

/** A store that lists a million records without storing any, and counts how often it was asked. */
export function endlessStore(fs: Filesystem, count: number) {
  const calls = { list: 0, items: 0 }
  const pathOf = (number: number) => `/k/${String(number).padStart(7, '0')}`
  const list: Filesystem['list'] = async (_prefix, { after, order, limit = 100 } = {}) => {
    calls.list++
    const step = order === 'descending' ? -1 : 1
    const edge = step === 1 ? -1 : count
    const start = (after ? Number(after.path.slice(3)) : edge) + step
    const items: ListItem[] = []
    for (let at = start; items.length < limit && at >= 0 && at < count; at += step) items.push(itemOf(pathOf(at)))
    calls.items += items.length
    const last = items.at(-1)
    const more = last && last.path !== pathOf(step === 1 ? count - 1 : 0)
    return more ? { items, next: { path: last.path } } : { items }
  }
  const store = new Proxy(fs, {
    get(target, name) {
      if (name === 'list') return list
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { store, calls, pathOf }
}

function itemOf(path: string): ListItem {
  const info = {
    version: parseVersion('1.0123456789abcdef'),
    writeId: '0'.repeat(32),
    writer: { service: 'api-1', host: 'h', pid: 7 },
    time: Date.UTC(2026, 10, 21, 14, 0),
    size: 12,
    updates: [{}],
  }
  return { path, directory: false, head: { state: 'live', info, kind: 'order' } }
}

/** The paths that a list of records shows, from its heading down. */
export function pathsOf(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line.includes('PATH')) + 1
  return lines.slice(start).flatMap((line) => /^[▶ ][• ](\S+)/.exec(line)?.[1]?.replace('│', '') || [])
}
