import { InspectorError } from '../inspector-error.ts'
import type { RecordFilter } from '../model/record-filter.ts'

/**
 * The filter of a command line, if there is one.
 *
 * @throws {InspectorError} `usage` when it cannot be read.
 */
export async function filterArgument(text: string | undefined): Promise<RecordFilter | undefined> {
  if (text === undefined) return undefined
  const { FILTER_HELP, parseFilter } = await import('../model/record-filter.ts')
  try {
    return parseFilter(text, Date.now())
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new InspectorError('usage', error.message, `a filter is made of: ${FILTER_HELP}`)
  }
}
