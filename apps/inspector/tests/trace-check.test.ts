import { checkTrace } from '@latchless/inspector'
import { expect, test } from 'vitest'
import { type Line, lost, read, traceOf, won } from './trace-lines.ts'

const A = { w: 'a@h/1', op: 'opA' }
const B = { w: 'b@h/2', op: 'opB' }
/** Traces of several processes have no process in their head, and tell it by the writers. */
const MERGED = { e: 'head', format: 'cas-trace', v: 1, unit: 'us', wall0: '2026-11-21T14:00:00Z' }

async function findingsOf(lines: readonly Line[]): Promise<[string, number][]> {
  return checkTrace(await traceOf(lines, MERGED)).findings.map(({ kind, version }) => [kind, version])
}

test('checkTrace() finds nothing where all is well', async () => {
  const lines = [
    read(0, 10, 4, A),
    read(5, 10, 4, B),
    won(20, 30, 4, 'wA', A),
    lost(25, 40, 4, 'wB', { cur: 5, by: 'a@h/1', byWrite: 'wA' }, B),
    won(70, 10, 5, 'wB2', { ...B, a: 2 }),
  ]
  expect(await findingsOf(lines)).toEqual([])
})

test('checkTrace() finds two writes that both made one version', async () => {
  expect(await findingsOf([won(20, 30, 4, 'wA', A), won(25, 40, 4, 'wB', B)])).toEqual([['lost-update', 5]])
})

test('checkTrace() finds a win of a version that the store names another maker of', async () => {
  const witness = { cur: 5, by: 'c@h/3', byWrite: 'wC' }
  expect(await findingsOf([won(20, 30, 4, 'wA', A), lost(60, 10, 4, 'wB', witness, B)])).toEqual([['lost-update', 5]])
  const commit = { e: 'commit', t: 90, key: '/k', ver: 5, w: 'c@h/3', write: 'wC', size: 1 }
  expect(await findingsOf([won(20, 30, 4, 'wA', A), commit])).toEqual([['lost-update', 5]])
})

test('checkTrace() finds a win over a base that was not the head, also where the versions between were not recorded', async () => {
  const lines = [read(0, 10, 4, A), read(20, 10, 7, { ...A, op: 'other' }), won(40, 10, 4, 'wA', A)]
  expect(await findingsOf(lines)).toEqual([['lost-update', 5]])
})

test('checkTrace() believes an order of events of different processes only when clocks cannot explain it', async () => {
  const near = [read(0, 10, 7, B), won(500_000, 10, 4, 'wA', A)]
  const far = [read(0, 10, 7, B), won(5_000_000, 10, 4, 'wA', A)]
  expect(await findingsOf(near)).toEqual([])
  expect(await findingsOf(far)).toEqual([['lost-update', 5]])
})

test('checkTrace() finds a write that was told lost and is in the record', async () => {
  const lines = [
    lost(0, 10, 4, 'wA', { cur: 5, by: 'b@h/2', byWrite: 'wB' }, A),
    lost(20, 10, 5, 'wC', { cur: 6, by: 'a@h/1', byWrite: 'wA' }, B),
  ]
  expect(await findingsOf(lines)).toEqual([['false-loss', 5]])
})

test('checkTrace() finds impossible versions', async () => {
  expect(await findingsOf([won(0, 10, 4, 'wA', { next: 6 })])).toEqual([['wrong-version', 6]])
  expect(await findingsOf([lost(0, 10, 4, 'wA', { cur: 4 })])).toEqual([['no-winner', 5]])
  expect(await findingsOf([read(0, 10, 9, A), read(20, 10, 8, A)])).toEqual([['went-back', 8]])
})

test('checkTrace() lets reads that overlap see versions in any order', async () => {
  expect(await findingsOf([read(5, 10, 9, { ...A, op: 'x' }), read(0, 30, 8, A)])).toEqual([])
})

test('checkTrace() lets an answer be unknown, the write have landed, and the record have moved on before it is sent again', async () => {
  const unknown = { ...won(0, 10, 4, 'wA', A), out: 'unknown' }
  const lines = [
    unknown,
    read(20, 10, 7, { ...A, op: 'other' }),
    // Recognised by its id.
    won(40, 10, 4, 'wA', A),
  ]
  expect(await findingsOf(lines)).toEqual([])
  // The record remembers only some writes: one that has landed may then be told lost.
  const forgotten = [
    unknown,
    lost(20, 10, 4, 'wB', { cur: 5, by: 'a@h/1', byWrite: 'wA' }, B),
    lost(40, 10, 4, 'wA', { cur: 300, by: 'b@h/2', byWrite: 'wZ' }, A),
  ]
  expect(await findingsOf(forgotten)).toEqual([])
})

test('checkTrace() lets a record begin anew after its tombstone was purged', async () => {
  const lines = [
    won(0, 10, 0, 'w1', A),
    won(20, 10, 1, 'w2', A),
    read(40, 10, 0, A),
    won(60, 10, 0, 'w3', A),
    won(80, 10, 1, 'w4', A),
  ]
  expect(await findingsOf(lines)).toEqual([])
  // Without anybody having seen it gone, it is not gone.
  expect(await findingsOf(lines.filter(({ e }) => e !== 'read'))).toEqual([
    ['lost-update', 1],
    ['lost-update', 2],
  ])
})

test('checkTrace() lets writers be unrecorded, versions be missing and writes be folded', async () => {
  const lines = [
    won(0, 10, 4, 'w1', { ...A, ops: ['opA', 'opC', 'opD'] }),
    lost(20, 10, 5, 'w2', { cur: 9, by: 'stranger@x/1', byWrite: 'w9' }, A),
    won(40, 10, 9, 'w3', A),
    { e: 'gap', t: 50, n: 100, why: 'backlog' },
    won(60, 10, 20, 'w4', A),
  ]
  expect(await findingsOf(lines)).toEqual([])
})

test('checkTrace() tells of events that are in the trace twice, once', async () => {
  const lines = [won(0, 10, 4, 'w1', A), won(0, 10, 4, 'w1', A), won(20, 10, 5, 'w2', A), won(20, 10, 5, 'w2', A)]
  expect(await findingsOf(lines)).toEqual([['repeated', 5]])
})

test('a lost update is told first and counted, however many warnings there are before it', async () => {
  const back = Array.from({ length: 1005 }, (_, n) => read(100 * n + 100, 10, 8, { ...A, key: `/k${n}` }))
  const seen = back.map(({ key }) => read(0, 10, 9, { ...A, key }))
  const lines = [...seen, ...back, won(200_000, 10, 4, 'wA', A), won(200_100, 10, 4, 'wB', A)]
  const { findings, errors, warnings, faults } = checkTrace(await traceOf(lines, MERGED))
  expect([findings.length, findings[0]?.kind, errors, warnings]).toEqual([1001, 'lost-update', 1, 1005])
  expect([...faults]).toEqual([findings[0]?.events[0]])
})
