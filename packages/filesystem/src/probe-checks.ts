import { FilesystemError } from './errors.ts'
import { absent, anything, atVersion, exactly, unwritten } from './expectation.ts'
import type { Capabilities, Entry, Expectation, Filesystem, OperationOptions, WriteResult } from './filesystem.ts'
import type { Runtime } from './runtime.ts'
import { sequenceOf } from './version.ts'
import { VersionMismatch } from './version-mismatch.ts'

export type ProbeCheckName =
  | 'create-on-existing'
  | 'stale-replace'
  | 'stale-delete'
  | 'recreate'
  | 'foreign-version'
  | 'replay'
  | 'winner'
  | 'race'
  | 'transact'
  | 'records-refused'

/** What the checks work with. */
export interface Scratch {
  readonly filesystem: Filesystem
  readonly racers: readonly Filesystem[]
  readonly rounds: number
  readonly runtime: Runtime
  readonly options: OperationOptions
  /** A path of this check's own. */
  readonly path: (check: string) => string
}

/** Resolves with what was seen, or throws {@link Refuted}. */
export type Check = (scratch: Scratch) => Promise<string>

/** A claim of the store that is not true. */
export class Refuted extends Error {
  static {
    this.prototype.name = 'Refuted'
  }
}

/** The checks of what a store claims. */
export function checksFor({ cas, transact }: Capabilities): readonly (readonly [ProbeCheckName, Check])[] {
  if (cas === 'none' || cas === 'unknown') return [['records-refused', recordsRefused]]
  return [
    ['create-on-existing', createOnExisting],
    ['stale-replace', staleReplace],
    ['stale-delete', staleDelete],
    ['recreate', recreate],
    ['foreign-version', foreignVersion],
    ['replay', replay],
    ['winner', winner],
    ['race', race],
    ...(transact ? [['transact', transactAllOrNone] as const] : []),
  ]
}

/** A read and a first write: a store that fails them cannot be used at all. */
export async function tryOut(scratch: Scratch, { cas }: Capabilities): Promise<void> {
  const path = scratch.path('first')
  await scratch.filesystem.get(path, scratch.options)
  if (cas === 'record' || cas === 'records') await put(scratch, path, 'first', unwritten)
}

async function createOnExisting(scratch: Scratch): Promise<string> {
  const path = scratch.path('create')
  const { version } = await put(scratch, path, 'first', unwritten)
  await mustLose('a put that expects no live record', () => put(scratch, path, 'second', absent))
  await mustLose('a put that expects a path never written', () => put(scratch, path, 'third', unwritten))
  await mustStand(scratch, path, version)
  return 'a record cannot be created twice'
}

async function staleReplace(scratch: Scratch): Promise<string> {
  const path = scratch.path('replace')
  const first = await put(scratch, path, 'first', unwritten)
  const second = await put(scratch, path, 'second', atVersion(first.version))
  await mustLose('a put that expects a version that was replaced', () => {
    return put(scratch, path, 'third', atVersion(first.version))
  })
  await mustStand(scratch, path, second.version)
  return 'a replaced version cannot be replaced again'
}

async function staleDelete(scratch: Scratch): Promise<string> {
  const path = scratch.path('delete')
  const first = await put(scratch, path, 'first', unwritten)
  const second = await put(scratch, path, 'second', atVersion(first.version))
  await mustLose('a delete that expects a version that was replaced', () => {
    return remove(scratch, path, first.version)
  })
  await mustStand(scratch, path, second.version)
  return 'a replaced version cannot be deleted'
}

async function recreate(scratch: Scratch): Promise<string> {
  const path = scratch.path('recreate')
  const first = await put(scratch, path, 'same', unwritten)
  await remove(scratch, path, first.version)
  await mustLose('a put over a tombstone that expects a path never written', () => {
    return put(scratch, path, 'same', unwritten)
  })
  const again = await put(scratch, path, 'same', absent)
  await mustLose('a put that expects the version before a delete and recreate', () => {
    return put(scratch, path, 'late', atVersion(first.version))
  })
  await mustStand(scratch, path, again.version)
  return 'a version from before a delete and recreate is refused'
}

async function foreignVersion(scratch: Scratch): Promise<string> {
  const path = scratch.path('foreign')
  const { version } = await put(scratch, path, 'same', unwritten)
  const other = await put(scratch, scratch.path('foreign-other'), 'same', unwritten)
  await mustLose('a put that expects the version of another record', () => {
    return put(scratch, path, 'late', atVersion(other.version))
  })
  await mustStand(scratch, path, version)
  return 'the version of another record is refused'
}

async function replay(scratch: Scratch): Promise<string> {
  const path = scratch.path('replay')
  const writeId = scratch.runtime.randomHex(16)
  const first = await put(scratch, path, 'first', unwritten, writeId)
  const second = await put(scratch, path, 'second', atVersion(first.version))
  const again = await put(scratch, path, 'first', unwritten, writeId)
  if (again.version !== first.version || !again.replayed) {
    throw new Refuted('an identical put sent again was not recognised')
  }
  await mustStand(scratch, path, second.version)
  return 'an identical put sent again is recognised and writes nothing'
}

