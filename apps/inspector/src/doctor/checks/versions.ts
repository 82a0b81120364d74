import { generationOf, type ListHead, sequenceOf } from '@latchless/filesystem'
import type { WalkedVersion } from '../../model/walk-versions.ts'
import { counted } from '../../model/measures.ts'
import { type CheckResult, type RecordCheck, skip } from '../check.ts'
import { Findings } from '../findings.ts'
import type { RecordExaminer, WalkTotals } from '../record-examiner.ts'
import { command, type Subject } from '../subject.ts'

const FOREIGN_WRITER = 'something else than latchless wrote there, or a part of the store was put back from a backup'

const intact: RecordCheck = {
  id: 'versions.intact',
  expects: 'Everything that is stored passes the check that was stored with it',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    return {
      damage: ({ message, path }) => found.add(message, path),
      end(totals) {
        if (totals.error instanceof Error) found.add(`the walk over the records ended: ${totals.error.message}`)
        return found.result({
          severity: 'fail',
          none: `${looked(totals)}, all intact`,
          some: (count) => `${counted(count, 'fault')} in ${looked(totals)}`,
          likelyCause: 'the disk or a tool changed bytes; restore what is named here from a backup',
          next: nextFor(subject, found.firstPath),
        })
      },
    }
  },
}

const contiguous: RecordCheck = {
  id: 'versions.contiguous',
  expects: 'The retained versions of a record follow each other without a gap',
  over: 'records',
  begin: (subject) =>
    overHistories(subject, 'gap', (add, { path }, versions) => {
      for (const [older, newer] of pairs(versions)) {
        const missing = newer.sequence - older.sequence - 1
        if (missing > 0) add(`${rangeText(older.sequence + 1, newer.sequence - 1)} missing`, path, newer.sequence)
      }
    }),
}

const newestFirst: RecordCheck = {
  id: 'versions.head',
  expects: 'The head of a record is the newest of its versions, and each version is there once',
  over: 'records',
  begin: (subject) =>
    overHistories(subject, 'wrong order', async (add, { path, head }, versions) => {
      for (const [older, newer] of pairs(versions)) {
        if (older.sequence >= newer.sequence) add(`v${older.sequence} behind v${newer.sequence}`, path, newer.sequence)
      }
      const [first] = versions
      if (!first?.head || first.head.info.version === head.info.version) return
      // Somebody may have written between the listing and now.
      const now = await subject.store.get(path)
      const isWritten = now.state === 'unwritten' || now.version !== head.info.version
      if (isWritten) return
      add(`the head is v${sequenceOf(head.info.version)}, its history begins with v${first.sequence}`, path)
    }),
}

const oneGeneration: RecordCheck = {
  id: 'versions.generation',
  expects: 'All versions of a record are of the generation of its head',
  over: 'records',
  begin: (subject) =>
    overHistories(subject, 'orphan', (add, { path, head }, versions) => {
      const generation = generationOf(head.info.version)
      for (const { sequence, head: version } of versions) {
        if (version && generationOf(version.info.version) !== generation) {
          add(`v${sequence} is of generation ${generationOf(version.info.version)}`, path, sequence)
        }
      }
    }),
}

export const versionChecks: readonly RecordCheck[] = [intact, contiguous, newestFirst, oneGeneration]

type Look = (
  add: Findings['add'],
  record: { readonly path: string; readonly head: ListHead },
  versions: readonly WalkedVersion[],
) => void | Promise<void>

function overHistories(subject: Subject, what: string, look: Look): RecordExaminer {
  const found = new Findings()
  return {
    history: (record, versions) => look((...detail) => found.add(...detail), record, versions),
    end(totals): CheckResult {
      if (subject.store?.capabilities('/').history === false) return skip('the store keeps no history')
      return found.result({
        severity: 'fail',
        none: `${counted(totals.versions, 'version')} of ${counted(totals.histories, 'record')} with several`,
        some: (count) => `${counted(count, what)} in ${counted(totals.histories, 'history', 'histories')}`,
        likelyCause: FOREIGN_WRITER,
        next: nextFor(subject, found.firstPath),
      })
    },
  }
}

function looked({ records, tombstones, isSample }: WalkTotals): string {
  return `${counted(records + tombstones, 'record')}${isSample ? ' (a sample; --all looks at all)' : ''}`
}

function nextFor(subject: Subject, path: string | undefined): string[] {
  return path === undefined ? [] : [command(subject, 'history', path, '--json')]
}

/** Each version with the one before it in the list, which is newer. */
function pairs(versions: readonly WalkedVersion[]): (readonly [older: WalkedVersion, newer: WalkedVersion])[] {
  return versions.slice(1).flatMap((older, at) => {
    const newer = versions[at]
    return newer ? [[older, newer] as const] : []
  })
}

function rangeText(from: number, to: number): string {
  return from === to ? `v${from} is` : `v${from} to v${to} are`
}
