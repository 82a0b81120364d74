import type pg from 'pg'
import { resolvedConnection } from './resolved-connection.ts'

/**
 * The same configuration, and the server refuses to write in every session that it opens. Startup options that the URL or the
 * environment give stay: of two for one setting the last one counts, so this one comes last.
 */
export function readOnlySessions(config: pg.ClientConfig): pg.ClientConfig {
  const { options } = resolvedConnection(config)
  const { connectionString } = config
  return {
    ...config,
    ...(connectionString === undefined ? {} : { connectionString: withoutOptions(connectionString) }),
    options: [...(options ? [options] : []), '-c default_transaction_read_only=on'].join(' '),
  }
}

// What is in the URL would win over what is beside it.
function withoutOptions(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url?.searchParams.has('options')) return text
  url.searchParams.delete('options')
  return url.href
}
