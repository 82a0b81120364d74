import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { ageMs } from '../model/filter-units.ts'

/** Runs what a command does, with its settings and those of the whole program. */
export type Run = (command: Command, run: (context: Context) => Promise<ExitCode>) => Promise<void>

export function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

/** `7` or `v7`. */
export function versionNumber(text: string): number {
  return positiveInteger(text.replace(/^v/, ''))
}

/** Milliseconds of `250ms`, `30s`, `5m`, `2h`. A timer takes no more than 24 days. */
export function duration(text: string): number {
  const ms = ageMs(text)
  if (ms !== undefined && ms > 0 && ms < 2 ** 31) return ms
  throw new InvalidArgumentError('It must be a time such as 250ms, 30s, 5m or 2h.')
}

/** For an option that can be given several times. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}
