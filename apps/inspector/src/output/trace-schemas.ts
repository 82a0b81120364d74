import * as z from 'zod'

const latencyPercentiles = z
  .strictObject({ p50Us: z.int(), p90Us: z.int(), p99Us: z.int(), p999Us: z.int(), maxUs: z.int() })
  .nullable()
  .describe('microseconds; at most 1/16 too high, the greatest exactly')

const sinceStartUs = z.int().describe('microseconds since the trace began')

export const traceStats = z.strictObject({
  type: z.literal('traceStats'),
  v: z.literal(1),
  by: z.enum(['all', 'writer', 'key', 'op']),
  name: z.string().nullable(),
  fromUs: sinceStartUs,
  toUs: sinceStartUs,
  attempts: z.int(),
  won: z.int(),
  lost: z.int(),
  unknown: z.int().describe('attempts of which the answer was lost; never counted as lost'),
  unknownLanded: z.int().describe('of these, writes that later events show to have landed'),
  busy: z.int(),
  errors: z.int(),
  updates: z.int().describe('updates that ended'),
  gaveUp: z.int(),
  updatesWon: z.int().describe('updates in won writes: more than `won` where writes were folded'),
  lossRate: z.number().nullable().describe('lost of won and lost'),
  retriesPerWin: z.number().nullable(),
  expectedLossRate: z.number().nullable().describe('if attempts came independently, at the rate of this window'),
  staleness: z.number().nullable().describe('versions by which the head was ahead at a loss, on average'),
  attemptLatency: latencyPercentiles,
  updateLatency: latencyPercentiles,
  wastedUs: z.int().describe('in reads and writes that lost, and in waits behind them'),
  wastedShare: z.number().nullable(),
  fairness: z.number().nullable().describe("Jain's index over the writers' updates"),
  longestLosingStreak: z.int(),
  losingWriter: z.string().nullable(),
  attemptsToWin: z.array(z.int()).describe('wins at the first, second, … attempt; the last place holds all later ones'),
  updatesPerSecond: z.number().nullable(),
})

export const traceEvent = z.strictObject({
  type: z.literal('traceEvent'),
  v: z.literal(1),
  event: z.enum(['op', 'read', 'cas', 'wait', 'done', 'commit', 'key']),
  startUs: sinceStartUs,
  durationUs: z.int(),
  op: z.string().nullable(),
  writer: z.string(),
  key: z.string().nullable(),
  attempt: z.int(),
  version: z.int().nullable(),
  base: z.int().nullable(),
  next: z.int().nullable(),
  outcome: z.string().nullable(),
  write: z.string().nullable(),
  current: z.int().nullable(),
  by: z.string().nullable(),
  byWrite: z.string().nullable(),
  folded: z.int().describe('updates in the write; 0 for what is none'),
  why: z.string().nullable(),
  lowUs: z.int().nullable(),
  highUs: z.int().nullable(),
  planUs: z.int().nullable(),
})

export const traceFinding = z.strictObject({
  type: z.literal('traceFinding'),
  v: z.literal(1),
  kind: z.enum(['lost-update', 'false-loss', 'wrong-version', 'went-back', 'no-winner', 'repeated']),
  severity: z.enum(['error', 'warning']),
  key: z.string(),
  version: z.int(),
  atUs: sinceStartUs,
  message: z.string(),
})

const spread = z
  .strictObject({ median: z.number(), low: z.number(), high: z.number() })
  .nullable()
  .describe('over the runs; all the same where it was measured')

export const whatIf = z.strictObject({
  type: z.literal('whatIf'),
  v: z.literal(1),
  fromUs: sinceStartUs,
  toUs: sinceStartUs,
  key: z.string().nullable(),
  recordedMode: z.enum(['plain', 'combine']).describe('how the updates were made, as far as the events tell'),
  leftOut: z.int().describe('updates of the window behind those that are modelled'),
  model: z.boolean().describe('false in the one row of what was measured'),
  policy: z.string().nullable().describe('`recorded` is the model without a change, null what was measured'),
  runs: z.int(),
  writers: z.int(),
  updates: z.int().describe('of all runs together'),
  gaveUp: z.int(),
  unfinished: z.int().describe('updates that had not ended when a run was cut short'),
  lossRate: spread,
  attemptsPerWin: spread,
  updatesPerWrite: spread,
  updatesPerSecond: spread,
  p50Us: spread,
  p99Us: spread,
  wastedShare: spread.describe('of the time in reads and writes, that of attempts that lost'),
  fairness: spread.describe("Jain's index over the writers' updates in a second that they spent on updates"),
})
