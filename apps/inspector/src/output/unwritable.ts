import { codeOf } from '../error-code.ts'
import { InspectorError } from '../inspector-error.ts'

/** Why a new file cannot be written. */
export function unwritable(name: string, cause: unknown): InspectorError {
  const code = codeOf(cause)
  const why = code === 'EEXIST' ? 'it is there already, expected a new name' : String(code ?? cause)
  return new InspectorError('refused', `Cannot write ${JSON.stringify(name)}: ${why}`, undefined, { cause })
}
