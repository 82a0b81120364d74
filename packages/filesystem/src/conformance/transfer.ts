import { FilesystemError } from '../errors.ts'
import { exactly } from '../expectation.ts'
import type { Entry, Filesystem, Head, TransactStep } from '../filesystem.ts'
import { systemRuntime } from '../runtime.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { bodies } from './log-reading.ts'
import { bodyOf, record } from './samples.ts'

/** What an account holds, and how many transfers it was part of: lost transfers may add up to nothing, and so be missed. */
export interface Account {
  readonly balance: number
  readonly transfers: number
}

/** The account at a path; one never written holds nothing. */
export function accountOf(head: Head): Account {
  return JSON.parse(bodyOf(head) ?? '{"balance":0,"transfers":0}') as Account
}

/** The record of an account by so much more. */
function changed({ balance, transfers }: Account, by: number): Entry {
  return record({ balance: balance + by, transfers: transfers + 1 })
}

/** Moves one from an account to another, in this order of steps, and notes it in a log: until it is done, once. */
export async function transfer(filesystem: Filesystem, from: string, to: string, log: string): Promise<void> {
  for (;;) {
    const heads = [await filesystem.get(from), await filesystem.get(to)] as const
    const steps: TransactStep[] = [
      { type: 'put', path: from, entry: changed(accountOf(heads[0]), -1), expect: exactly(heads[0]) },
      { type: 'put', path: to, entry: changed(accountOf(heads[1]), 1), expect: exactly(heads[1]) },
      { type: 'append', path: log, bodies: bodies(`${from} ${to}`) },
    ]
    if (await landed(filesystem, steps, systemRuntime.randomHex(16))) return
  }
}

/** Sends the identical transact until its outcome is known: a conflict and a full or busy store are the only excuses. */
async function landed(filesystem: Filesystem, steps: readonly TransactStep[], writeId: string): Promise<boolean> {
  for (;;) {
    try {
      await filesystem.transact(steps, { writeId })
      return true
    } catch (error) {
      if (error instanceof VersionMismatch) return false
      if (!(error instanceof FilesystemError && error.code === 'unavailable')) throw error
    }
  }
}

/**
 * Several heads as they were at one moment: read one by one, and then checked to hold together. Undefined when
 * something was written in between.
 */
export async function headsAtOnce(filesystem: Filesystem, paths: readonly string[]): Promise<Head[] | undefined> {
  const heads: Head[] = []
  for (const path of paths) heads.push(await filesystem.get(path))
  const checks = paths.map((path, n): TransactStep => ({
    type: 'check',
    path,
    expect: exactly(heads[n] ?? { state: 'unwritten' }),
  }))
  return (await landed(filesystem, checks, systemRuntime.randomHex(16))) ? heads : undefined
}
