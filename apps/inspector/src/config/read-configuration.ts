import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf } from '../error-code.ts'
import { InspectorError } from '../inspector-error.ts'
import type { StoreReference } from './store-reference.ts'

export interface ConfigurationFile {
  readonly stores: readonly StoreReference[]
  readonly defaultName: string | undefined
}

/**
 * What one configuration file says; undefined when it is not there.
 *
 * @throws {InspectorError} `usage` when it cannot be read or says something else than it may.
 */
export async function readConfiguration(file: string): Promise<ConfigurationFile | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const code = codeOf(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw unreadable(file, String(code), cause)
  })
  if (text === undefined) return undefined
  // The check is loaded only where there is something to check: it takes longer than most commands.
  const [{ configurationSchema }, content] = await Promise.all([import('./configuration-schema.ts'), parse(file, text)])
  const checked = configurationSchema.safeParse(content)
  if (!checked.success) {
    const [issue] = checked.error.issues
    const message = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message
    throw unreadable(file, `${issue?.path.join('.') ?? ''}: ${message ?? 'it has another shape'}`)
  }
  const stores = Object.entries(checked.data.stores ?? {}).map(
    ([name, { url, label, readOnly = false }]): StoreReference => ({
      name,
      url: fromDirectory(url, dirname(file)),
      label,
      readOnly,
      file,
    }),
  )
  return { stores, defaultName: checked.data.default }
}

async function parse(file: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(text)
  } catch (cause) {
    // The message of the parser quotes the text, which may hold a password.
    throw unreadable(file, 'it is not JSON', cause)
  }
}

function fromDirectory(url: string, directory: string): string {
  const [, scheme, path] = /^(file|sqlite|plain):(?:\/\/)?(.+)$/s.exec(url) ?? []
  return scheme === undefined || path === undefined ? url : `${scheme}:${resolve(directory, path)}`
}

function unreadable(file: string, why: string, cause?: unknown): InspectorError {
  const hint = 'expected {"stores": {"prod": {"url": "postgres://user@host/database"}}, "default": "prod"}'
  return new InspectorError('usage', `Cannot read configuration ${JSON.stringify(file)}: ${why}`, hint, { cause })
}
