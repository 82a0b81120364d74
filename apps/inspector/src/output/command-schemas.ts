import * as z from 'zod'
import { update, versionNumber, writer } from './schema-parts.ts'

export const copy = z.strictObject({
  type: z.literal('copy'),
  v: z.literal(1),
  prefix: z.string(),
  dryRun: z.boolean().describe('nothing was written; the numbers tell what would be'),
  records: z.int().describe('live records of the source'),
  bytes: z.int().describe('their bodies'),
  copied: z.int(),
  unchanged: z.int(),
  updated: z.int().describe('written over an earlier copy'),
  overwritten: z.int(),
  vanished: z.int().describe('deleted in the source meanwhile'),
  conflicts: z.int(),
  conflictPaths: z.array(z.string()).describe('the first hundred'),
  refused: z.int().describe('records and logs that could not be read or that the target cannot take'),
  refusals: z
    .array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() }))
    .describe('the first hundred, and why'),
  logs: z.array(z.strictObject({ log: z.string(), entries: z.int(), last: z.int(), conflict: z.boolean() })),
  verification: z
    .strictObject({
      compared: z.int(),
      different: z.int(),
      missing: z.int(),
      extra: z.int().describe('records that only the target has'),
      entries: z.int().describe('entries of logs that were compared'),
      entriesDifferent: z.int().describe('of these, different or missing'),
      paths: z.array(z.string()).describe('the first hundred that differ or are missing'),
    })
    .nullable(),
})

export const change = z.strictObject({
  type: z.literal('change'),
  v: z.literal(1),
  op: z
    .enum(['put', 'delete', 'compacted', 'gap'])
    .describe('compacted: the tombstone was purged; gap: changes were missed, what is there now follows'),
  path: z.string().nullable(),
  version: versionNumber,
  token: z.string().nullable(),
  info: z
    .strictObject({
      kind: z.string().nullable(),
      size: z.int().min(0),
      time: z.iso.datetime().nullable(),
      writer,
      writeId: z.string(),
      updates: z.array(update),
    })
    .nullable()
    .describe('null when the version was pruned before it could be read'),
  cursor: z.string().describe('what `watch --from` goes on behind'),
})

export const heartbeat = z.strictObject({
  type: z.literal('heartbeat'),
  v: z.literal(1),
  time: z.iso.datetime(),
  cursor: z.string().nullable().describe('that of the last change'),
})

export const end = z.strictObject({
  type: z.literal('end'),
  v: z.literal(1),
  reason: z.enum(['max', 'idle-timeout', 'for']),
  changes: z.int(),
})

export const store = z.strictObject({
  type: z.literal('store'),
  v: z.literal(1),
  name: z.string(),
  url: z.string().describe('without its password'),
  label: z.string().nullable(),
  readOnly: z.boolean(),
  default: z.boolean(),
  file: z.string().nullable().describe('the configuration that names it'),
})

export const storeTest = z.strictObject({
  type: z.literal('storeTest'),
  v: z.literal(1),
  name: z.string(),
  ok: z.boolean(),
  backend: z.string().nullable(),
  ms: z.number().min(0).describe('to open it and to list one record'),
  error: z.strictObject({ code: z.int(), name: z.string(), message: z.string() }).nullable(),
})

export const written = z.strictObject({
  type: z.literal('written'),
  v: z.literal(1),
  op: z.enum(['revert', 'rm']),
  path: z.string(),
  over: versionNumber.describe('the version that was replaced'),
  content: versionNumber.describe('the version whose content was written; null for rm'),
  version: versionNumber,
  token: z.string(),
})
