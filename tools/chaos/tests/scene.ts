import type { EpochHistory, FinalEpoch, HistoryLine } from '@latchless/chaos'
import { EpochCollector } from '@latchless/chaos'

const GENERATION = '0123456789abcdef'

/** A version token. */
export const v = (sequence: number): string => `${sequence}.${GENERATION}`

export const REGISTER = '/e0/registers/0-0'
export const LIST = '/e0/lists/0-0'
export const FROM = '/e0/accounts/0-0-0'
export const TO = '/e0/accounts/0-0-1'
const LEDGER = '/e0/ledgers/0-0'
export const LOG = '/e0/logs/0'

/** What a history and a store look like when nothing went wrong. Tests break it. */
export interface Scene {
  lines: HistoryLine[]
  final: FinalEpoch
}

export function historyOf({ lines }: Scene): EpochHistory {
  const collector = new EpochCollector()
  collector.add(lines)
  return collector.history(0)
}

export function rightScene(): Scene {
  const transfer = { name: 't', from: FROM, to: TO, amount: 5 }
  const note = JSON.stringify(transfer)
  const version = (sequence: number, writeId: string, digest?: string, ops: readonly string[] = []) => ({
    version: v(sequence),
    sequence,
    writeId,
    live: digest !== undefined,
    digest,
    ops,
  })
  return {
    lines: [...registerLines(), ...listLines(), ...transferLines(note), ...logLines()],
    final: {
      records: [
        {
          path: REGISTER,
          sequence: 4,
          live: true,
          body: '{}',
          tuple: '[1,4]',
          versions: [version(4, 'd', 'D'), version(3, 'c'), version(2, 'b', 'B', ['set-b']), version(1, 'a', 'A')],
        },
        {
          path: LIST,
          sequence: 2,
          live: true,
          body: JSON.stringify({ names: ['x', 'y', 'z'] }),
          versions: [version(2, 'l2', 'L2', ['y', 'z']), version(1, 'l1', 'L1', ['x'])],
        },
        { path: FROM, sequence: 1, live: true, body: '{"balance":-5}', versions: [version(1, 'move', 'F')] },
        { path: TO, sequence: 1, live: true, body: '{"balance":5}', versions: [version(1, 'move', 'T')] },
      ],
      logs: [
        { log: LEDGER, entries: [{ sequence: 1, body: note }] },
        { log: LOG, entries: ['p', 'q', 'r', 's'].map((body, at) => ({ sequence: at + 1, body })) },
      ],
      rows: [[REGISTER, v(4), '[1,4]']],
      listed: [
        [REGISTER, v(4)],
        [LIST, v(2)],
        [FROM, v(1)],
        [TO, v(1)],
      ],
    },
  }
}

/** Created, replaced beside a read, deleted by a process that was killed, created again. */
function registerLines(): HistoryLine[] {
  const write = { type: 'write', client: '1.1', path: REGISTER } as const
  return [
    { ...write, id: 1, start: 10, writeId: 'a', expect: 'unwritten', digest: 'A', tuple: '[1,1]' },
    { type: 'answer', id: 1, end: 20, outcome: 'done', version: v(1) },
    { ...write, id: 2, start: 30, writeId: 'b', expect: v(1), digest: 'B', ops: ['set-b'], tuple: '[1,2]' },
    {
      type: 'get',
      client: '2.1',
      start: 31,
      end: 39,
      path: REGISTER,
      seen: { version: v(2), writeId: 'b', live: true, digest: 'B' },
    },
    {
      type: 'get',
      client: '3.1',
      start: 32,
      end: 38,
      path: REGISTER,
      seen: { version: v(1), writeId: 'a', live: true, digest: 'A' },
    },
    { type: 'answer', id: 2, end: 40, outcome: 'done', version: v(2) },
    { ...write, id: 3, start: 50, writeId: 'c', expect: v(2) },
    { ...write, id: 4, client: '2.1', start: 60, writeId: 'e', expect: v(2), digest: 'E' },
    { type: 'answer', id: 4, end: 65, outcome: 'lost', current: { version: v(3), writeId: 'c', live: false } },
    { ...write, id: 5, client: '2.1', start: 70, writeId: 'd', expect: 'absent', digest: 'D', tuple: '[1,4]' },
    { type: 'answer', id: 5, end: 80, outcome: 'done', version: v(4) },
    { type: 'rows', client: '3.1', start: 71, end: 81, collection: '/e0/registers', rows: [[REGISTER, v(4), '[1,4]']] },
  ]
}

