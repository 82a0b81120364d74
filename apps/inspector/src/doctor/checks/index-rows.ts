import { compareTuples, type Filesystem, parentOf, type Tuple } from '@latchless/filesystem'
import { counted } from '../../model/measures.ts'
import { type RecordCheck, skip } from '../check.ts'
import { Findings } from '../findings.ts'
import type { ExaminedRecord } from '../record-examiner.ts'
import { command, type Subject } from '../subject.ts'

/** Rows that share a tuple and are looked through for one path. */
const SAME_TUPLE_MAX = 1000
/** Each row looked up is a call of the store. */
const RECORDS_PER_ROW = 10

const REMEDY = 'rebuildIndex() derives the rows of a directory anew'

const derived: RecordCheck = {
  id: 'index.derived',
  expects: 'The index tuples stored with a record are those that its kind derives from it',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    let records = 0
    return {
      record({ path, head, view, value }) {
        if (!view || value === undefined) return
        records++
        const expected = view.type.encode(value)
        const stored = (head.entry && 'tuples' in head.entry ? head.entry.tuples : undefined) ?? {}
        for (const problem of differences(stored, expected instanceof Promise ? {} : (expected.tuples ?? {})))
          found.add(problem, path)
      },
      end: () =>
        found.result({
          severity: 'warn',
          none: `${counted(records, 'record')} of known kinds`,
          some: (count) => `${counted(count, 'tuple')} out of date`,
          likelyCause: `its kind got another index since it was written, whose queries miss the record; ${REMEDY}`,
          next: look(subject, found.firstPath),
        }),
    }
  },
}

const rows: RecordCheck = {
  id: 'index.rows',
  expects: 'Every index tuple of a record is a row of that index, and leads to the record',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    const { store, recordsMax } = subject
    const rowsMax = Math.ceil(recordsMax / RECORDS_PER_ROW)
    const indexes = new Set<string>()
    let looked = 0
    return {
      async record(record) {
        const { path, head } = record
        if (head.state === 'deleted' || store.capabilities(path).query !== 'index') return
        for (const [name, tuple] of Object.entries(head.entry?.tuples ?? {})) {
          if (looked === rowsMax) return
          looked++
          indexes.add(`${parentOf(path)} ${name}`)
          if (await isMissing(store, record, name, tuple)) found.add(`index ${name} has no row of it`, path)
        }
      },
      end() {
        if (store.capabilities('/').query !== 'index') return skip('the store keeps no rows: it looks into the records')
        return found.result({
          severity: 'fail',
          none: `${counted(looked, 'row')} of ${counted(indexes.size, 'index', 'indexes')}`,
          some: (count) => `${counted(count, 'row')} of ${looked} missing`,
          likelyCause: `somebody changed the tables past the store, or restored a part of them; ${REMEDY}`,
          next: look(subject, found.firstPath),
        })
      },
    }
  },
}

export const indexChecks: readonly RecordCheck[] = [derived, rows]

/** The tuples that are stored and should not be, and the other way round. */
function differences(
  stored: Readonly<Record<string, Tuple>>,
  expected: Readonly<Record<string, Tuple>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(expected)])].toSorted()
  return names.flatMap((name) => {
    const [has, should] = [stored[name], expected[name]]
    if (has && should) return compareTuples(has, should) === 0 ? [] : [`index ${name} has another tuple`]
    return [has ? `index ${name} has a tuple that the kind does not give` : `index ${name} lacks its tuple`]
  })
}

async function isMissing(store: Filesystem, record: ExaminedRecord, index: string, tuple: Tuple): Promise<boolean> {
  if (await isFound(store, record.path, index, tuple)) return false
  // Somebody may have written the record since it was listed.
  const now = await store.get(record.path)
  return now.state === 'live' && now.version === record.head.info.version
}

async function isFound(store: Filesystem, path: string, index: string, tuple: Tuple): Promise<boolean> {
  let seen = 0
  let after
  do {
    const page = await store.query(parentOf(path), index, { range: { prefix: tuple }, after, limit: 100 })
    for (const item of page.items) {
      if (item.path === path) return true
      // Longer tuples that begin with this one come behind it.
      if (compareTuples(item.tuple, tuple) !== 0) return false
    }
    seen += page.items.length
    after = page.next
  } while (after && seen < SAME_TUPLE_MAX)
  // Among so many it may be further behind.
  return after !== undefined
}

function look(subject: Subject, path: string | undefined): string[] {
  return path === undefined ? [] : [command(subject, 'cat', path, '--meta', '--json')]
}
