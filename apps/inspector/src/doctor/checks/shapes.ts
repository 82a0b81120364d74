import { FilesystemError, parentOf } from '@latchless/filesystem'
import { counted } from '../../model/measures.ts'
import type { RecordCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { command } from '../subject.ts'

const parse: RecordCheck = {
  id: 'records.parse',
  expects: 'Records of a kind that a store here defines have the shape of that kind',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    let known = 0
    return {
      record({ path, view, problem }) {
        if (view) known++
        if (problem !== undefined && !isNewer(problem)) found.add(messageOf(problem), path)
      },
      end: () =>
        found.result({
          severity: 'fail',
          none: `${counted(known, 'record')} of known kinds`,
          some: (count) => `${counted(count, 'record')} of ${known} of known kinds cannot be read`,
          likelyCause: 'something else than its store wrote there; its store refuses the record until it is put right',
          next: found.firstPath === undefined ? [] : [command(subject, 'cat', found.firstPath, '--pretty')],
        }),
    }
  },
}

const newerSchema: RecordCheck = {
  id: 'records.schema',
  expects: 'No record was written by a program that is newer than this one',
  over: 'records',
  begin() {
    const found = new Findings()
    return {
      record({ path, problem }) {
        if (isNewer(problem)) found.add(messageOf(problem), path)
      },
      end: () =>
        found.result({
          severity: 'warn',
          none: 'none is newer',
          some: (count) => `${counted(count, 'record')} of a newer schema`,
          likelyCause: 'services of several versions share the store; upgrade the older ones, this program among them',
          next: [],
        }),
    }
  },
}

const placed: RecordCheck = {
  id: 'records.kinds',
  expects: 'In the directories of the stores lie records of their kinds and no others',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    const kinds = new Map<string, number>()
    // Several stores may share a directory, at the top or below a prefix of their own.
    const owners = new Map<string, string>()
    const strangers: { readonly path: string; readonly kind: string; readonly directory: string }[] = []
    return {
      record({ path, head, view }) {
        if (head.state === 'deleted') return
        const directory = parentOf(path)
        if (view && directory.endsWith(view.root)) owners.set(directory, view.kind)
        else if (view) found.add(`a record of kind ${view.kind} outside of a directory ${view.root}`, path)
        else {
          const kind = head.kind ?? 'none'
          if (kinds.has(kind) || kinds.size < KINDS_MAX) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
          if (strangers.length < STRANGERS_MAX) strangers.push({ path, kind, directory })
        }
      },
      end() {
        for (const { path, kind, directory } of strangers) {
          const owner = owners.get(directory)
          if (owner !== undefined) found.add(`its kind is ${kind}, beside records of kind ${owner}`, path)
        }
        return found.result({
          severity: 'warn',
          none: kindsText(kinds),
          some: (count) => `${counted(count, 'record')} in the wrong place`,
          likelyCause: 'a record was copied by hand, or another program shares the directory',
          next: found.firstPath === undefined ? [] : [command(subject, 'cat', found.firstPath, '--meta')],
        })
      },
    }
  },
}

/** Records of unknown kinds that are held until the walk has seen whose directory they are in. */
const STRANGERS_MAX = 1000
const KINDS_MAX = 1000
const KINDS_TOLD_MAX = 5

function kindsText(kinds: ReadonlyMap<string, number>): string {
  if (kinds.size === 0) return 'all kinds are known'
  const most = [...kinds].toSorted(([, a], [, b]) => b - a).slice(0, KINDS_TOLD_MAX)
  const more = kinds.size > most.length ? ', …' : ''
  return `${counted(kinds.size, 'kind')} of others: ${most.map(([kind, count]) => `${kind} (${count})`).join(', ')}${more}`
}

export const shapeChecks: readonly RecordCheck[] = [parse, newerSchema, placed]

function isNewer(problem: unknown): boolean {
  return problem instanceof FilesystemError && problem.code === 'schema-too-new'
}

function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem)
}