async function winner(scratch: Scratch): Promise<string> {
  const path = scratch.path('winner')
  const { version } = await put(scratch, path, 'first', unwritten)
  const { current } = await mustLose('a put that expects no live record', () => put(scratch, path, 'second', absent))
  if (current.state !== 'live' || current.version !== version) throw new Refuted('a loser is not told who won')
  return 'a loser is told who won'
}

async function race(scratch: Scratch): Promise<string> {
  const path = scratch.path('race')
  for (let round = 1; round <= scratch.rounds; round++) {
    const heads = await Promise.all(scratch.racers.map((racer) => racer.get(path, scratch.options)))
    const [expected = { state: 'unwritten' }] = heads
    if (heads.some((head) => JSON.stringify(exactly(head)) !== JSON.stringify(exactly(expected)))) {
      throw new Refuted(`round ${round}: the racers read different heads of one record that nobody wrote to`)
    }
    const results = await Promise.allSettled(
      scratch.racers.map((filesystem, n) =>
        put({ ...scratch, filesystem }, path, `round ${round} racer ${n}`, exactly(expected)),
      ),
    )
    for (const result of results) {
      if (result.status === 'rejected' && !(result.reason instanceof VersionMismatch)) throw result.reason
    }
    const won = results.filter((result) => result.status === 'fulfilled')
    if (won.length !== 1) throw new Refuted(`round ${round}: ${won.length} of ${results.length} racers won`)
    for (const { value } of won) await mustStand(scratch, path, value.version)
  }
  return `one winner in each of ${scratch.rounds} rounds of ${scratch.racers.length} racers`
}

async function transactAllOrNone(scratch: Scratch): Promise<string> {
  const taken = scratch.path('transact-taken')
  const free = scratch.path('transact-free')
  const { version } = await put(scratch, taken, 'first', unwritten)
  await mustLose('a transaction with a step that expects no live record', () =>
    scratch.filesystem.transact(
      [
        { type: 'put', path: free, entry: entry('second'), expect: unwritten },
        { type: 'put', path: taken, entry: entry('second'), expect: absent },
      ],
      scratch.options,
    ),
  )
  await mustStand(scratch, taken, version)
  const head = await scratch.filesystem.get(free, scratch.options)
  if (head.state !== 'unwritten') throw new Refuted('a transaction that lost has written one of its records')
  return 'a transaction that loses writes nothing'
}

async function recordsRefused(scratch: Scratch): Promise<string> {
  const path = scratch.path('refused')
  try {
    await scratch.filesystem.put(path, entry('first'), anything, scratch.options)
  } catch (error) {
    if (error instanceof FilesystemError && error.code === 'unsupported') return 'records are refused, as declared'
    throw error
  }
  throw new Refuted('a store without compare-and-swap took a record')
}

/** Runs a write that must lose. */
async function mustLose(what: string, write: () => Promise<unknown>): Promise<VersionMismatch> {
  try {
    await write()
  } catch (error) {
    if (error instanceof VersionMismatch) return error
    throw error
  }
  throw new Refuted(`${what} was not refused`)
}

async function mustStand(scratch: Scratch, path: string, version: WriteResult['version']): Promise<void> {
  const head = await scratch.filesystem.get(path, scratch.options)
  if (head.state === 'live' && head.version === version) return
  const found = head.state === 'unwritten' ? 'nothing' : `version ${sequenceOf(head.version)}`
  throw new Refuted(`version ${sequenceOf(version)} was written last, and ${found} was read`)
}

/** Sends a put, the identical one also when it is repeated. */
async function put(
  { filesystem, runtime, options }: Scratch,
  path: string,
  body: string,
  expect: Expectation,
  writeId: string = runtime.randomHex(16),
): Promise<WriteResult> {
  return repeated(runtime, () => filesystem.put(path, entry(body), expect, { ...options, writeId }), options)
}

async function remove(
  { filesystem, runtime, options }: Scratch,
  path: string,
  version: WriteResult['version'],
): Promise<unknown> {
  const writeId = runtime.randomHex(16)
  return repeated(runtime, () => filesystem.delete(path, atVersion(version), { ...options, writeId }), options)
}

/** Makes a call, and makes it again while the store is busy or no reply came. */
export async function repeated<Result>(
  runtime: Runtime,
  call: () => Promise<Result>,
  { signal }: OperationOptions = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      const again = error instanceof FilesystemError && error.code === 'unavailable' && error.retry !== 'never'
      if (!again || attempt === ATTEMPTS_MAX) throw error
      await runtime.sleep(attempt * PAUSE_MS, signal)
    }
  }
}

const ATTEMPTS_MAX = 10
const PAUSE_MS = 5

function entry(text: string): Entry {
  return { body: Buffer.from(text), contentType: 'text/plain', kind: 'latchless_probe', schemaVersion: 1 }
}
