import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FilesystemError, TIMEOUT_MS_DEFAULT } from '@latchless/filesystem'
import { failureOf } from '../../failure.ts'
import { isCorrupt } from '../../model/walk-page.ts'
import { type CheckResult, ok, skip, type SurroundingsCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { openPostgresSession } from '../postgres-session.ts'
import { sqliteRows } from '../sqlite-rows.ts'
import { storePlace } from '../store-place.ts'
import { command, type Subject } from '../subject.ts'

const connect: SurroundingsCheck = {
  id: 'store.connect',
  expects: 'The store opens and answers',
  over: 'surroundings',
  async run(subject) {
    const { store, openError, signal } = subject
    if (!store) {
      const { message, hint } = failureOf(openError)
      const [summary = 'the store did not open'] = message.split('\n')
      const next = [command(subject, 'ls', '--limit', '1')]
      return { status: 'fail', summary, details: [], likelyCause: hint, next }
    }
    const started = performance.now()
    // A damaged record is an answer too, and found by another check.
    await store.list('/', { depth: 'children', limit: 1, signal }).catch((error: unknown) => {
      if (!isCorrupt(error)) throw error
    })
    const ms = performance.now() - started
    const { backend, durability } = store.capabilities('/')
    return ok(`${backend}, durability ${durability}, answers in ${ms.toFixed(1)} ms`)
  },
}

/** Why a store does not open that is there, but in another format. */
const FORMAT_CODES: ReadonlySet<string> = new Set(['schema-too-new', 'corrupt', 'unsupported'])

const schema: SurroundingsCheck = {
  id: 'store.schema',
  expects: 'The store is in a format that this program knows',
  over: 'surroundings',
  async run(subject) {
    const { store, openError } = subject
    if (store) return await formatOf(subject)
    const isFormat = openError instanceof FilesystemError && FORMAT_CODES.has(openError.code)
    if (!isFormat) return skip('the store did not open')
    const likelyCause = 'a newer program made the store, or its own files were changed'
    return { status: 'fail', summary: openError.message, details: [], likelyCause, next: [] }
  },
}

async function formatOf({ url, signal }: Subject): Promise<CheckResult> {
  const place = storePlace(url)
  switch (place?.type) {
    case undefined:
      return skip('a store in memory has no format')
    case 'plain':
      return ok('files as they are')
    case 'local': {
      const { format, formatVersion }: Record<string, unknown> = JSON.parse(
        await readFile(join(place.path, 'STORE'), 'utf8'),
      )
      return ok(`${String(format)} version ${String(formatVersion)}`)
    }
    case 'sqlite': {
      const [[row] = []] = await sqliteRows(place.path, ['PRAGMA user_version'], signal)
      return ok(`tables of version ${String(row?.['user_version'])}`)
    }
    case 'postgres': {
      await using session = await openPostgresSession(place.url)
      const [row] = await session.rows(`SELECT max(version) AS version FROM ${session.schema}.migrations`)
      return ok(`tables of version ${String(row?.['version'])} in schema ${session.schema}`)
    }
  }
}

const timeouts: SurroundingsCheck = {
  id: 'store.timeouts',
  expects: 'Waiting for a connection ends before a statement does, and that before the update around it',
  over: 'surroundings',
  async run({ store, url }) {
    const place = storePlace(url)
    if (place?.type !== 'postgres') {
      // Their own limits are fixed below that of an update.
      return store
        ? ok(`waits of the store end within the ${TIMEOUT_MS_DEFAULT} ms of an update`)
        : skip('the store did not open')
    }
    const { optionsFromUrl } = await import('@latchless/filesystem/postgres')
    const options = optionsFromUrl(place.url)
    const { checkoutTimeoutMs = 2000, statementTimeoutMs = 5000, deadlineMs = TIMEOUT_MS_DEFAULT } = options
    const nested = `connection ${checkoutTimeoutMs} ms, statement ${statementTimeoutMs} ms, update ${deadlineMs} ms`
    const found = new Findings()
    if (checkoutTimeoutMs >= statementTimeoutMs || statementTimeoutMs >= deadlineMs)
      found.add(`they are not nested: ${nested}`)
    if (options.serverTimeouts === false && store && !(await serverHasTimeout(place.url))) {
      found.add('serverTimeouts=false, and the role has no statement_timeout')
    }
    return found.result({
      severity: 'fail',
      none: nested,
      some: () => 'timeouts that hide which of them was at fault, or end nothing',
      likelyCause: 'parameters of the URL were chosen one by one',
      next: [],
    })
  },
}

async function serverHasTimeout(url: string): Promise<boolean> {
  await using session = await openPostgresSession(url)
  const [row] = await session.rows(`SELECT current_setting('statement_timeout') AS timeout`)
  return row?.['timeout'] !== '0'
}

export const storeChecks: readonly SurroundingsCheck[] = [connect, schema, timeouts]
