import type { Durability } from '../filesystem.ts'

const TMPFS = 0x01021994

/** File systems, by statfs(2) type, on which link, unlink, readdir, fsync and byte-range locking hold what they promise. */
const ACCEPTED: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [TMPFS, 'tmpfs'],
])

/** What a store on a file system of this type can promise, or why there can be none. */
export function durabilityOn(
  type: number,
  wanted: 'disk' | 'process' | undefined,
): { readonly durability: Durability } | { readonly problem: string } {
  if (!ACCEPTED.has(type)) {
    const accepted = [...ACCEPTED.values()].join(', ')
    return { problem: `its file system (type 0x${type.toString(16)}) is not known to be safe; use one of ${accepted}` }
  }
  if (type === TMPFS && wanted === 'disk') {
    return { problem: 'tmpfs keeps nothing over a power cut; ask for durability "process" or use a disk' }
  }
  return { durability: type === TMPFS ? 'process' : (wanted ?? 'disk') }
}
