import { jsonText } from '../../../output/json-text.ts'
import type { Action } from '../../action.ts'
import { exportAction } from '../../export-action.ts'
import { fileWord } from '../../file-name.ts'
import type { Host } from '../../screen.ts'
import type { ComparedVersions, ComparisonPane } from './comparison-pane.ts'

/** Writes what differs between the versions of a record that are compared. */
export function patchAction(
  host: Host,
  path: string,
  comparison: ComparisonPane,
  { from, to }: Partial<ComparedVersions> = {},
): Action {
  const compared = from === undefined ? `v${to}` : `v${from}-v${to}`
  const hidden = comparison.comparison?.hidden ?? 0
  return exportAction(host, {
    what: `the difference as a JSON Patch${hidden === 0 ? '' : ' without its secrets'}`,
    name: `${fileWord(path)}-${compared}.patch.json`,
    unavailable: comparison.comparison === undefined ? 'nothing is compared' : undefined,
    texts: async () => [`${jsonText(await comparison.patch(), 2)}\n`],
  })
}
