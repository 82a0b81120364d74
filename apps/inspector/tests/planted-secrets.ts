import { Buffer } from 'node:buffer'
import { expect } from 'vitest'

/** A record with a secret in every place where one can be found; each of them has `hush` in it. */
export function plantedSecrets(round: number): string {
  const hush = `hush${round}`
  return JSON.stringify({
    id: 'open',
    round,
    password: `${hush}-a`,
    nested: { apiKey: `${hush}-b`, list: [{ client_secret: `${hush}-c` }], tokens: 'open' },
    headers: { 'set-cookie': [`sid=${hush}`], note: `Authorization: Bearer 1${hush}.abc` },
    url: `postgres://app:${hush}@db/records`,
    pem: `-----BEGIN PRIVATE KEY-----\n${hush}\n-----END PRIVATE KEY-----\n`,
    [`ghp_${hush}abcdefghijklmnopqrstuvwxyz`]: `sk-ant-api03-${hush}-abcdefghijklmnop`,
    log: JSON.stringify({ password: `${hush}-d` }),
  })
}

const TEXT = Buffer.from('hush')
const TRACES = [
  'hush',
  ...[...TEXT]
    .map((_, at) => [...TEXT.subarray(0, at + 1)])
    .slice(2)
    .map(hexOf),
]

function hexOf(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16)).join(' ')
}

/** Fails when a planted secret, or the bytes of one, can be read. */
export function expectNoSecret(shown: string, where = ''): void {
  for (const trace of TRACES) expect(shown.includes(trace), `${where}: ${shown}`).toBe(false)
}
