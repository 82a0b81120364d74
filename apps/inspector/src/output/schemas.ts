import * as z from 'zod'
import { traceEvent, traceFinding, traceStats, whatIf } from './trace-schemas.ts'
import { change, copy, end, heartbeat, store, storeTest, written } from './command-schemas.ts'
import { columns, update, versionNumber, writer } from './schema-parts.ts'

export { change, copy, end, heartbeat, store, storeTest, written }

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

export const record = z.strictObject({ type: z.literal('record'), v: z.literal(1), ...stored, columns })

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

const hidden = z
  .array(z.string())
  .optional()
  .describe('JSON Pointers to the parts of this row in which a secret is not shown; absent when all is')

export const meta = z.strictObject({ type: z.literal('meta'), v: z.literal(1), ...described, hidden })

export const value = z.strictObject({
  type: z.literal('value'),
  v: z.literal(1),
  ...described,
  encoding: z.enum(['json', 'text', 'b64']).describe('how `value` holds the body'),
  value: z.unknown(),
  hidden,
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

const diffHead = {
  type: z.literal('diff'),
  v: z.literal(1),
  from: side,
  to: side,
  equal: z.boolean().describe('no part differs that counts; JSON may still be spelled differently'),
  sameBytes: z.boolean(),
  hidden,
}

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

export const recording = z.strictObject({
  type: z.literal('recording'),
  v: z.literal(1),
  file: z.string(),
  prefix: z.string(),
  commits: z.int(),
  missing: z.int().describe('versions of which the store could not tell any more'),
})

const percentiles = z.strictObject({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() }).nullable()

/** What only traces tell of attempts is null without them. */
const traced = z.int().nullable()

export const contention = z.strictObject({
  type: z.literal('contention'),
  v: z.literal(1),
  prefix: z.string(),
  windowSeconds: z.int().describe('the last ten minutes, or less where the first event is not that long ago'),
  traced: z.boolean().describe('whether attempts are known, or only what was committed'),
  attempts: traced,
  won: traced,
  lost: traced,
  unknown: traced,
  failed: traced,
  lossRate: z.number().nullable(),
  commits: z.int().describe('versions that the store told of'),
  updates: z.int().describe('updates that were folded into what was won or committed'),
  wastedMs: z.number().nullable().describe('lost attempts and the waits behind them'),
  wonMs: percentiles,
  lostMs: percentiles,
  attemptsToWin: z.array(z.int()).describe('updates by the attempts they needed; the last is of that many and more'),
  gaveUp: z.record(z.string(), z.int()).describe('updates that gave up, by why'),
  fairness: z.number().nullable().describe("Jain's index of the successes of all writers"),
  missing: z.int().describe('events that are known to be missing'),
  damagedLines: z.int(),
  keyCount: z.int(),
  keys: z.array(
    z.strictObject({
      key: z.string(),
      won: z.int(),
      lost: z.int(),
      unknown: z.int(),
      failed: z.int(),
      commits: z.int(),
      lossRate: z.number().nullable(),
      writers: z.int(),
      processes: z.int(),
      winner: z.string().nullable().describe('who wrote it last'),
      longestMs: z.number(),
      wastedMs: z.number(),
      error: z.int().describe('events of this key that may be missing from its counts'),
    }),
  ),
  writers: z.array(
    z.strictObject({
      writer: z.string(),
      won: z.int(),
      lost: z.int(),
      commits: z.int(),
      updates: z.int().describe('of this writer, in what was won, whoever wrote it'),
      done: z.int(),
      gaveUp: z.int(),
      starved: z.int(),
      waitedMs: z.number(),
      longestStreak: z.int().describe('losses in a row'),
      share: z.number().describe('1 is as many successes as the average'),
    }),
  ),
  advice: z.array(z.strictObject({ about: z.string(), text: z.string() })),
})

const rerunSide = z.strictObject({
  updates: z.int(),
  ok: z.int().describe('updates that ended well, those that had nothing to write included'),
  failed: z.int(),
  attempts: z.int(),
  won: z.int(),
  lost: z.int(),
  unknown: z.int().describe('attempts of which the answer was lost'),
  p50Ms: z.number().nullable().describe('of whole updates, waits included'),
  p99Ms: z.number().nullable(),
  durationMs: z.number(),
})

export const rerun = z.strictObject({
  type: z.literal('rerun'),
  v: z.literal(1),
  files: z.array(z.string()),
  store: z.string().describe('without a password'),
  backend: z.string(),
  mode: z.enum(['combine', 'plain']),
  speed: z.number(),
  records: z.int(),
  writers: z.int(),
  processes: z.int(),
  leftOut: z.int().describe('updates of records that could not be made below a prefix'),
  recorded: rerunSide,
  rerun: rerunSide,
  lostUpdates: z.int().describe('updates that ended well and are not in the records; has to be 0'),
  repeatedUpdates: z.int().describe('updates that are in a record more than once; has to be 0'),
  resurrectedUpdates: z.int().describe('updates that failed for certain and are in a record all the same; has to be 0'),
  unknownLanded: z.int().describe('updates without an answer that are in the records'),
  failures: z.record(z.string(), z.int()).describe('updates that failed, by the code of their error'),
  lateMs: z.number().describe('how much later than planned an update began, at worst'),
  damagedTrace: z.boolean(),
  trace: z.string().nullable().describe('the file with the trace of this run, when one was asked for'),
})

export const check = z.strictObject({
  type: z.literal('check'),
  v: z.literal(1),
  id: z.string(),
  status: z.enum(['ok', 'warn', 'fail', 'skip']),
  summary: z.string(),
  expects: z.string().describe('what has to hold'),
  details: z
    .array(z.strictObject({ text: z.string(), path: z.string().nullable(), version: z.int().nullable() }))
    .describe('the first twenty findings'),
  likelyCause: z.string().nullable(),
  next: z.array(z.string()).describe('commands that look closer, or help'),
})

export const checkTotal = z.strictObject({
  type: z.literal('check-total'),
  v: z.literal(1),
  ok: z.int(),
  warn: z.int(),
  fail: z.int(),
  skip: z.int(),
  elapsedMs: z.int(),
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

export { traceEvent, traceFinding, traceStats, whatIf }

/**
 * The shape of every JSON output. Rows carry `type` and the format's number `v`; members are only ever added. Only tests and
 * the `schema` command load this at run time; everything else takes its types from here.
 */
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
  change,
  heartbeat,
  end,
  store,
  storeTest,
  written,
  recording,
  contention,
  rerun,
  traceStats,
  traceEvent,
  traceFinding,
  whatIf,
  check,
  checkTotal,
  error,
}
