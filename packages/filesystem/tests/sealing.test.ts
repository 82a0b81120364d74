import { inspect } from 'node:util'
import {
  FilesystemError,
  isSealed,
  Keyring,
  SEAL_OVERHEAD_BYTES,
  type SealContext,
  systemRuntime,
} from '@latchless/filesystem'
import { describe, expect, it } from 'vitest'

const context: SealContext = { domain: 'test/body', path: '/a/b', bound: ['7', 'ab', 'c'] }
const body = new TextEncoder().encode('the body that nobody may read')
const key = Keyring.generateKey()
const keyring = new Keyring({ active: 'k1', keys: { k1: key } })

function errorOf(act: () => unknown): FilesystemError {
  try {
    act()
  } catch (error) {
    if (error instanceof FilesystemError) return error
    throw error
  }
  throw new Error('Cannot go on: an error was expected')
}

function changed(bytes: Uint8Array, at: number, by = 1): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ by
  return copy
}

describe('Keyring.seal() and open()', () => {
  it('give back what was sealed, the empty body too', () => {
    for (const plain of [body, new Uint8Array(), Keyring.generateKey()]) {
      const sealed = keyring.seal(plain, context)
      expect(isSealed(sealed)).toBe(true)
      expect(sealed.length).toBe(plain.length + SEAL_OVERHEAD_BYTES)
      expect(keyring.open(sealed, context)).toEqual(plain)
    }
  })

  it('leave nothing of the body in the sealed bytes', () => {
    const sealed = Buffer.from(keyring.seal(body, context))
    for (let at = 0; at + 4 <= body.length; at++)
      expect(sealed.includes(Buffer.from(body.subarray(at, at + 4)))).toBe(false)
  })

  it('give bytes of a memory of their own', () => {
    const sealed = keyring.seal(body, context)
    expect(sealed.buffer.byteLength).toBe(sealed.length)
    const opened = keyring.open(sealed, context)
    expect(opened.buffer.byteLength).toBe(opened.length)
    expect(Object.getPrototypeOf(opened)).toBe(Uint8Array.prototype)
  })

  it('draw a salt and a nonce for every body', () => {
    const headers = Array.from({ length: 2000 }, () => Buffer.from(keyring.seal(body, context)))
    expect(new Set(headers.map((each) => each.toString('hex', 53, 85))).size).toBe(2000)
    expect(new Set(headers.map((each) => each.toString('hex', 85, 97))).size).toBe(2000)
  })

  it('refuse to seal when the randomness is too short', () => {
    const short = new Keyring({ active: 'k1', keys: { k1: key }, runtime: { ...systemRuntime, randomHex: () => 'ab' } })
    expect(() => short.seal(body, context)).toThrow(RangeError)
  })

  it('refuse a context that has no bytes of its own', () => {
    expect(errorOf(() => keyring.seal(body, { ...context, bound: ['\ud800'] })).code).toBe('invalid-argument')
  })
})

describe('Keyring.open() refuses', () => {
  it('a change of any bit of any byte', () => {
    const sealed = keyring.seal(body, context)
    const codes = new Set<string>()
    for (let at = 0; at < sealed.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const { code } = errorOf(() => keyring.open(changed(sealed, at, 1 << bit), context))
        const namesAnotherKey = at >= 5 && at < 53
        expect(namesAnotherKey ? ['corrupt', 'key-missing'] : ['corrupt'], `byte ${at}, bit ${bit}`).toContain(code)
        codes.add(code)
      }
    }
    expect([...codes].sort()).toEqual(['corrupt', 'key-missing'])
  })

  it('every shorter and every longer form', () => {
    const sealed = keyring.seal(body, context)
    for (let length = 0; length < sealed.length; length++) {
      expect(errorOf(() => keyring.open(sealed.subarray(0, length), context)).code).toBe('corrupt')
    }
    expect(errorOf(() => keyring.open(Uint8Array.of(...sealed, 0), context)).code).toBe('corrupt')
  })

  it('another domain, path, part, order or division of the parts', () => {
    const sealed = keyring.seal(body, context)
    const others: readonly SealContext[] = [
      { ...context, domain: 'test/other' },
      { ...context, path: '/a/c' },
      { ...context, domain: 'test/body/a', path: '/b' },
      { ...context, bound: ['8', 'ab', 'c'] },
      { ...context, bound: ['7', 'a', 'bc'] },
      { ...context, bound: ['7', 'c', 'ab'] },
      { ...context, bound: ['7', 'ab', 'c', ''] },
      { ...context, bound: ['7', 'ab'] },
      { domain: context.domain, path: context.path },
    ]
    for (const other of others) {
      expect(
        errorOf(() => keyring.open(sealed, other)),
        JSON.stringify(other),
      ).toMatchObject({
        code: 'corrupt',
        path: other.path,
        retry: 'never',
      })
    }
    expect(keyring.open(sealed, { ...context, bound: ['7', Buffer.from('ab'), 'c'] })).toEqual(body)
  })

  it('what is not sealed, and a format that it does not know', () => {
    expect(errorOf(() => keyring.open(new TextEncoder().encode('{"plain":true}'), context)).message).toBe(
      'Cannot open "/a/b": the body is not sealed',
    )
    const future = changed(keyring.seal(body, context), 4, 3)
    expect(errorOf(() => keyring.open(future, context)).message).toBe(
      'Cannot open "/a/b": the body is sealed in the unknown format 2',
    )
  })

  it('a body under a key that the ring does not hold, as key-missing', () => {
    const other = new Keyring({ active: 'k2', keys: { k2: Keyring.generateKey() } })
    const error = errorOf(() => keyring.open(other.seal(body, context), context))
    expect(error).toMatchObject({ code: 'key-missing', path: '/a/b', operation: 'open', retry: 'never' })
    expect(error.message).toBe('Cannot open "/a/b": the keyring does not hold the key k2')
  })

  it('a body under another key of the same id, as key-missing', () => {
    const other = new Keyring({ active: 'k1', keys: { k1: Keyring.generateKey() } })
    expect(errorOf(() => keyring.open(other.seal(body, context), context)).code).toBe('key-missing')
    expect(other.fingerprintOf('k1')).not.toBe(keyring.fingerprintOf('k1'))
  })
})

