import {
  encrypted,
  type Filesystem,
  Keyring,
  type Limits,
  LocalFilesystem,
  type LocalOptions,
  MemoryFilesystem,
  type MemoryOptions,
  SEAL_OVERHEAD_BYTES,
} from '@latchless/filesystem'

/** A key that every process of a test has. */
export const testKey: Uint8Array = Uint8Array.from({ length: 32 }, (_, n) => n * 7 + 3)

function keyring(): Keyring {
  return new Keyring({ active: 'test', keys: { test: testKey } })
}

/** The limits to give to the store below, so that the decorated one has those that are asked for. */
function roomFor(limits: Partial<Limits> | undefined): Partial<Limits> | undefined {
  if (limits?.bodyBytesMax === undefined) return limits
  const overhead = (limits.appendEntriesMax ?? 100) * SEAL_OVERHEAD_BYTES
  return { ...limits, bodyBytesMax: limits.bodyBytesMax + overhead }
}

/** The memory backend with sealed bodies. */
export const EncryptedMemory = {
  async open(options: MemoryOptions): Promise<Filesystem> {
    return encrypted(await MemoryFilesystem.open({ ...options, limits: roomFor(options.limits) }), keyring())
  },
}

/** The local backend with sealed bodies. */
export const EncryptedLocal = {
  async open(options: LocalOptions): Promise<Filesystem> {
    return encrypted(await LocalFilesystem.open({ ...options, limits: roomFor(options.limits) }), keyring())
  },
}
