import { processWriter, sequenceOf } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { loadVersion, requireLive } from '../model/load-version.ts'
import { parsePathArgument } from '../model/path-argument.ts'
import { revert } from '../model/revert.ts'
import { jsonLine } from '../output/json-text.ts'
import type { WrittenRow } from '../output/rows.ts'
import { confirm, expectedVersion, requireWrite, versionOption, type WritingOptions } from './confirmed.ts'

/** Writes the content of an earlier version over the head that is seen now, or over the one that was named. */
export async function revertRecord(context: Context, argument: string, options: WritingOptions): Promise<ExitCode> {
  const { path, version } = parsePathArgument(argument)
  if (!version) {
    const problem = `Cannot revert ${JSON.stringify(path)}: no version was named`
    throw new InspectorError(
      'usage',
      problem,
      '`inspector revert PATH@7 --write` writes the content of version 7 again',
    )
  }
  requireWrite(context, `revert ${JSON.stringify(path)}`)
  const wanted = versionOption(options.ifVersion)
  return context.withStore(async (fs) => {
    const head = await loadVersion(fs, { path })
    const source = requireLive(path, await loadVersion(fs, { path, version }))
    const expected = expectedVersion(head, wanted)
    const [from, over] = [sequenceOf(source.version), sequenceOf(expected)]
    await confirm(
      context,
      path,
      `revert ${JSON.stringify(path)} from v${over} to the content of v${from}`,
      options.confirm,
    )
    const result = await revert(fs, path, from, expected, processWriter('inspector'))
    const row: WrittenRow = {
      type: 'written',
      v: 1,
      op: 'revert',
      path,
      over,
      content: from,
      version: sequenceOf(result.version),
      token: result.version,
    }
    await context.print(
      context.json ? jsonLine(row) : `${displayText(path)} has the content of v${from} again, as v${row.version}\n`,
    )
    return EXIT.ok
  })
}
