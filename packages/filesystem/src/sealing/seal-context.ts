import { invalid } from '../refusals.ts'

/** What a body is sealed for. It opens only for exactly the same. None of it is stored in the sealed body. */
export interface SealContext {
  /** What the body is, such as `latchless/record`: bodies of one use never open as those of another. */
  readonly domain: string
  /** Where the body is stored. Errors name it. */
  readonly path: string
  /** Whatever else must not have changed, in an order that the caller keeps. */
  readonly bound?: readonly (string | Uint8Array)[] | undefined
}

/**
 * The bytes that are authenticated beside the ciphertext: the header, then each part behind its length, so that no two
 * lists of parts give the same bytes.
 *
 * @throws {FilesystemError} `invalid-argument` when a text holds a lone surrogate, which has no bytes of its own.
 */
export function authenticatedBytes(header: Uint8Array, context: SealContext): Uint8Array {
  const { domain, path, bound = [] } = context
  const parts = [domain, path, ...bound].map((part) => {
    if (typeof part === 'string' && !part.isWellFormed()) {
      throw invalid('seal', path, 'a part of the context holds a lone surrogate')
    }
    return Buffer.from(part)
  })
  return Buffer.concat([header, ...parts.flatMap((part) => [lengthOf(part), part])])
}

function lengthOf(part: Uint8Array): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(part.length))
  return length
}
