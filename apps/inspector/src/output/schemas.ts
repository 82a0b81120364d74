import * as z from 'zod'

/**
 * The shape of every JSON output. Rows carry `type` and the format's number `v`; members are only ever added. Only tests and
 * the `schema` command load this at run time; everything else takes its types from here.
 */
const writer = z.strictObject({ service: z.string(), host: z.string(), pid: z.int() })

const update = z.strictObject({ opId: z.string().nullable(), writer: writer.nullable() })

const versionNumber = z.int().nullable().describe('the sequence, shown as v7; null in a byte-only store')

const stored = {
  path: z.string(),
  state: z.enum(['live', 'deleted']),
  version: versionNumber,
  token: z.string().describe('the whole version token'),
  kind: z.string().nullable(),
  schemaVersion: z.int().nullable(),
  contentType: z.string().nullable(),
  size: z.int().min(0).describe('body bytes'),
  time: z.iso.datetime().nullable().describe("by the writer's clock; null when it is no date"),
  writer,
  writeId: z.string(),
}

export const record = z.strictObject({ type: z.literal('record'), v: z.literal(1), ...stored })

export const directory = z.strictObject({ type: z.literal('directory'), v: z.literal(1), path: z.string() })

export const count = z.strictObject({
  type: z.literal('count'),
  v: z.literal(1),
  prefix: z.string(),
  records: z.int(),
  tombstones: z.int(),
  directories: z.int(),
})

export const version = z.strictObject({
  type: z.literal('version'),
  v: z.literal(1),
  ...stored,
  updates: z.array(update),
})

export const gap = z
  .strictObject({ type: z.literal('gap'), v: z.literal(1), path: z.string(), from: z.int(), to: z.int() })
  .describe('versions from and to, both included, are not retained')

const tupleElement = z.union([z.null(), z.boolean(), z.number(), z.string(), z.strictObject({ b64: z.base64() })])

const described = { ...stored, updates: z.array(update), tuples: z.record(z.string(), z.array(tupleElement)) }

export const meta = z.strictObject({ type: z.literal('meta'), v: z.literal(1), ...described })

export const value = z.strictObject({
  type: z.literal('value'),
  v: z.literal(1),
  ...described,
  encoding: z.enum(['json', 'text', 'b64']).describe('how `value` holds the body'),
  value: z.unknown(),
})

const side = z.strictObject({
  path: z.string(),
  state: z.enum(['live', 'deleted']),
  version: versionNumber,
  token: z.string(),
})

const structuralChange = z.strictObject({
  op: z.enum(['add', 'remove', 'replace']),
  path: z.string().describe('JSON Pointer'),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})

const patchStep = z.strictObject({
  op: z.enum(['add', 'remove', 'replace']),
  path: z.string().describe('JSON Pointer'),
  value: z.unknown().optional(),
})

const diffHead = { type: z.literal('diff'), v: z.literal(1), from: side, to: side, equal: z.boolean() }

export const diff = z.discriminatedUnion('format', [
  z.strictObject({ ...diffHead, format: z.literal('structural'), changes: z.array(structuralChange) }),
  z.strictObject({ ...diffHead, format: z.literal('json-patch'), patch: z.array(patchStep) }),
  z.strictObject({ ...diffHead, format: z.literal('unified'), lines: z.array(z.string()) }),
  z.strictObject({
    ...diffHead,
    format: z.literal('bytes'),
    fromSize: z.int(),
    toSize: z.int(),
    firstDifference: z.int().nullable().describe('offset of the first byte that differs'),
  }),
])

const counts = {
  prefix: z.string(),
  records: z.int(),
  tombstones: z.int(),
  bytes: z.int().describe('bodies of the live heads'),
  versions: z.int().describe('committed writes: the sum of the head sequences'),
  deepest: z.strictObject({ path: z.string(), version: z.int() }).nullable().describe('the record written most often'),
}

export const stats = z.strictObject({ type: z.literal('stats'), v: z.literal(1), ...counts })

export const total = z.strictObject({ type: z.literal('total'), v: z.literal(1), ...counts })

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

export const error = z.strictObject({
  type: z.literal('error'),
  v: z.literal(1),
  code: z.int().describe('the exit code this error leads to on its own'),
  name: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  path: z.string().nullable(),
})

export const outputSchemas = {
  record,
  directory,
  count,
  version,
  gap,
  meta,
  value,
  diff,
  stats,
  total,
  copy,
  error,
}
