import { loadConfiguration } from '../config/configuration.ts'
import { type StoreReference, storeReference } from '../config/store-reference.ts'
import { urlWithoutPassword, withoutPasswords } from '../config/without-passwords.ts'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { failureOf } from '../failure.ts'
import { jsonLine } from '../output/json-text.ts'
import type { StoreRow, StoreTestRow } from '../output/rows.ts'
import { Table } from '../output/table.ts'
import { openStore } from '../store.ts'

/** Lists the stores that the configuration names, or the one that is named. */
export async function listStores(context: Context, named: string | undefined): Promise<ExitCode> {
  const { stores, defaultName } = await loadConfiguration(context.io)
  const asked = named === undefined ? undefined : await storeReference(context.io, named)
  const rows = (asked ? [asked] : stores).map(({ name, url, label = null, readOnly, file = null }): StoreRow => ({
    type: 'store',
    v: 1,
    name,
    url: urlWithoutPassword(url),
    label,
    readOnly,
    default: name === defaultName,
    file,
  }))
  if (context.json) await context.print(rows.map(jsonLine).join(''))
  else await context.print(listText(rows))
  if (rows.length === 0) await context.remark('no store has a name; name them in .inspector.json')
  return EXIT.ok
}

function listText(rows: readonly StoreRow[]): string {
  const cells = rows.map(({ name, url, label, readOnly, default: isDefault }) => {
    const remarks = [...(isDefault ? ['default'] : []), ...(readOnly ? ['read-only'] : [])].join(', ')
    return [name, remarks, displayText(url), displayText(label ?? '')]
  })
  return new Table(['', '', '', ''])
    .lines(cells)
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

/** Opens stores for looking, one after the other: those that have names, or the one that is named. */
export async function testStores(context: Context, named: string | undefined): Promise<ExitCode> {
  const asked = named === undefined ? undefined : await storeReference(context.io, named)
  const stores = asked ? [asked] : (await loadConfiguration(context.io)).stores
  let exitCode: ExitCode = EXIT.ok
  for (const store of stores) {
    const row = await testStore(store)
    if (row.error) exitCode = EXIT.unreachable
    await context.print(context.json ? jsonLine(row) : testText(context, row))
  }
  return exitCode
}

async function testStore({ name, url }: StoreReference): Promise<StoreTestRow> {
  const started = performance.now()
  const row = { type: 'storeTest', v: 1, name } as const
  const took = () => Math.round((performance.now() - started) * 10) / 10
  try {
    await using fs = await openStore(url)
    await fs.list('/', { limit: 1 })
    return { ...row, ok: true, backend: fs.capabilities('/').backend, ms: took(), error: null }
  } catch (error) {
    const { code, name: errorName, message } = failureOf(error)
    const told = { code, name: errorName, message: withoutPasswords(message, url) }
    return { ...row, ok: false, backend: null, ms: took(), error: told }
  }
}

function testText(context: Context, { name, backend, ms, error }: StoreTestRow): string {
  if (!error)
    return `${context.paint('won', 'ok    ')}  ${displayText(name)}  ${displayText(backend ?? '')}  ${ms} ms\n`
  return `${context.paint('error', 'failed')}  ${displayText(name)}  ${displayText(error.message)}\n`
}
