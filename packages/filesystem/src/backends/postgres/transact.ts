import type { TransactResult, TransactStep, WriteOptions } from '../../filesystem.ts'
import { ROOT } from '../../path.ts'
import { formatVersion, generationOf, sequenceOf } from '../../version.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import type { Row } from './statement.ts'
import { type Context, getRecord, indexParameters, writeParameters } from './records.ts'
import { currentHeadOf } from './rows.ts'

/** All steps in one statement. */
export async function transactRecords(
  context: Context,
  steps: readonly TransactStep[],
  options: WriteOptions,
): Promise<readonly TransactResult[]> {
  const { pools, statements, runtime, writer } = context
  const writeId = options.writeId ?? runtime.randomHex(16)
  const given = steps.map((step) => stepJson(step, () => runtime.randomHex(8)))
  const call = { operation: 'transact', path: ROOT, writes: true, options }
  const parameters = [JSON.stringify(given), writeId, ...writeParameters(options, writer)]
  const rows = await pools.run(call, statements.transact, parameters)
  const byStep = new Map(rows.map((row) => [Number(row['step']), row]))
  for (const [index, step] of steps.entries()) {
    const row = byStep.get(index)
    if (row?.['outcome'] !== 'conflict' || step.type === 'append') continue
    // One that is too long to be told under locks is read without them.
    const current = row['told'] === true ? currentHeadOf(step.path, row) : await getRecord(context, step.path, options)
    throw new VersionMismatch(step.type, step.path, step.expect, current, index)
  }
  return steps.map((step, index) => {
    const row = byStep.get(index)
    return row && resultOf(step, row, writeId)
  })
}

function resultOf(step: TransactStep, row: Row, writeId: string): TransactResult {
  if (row['outcome'] === 'nothing') return undefined
  if (step.type === 'append') return { first: Number(row['first']), last: Number(row['last']) }
  const version = formatVersion(Number(row['sequence']), String(row['generation']))
  return { version, writeId, replayed: row['outcome'] === 'replayed' }
}

function stepJson(step: TransactStep, newGeneration: () => string): object {
  if (step.type === 'append') return { type: step.type, path: step.path, bodies: step.bodies.map(base64) }
  const { type, path, expect } = step
  const precondition = {
    type,
    path,
    newGeneration: newGeneration(),
    expect: expect.type,
    ...(expect.type === 'version'
      ? { sequence: sequenceOf(expect.version), generation: generationOf(expect.version) }
      : {}),
  }
  if (step.type !== 'put') return precondition
  const { body, contentType, kind, schemaVersion } = step.entry
  const [names, tuples] = indexParameters(step.entry)
  const indexes = names?.map((name, at) => [name, base64(tuples?.[at] ?? new Uint8Array())]) ?? []
  return { ...precondition, body: base64(body), contentType, kind, schemaVersion, indexes }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