/** One update, then two that are folded, of which one is told of later and one is sent again. */
function listLines(): HistoryLine[] {
  const put = { type: 'write', client: '1.1', path: LIST } as const
  return [
    { type: 'update', id: 10, client: '1.1.0', start: 100, path: LIST, op: 'x' },
    { ...put, id: 11, start: 101, writeId: 'l1', expect: 'unwritten', digest: 'L1', ops: ['x'] },
    { type: 'answer', id: 11, end: 109, outcome: 'done', version: v(1) },
    { type: 'answer', id: 10, end: 110, outcome: 'done', version: v(1), position: 0 },
    { type: 'update', id: 12, client: '1.1.1', start: 120, path: LIST, op: 'y' },
    { type: 'update', id: 13, client: '1.1.2', start: 121, path: LIST, op: 'z' },
    { ...put, id: 14, start: 122, writeId: 'l2', expect: v(1), digest: 'L2', ops: ['y', 'z'] },
    { type: 'answer', id: 14, end: 129, outcome: 'done', version: v(2) },
    { type: 'answer', id: 12, end: 130, outcome: 'done', version: v(2), position: 1 },
    { type: 'answer', id: 13, end: 131, outcome: 'unknown' },
    { type: 'update', id: 15, client: '1.1.2', start: 140, path: LIST, op: 'z' },
    { type: 'answer', id: 15, end: 150, outcome: 'done', version: v(2) },
    { type: 'list', client: '2.1.0', start: 141, end: 149, path: LIST, length: 3, last: 'z' },
    { type: 'list', client: '3.1.0', start: 111, end: 149, path: LIST, length: 1, last: 'x' },
  ]
}

function transferLines(note: string): HistoryLine[] {
  return [
    {
      type: 'transact',
      id: 20,
      client: '1.1',
      start: 200,
      writeId: 'move',
      steps: [
        { type: 'put', path: FROM, expect: 'unwritten', digest: 'F' },
        { type: 'put', path: TO, expect: 'unwritten', digest: 'T' },
        { type: 'append', path: LEDGER, names: [note] },
      ],
    },
    { type: 'answer', id: 20, end: 210, outcome: 'done', steps: [v(1), v(1), 1] },
    { type: 'sum', client: '2.1', start: 220, end: 230, sum: 0 },
  ]
}

/** Two appends one after the other, one beside them whose answer never came, and a reader of all. */
function logLines(): HistoryLine[] {
  const page = { type: 'page', client: '2.1.0', log: LOG, limit: 3 } as const
  return [
    { type: 'append', id: 30, client: '1.1.0', start: 300, log: LOG, names: ['p'] },
    { type: 'answer', id: 30, end: 310, outcome: 'done', first: 1 },
    { type: 'append', id: 31, client: '3.1.0', start: 305, log: LOG, names: ['s'] },
    { type: 'append', id: 32, client: '1.1.0', start: 320, log: LOG, names: ['q', 'r'] },
    { type: 'answer', id: 32, end: 330, outcome: 'done', first: 2 },
    { ...page, start: 331, end: 340, after: 0, sequences: [1, 2, 3], names: ['p', 'q', 'r'] },
    { ...page, start: 341, end: 350, after: 3, sequences: [4], names: ['s'] },
  ]
}
