import { processWriter, sequenceOf } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { loadVersion } from '../model/load-version.ts'
import { parsePathArgument } from '../model/path-argument.ts'
import { remove } from '../model/remove.ts'
import { jsonLine } from '../output/json-text.ts'
import type { WrittenRow } from '../output/rows.ts'
import { confirm, expectedVersion, requireWrite, versionOption, type WritingOptions } from './confirmed.ts'

/** Deletes a record that is still at the version that is seen now, or at the one that was named. */
export async function rm(context: Context, argument: string, options: WritingOptions): Promise<ExitCode> {
  const { path, version } = parsePathArgument(argument)
  if (version && options.ifVersion !== undefined) {
    throw new InspectorError('usage', 'Cannot expect two versions: give PATH@VERSION or --if-version')
  }
  requireWrite(context, `delete ${JSON.stringify(path)}`)
  const wanted = version ?? versionOption(options.ifVersion)
  return context.withStore(async (fs) => {
    const head = await loadVersion(fs, { path })
    if (head.state === 'deleted') {
      const problem = `Cannot delete ${JSON.stringify(path)}: it is deleted already`
      throw new InspectorError('not-found', problem, undefined, { path })
    }
    const expected = expectedVersion(head, wanted)
    const over = sequenceOf(expected)
    await confirm(context, path, `delete ${JSON.stringify(path)} at v${over}`, options.confirm)
    const result = await remove(fs, path, expected, processWriter('inspector'))
    const row: WrittenRow = {
      type: 'written',
      v: 1,
      op: 'rm',
      path,
      over,
      content: null,
      version: sequenceOf(result.version),
      token: result.version,
    }
    await context.print(context.json ? jsonLine(row) : `${displayText(path)} is deleted, as v${row.version}\n`)
    return EXIT.ok
  })
}
