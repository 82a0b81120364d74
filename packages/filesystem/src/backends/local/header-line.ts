import { hash } from 'node:crypto'

const NEWLINE = 0x0a
const checkPattern = /,"check":"([0-9a-f]{64})"\}$/

/** The first line of a file of the store: one JSON object that ends with a digest of itself. */
export function encodeHeaderLine(header: object): Buffer {
  const text = JSON.stringify(header)
  return Buffer.from(`${text.slice(0, -1)},"check":"${hash('sha256', text, 'hex')}"}\n`, 'utf8')
}

export type HeaderLine =
  | { readonly type: 'whole'; readonly text: string; readonly body: Uint8Array }
  | { readonly type: 'damaged'; readonly problem: string }

/** Splits a file into the text of its header, whose digest is checked, and what is there of its body. */
export function decodeHeaderLine(bytes: Uint8Array): HeaderLine {
  const end = bytes.indexOf(NEWLINE)
  if (end < 0) return damaged(bytes.length === 0 ? 'it is empty' : 'its header has no end')
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf8')
  const check = checkPattern.exec(line)
  if (!check) return damaged('its header has no check')
  const text = `${line.slice(0, check.index)}}`
  if (hash('sha256', text, 'hex') !== check[1]) return damaged('its header fails its check')
  return { type: 'whole', text, body: bytes.subarray(end + 1) }
}

/** What is wrong with a whole body; `undefined` when it is the one that its header describes. */
export function bodyProblem(body: Uint8Array, length: number, sha256: string): string | undefined {
  if (body.length !== length) return `its body has ${body.length} bytes where the header says ${length}`
  return hash('sha256', body, 'hex') === sha256 ? undefined : 'its body fails its check'
}

export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

export function isWriter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { service, host, pid } = value as { service?: unknown; host?: unknown; pid?: unknown }
  return typeof service === 'string' && typeof host === 'string' && isCount(pid)
}

function damaged(problem: string): HeaderLine {
  return { type: 'damaged', problem }
}
