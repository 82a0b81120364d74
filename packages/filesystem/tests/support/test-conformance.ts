import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conformanceCases, type Subject } from '@latchless/filesystem/conformance'
import { afterAll, describe, test } from 'vitest'

/** A subject, and how many random steps of it are compared with the memory backend. Default: that of the kit. */
export interface TestedSubject extends Subject {
  readonly steps?: number | undefined
}

/** For what only wraps another backend that is compared in full. */
export const FEW_STEPS = 1000

/** Ten thousand steps on a busy machine take their time; nothing waits for this. */
const GIVE_UP_MS = 180_000

/** What packages and tests import the backends from. */
export const product = '@latchless/filesystem'

/** The module of subjects beside this one. */
export function supportModule(name: string): string {
  return new URL(`./${name}.ts`, import.meta.url).href
}

const base = await mkdtemp(join(tmpdir(), 'latchless-conformance-'))
afterAll(() => rm(base, { recursive: true, force: true }))

/** An empty directory that is removed after the tests of the file. */
export function freshRoot(): Promise<string> {
  return mkdtemp(join(base, 'store-'))
}

/** Runs the whole kit over each subject. */
export function testConformance(subjects: Readonly<Record<string, TestedSubject>>): void {
  for (const [name, subject] of Object.entries(subjects)) {
    describe(name, () => {
      for (const each of conformanceCases(subject, { steps: subject.steps })) test(each.name, each.run, GIVE_UP_MS)
    })
  }
}
