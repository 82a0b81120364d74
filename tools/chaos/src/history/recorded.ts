import { createHash } from 'node:crypto'
import type {
  Entry,
  Expectation,
  Filesystem,
  Head,
  TransactResult,
  TransactStep,
  WriteResult,
} from '@latchless/filesystem'
import { FilesystemError, LatchlessError, VersionMismatch } from '@latchless/filesystem'
import type { FilesystemCall, Proceed } from '@latchless/filesystem/testing'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'
import { epochOfPath, INDEX } from '../workload/places.ts'
import type { Journal, OpenCall } from './journal.ts'
import { nowUs } from './journal.ts'
import type { Expected, SeenHead, StepAnswer, StepLine } from './lines.ts'

/** The filesystem as a worker is to use it: what it asks and what it is answered is written down. */
export function recorded(filesystem: Filesystem, journal: Journal, client: string): Filesystem {
  return new InterceptedFilesystem(filesystem, (call, proceed) => {
    const { operation } = call
    if (operation === 'get') return recordGet(journal, client, call, proceed)
    if (operation === 'put' || operation === 'delete') return recordWrite(journal, client, call, proceed)
    return operation === 'transact' ? recordTransact(journal, client, call, proceed) : proceed()
  })
}

type CallOf<Name> = Extract<FilesystemCall, { readonly operation: Name }>

async function recordGet<Result>(
  journal: Journal,
  client: string,
  { path }: CallOf<'get'>,
  proceed: Proceed<Result>,
): Promise<Result> {
  const start = nowUs()
  const head = await proceed()
  const seen = seenIn(head as Head)
  journal.observe(epochOfPath(path), { type: 'get', client, start, end: nowUs(), path, seen })
  return head
}

async function recordWrite<Result>(
  journal: Journal,
  client: string,
  call: CallOf<'put' | 'delete'>,
  proceed: Proceed<Result>,
): Promise<Result> {
  const { path } = call
  const [expect, options] = call.operation === 'put' ? [call.args[2], call.args[3]] : [call.args[1], call.args[2]]
  const written = call.operation === 'put' ? describeEntry(call.args[1]) : {}
  const ops = (options.updates ?? []).flatMap(({ opId }) => opId ?? [])
  const open = journal.call(epochOfPath(path), {
    type: 'write',
    client,
    start: nowUs(),
    path,
    writeId: named(options.writeId),
    expect: expected(expect),
    ...written,
    ...(ops.length > 0 ? { ops } : {}),
  })
  return answered(journal, open, proceed, (result) => {
    const version = (result as WriteResult | undefined)?.version
    journal.answer(open, version === undefined ? { outcome: 'nothing' } : { outcome: 'done', version })
  })
}

async function recordTransact<Result>(
  journal: Journal,
  client: string,
  call: CallOf<'transact'>,
  proceed: Proceed<Result>,
): Promise<Result> {
  const [steps, options] = call.args
  const lines = steps.map(describeStep)
  const writeId = named(options.writeId)
  const epoch = epochOfPath(steps[0]?.path ?? '')
  const open = journal.call(epoch, { type: 'transact', client, start: nowUs(), writeId, steps: lines })
  return answered(journal, open, proceed, (result) => {
    journal.answer(open, { outcome: 'done', steps: (result as readonly TransactResult[]).map(stepAnswer) })
  })
}

/** Makes the call and writes its answer down, an error included. */
export async function answered<Result>(
  journal: Journal,
  open: OpenCall,
  proceed: () => Promise<Result>,
  done: (result: Result) => void,
): Promise<Result> {
  let result: Result
  try {
    result = await proceed()
  } catch (error) {
    if (error instanceof VersionMismatch) {
      journal.answer(open, { outcome: 'lost', current: seenIn(error.current), step: error.step })
    } else if (error instanceof LatchlessError && error.retry !== 'unknown') {
      journal.answer(open, { outcome: 'refused', code: error.code })
    } else journal.answer(open, { outcome: 'unknown' })
    throw error
  }
  done(result)
  return result
}

function seenIn(head: Head): SeenHead {
  if (head.state === 'unwritten') return { live: false }
  const digest = head.state === 'live' ? digestOf(head.entry.body) : undefined
  return { version: head.version, writeId: head.info.writeId, live: head.state === 'live', digest }
}

/** A hash of a body, short because there are many. */
export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 12)
}

function describeEntry(entry: Entry): { digest: string; tuple?: string } {
  const tuple = entry.tuples?.[INDEX]
  return { digest: digestOf(entry.body), ...(tuple ? { tuple: JSON.stringify(tuple) } : {}) }
}

function describeStep(step: TransactStep): StepLine {
  const { type, path } = step
  if (step.type === 'append') return { type, path, names: step.bodies.map((body) => Buffer.from(body).toString()) }
  const line = { type, path, expect: expected(step.expect) }
  return step.type === 'put' ? { ...line, digest: digestOf(step.entry.body) } : line
}

function stepAnswer(result: TransactResult): StepAnswer {
  if (result === undefined) return null
  return 'version' in result ? result.version : result.first
}

function expected(expect: Expectation): Expected {
  return expect.type === 'version' ? expect.version : expect.type
}

// Everything in this tool names its writes, so that a write seen later is known.
function named(writeId: string | undefined): string {
  if (writeId !== undefined) return writeId
  throw new FilesystemError('invalid-argument', 'Cannot record a write: it has no writeId')
}
