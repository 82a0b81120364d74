import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { Keyring, type Runtime, systemRuntime } from '@latchless/filesystem'
import { describe, expect, it } from 'vitest'

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

/** HKDF-SHA256 from HMAC alone, so that the format is read here by other code than wrote it. */
function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array, bytes: number): Buffer {
  const hmac = (secret: Uint8Array, ...data: Uint8Array[]) =>
    createHmac('sha256', secret).update(Buffer.concat(data)).digest()
  const pseudorandom = hmac(salt, key)
  let block = Buffer.alloc(0)
  let out = Buffer.alloc(0)
  for (let n = 1; out.length < bytes; n++) {
    block = hmac(pseudorandom, block, info, Buffer.of(n))
    out = Buffer.concat([out, block])
  }
  return out.subarray(0, bytes)
}

function lengthPrefixed(part: string): Buffer {
  const length = Buffer.alloc(8)
  length.writeUInt32BE(Buffer.byteLength(part), 4)
  return Buffer.concat([length, Buffer.from(part)])
}

const key = Uint8Array.from({ length: 32 }, (_, n) => n)
const context = { domain: 'latchless/record', path: '/fixture/é', bound: ['3', '00000000deadbeef', 'text/plain'] }
const plaintext = 'a sealed body of format 1'
// Never change these bytes: stores are full of bodies like them. A new format takes a new number and a fixture of its own.
const fixture = hex(`
  9e6c736201666978747572650000000000000000000000000000000000000000
  0000000000f8eba04bfc60f586160a5909bc2d74ec000102030405060708090a
  0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a
  2be39f042c3af70a583246059f3b598e4e926b61690d4d63d697c80a10788a41
  4ad3bcd4164f3c32bb62
`)

function readByHand(sealed: Buffer): Buffer {
  const [header, ciphertext, tag] = [sealed.subarray(0, 97), sealed.subarray(97, -16), sealed.subarray(-16)]
  const keyId = header.toString('latin1', 5, 37).replaceAll('\0', '')
  const subkey = hkdf(key, header.subarray(53, 85), Buffer.from(`latchless/seal/1/${keyId}`), 32)
  const decipher = createDecipheriv('aes-256-gcm', subkey, header.subarray(85, 97), { authTagLength: 16 })
  const parts = [context.domain, context.path, ...context.bound].map(lengthPrefixed)
  decipher.setAAD(Buffer.concat([header, ...parts]))
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}

/** Bytes that count up, in place of random ones. */
function countingRuntime(): Runtime {
  let next = 0
  const randomHex = (bytes: number) => Buffer.from(Array.from({ length: bytes }, () => next++ & 0xff)).toString('hex')
  return { ...systemRuntime, randomHex }
}

describe('The sealed format', () => {
  it('rests on an HKDF-SHA256 that gives the first vector of RFC 5869', () => {
    const made = hkdf(Buffer.alloc(22, 0x0b), hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42)
    expect(made.toString('hex')).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    )
  })

  it('rests on an AES-256-GCM that gives test case 16 of its specification', () => {
    const secret = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308')
    const cipher = createCipheriv('aes-256-gcm', secret, hex('cafebabefacedbaddecaf888'), { authTagLength: 16 })
    cipher.setAAD(hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'))
    const text = hex(`d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
      1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39`)
    const sealed = Buffer.concat([cipher.update(text), cipher.final()])
    expect(sealed).toEqual(
      hex(`522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662`),
    )
    expect(cipher.getAuthTag().toString('hex')).toBe('76fc6ece0f4e1768cddf8853bb2d551b')
  })

  it('is read from its description by code of its own', () => {
    const keyring = new Keyring({ active: 'main-2026.a', keys: { 'main-2026.a': key } })
    const sealed = Buffer.from(keyring.seal(Buffer.from(plaintext), context))
    expect(readByHand(sealed).toString()).toBe(plaintext)
    expect(sealed.subarray(37, 53)).toEqual(hkdf(key, Buffer.alloc(0), Buffer.from('latchless/fingerprint'), 16))
  })

  it('opens what an earlier program sealed', () => {
    const keyring = new Keyring({ active: 'other', keys: { other: Keyring.generateKey(), fixture: key } })
    expect(Buffer.from(keyring.open(fixture, context)).toString()).toBe(plaintext)
    expect(readByHand(fixture).toString()).toBe(plaintext)
  })

  it('has not changed by a byte', () => {
    const keyring = new Keyring({ active: 'fixture', keys: { fixture: key }, runtime: countingRuntime() })
    expect(Buffer.from(keyring.seal(Buffer.from(plaintext), context)).toString('hex')).toBe(fixture.toString('hex'))
  })
})