describe('Keyring', () => {
  it('seals under the active key and opens under all', () => {
    const ring = new Keyring({ active: 'k1', keys: { k1: key } })
    const first = ring.seal(body, context)
    ring.add('k2', Keyring.generateKey())
    expect(Keyring.keyIdOf(ring.seal(body, context))).toBe('k1')
    ring.activate('k2')
    const second = ring.seal(body, context)
    expect([ring.active, ring.ids]).toEqual(['k2', ['k1', 'k2']])
    expect([Keyring.keyIdOf(first), Keyring.keyIdOf(second), Keyring.keyIdOf(body)]).toEqual(['k1', 'k2', undefined])
    expect([ring.open(first, context), ring.open(second, context)]).toEqual([body, body])
  })

  it('copies its keys, so that the caller may wipe its own', () => {
    const mine = Uint8Array.from(key)
    const ring = new Keyring({ active: 'k1', keys: { k1: mine } })
    mine.fill(0)
    expect(ring.open(keyring.seal(body, context), context)).toEqual(body)
  })

  it('refuses keys, ids and active keys that are not as they must be', () => {
    const refused: readonly (() => unknown)[] = [
      () => new Keyring({ active: 'k1', keys: { k1: new Uint8Array(32) } }),
      () => new Keyring({ active: 'k1', keys: { k1: key.subarray(0, 31) } }),
      () => new Keyring({ active: 'k1', keys: { k1: 'x'.repeat(32) as unknown as Uint8Array } }),
      () => new Keyring({ active: 'k2', keys: { k1: key } }),
      () => new Keyring({ active: '', keys: { '': key } }),
      () => new Keyring({ active: 'é', keys: { é: key } }),
      () => new Keyring({ active: 'x'.repeat(33), keys: { ['x'.repeat(33)]: key } }),
      () => keyring.add('k1', Keyring.generateKey()),
      () => keyring.activate('k9'),
    ]
    for (const act of refused) expect(errorOf(act).code).toBe('invalid-argument')
  })

  it('shows no key in any text, dump or message', () => {
    const secret = Buffer.from(key)
    const forms = ['hex', 'base64', 'base64url', 'latin1'].map((encoding) => secret.toString(encoding as 'hex'))
    const decimal = [...key].join(', ')
    const hexPairs = [...key].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const misplaced = errorOf(() => new Keyring({ active: secret.toString('hex'), keys: { k1: key } }))
    const shown = [
      String(keyring),
      JSON.stringify({ keyring }),
      inspect(keyring, { showHidden: true, depth: 9 }),
      inspect({ nested: keyring }, { showHidden: true, depth: 9, customInspect: false }),
      inspect(misplaced, { showHidden: true, depth: 9 }),
      inspect(
        errorOf(() => keyring.open(changed(keyring.seal(body, context), 99), context)),
        { depth: 9 },
      ),
      inspect(
        errorOf(() => keyring.add('k9', key.subarray(1))),
        { depth: 9 },
      ),
    ]
    for (const text of shown) for (const form of [...forms, decimal, hexPairs]) expect(text).not.toContain(form)
    expect(String(keyring)).toBe('Keyring(1 keys, active k1)')
    expect(inspect({ keyring })).toContain('Keyring(1 keys, active k1)')
  })
})
