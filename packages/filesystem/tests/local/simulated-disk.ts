import type { Disk, DiskFile } from '@latchless/filesystem/testing'
import { DiskError } from '@latchless/filesystem/testing'

/** How the calls of one simulated process are scheduled. */
export interface Gate {
  /** Called before each call that another process could notice or disturb. */
  point(call: string): Promise<void>
  /** Whether a listing shows a name that came or went while it was under way. */
  shows(name: string): boolean
}

interface File {
  readonly type: 'file'
  data: Uint8Array
  /** What a power cut leaves of it. */
  durable: Uint8Array
}

interface Directory {
  readonly type: 'directory'
  readonly entries: Map<string, Node>
  /** The entries that a power cut leaves. */
  durable: Map<string, Node>
  /** Listings under way, with the names that came or went since they began. */
  readonly listings: Set<Set<string>>
}

type Node = File | Directory

/** Whether an unsynced name of a directory, or unsynced bytes of a file, reached the disk by chance. */
export type Survives = (kind: 'name' | 'bytes') => boolean

export const OPEN_GATE: Gate = { point: async () => {}, shows: () => true }

const EXT4 = 0xef53

/** A disk in memory: adversarial listings, and power cuts that forget what was not synced. */
export class SimulatedDisk {
  #root: Directory = makeDirectory()
  readonly #type: number

  constructor(type: number = EXT4) {
    this.#type = type
  }

  /** The disk as one process sees it. */
  as(gate: Gate): Disk {
    return {
      fileSystemType: async () => this.#type,
      inspect: async (path) => {
        if (this.#find(path)) return 'plain'
        await gate.point(`inspect ${path}`)
        return this.#find(path) ? 'plain' : 'absent'
      },
      names: async (path) => await this.#names(gate, path),
      directories: async (path) => {
        await gate.point(`directories ${path}`)
        const entries = [...this.#directory(path).entries]
        return entries.flatMap(([name, node]) => (node.type === 'directory' ? [name] : []))
      },
      exists: async (path) => {
        await gate.point(`exists ${path}`)
        return this.#find(path) !== undefined
      },
      modifiedMs: async (path) => {
        await gate.point(`stat ${path}`)
        if (!this.#find(path)) throw new DiskError('ENOENT', path)
        // As old as can be, so that whoever goes by the age takes everything for abandoned.
        return 0
      },
      read: async (path, bytesMax = Number.MAX_SAFE_INTEGER) => {
        await gate.point(`read ${path}`)
        return this.#file(path).data.slice(0, bytesMax)
      },
      create: async (path) => {
        await gate.point(`create ${path}`)
        return this.#create(path)
      },
      makeDirectory: async (path) => {
        await gate.point(`mkdir ${path}`)
        this.#add(path, makeDirectory())
      },
      removeDirectory: async (path) => {
        await gate.point(`rmdir ${path}`)
        if (this.#directory(path).entries.size > 0) throw new DiskError('ENOTEMPTY', path)
        this.#remove(path)
      },
      link: async (from, to) => {
        await gate.point(`link ${from} ${to}`)
        this.#add(to, this.#file(from))
      },
      unlink: async (path) => {
        await gate.point(`unlink ${path}`)
        this.#file(path)
        this.#remove(path)
      },
      rename: async (from, to) => {
        await gate.point(`rename ${from} ${to}`)
        this.#rename(from, to)
      },
      // A sync changes nothing that another process sees, so it is no scheduling point.
      syncFile: async (path) => sync(this.#file(path)),
      syncDirectory: async (path) => sync(this.#directory(path)),
    }
  }

  /** Forgets what was not synced, except where `survives` says that it had reached the disk by chance. */
  powerCut(survives: Survives): void {
    revert(this.#root, survives)
  }

  /** Replaces the bytes of a file, as a fault of the medium would. */
  damage(path: string, data: Uint8Array): void {
    const file = this.#file(path)
    file.data = data
    file.durable = data
  }

  async #names(gate: Gate, path: string): Promise<readonly string[]> {
    await gate.point(`names ${path}`)
    const directory = this.#directory(path)
    const changed = new Set<string>()
    directory.listings.add(changed)
    const atStart = new Set(directory.entries.keys())
    try {
      await gate.point(`names of ${path} end`)
    } finally {
      directory.listings.delete(changed)
    }
    const stayed = [...atStart].filter((name) => !changed.has(name))
    return [...stayed, ...[...changed].filter((name) => gate.shows(name))]
  }

  #create(path: string): DiskFile {
    const file: File = { type: 'file', data: new Uint8Array(), durable: new Uint8Array() }
    this.#add(path, file)
    return {
      // Its name is known to nobody else yet, so writing is no scheduling point.
      write: async (bytes) => {
        file.data = Uint8Array.from([...file.data, ...bytes])
      },
      sync: async () => sync(file),
      close: async () => {},
    }
  }

  #rename(from: string, to: string): void {
    const node = this.#find(from)
    if (!node) throw new DiskError('ENOENT', from)
    const target = this.#find(to)
    if (target && (target.type === 'file' || target.entries.size > 0)) throw new DiskError('ENOTEMPTY', to)
    this.#remove(from)
    this.#add(to, node)
  }

  #add(path: string, node: Node): void {
    const { directory, name } = this.#locate(path)
    if (directory.entries.has(name)) throw new DiskError('EEXIST', path)
    directory.entries.set(name, node)
    for (const changed of directory.listings) changed.add(name)
  }

  #remove(path: string): void {
    const { directory, name } = this.#locate(path)
    if (!directory.entries.delete(name)) throw new DiskError('ENOENT', path)
    for (const changed of directory.listings) changed.add(name)
  }

  #locate(path: string): { directory: Directory; name: string } {
    const slash = path.lastIndexOf('/')
    return { directory: this.#directory(slash < 0 ? '' : path.slice(0, slash)), name: path.slice(slash + 1) }
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root
    for (const name of path === '' ? [] : path.split('/')) {
      node = node?.type === 'directory' ? node.entries.get(name) : undefined
    }
    return node
  }

  #file(path: string): File {
    const node = this.#find(path)
    if (!node) throw new DiskError('ENOENT', path)
    if (node.type !== 'file') throw new DiskError('EISDIR', path)
    return node
  }

  #directory(path: string): Directory {
    const node = this.#find(path)
    if (!node) throw new DiskError('ENOENT', path)
    if (node.type !== 'directory') throw new DiskError('ENOTDIR', path)
    return node
  }
}

function makeDirectory(): Directory {
  return { type: 'directory', entries: new Map(), durable: new Map(), listings: new Set() }
}

function sync(node: Node): void {
  if (node.type === 'file') node.durable = node.data
  else node.durable = new Map(node.entries)
}

function revert(node: Node, survives: Survives): void {
  if (node.type === 'file') {
    if (!survives('bytes')) node.data = node.durable
    node.durable = node.data
    return
  }
  for (const name of new Set([...node.entries.keys(), ...node.durable.keys()])) {
    const [now, durable] = [node.entries.get(name), node.durable.get(name)]
    if (now !== durable && !survives('name')) {
      if (durable) node.entries.set(name, durable)
      else node.entries.delete(name)
    }
  }
  node.durable = new Map(node.entries)
  for (const child of node.entries.values()) revert(child, survives)
}
