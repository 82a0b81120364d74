import assert from 'node:assert/strict'
import { atVersion, unwritten } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { formatVersion } from '../version.ts'
import { rejectsWith } from './assertions.ts'
import { record, text } from './samples.ts'
import type { Subject } from './subject.ts'

/**
 * What a case takes for granted: versions and records (`cas`), retained versions (`history`), a second process on the same
 * store (`processes`).
 */
export type Need = 'cas' | 'history' | 'processes'

/** Whether the backend declares that it lacks what a case needs. */
export function isMissing(need: Need, filesystem: Filesystem, subject: Subject): boolean {
  const { cas, history } = filesystem.capabilities('/')
  switch (need) {
    case 'cas':
      return cas === 'none' || cas === 'unknown'
    case 'history':
      return !history
    case 'processes':
      return !subject.crossProcess
  }
}

/** Asserts that what a backend lacks is declared, refused with `unsupported`, and leaves nothing behind. */
export async function assertRefused(need: Need, filesystem: Filesystem, subject: Subject): Promise<void> {
  switch (need) {
    case 'cas':
      return assertNoCas(filesystem)
    case 'history':
      return assertNoHistory(filesystem)
    case 'processes':
      assert.equal(filesystem.capabilities('/').crossProcess, subject.crossProcess, 'the declared crossProcess')
  }
}

const path = '/refused/record'
const token = formatVersion(1, '0123456789abcdef')

async function assertNoCas(filesystem: Filesystem): Promise<void> {
  await rejectsWith('unsupported', () => filesystem.put(path, record({ n: 1 }), { type: 'any' }), 'put() of a record')
  await rejectsWith('unsupported', () => filesystem.put(path, text('a'), unwritten), 'put() under unwritten')
  await rejectsWith('unsupported', () => filesystem.put(path, text('a'), atVersion(token)), 'put() under a version')
  await rejectsWith('unsupported', () => filesystem.delete(path, atVersion(token)), 'delete() under a version')
  assert.deepEqual(await filesystem.get(path), { state: 'unwritten' }, 'a refused write leaves nothing')
  assert.deepEqual((await filesystem.list('/')).items, [], 'a refused write is not listed')
}

async function assertNoHistory(filesystem: Filesystem): Promise<void> {
  await filesystem.put(path, text('a'), { type: 'any' })
  await rejectsWith('unsupported', () => filesystem.history(path), 'history()')
  await rejectsWith('unsupported', () => filesystem.getVersion(path, 1), 'getVersion()')
}
