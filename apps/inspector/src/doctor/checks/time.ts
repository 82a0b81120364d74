import { KEEP_VERSIONS_DEFAULT, TOMBSTONE_MS_DEFAULT } from '@latchless/filesystem'
import { durationText } from '../../kinds/time-text.ts'
import { writerText } from '../../output/shown.ts'
import { counted } from '../../model/measures.ts'
import { ok, type RecordCheck, skip } from '../check.ts'
import { Findings } from '../findings.ts'
import { command } from '../subject.ts'

/** What clocks that are kept by a time service may differ by. */
const SKEW_MS = 1000
const WRITERS_MAX = 10_000

interface Skew {
  ms: number
  readonly path: string
  readonly sequence: number
  readonly text: string
}

const clockSkew: RecordCheck = {
  id: 'clock.skew',
  expects: 'The clocks of the writers agree: no version is from the future, or older than the one before it',
  over: 'records',
  begin(subject) {
    const worst = new Map<string, Skew>()
    let future = 0
    const note = (writer: string, skew: Skew) => {
      const known = worst.get(writer)
      if (!known && worst.size >= WRITERS_MAX) return
      if (!known || skew.ms > known.ms) worst.set(writer, skew)
    }
    return {
      record({ path, head: { info } }) {
        const ms = info.time - subject.nowMs()
        if (ms <= SKEW_MS) return
        future++
        note(writerText(info.writer), { ms, path, sequence: 0, text: `is ${durationText(ms)} ahead of this machine` })
      },
      history({ path }, versions) {
        for (const [at, { head: older }] of versions.entries()) {
          const newer = versions[at - 1]
          if (at === 0 || !older || !newer?.head) continue
          const ms = older.info.time - newer.head.info.time
          if (ms <= SKEW_MS) continue
          const text = `is ${durationText(ms)} behind ${writerText(older.info.writer)}, whose version came before`
          note(writerText(newer.head.info.writer), { ms, path, sequence: newer.sequence, text })
        }
      },
      end() {
        const found = new Findings()
        for (const [writer, { text, path, sequence }] of [...worst].toSorted(([, a], [, b]) => b.ms - a.ms)) {
          found.add(`${writer} ${text}`, path, sequence === 0 ? undefined : sequence)
        }
        return found.result({
          severity: 'warn',
          none: `no two writers differ by more than ${durationText(SKEW_MS)}`,
          some: (count) =>
            `${counted(count, 'writer')}${future > 0 ? `, ${counted(future, 'record')} from the future` : ''}`,
          likelyCause:
            'the clock of a machine is not kept by a time service; times order nothing, but leases end by them',
          next: found.firstPath === undefined ? [] : [command(subject, 'history', found.firstPath)],
        })
      },
    }
  },
}

const retention: RecordCheck = {
  id: 'retention.lag',
  expects: 'No more superseded versions are retained than the kind of a record asks for',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    return {
      history({ path, view, head }, versions) {
        // Whoever writes other kinds says how many; nobody else knows.
        if (!view || head.state === 'deleted') return
        const kept = view.type.keepVersions ?? KEEP_VERSIONS_DEFAULT
        const superseded = versions.length - 1
        if (superseded > kept) found.add(`${superseded} superseded versions, its kind keeps ${kept}`, path)
      },
      end: () =>
        found.result({
          severity: 'warn',
          none: 'no record keeps more than its kind asks for',
          some: (count) => `${counted(count, 'record')} with more versions than their kind keeps`,
          likelyCause: 'something writes them with another keepVersions; the next write of their store prunes them',
          next: found.firstPath === undefined ? [] : [command(subject, 'history', found.firstPath)],
        }),
    }
  },
}

const tombstones: RecordCheck = {
  id: 'tombstones',
  expects: 'Tombstones are forgotten a while after they cannot be needed any more',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    const { backend } = subject.store.capabilities('/')
    let tombstones = 0
    return {
      record({ path, head }) {
        if (head.state !== 'deleted') return
        tombstones++
        const ageMs = subject.nowMs() - head.info.time
        if (ageMs > KEPT_MS) found.add(`deleted ${durationText(ageMs)} ago`, path)
      },
      end() {
        if (backend === 'plain') return skip('the store keeps no tombstones')
        // Names of a local store are never taken away, so nothing has to be done about its tombstones.
        if (backend === 'local') return ok(`${counted(tombstones, 'tombstone')}, which a local store keeps`)
        return found.result({
          severity: 'warn',
          none: counted(tombstones, 'tombstone'),
          some: (count) => `${counted(count, 'tombstone')} of ${tombstones} older than ${durationText(KEPT_MS)}`,
          likelyCause: 'nobody calls maintain() of the filesystem from time to time',
          next: [command(subject, 'ls', '--deleted', '--long')],
        })
      },
    }
  },
}

/** Twice what they are kept for by default: whoever maintains a store does it at least once a day. */
const KEPT_MS = 2 * TOMBSTONE_MS_DEFAULT

export const timeChecks: readonly RecordCheck[] = [clockSkew, retention, tombstones]
