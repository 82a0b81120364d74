import { Keyring, parentOf } from '@latchless/filesystem'
import { displayText } from '../../display-text.ts'
import { countText, counted } from '../../model/measures.ts'
import { writerText } from '../../output/shown.ts'
import { ok, type RecordCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import type { ExaminedRecord } from '../record-examiner.ts'
import { command } from '../subject.ts'

const size: RecordCheck = {
  id: 'records.size',
  expects: 'No body is near the limit of what a record may hold',
  over: 'records',
  begin(subject) {
    const found = new Findings()
    const { bodyBytesMax } = subject.store.capabilities('/').limits
    let largest = 0
    return {
      record({ path, head }) {
        largest = Math.max(largest, head.info.size)
        const share = head.info.size / bodyBytesMax
        if (share >= NEAR) found.add(`${head.info.size} bytes, ${Math.floor(share * 100)} % of the limit`, path)
      },
      end: () =>
        found.result({
          severity: 'warn',
          none: `the largest has ${countText(largest)} of ${countText(bodyBytesMax)} bytes`,
          some: (count) => `${counted(count, 'record')} near the limit of ${countText(bodyBytesMax)} bytes`,
          likelyCause: 'a record grows with its use; split it, or move what only grows into a log',
          next: found.firstPath === undefined ? [] : [command(subject, 'history', found.firstPath)],
        }),
    }
  },
}

const NEAR = 0.9

const hostileNames: RecordCheck = {
  id: 'records.names',
  expects: 'No path, kind or writer holds characters that a terminal hides, reorders or obeys',
  over: 'records',
  begin() {
    const found = new Findings()
    return {
      record({ path, head }) {
        const names = { path, kind: head.kind ?? '', writer: writerText(head.info.writer) }
        for (const [what, name] of Object.entries(names)) {
          if (displayText(name) !== name) found.add(`its ${what} is shown as ${displayText(name)}`, path)
        }
      },
      end: () =>
        found.result({
          severity: 'warn',
          none: 'all names are what they look like',
          some: (count) => `${counted(count, 'name')} with hidden characters`,
          likelyCause: 'a name was taken from outside without a check; two names may look the same',
          next: [],
        }),
    }
  },
}

const sealedBodies: RecordCheck = {
  id: 'secrets.keys',
  expects: 'Sealed bodies name a key, and do not lie beside bodies in the clear',
  over: 'records',
  begin() {
    const found = new Findings()
    const keys = new Map<string, number>()
    const clearIn = new Map<string, string>()
    const sealedIn = new Set<string>()
    return {
      record(record) {
        const directory = parentOf(record.path)
        if (record.head.state === 'deleted') return
        if (!record.isSealed) {
          if (clearIn.size < DIRECTORIES_MAX && !clearIn.has(directory)) clearIn.set(directory, record.path)
          return
        }
        if (sealedIn.size < DIRECTORIES_MAX) sealedIn.add(directory)
        const key = keyOf(record)
        if (key === undefined) found.add('its sealed body names no key', record.path)
        else if (keys.has(key) || keys.size < KEYS_MAX) keys.set(key, (keys.get(key) ?? 0) + 1)
      },
      end() {
        for (const directory of sealedIn) {
          const path = clearIn.get(directory)
          if (path !== undefined) found.add('in the clear, beside sealed records', path)
        }
        if (found.count === 0 && keys.size === 0) return ok('no body is sealed')
        const sealed = [...keys].map(([key, count]) => `${count} under ${key}`).join(', ')
        return found.result({
          severity: 'warn',
          none: `sealed: ${sealed}; their contents are not checked, the inspector holds no keys`,
          some: (count) => `${counted(count, 'record')} that an encrypted store refuses`,
          likelyCause: 'somebody wrote past the encryption, or an older store was not copied through it',
          next: [],
        })
      },
    }
  },
}

const DIRECTORIES_MAX = 10_000
const KEYS_MAX = 100

function keyOf({ head }: ExaminedRecord): string | undefined {
  return head.entry && Keyring.keyIdOf(head.entry.body)
}

export const bodyChecks: readonly RecordCheck[] = [size, hostileNames, sealedBodies]
